/* The job message: every rule, and random damage to good messages. */
#include "queue/message.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define JOB "0190f3a0-1111-7abc-8def-0123456789ab"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct message {
    mg_field fields[40];
    size_t count;
} message;

static void add(message *m, const char *name, const char *value)
{
    m->fields[m->count++] = (mg_field){name, value, strlen(name), strlen(value)};
}

static message good(void)
{
    message m = {.count = 0};
    add(&m, "v", "1");
    add(&m, "job_id", JOB);
    add(&m, "user_id", "alice");
    add(&m, "audio_key", "alice/song-1.wav");
    return m;
}

/* A good message with one field replaced or added. */
static message with(const char *name, const char *value)
{
    message m = good();
    for (size_t i = 0; i < m.count; i++) {
        if (strcmp(m.fields[i].name, name) == 0) {
            m.fields[i].value = value;
            m.fields[i].value_len = strlen(value);
            return m;
        }
    }
    add(&m, name, value);
    return m;
}

static void accepts(const message *m, mg_job_spec *ret)
{
    mg_errinfo err = {0};
    mg_err code = mg_message_parse(m->fields, m->count, MG_PRIORITY_LOW, ret, &err);
    if (code != MG_OK)
        fail_msg("refused: %s", err.text);
}

static void refuses(const message *m, mg_err expected, const char *in_text)
{
    mg_job_spec spec;
    memset(&spec, 0x5a, sizeof spec);
    mg_job_spec before = spec;
    mg_errinfo err = {0};
    assert_int_equal(mg_message_parse(m->fields, m->count, MG_PRIORITY_LOW, &spec, &err), expected);
    assert_memory_equal(&spec, &before, sizeof spec); /* untouched on failure */
    if (!strstr(err.text, in_text))
        fail_msg("\"%s\" does not name %s", err.text, in_text);
    assert_true(mg_utf8_valid(err.text));
}

