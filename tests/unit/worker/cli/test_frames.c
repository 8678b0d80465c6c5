/* The reader of frames against good, cut and random streams. */
#include "worker/analyser/analyser_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void put_frame(mg_buf *out, uint32_t type, const void *payload, uint32_t len)
{
    const unsigned char header[8] = {
        (unsigned char)type, (unsigned char)(type >> 8), (unsigned char)(type >> 16),
        (unsigned char)(type >> 24), (unsigned char)len, (unsigned char)(len >> 8),
        (unsigned char)(len >> 16), (unsigned char)(len >> 24)};
    mg_buf_append(out, header, sizeof header);
    mg_buf_append(out, payload, len);
}

static void put_text(mg_buf *out, uint32_t type, const char *text)
{
    put_frame(out, type, text, (uint32_t)strlen(text));
}

static mg_buf good_stream(void)
{
    mg_buf out = MG_BUF_INIT(1 << 16);
    put_frame(&out, MG_FRAME_PROGRESS, "\5", 1);
    put_text(&out, MG_FRAME_LOG, "hello");
    put_frame(&out, MG_FRAME_PROGRESS, "\x63", 1);
    put_frame(&out, MG_FRAME_PROGRESS, "\7", 1); /* never goes back */
    put_text(&out, MG_FRAME_RESULT, "{\"a\":1}");
    return out;
}

static void any_cutting_gives_the_same(void **state)
{
    (void)state;
    mg_buf stream = good_stream();
    for (size_t piece = 1; piece <= stream.len; piece++) {
        mg_frame_reader reader;
        mg_frame_reader_init(&reader);
        for (size_t at = 0; at < stream.len; at += piece) {
            const size_t len = stream.len - at < piece ? stream.len - at : piece;
            assert_int_equal(mg_frame_reader_push(&reader, stream.data + at, len, NULL), MG_OK);
        }
        assert_int_equal(mg_frame_reader_end(&reader, NULL), MG_OK);
        assert_int_equal(reader.progress, 99);
        assert_int_equal(reader.answer, MG_ANSWER_RESULT);
        assert_string_equal(reader.result, "{\"a\":1}");
        assert_int_equal(reader.result_len, 7);
        char *log = mg_frame_reader_log(&reader);
        assert_string_equal(log, "hello");
        free(log);
        mg_frame_reader_done(&reader);
    }
    mg_buf_done(&stream);
}

static void every_truncation_is_noticed(void **state)
{
    (void)state;
    mg_buf stream = good_stream();
    for (size_t len = 0; len < stream.len; len++) {
        mg_frame_reader reader;
        mg_frame_reader_init(&reader);
        assert_int_equal(mg_frame_reader_push(&reader, stream.data, len, NULL), MG_OK);
        const mg_err end = mg_frame_reader_end(&reader, NULL);
        assert_true(end == MG_E_INTERNAL || reader.answer == MG_ANSWER_NONE);
        assert_null(reader.result);
        mg_frame_reader_done(&reader);
    }
    mg_buf_done(&stream);
}

static void expect_nonsense(mg_buf *stream, const char *what)
{
    mg_frame_reader reader;
    mg_errinfo err = {0};
    mg_frame_reader_init(&reader);
    assert_int_equal(mg_frame_reader_push(&reader, stream->data, stream->len, &err),
                     MG_E_INTERNAL);
    assert_non_null(strstr(err.text, "analyser answered nonsense"));
    assert_non_null(strstr(err.text, what));
    /* it sticks */
    assert_int_equal(mg_frame_reader_push(&reader, "", 0, NULL), MG_E_INTERNAL);
    mg_frame_reader_done(&reader);
    mg_buf_done(stream);
}

