/* Numbers from the bytes of a header, whatever their alignment. */
#ifndef MG_DSP_DECODE_BYTES_H
#define MG_DSP_DECODE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t mg_le16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t mg_le32(const unsigned char *p)
{
    return (uint32_t)mg_le16(p) | (uint32_t)mg_le16(p + 2) << 16;
}

static inline uint64_t mg_le64(const unsigned char *p)
{
    return (uint64_t)mg_le32(p) | (uint64_t)mg_le32(p + 4) << 32;
}

static inline uint16_t mg_be16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t mg_be32(const unsigned char *p)
{
    return (uint32_t)mg_be16(p) << 16 | mg_be16(p + 2);
}

static inline uint64_t mg_be64(const unsigned char *p)
{
    return (uint64_t)mg_be32(p) << 32 | mg_be32(p + 4);
}

/* Four bytes of an ID3v2 size, seven bits each. */
static inline uint32_t mg_synchsafe32(const unsigned char *p)
{
    return (uint32_t)(p[0] & 127) << 21 | (uint32_t)(p[1] & 127) << 14 |
           (uint32_t)(p[2] & 127) << 7 | (uint32_t)(p[3] & 127);
}

#define MG_HAS_ID(p, id) (memcmp((p), (id), sizeof(id) - 1) == 0)

#endif
