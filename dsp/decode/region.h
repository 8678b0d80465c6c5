/* A part of the source as a file for libsndfile, with a few bytes of our own in front of it. */
#ifndef MG_DSP_DECODE_REGION_H
#define MG_DSP_DECODE_REGION_H

#include "dsp/decode/source.h"

#include <sndfile.h>

enum { MG_REGION_HEAD_MAX = 64 };

typedef struct mg_region {
    mg_source *source; /* borrowed */
    unsigned char head[MG_REGION_HEAD_MAX];
    size_t head_len;
    uint64_t start, length; /* of the part of the source, which must lie inside it */
    uint64_t position;      /* counts the head too */
    mg_err io_err;          /* libsndfile sees a failed read as the end of the file */
    mg_errinfo io_info;
} mg_region;

/** Opens the region for reading; it must outlive the file.
 *  @return MG_OK; MG_E_IO, MG_E_NOMEM; MG_E_INTERNAL when libsndfile refuses, which no content
 *          should bring about */
mg_err mg_region_open(mg_region *region, SF_INFO *info, SNDFILE **ret, mg_errinfo *err);

/* After a call of libsndfile in front of which errno was 0: the error of a read that failed, or
 * MG_E_NOMEM, which the libraries report as damaged data but malloc leaves in errno. */
mg_err mg_region_failure(const mg_region *region, mg_errinfo *err);

#endif
