#include "dsp/decode/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

mg_err mg_source_init_fd(mg_source *source, int fd, mg_errinfo *err)
{
    *source = (mg_source){.fd = fd};
    struct stat st;
    if (fstat(fd, &st) != 0)
        return mg_fail(err, MG_E_IO, errno, "cannot examine the file");
    if (!S_ISREG(st.st_mode))
        return mg_fail(err, MG_E_IO, 0, "not a regular file");
    source->buf = malloc(MG_SOURCE_BUFFER);
    if (source->buf == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "no memory for the read buffer");
    source->size = (uint64_t)st.st_size;
    sha256_init(&source->sha);
    return MG_OK;
}

void mg_source_init_memory(mg_source *source, const void *data, size_t len)
{
    *source = (mg_source){.fd = -1, .memory = data, .size = len};
    sha256_init(&source->sha);
}

void mg_source_done(mg_source *source)
{
    free(source->buf);
    *source = (mg_source){.fd = -1};
}

static mg_err read_all(const mg_source *source, uint64_t offset, unsigned char *dst, size_t len,
                       mg_errinfo *err)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread(source->fd, dst + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mg_fail(err, MG_E_IO, errno, "cannot read the file");
        if (n == 0)
            return mg_fail(err, MG_E_IO, 0, "the file became shorter while it was read");
        done += (size_t)n;
    }
    return MG_OK;
}

static size_t left_at(const mg_source *source, uint64_t offset, size_t len)
{
    if (offset >= source->size)
        return 0;
    uint64_t left = source->size - offset;
    return left < len ? (size_t)left : len;
}

mg_err mg_source_peek(mg_source *source, uint64_t offset, void *dst, size_t len, size_t *ret_len,
                      mg_errinfo *err)
{
    size_t n = left_at(source, offset, len);
    if (n > 0 && source->fd < 0) {
        memcpy(dst, source->memory + offset, n);
    } else if (n > 0) {
        mg_err rc = read_all(source, offset, dst, n, err);
        if (rc != MG_OK)
            return rc;
    }
    *ret_len = n;
    return MG_OK;
}

/* Adds the part of [start, start + len) that lies past the digest so far. */
static void hash_new(mg_source *source, const unsigned char *data, uint64_t start, size_t len)
{
    if (start > source->hashed || start + len <= source->hashed)
        return;
    size_t known = (size_t)(source->hashed - start);
    sha256_update(&source->sha, len - known, data + known);
    source->hashed = start + len;
}

/* Makes the buffer begin at `offset`, keeping what it already holds of it. */
static mg_err fill(mg_source *source, uint64_t offset, mg_errinfo *err)
{
    size_t kept = 0;
    if (offset >= source->buf_start && offset < source->buf_start + source->buf_len) {
        size_t skip = (size_t)(offset - source->buf_start);
        kept = source->buf_len - skip;
        memmove(source->buf, source->buf + skip, kept);
    }
    source->buf_start = offset;
    source->buf_len = kept;
    size_t more = left_at(source, offset + kept, MG_SOURCE_BUFFER - kept);
    mg_err rc = read_all(source, offset + kept, source->buf + kept, more, err);
    if (rc != MG_OK)
        return rc;
    source->buf_len += more;
    hash_new(source, source->buf, offset, source->buf_len);
    return MG_OK;
}

/* Bytes that were jumped over belong to the digest too. */
static mg_err hash_up_to(mg_source *source, uint64_t offset, mg_errinfo *err)
{
    while (source->hashed < offset) {
        uint64_t left = offset - source->hashed;
        size_t n = left < MG_SOURCE_BUFFER ? (size_t)left : (size_t)MG_SOURCE_BUFFER;
        if (source->fd < 0) {
            hash_new(source, source->memory + source->hashed, source->hashed, n);
        } else {
            mg_err rc = fill(source, source->hashed, err);
            if (rc != MG_OK)
                return rc;
        }
    }
    return MG_OK;
}

mg_err mg_source_window(mg_source *source, uint64_t offset, size_t want,
                        const unsigned char **ret_data, size_t *ret_len, mg_errinfo *err)
{
    size_t need = left_at(source, offset, want);
    if (need == 0) {
        *ret_data = (const unsigned char *)"";
        *ret_len = 0;
        return MG_OK;
    }
    mg_err rc = hash_up_to(source, offset, err);
    if (rc != MG_OK)
        return rc;
    if (source->fd < 0) {
        /* In pieces, so that the digest finds the bytes still in the cache. */
        size_t n = left_at(source, offset, MG_SOURCE_BUFFER);
        if (offset + need > source->hashed)
            hash_new(source, source->memory + offset, offset, n);
        *ret_data = source->memory + offset;
        *ret_len = n;
        return MG_OK;
    }
    if (offset < source->buf_start || offset + need > source->buf_start + source->buf_len) {
        rc = fill(source, offset, err);
        if (rc != MG_OK)
            return rc;
    }
    size_t skip = (size_t)(offset - source->buf_start);
    *ret_data = source->buf + skip;
    *ret_len = source->buf_len - skip;
    return MG_OK;
}

mg_err mg_source_digest(mg_source *source, char ret_hex[65], mg_errinfo *err)
{
    static const char digits[] = "0123456789abcdef";
    mg_err rc = hash_up_to(source, source->size, err);
    if (rc != MG_OK)
        return rc;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&source->sha, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_hex[64] = '\0';
    return MG_OK;
}
