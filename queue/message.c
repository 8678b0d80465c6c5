#include "queue/message.h"

#include "base/parse.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static const int64_t last_time_ms = 253402300799999; /* 9999-12-31T23:59:59.999Z */

/* ---- users and keys ------------------------------------------------------------------------ */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* strchr() would also find the terminating NUL. */
static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_user_id(const char *text)
{
    size_t len = 0;
    for (; text[len]; len++) {
        if (len == MG_USER_ID_MAX || !(is_alnum(text[len]) || is_one_of(text[len], "._:@|=+-")))
            return false;
    }
    return len > 0;
}

void mg_user_key_segment(const char *user_id, char *out)
{
    static const char hex[] = "0123456789ABCDEF";
    /* As a path segment these two would name a directory above or the same one. */
    bool dots = strcmp(user_id, ".") == 0 || strcmp(user_id, "..") == 0;
    for (const char *c = user_id; *c; c++) {
        if (is_alnum(*c) || *c == '-' || *c == '_' || (*c == '.' && !dots)) {
            *out++ = *c;
        } else {
            *out++ = '%';
            *out++ = hex[(unsigned char)*c >> 4];
            *out++ = hex[(unsigned char)*c & 15];
        }
    }
    *out = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The user whose segment this is: decoded, checked, and the same when encoded again, so that one
 * user has one directory. */
static bool segment_user(const char *segment, size_t len, char *ret)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = segment[i];
        if (c == '%') {
            int high = i + 2 < len ? hex_digit(segment[i + 1]) : -1;
            int low = i + 2 < len ? hex_digit(segment[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0' || used == MG_USER_ID_MAX)
            return false;
        ret[used++] = c;
    }
    ret[used] = '\0';
    if (!is_user_id(ret))
        return false;
    char again[3 * MG_USER_ID_MAX + 1];
    mg_user_key_segment(ret, again);
    return strlen(again) == len && memcmp(again, segment, len) == 0;
}

bool mg_audio_key_parse(const char *key, char *ret_user_id)
{
    const char *slash = strchr(key, '/');
    if (!slash)
        return false;
    const char *name = slash + 1;
    size_t len = strlen(name);
    if (len == 0 || len > MG_KEY_NAME_MAX || name[0] == '.')
        return false;
    for (const char *c = name; *c; c++) {
        if (!is_alnum(*c) && !is_one_of(*c, "._-"))
            return false;
    }
    if (len >= 5 && strcmp(name + len - 5, ".part") == 0)
        return false;
    char user[MG_USER_ID_MAX + 1];
    if (!segment_user(key, (size_t)(slash - key), user))
        return false;
    if (ret_user_id)
        memcpy(ret_user_id, user, sizeof user);
    return true;
}

/* ---- the rules ----------------------------------------------------------------------------- */

static bool is_lower_hex(const char *text)
{
    return strspn(text, "0123456789abcdef") == strlen(text);
}

static bool is_profile(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!is_alnum(*c) && !is_one_of(*c, "._/-"))
            return false;
    }
    return true;
}

/* 00-<32 hex>-<16 hex>-<2 hex>; the one form of version 00. */
static bool is_traceparent(const char *text)
{
    static const char shape[] = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == '-' ? text[i] != '-' : !is_one_of(text[i], "0123456789abcdef"))
            return false;
    }
    return true;
}

static bool is_printable(const char *text)
{
    char clean[MG_FILENAME_MAX + 1];
    mg_utf8_printable(text, clean, sizeof clean);
    return strcmp(clean, text) == 0;
}

static mg_err bad(mg_errinfo *err, const char *field, const char *why)
{
    return mg_fail(err, MG_E_BAD_MESSAGE, 0, "%s: %s", field, why);
}

static mg_err check_key(const char *field, const char *key, const char *user_id, mg_errinfo *err)
{
    char owner[MG_USER_ID_MAX + 1];
    if (!mg_audio_key_parse(key, owner))
        return bad(err, field, "not of the form USER_ID/UPLOAD_ID[.ext]");
    if (strcmp(owner, user_id) != 0)
        return bad(err, field, "its first segment is not the user_id");
    return MG_OK;
}