static void takes_all_fields(void **state)
{
    (void)state;
    message m = good();
    add(&m, "size", "1234567");
    add(&m, "sha256", "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef");
    add(&m, "profile", "house/club");
    add(&m, "reference_key", "alice/ref.mp3");
    add(&m, "filename", "My \"song\".wav");
    add(&m, "run_at", "1767225600000");
    add(&m, "expires_at", "1767225600001");
    add(&m, "time", "1767225600002");
    add(&m, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    add(&m, "tracestate", "vendor=1");
    add(&m, "", "a field without a name is an unknown one");
    mg_job_spec spec;
    accepts(&m, &spec);
    assert_string_equal(spec.job_id, JOB);
    assert_string_equal(spec.user_id, "alice");
    assert_string_equal(spec.audio_key, "alice/song-1.wav");
    assert_string_equal(spec.reference_key, "alice/ref.mp3");
    assert_string_equal(spec.filename, "My \"song\".wav");
    assert_string_equal(spec.profile, "house/club");
    assert_string_equal(spec.sha256, SHA);
    assert_string_equal(spec.traceparent,
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assert_int_equal(spec.size, 1234567);
    assert_int_equal(spec.run_at_ms, 1767225600000);
    assert_int_equal(spec.expires_at_ms, 1767225600001);
    assert_int_equal(spec.time_ms, 1767225600002);
    assert_int_equal(spec.priority, MG_PRIORITY_LOW);
}

static void absent_and_empty_options_are_not_given(void **state)
{
    (void)state;
    static const char *const optional[] = {"size",          "sha256",   "profile",
                                           "reference_key", "filename", "run_at",
                                           "expires_at",    "time",     "traceparent"};
    message m = good();
    mg_job_spec absent, empty;
    accepts(&m, &absent);
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
        add(&m, optional[i], "");
    accepts(&m, &empty);
    assert_memory_equal(&absent, &empty, sizeof absent);
    assert_int_equal(absent.size, -1);
    assert_int_equal(absent.run_at_ms, 0);
}

static void versions(void **state)
{
    (void)state;
    static const char *const other[] = {"2", "0", "", "11", "1.0", " 1"};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        message m = with("v", other[i]);
        refuses(&m, MG_E_UNSUPPORTED_VERSION, "v:");
    }
    message m = good();
    m.fields[0] = m.fields[--m.count];
    refuses(&m, MG_E_BAD_MESSAGE, "v: missing");
}

static void required_fields(void **state)
{
    (void)state;
    for (size_t drop = 1; drop < 4; drop++) {
        message m = good();
        const char *name = m.fields[drop].name;
        m.fields[drop] = m.fields[--m.count];
        refuses(&m, MG_E_BAD_MESSAGE, name);
        message empty = with(name, "");
        refuses(&empty, MG_E_BAD_MESSAGE, name);
    }
}

static void job_ids(void **state)
{
    (void)state;
    message m = with("job_id", "0190F3A0-1111-7ABC-8DEF-0123456789AB");
    mg_job_spec spec;
    accepts(&m, &spec);
    assert_string_equal(spec.job_id, JOB); /* one spelling in the ledger */
    static const char *const bad[] = {"x", "0190f3a011117abc8def0123456789ab", JOB "0",
                                      "0190f3a0-1111-7abc-8def-0123456789ag"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        m = with("job_id", bad[i]);
        refuses(&m, MG_E_BAD_MESSAGE, "job_id");
    }
}

static void user_ids(void **state)
{
    (void)state;
    static const char *const bad[] = {"a/b", "a b", "a%2Fb", "\xc3\xa9", "a\n", "a*", "../x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        message m = with("user_id", bad[i]);
        refuses(&m, MG_E_BAD_MESSAGE, "user_id");
    }
    char longest[131], key[160];
    memset(longest, 'u', 128);
    longest[128] = '\0';
    snprintf(key, sizeof key, "%s/x", longest);
    message m = with("user_id", longest);
    m.fields[3].value = key;
    m.fields[3].value_len = strlen(key);
    mg_job_spec spec;
    accepts(&m, &spec);
    strcpy(longest + 128, "u");
    m = with("user_id", longest);
    refuses(&m, MG_E_BAD_MESSAGE, "user_id");
}

static void segments_are_percent_encoded(void **state)
{
    (void)state;
    static const struct {
        const char *user, *segment;
    } rows[] = {
        {"alice", "alice"},    {"a.b_c-9", "a.b_c-9"}, {"a@b:c|d=e+f", "a%40b%3Ac%7Cd%3De%2Bf"},
        {".", "%2E"},          {"..", "%2E%2E"},       {"...", "..."},
        {".hidden", ".hidden"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char segment[3 * MG_USER_ID_MAX + 1], key[512], user[MG_USER_ID_MAX + 1];
        mg_user_key_segment(rows[i].user, segment);
        assert_string_equal(segment, rows[i].segment);
        snprintf(key, sizeof key, "%s/up.wav", segment);
        assert_true(mg_audio_key_parse(key, user));
        assert_string_equal(user, rows[i].user);
        message m = with("user_id", rows[i].user);
        m.fields[3].value = key;
        m.fields[3].value_len = strlen(key);
        mg_job_spec spec;
        accepts(&m, &spec);
    }
}

static void keys(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "alice",      "alice/",    "/alice/x",       "alice//x",   "alice/a/b",      "bob/x.wav",
        "../alice/x", "alice/..",  "alice/.",        "alice/.x",   "alice/x.part",   "alice/a b",
        "alice/%2E",  "alice/x\n", "alice/\xc3\xa9", "http://h/x", "s3://b/alice/x", "%61lice/x",
        "alice%/x",   "alice%2/x", "%00alice/x",     "Alice/x",    "alic\xc3\xa9/x", "%2f/x",
        "./x",        "%40/x/..",  "alice\\x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        message m = with("audio_key", bad[i]);
        refuses(&m, MG_E_BAD_MESSAGE, "audio_key");
        m = with("reference_key", bad[i]);
        refuses(&m, MG_E_BAD_MESSAGE, "reference_key");
    }
    char name[300] = "alice/";
    memset(name + 6, 'n', MG_KEY_NAME_MAX);
    name[6 + MG_KEY_NAME_MAX] = '\0';
    assert_true(mg_audio_key_parse(name, NULL));
    strcat(name, "n");
    assert_false(mg_audio_key_parse(name, NULL));
    /* lower-case escapes would give one user two directories */
    assert_false(mg_audio_key_parse("a%3a/x", NULL));
    assert_true(mg_audio_key_parse("a%3A/x", NULL));
}

static void numbers_and_texts(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value;
    } bad[] = {
        {"size", "-1"},
        {"size", "1.5"},
        {"size", "0x10"},
        {"size", " 1"},
        {"size", "99999999999999999999"},
        {"run_at", "soon"},
        {"run_at", "-5"},
        {"expires_at", "253402300800000"},
        {"time", "1e12"},
        {"sha256", "abc"},
        {"sha256", SHA "0"},
        {"sha256", "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"profile", "a b"},
        {"profile", "x;y"},
        {"profile", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        message m = with(bad[i].field, bad[i].value);
        refuses(&m, MG_E_BAD_MESSAGE, bad[i].field);
    }
}

static void decoration_never_fails(void **state)
{
    (void)state;
    mg_job_spec spec;
    message m = with("filename", "a\nb\xff\xe2\x80\xae"
                                 "c.wav");
    accepts(&m, &spec);
    assert_string_equal(spec.filename, "a?b??c.wav");
    char longest[2000];
    for (size_t i = 0; i + 1 < sizeof longest; i += 2)
        memcpy(longest + i, "\xc3\xa9", 2);
    longest[1998] = '\0';
    m = with("filename", longest);
    accepts(&m, &spec);
    assert_int_equal(strlen(spec.filename), 512);
    assert_true(mg_utf8_valid(spec.filename));
    m = with("traceparent", "nonsense");
    accepts(&m, &spec);
    assert_string_equal(spec.traceparent, "");
    m = with("traceparent", longest);
    accepts(&m, &spec);
    assert_string_equal(spec.traceparent, "");
}

static void twice_and_oversize(void **state)
{
    (void)state;
    message m = good();
    add(&m, "audio_key", "alice/song-1.wav");
    refuses(&m, MG_E_BAD_MESSAGE, "audio_key is given twice");
    m = good();
    add(&m, "x\xff\n", "1");
    add(&m, "x\xff\n", "2");
    refuses(&m, MG_E_BAD_MESSAGE, "x?? is given twice");
    m = good();
    add(&m, "filename", "a");
    char *big = malloc(MG_MESSAGE_MAX_BYTES + 1);
    memset(big, 'x', MG_MESSAGE_MAX_BYTES);
    big[MG_MESSAGE_MAX_BYTES] = '\0';
    add(&m, "note", big);
    refuses(&m, MG_E_BAD_MESSAGE, "8192 bytes");
    free(big);
    m = good();
    char names[40][8];
    while (m.count < MG_MESSAGE_MAX_FIELDS) {
        snprintf(names[m.count], 8, "f%zu", m.count);
        add(&m, names[m.count], "1");
    }
    mg_job_spec spec;
    accepts(&m, &spec);
    add(&m, "one_more", "1");
    refuses(&m, MG_E_BAD_MESSAGE, "32 fields");
}

static void nul_bytes(void **state)
{
    (void)state;
    static const char *const fields[] = {"job_id", "user_id", "audio_key", "profile", "size"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        message m = with(fields[i], "1");
        for (size_t f = 0; f < m.count; f++) {
            if (strcmp(m.fields[f].name, fields[i]) == 0) {
                m.fields[f].value = "1\0002";
                m.fields[f].value_len = 3;
            }
        }
        refuses(&m, MG_E_BAD_MESSAGE, fields[i]);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Whatever comes: no fault (address sanitizer), and what is accepted keeps all rules. */
static void random_damage(void **state)
{
    (void)state;
    uint32_t seed = 20260301;
    static const char *const names[] = {
        "v",       "job_id",        "user_id",  "audio_key", "size",       "time",        "sha256",
        "profile", "reference_key", "filename", "run_at",    "expires_at", "traceparent", "zzz"};
    static const char *const values[] = {
        "1",        JOB,          "alice",       "alice/song-1.wav", "77", "1767225600000",
        SHA,        "house/club", "alice/r.mp3", "n\xc3\xa4me.wav",  "0",  "",
        "00-0-0-0", "q"};
    int accepted = 0;
    for (int round = 0; round < 60000; round++) {
        char *copies[14];
        mg_field fields[14];
        size_t count = 0;
        for (int i = 0; i < 14; i++) {
            if (next_random(&seed) % 12 == 0)
                continue;
            size_t len = strlen(values[i]);
            char *copy = malloc(len + 1); /* exact size, so that one byte too many is seen */
            memcpy(copy, values[i], len);
            copy[len] = 'Z';
            if (len && next_random(&seed) % 16 == 0)
                copy[next_random(&seed) % len] = (char)next_random(&seed);
            if (len && next_random(&seed) % 16 == 0)
                len = next_random(&seed) % len;
            fields[count] = (mg_field){names[i], copy, strlen(names[i]), len};
            copies[count++] = copy;
        }
        mg_job_spec spec;
        mg_errinfo err = {0};
        mg_err code = mg_message_parse(fields, count, MG_PRIORITY_HIGH, &spec, &err);
        if (code == MG_OK) {
            accepted++;
            assert_int_equal(mg_job_spec_check(&spec, NULL), MG_OK);
        } else {
            assert_true(code == MG_E_BAD_MESSAGE || code == MG_E_UNSUPPORTED_VERSION);
            assert_true(err.text[0] && mg_utf8_valid(err.text));
        }
        while (count > 0)
            free(copies[--count]);
    }
    assert_true(accepted > 1000);
}

static void specs_have_the_same_rules(void **state)
{
    (void)state;
    message m = good();
    mg_job_spec spec, changed;
    accepts(&m, &spec);
    assert_int_equal(mg_job_spec_check(&spec, NULL), MG_OK);
    changed = spec;
    strcpy(changed.job_id, "0190F3A0-1111-7abc-8def-0123456789ab");
    assert_int_equal(mg_job_spec_check(&changed, NULL), MG_E_BAD_MESSAGE);
    changed = spec;
    strcpy(changed.reference_key, "bob/r.wav");
    assert_int_equal(mg_job_spec_check(&changed, NULL), MG_E_BAD_MESSAGE);
    changed = spec;
    strcpy(changed.filename, "a\nb");
    assert_int_equal(mg_job_spec_check(&changed, NULL), MG_E_BAD_MESSAGE);
    changed = spec;
    changed.size = -2;
    assert_int_equal(mg_job_spec_check(&changed, NULL), MG_E_BAD_MESSAGE);
    changed = spec;
    changed.run_at_ms = -1;
    assert_int_equal(mg_job_spec_check(&changed, NULL), MG_E_BAD_MESSAGE);
    changed = spec;
    changed.priority = MG_PRIORITIES;
    assert_int_equal(mg_job_spec_check(&changed, NULL), MG_E_BAD_MESSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_all_fields),
        cmocka_unit_test(absent_and_empty_options_are_not_given),
        cmocka_unit_test(versions),
        cmocka_unit_test(required_fields),
        cmocka_unit_test(job_ids),
        cmocka_unit_test(user_ids),
        cmocka_unit_test(segments_are_percent_encoded),
        cmocka_unit_test(keys),
        cmocka_unit_test(numbers_and_texts),
        cmocka_unit_test(decoration_never_fails),
        cmocka_unit_test(twice_and_oversize),
        cmocka_unit_test(nul_bytes),
        cmocka_unit_test(random_damage),
        cmocka_unit_test(specs_have_the_same_rules),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
