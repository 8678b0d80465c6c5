#include "dsp/decode/region.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static sf_count_t vio_length(void *user)
{
    const mg_region *r = user;
    return (sf_count_t)(r->head_len + r->length);
}

static sf_count_t vio_tell(void *user)
{
    return (sf_count_t)((const mg_region *)user)->position;
}

static sf_count_t vio_seek(sf_count_t offset, int whence, void *user)
{
    mg_region *r = user;
    sf_count_t length = vio_length(user), position = (sf_count_t)r->position;
    sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : length;
    if (offset >= -base && offset <= length - base)
        r->position = (uint64_t)(base + offset);
    return (sf_count_t)r->position;
}

/* What lies at the position, up to the end of the head or of a window. */
static const unsigned char *bytes_here(mg_region *r, size_t *ret_len)
{
    const unsigned char *data = NULL;
    *ret_len = 0;
    if (r->position < r->head_len) {
        *ret_len = r->head_len - (size_t)r->position;
        return r->head + r->position;
    }
    uint64_t offset = r->position - r->head_len;
    if (offset >= r->length || r->io_err != MG_OK)
        return NULL;
    r->io_err = mg_source_window(r->source, r->start + offset, 1, &data, ret_len, &r->io_info);
    if (r->io_err != MG_OK)
        *ret_len = 0;
    else if (*ret_len > r->length - offset)
        *ret_len = (size_t)(r->length - offset);
    return data;
}

static sf_count_t vio_read(void *dst, sf_count_t count, void *user)
{
    mg_region *r = user;
    sf_count_t done = 0;
    while (done < count) {
        size_t n;
        const unsigned char *data = bytes_here(r, &n);
        if (n == 0)
            break;
        if (n > (size_t)(count - done))
            n = (size_t)(count - done);
        memcpy((char *)dst + done, data, n);
        done += (sf_count_t)n;
        r->position += n;
    }
    return done;
}

mg_err mg_region_failure(const mg_region *region, mg_errinfo *err)
{
    bool no_memory = errno == ENOMEM;
    if (region->io_err != MG_OK)
        return mg_fail(err, region->io_err, region->io_info.sys_errno, "%s", region->io_info.text);
    return no_memory ? mg_fail(err, MG_E_NOMEM, 0, "no memory for libsndfile") : MG_OK;
}

mg_err mg_region_open(mg_region *region, SF_INFO *info, SNDFILE **ret, mg_errinfo *err)
{
    SF_VIRTUAL_IO vio = {
        .get_filelen = vio_length, .seek = vio_seek, .read = vio_read, .tell = vio_tell};
    errno = 0;
    SNDFILE *file = sf_open_virtual(&vio, SFM_READ, info, region);
    mg_err rc = mg_region_failure(region, err);
    if (rc == MG_OK && file == NULL)
        rc = mg_fail(err, MG_E_INTERNAL, 0, "libsndfile: %s", sf_strerror(NULL));
    if (rc != MG_OK && file != NULL)
        sf_close(file);
    if (rc == MG_OK)
        *ret = file;
    return rc;
}