static bool is_time(int64_t ms)
{
    return ms >= 0 && ms <= last_time_ms;
}

mg_err mg_job_spec_check(const mg_job_spec *spec, mg_errinfo *err)
{
    char uuid[MG_UUID_SIZE];
    if (!mg_uuid_parse(spec->job_id, uuid) || strcmp(uuid, spec->job_id) != 0)
        return bad(err, "job_id", "not a UUID");
    if (!is_user_id(spec->user_id))
        return bad(err, "user_id", "not 1 to 128 of [A-Za-z0-9._:@|=+-]");
    mg_err code = check_key("audio_key", spec->audio_key, spec->user_id, err);
    if (code == MG_OK && spec->reference_key[0])
        code = check_key("reference_key", spec->reference_key, spec->user_id, err);
    if (code != MG_OK)
        return code;
    if (spec->sha256[0] && (strlen(spec->sha256) != 64 || !is_lower_hex(spec->sha256)))
        return bad(err, "sha256", "not 64 hexadecimal digits");
    if (!is_profile(spec->profile))
        return bad(err, "profile", "not a profile's name");
    if (!is_printable(spec->filename))
        return bad(err, "filename", "control characters or not UTF-8");
    if (spec->traceparent[0] && !is_traceparent(spec->traceparent))
        return bad(err, "traceparent", "not a trace context");
    if ((unsigned)spec->priority >= MG_PRIORITIES)
        return bad(err, "priority", "unknown");
    if (spec->size < -1)
        return bad(err, "size", "negative");
    if (!is_time(spec->run_at_ms) || !is_time(spec->expires_at_ms) || !is_time(spec->time_ms))
        return bad(err, "run_at, expires_at or time", "not milliseconds since 1970");
    return MG_OK;
}

/* ---- the message --------------------------------------------------------------------------- */

static bool name_is(const mg_field *field, const char *name)
{
    return field->name_len == strlen(name) && memcmp(field->name, name, field->name_len) == 0;
}

static const mg_field *find(const mg_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (name_is(&fields[i], name))
            return &fields[i];
    }
    return NULL;
}

static mg_err given_twice(const mg_field *field, mg_errinfo *err)
{
    char raw[33], name[33];
    snprintf(raw, sizeof raw, "%.*s", (int)(field->name_len < 32 ? field->name_len : 32),
             field->name);
    mg_utf8_printable(raw, name, sizeof name);
    return mg_fail(err, MG_E_BAD_MESSAGE, 0, "field %s is given twice", name);
}

static mg_err check_shape(const mg_field *fields, size_t count, mg_errinfo *err)
{
    size_t bytes = 0;
    if (count > MG_MESSAGE_MAX_FIELDS)
        return mg_fail(err, MG_E_BAD_MESSAGE, 0, "more than %d fields", MG_MESSAGE_MAX_FIELDS);
    for (size_t i = 0; i < count; i++) {
        bytes += fields[i].name_len + fields[i].value_len;
        for (size_t j = 0; j < i; j++) {
            if (fields[i].name_len == fields[j].name_len &&
                memcmp(fields[i].name, fields[j].name, fields[i].name_len) == 0)
                return given_twice(&fields[i], err);
        }
    }
    if (bytes > MG_MESSAGE_MAX_BYTES)
        return mg_fail(err, MG_E_BAD_MESSAGE, 0, "more than %d bytes", MG_MESSAGE_MAX_BYTES);
    return MG_OK;
}

/* Copies a value as a C string; "" when the field is not there. */
static mg_err copy_text(const mg_field *fields, size_t count, const char *name, char *out,
                        size_t size, mg_errinfo *err)
{
    out[0] = '\0';
    const mg_field *field = find(fields, count, name);
    if (!field)
        return MG_OK;
    if (field->value_len >= size)
        return bad(err, name, "too long");
    if (field->value_len && memchr(field->value, '\0', field->value_len))
        return bad(err, name, "holds a NUL byte");
    if (field->value_len)
        memcpy(out, field->value, field->value_len);
    out[field->value_len] = '\0';
    return MG_OK;
}

