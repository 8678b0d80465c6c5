/* The job message (version 1): flat string fields of one stream entry -> a checked mg_job_spec.
 * Hostile input: every field is bounded and checked here and nowhere else; `enqueue` goes through
 * mg_job_spec_check() too, so there is one body of rules. */
#ifndef MG_QUEUE_MESSAGE_H
#define MG_QUEUE_MESSAGE_H

#include "base/error.h"
#include "queue/job.h"

#include <stdbool.h>
#include <stddef.h>

enum { MG_MESSAGE_MAX_BYTES = 8192, MG_MESSAGE_MAX_FIELDS = 32 };

typedef struct mg_field {
    const char *name, *value; /* not NUL-terminated */
    size_t name_len, value_len;
} mg_field;

/** Parse the fields of an entry that came from the stream of `priority`. Unknown fields are
 *  ignored; a field given twice is an error. An empty value of an optional field means not given.
 *  `filename` is decoration and never fails: it is made printable and cut; a malformed
 *  `traceparent` is dropped (as W3C Trace Context asks).
 *  @return MG_OK; MG_E_UNSUPPORTED_VERSION; MG_E_BAD_MESSAGE with the field named in *err */
mg_err mg_message_parse(const mg_field *fields, size_t count, mg_priority priority,
                        mg_job_spec *ret, mg_errinfo *err);

/** The rules for a spec that was not parsed from a message: ids, lengths, keys below the user.
 *  @return MG_OK or MG_E_BAD_MESSAGE */
mg_err mg_job_spec_check(const mg_job_spec *spec, mg_errinfo *err);

/** The first segment of every key of a user: the id with all but [A-Za-z0-9._-] percent-encoded
 *  (upper-case hex); "." and ".." encode their dots too. out holds 3 * MG_USER_ID_MAX + 1. */
void mg_user_key_segment(const char *user_id, char *out);

/* Bytes of UPLOAD_ID[.ext]: leaves room for ".part" in a file name. */
enum { MG_KEY_NAME_MAX = 200 };

/** True for "SEGMENT/UPLOAD_ID[.ext]" where the segment is exactly that of one user and the rest is
 *  1..MG_KEY_NAME_MAX of [A-Za-z0-9._-], not beginning with '.' and not ending in ".part".
 *  @param ret_user_id  the user it belongs to, MG_USER_ID_MAX + 1 bytes; may be NULL */
bool mg_audio_key_parse(const char *key, char *ret_user_id);

#endif
