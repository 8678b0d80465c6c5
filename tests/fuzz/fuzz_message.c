/* libFuzzer entry for the job message, the keys below it and Redis' URLs.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I. \
 *         tests/fuzz/fuzz_message.c queue/message.c queue/redis_url.c base/[a-z]*.c -lm
 *
 * The input is a list of fields: name, 0x1f, value, 0x1e. */
#include "base/utf8.h"
#include "queue/message.h"
#include "queue/redis_url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static size_t split(const char *text, size_t size, mg_field *fields, size_t max)
{
    size_t count = 0, at = 0;
    while (at < size && count < max) {
        const char *end = memchr(text + at, 0x1e, size - at);
        size_t len = end ? (size_t)(end - text) - at : size - at;
        const char *middle = memchr(text + at, 0x1f, len);
        size_t name_len = middle ? (size_t)(middle - (text + at)) : len;
        size_t skipped = middle ? name_len + 1 : name_len;
        fields[count++] = (mg_field){text + at, text + at + skipped, name_len, len - skipped};
        at += len + 1;
    }
    return count;
}

/* What was accepted keeps every rule and lies below its user. */
static void check_spec(const mg_job_spec *spec)
{
    char user[MG_USER_ID_MAX + 1], segment[3 * MG_USER_ID_MAX + 1];
    require(mg_job_spec_check(spec, NULL) == MG_OK);
    require(mg_audio_key_parse(spec->audio_key, user) && strcmp(user, spec->user_id) == 0);
    mg_user_key_segment(spec->user_id, segment);
    require(strncmp(spec->audio_key, segment, strlen(segment)) == 0);
    require(mg_utf8_valid(spec->filename) && mg_utf8_valid(spec->profile));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { FIELDS = 40 };
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';

    mg_field fields[FIELDS];
    size_t count = split(text, size, fields, FIELDS);
    mg_job_spec spec;
    mg_errinfo err = {0};
    mg_err code = mg_message_parse(fields, count, MG_PRIORITY_NORMAL, &spec, &err);
    if (code == MG_OK)
        check_spec(&spec);
    else
        require((code == MG_E_BAD_MESSAGE || code == MG_E_UNSUPPORTED_VERSION) && err.text[0] &&
                mg_utf8_valid(err.text));

    char user[MG_USER_ID_MAX + 1];
    if (mg_audio_key_parse(text, user))
        require(user[0] && strlen(text) <= MG_AUDIO_KEY_MAX);
    mg_redis_url url;
    if (mg_redis_url_parse(text, &url, NULL) == MG_OK) {
        require(url.address && url.address[0]);
        mg_redis_url_done(&url);
    }
    free(text);
    return 0;
}