static mg_err copy_number(const mg_field *fields, size_t count, const char *name, int64_t absent,
                          int64_t max, int64_t *ret, mg_errinfo *err)
{
    char text[24];
    mg_err code = copy_text(fields, count, name, text, sizeof text, err);
    if (code != MG_OK)
        return code;
    *ret = absent;
    if (text[0] && !mg_parse_i64(text, 0, max, ret))
        return bad(err, name, "not a whole number in range");
    return MG_OK;
}

static mg_err copy_numbers(const mg_field *fields, size_t count, mg_job_spec *spec, mg_errinfo *err)
{
    const struct {
        const char *name;
        int64_t absent, max;
        int64_t *out;
    } numbers[] = {
        {"size", -1, INT64_C(1) << 50, &spec->size},
        {"run_at", 0, last_time_ms, &spec->run_at_ms},
        {"expires_at", 0, last_time_ms, &spec->expires_at_ms},
        {"time", 0, last_time_ms, &spec->time_ms},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        mg_err code = copy_number(fields, count, numbers[i].name, numbers[i].absent, numbers[i].max,
                                  numbers[i].out, err);
        if (code != MG_OK)
            return code;
    }
    return MG_OK;
}

static mg_err copy_texts(const mg_field *fields, size_t count, mg_job_spec *spec, mg_errinfo *err)
{
    const struct {
        const char *name;
        char *out;
        size_t size;
        bool required;
    } texts[] = {
        {"job_id", spec->job_id, sizeof spec->job_id, true},
        {"user_id", spec->user_id, sizeof spec->user_id, true},
        {"audio_key", spec->audio_key, sizeof spec->audio_key, true},
        {"reference_key", spec->reference_key, sizeof spec->reference_key, false},
        {"profile", spec->profile, sizeof spec->profile, false},
        {"sha256", spec->sha256, sizeof spec->sha256, false},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        mg_err code = copy_text(fields, count, texts[i].name, texts[i].out, texts[i].size, err);
        if (code != MG_OK)
            return code;
        if (texts[i].required && !texts[i].out[0])
            return bad(err, texts[i].name, "missing");
    }
    mg_uuid_parse(spec->job_id, spec->job_id); /* lower case; the check tells when it is none */
    for (char *c = spec->sha256; *c; c++) {
        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
    }
    return MG_OK;
}

/* Fields that decorate: whatever is in them, the job can run. */
static void copy_decoration(const mg_field *fields, size_t count, mg_job_spec *spec)
{
    const mg_field *field = find(fields, count, "filename");
    if (field) {
        char raw[MG_MESSAGE_MAX_BYTES + 1];
        memcpy(raw, field->value, field->value_len);
        raw[field->value_len] = '\0'; /* a NUL inside ends the name */
        mg_utf8_printable(raw, spec->filename, sizeof spec->filename);
    }
    field = find(fields, count, "traceparent");
    if (field && field->value_len < sizeof spec->traceparent) {
        memcpy(spec->traceparent, field->value, field->value_len);
        spec->traceparent[field->value_len] = '\0';
        if (!is_traceparent(spec->traceparent))
            spec->traceparent[0] = '\0';
    }
}

mg_err mg_message_parse(const mg_field *fields, size_t count, mg_priority priority,
                        mg_job_spec *ret, mg_errinfo *err)
{
    mg_err code = check_shape(fields, count, err);
    if (code != MG_OK)
        return code;
    const mg_field *version = find(fields, count, "v");
    if (!version)
        return bad(err, "v", "missing");
    if (version->value_len != 1 || version->value[0] != '1')
        return mg_fail(err, MG_E_UNSUPPORTED_VERSION, 0, "v: this program knows version 1 only");
    mg_job_spec spec = {.priority = priority};
    code = copy_texts(fields, count, &spec, err);
    if (code == MG_OK)
        code = copy_numbers(fields, count, &spec, err);
    if (code != MG_OK)
        return code;
    copy_decoration(fields, count, &spec);
    code = mg_job_spec_check(&spec, err);
    if (code == MG_OK)
        *ret = spec;
    return code;
}