static void faults_are_named(void **state)
{
    (void)state;
    static char big[MG_FRAME_LOG_MAX + 1];
    memset(big, 'x', sizeof big);
    mg_buf s = MG_BUF_INIT(1 << 16);
    put_frame(&s, 0, "x", 1);
    expect_nonsense(&s, "unknown type");
    put_frame(&s, 5, "x", 1);
    expect_nonsense(&s, "unknown type");
    put_frame(&s, 0x01000001, "x", 1);
    expect_nonsense(&s, "unknown type");
    put_frame(&s, MG_FRAME_PROGRESS, "\1\2", 2);
    expect_nonsense(&s, "too long");
    put_frame(&s, MG_FRAME_PROGRESS, "\x65", 1);
    expect_nonsense(&s, "progress over 100");
    put_frame(&s, MG_FRAME_LOG, big, sizeof big);
    expect_nonsense(&s, "too long");
    put_frame(&s, MG_FRAME_ERROR, big, sizeof big);
    expect_nonsense(&s, "too long");
    put_frame(&s, MG_FRAME_RESULT, "", 0);
    expect_nonsense(&s, "empty");
    put_text(&s, MG_FRAME_ERROR, "no_such_reason\nx");
    expect_nonsense(&s, "reason");
    put_text(&s, MG_FRAME_RESULT, "{}");
    put_frame(&s, MG_FRAME_PROGRESS, "\1", 1);
    expect_nonsense(&s, "after the answer");
    /* the header alone is enough to refuse: nobody waits for 4 GiB */
    const unsigned char header[8] = {3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    mg_buf_append(&s, header, sizeof header);
    expect_nonsense(&s, "too long");
}

static void errors_carry_a_reason_and_a_sentence(void **state)
{
    (void)state;
    mg_frame_reader reader;
    mg_buf s = MG_BUF_INIT(1 << 16);
    put_text(&s, MG_FRAME_ERROR, "too_long\nit lasts \a forever\xff");
    mg_frame_reader_init(&reader);
    assert_int_equal(mg_frame_reader_push(&reader, s.data, s.len, NULL), MG_OK);
    assert_int_equal(reader.answer, MG_ANSWER_ERROR);
    assert_int_equal(reader.error, MG_E_TOO_LONG);
    assert_string_equal(reader.error_text, "it lasts ? forever?");
    mg_frame_reader_done(&reader);
    mg_buf_done(&s);
}

static void only_the_last_lines_are_kept(void **state)
{
    (void)state;
    mg_frame_reader reader;
    mg_buf s = MG_BUF_INIT(1 << 16);
    char line[32], *log;
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "line %d", i);
        put_text(&s, MG_FRAME_LOG, line);
    }
    mg_frame_reader_init(&reader);
    assert_int_equal(mg_frame_reader_push(&reader, s.data, s.len, NULL), MG_OK);
    log = mg_frame_reader_log(&reader);
    assert_int_equal(strncmp(log, "line 80\nline 81\n", 16), 0);
    assert_string_equal(strrchr(log, '\n'), "\nline 99");
    free(log);
    mg_frame_reader_done(&reader);
    mg_buf_done(&s);
}

/* xorshift32; the seed is fixed, so that a failure can be repeated */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Random bytes, and good streams with a few bytes changed, in random pieces: never more than the
 * caps, never a result and a fault at once, never a crash (this is for the sanitizers). */
static void random_streams_do_no_harm(void **state)
{
    (void)state;
    uint32_t seed = 20261121;
    for (int round = 0; round < 20000; round++) {
        mg_buf stream = good_stream();
        const uint32_t changes = next_random(&seed) % 6;
        for (uint32_t i = 0; i < changes; i++)
            stream.data[next_random(&seed) % stream.len] = (char)next_random(&seed);
        mg_frame_reader reader;
        mg_frame_reader_init(&reader);
        mg_err err = MG_OK;
        for (size_t at = 0; at < stream.len && err == MG_OK;) {
            size_t len = 1 + next_random(&seed) % 16;
            if (len > stream.len - at)
                len = stream.len - at;
            err = mg_frame_reader_push(&reader, stream.data + at, len, NULL);
            at += len;
        }
        if (err == MG_OK)
            err = mg_frame_reader_end(&reader, NULL);
        assert_true(err == MG_OK || err == MG_E_INTERNAL);
        assert_in_range(reader.progress, 0, 100);
        assert_true(reader.payload.cap <= MG_FRAME_RESULT_MAX + 4096);
        if (changes == 0)
            assert_int_equal(reader.answer, MG_ANSWER_RESULT);
        mg_frame_reader_done(&reader);
        mg_buf_done(&stream);
    }
}

static void a_flood_ends(void **state)
{
    (void)state;
    mg_frame_reader reader;
    mg_buf s = MG_BUF_INIT(64);
    mg_err err = MG_OK;
    unsigned count = 0;
    put_frame(&s, MG_FRAME_PROGRESS, "\1", 1);
    mg_frame_reader_init(&reader);
    while (err == MG_OK && count <= MG_FRAMES_MAX) {
        err = mg_frame_reader_push(&reader, s.data, s.len, NULL);
        count++;
    }
    assert_int_equal(err, MG_E_INTERNAL);
    assert_int_equal(count, MG_FRAMES_MAX + 1);
    mg_frame_reader_done(&reader);
    mg_buf_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cutting_gives_the_same),
        cmocka_unit_test(every_truncation_is_noticed),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(errors_carry_a_reason_and_a_sentence),
        cmocka_unit_test(only_the_last_lines_are_kept),
        cmocka_unit_test(random_streams_do_no_harm),
        cmocka_unit_test(a_flood_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
