/* Tags, junk, damage and foreign frames around MP3 audio. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char dir[64];
static bytes clean, other_rate, mono; /* without info frames: each byte is audio */
static decoded reference;

static bytes encode(unsigned channels, unsigned rate_hz, const char *options)
{
    char command[128];
    wav_spec spec = {.tag = 1, .bits = 16, .channels = channels, .riff = "RIFF"};
    spec.rate_hz = rate_hz;
    spec.frames = rate_hz;
    bytes b = {0};
    build_wav(&b, &spec);
    save(dir, "in.wav", &b);
    bytes_done(&b);
    snprintf(command, sizeof(command), "lame --quiet -t %s in.wav out.mp3", options);
    run(dir, command);
    return load(dir, "out.mp3");
}

static int set_up(void **state)
{
    (void)state;
    make_workdir(dir);
    clean = encode(2, 44100, "-b 128");
    other_rate = encode(2, 48000, "-b 160");
    mono = encode(1, 44100, "-b 64 -m m");
    reference = decode_bytes(&clean);
    return reference.rc;
}

static int tear_down(void **state)
{
    (void)state;
    remove_workdir(dir);
    bytes_done(&clean);
    bytes_done(&other_rate);
    bytes_done(&mono);
    decoded_done(&reference);
    return 0;
}

/* Start of frame n of the 128 kbit/s stream. */
static size_t frame_at(unsigned n)
{
    size_t at = 0;
    for (unsigned i = 0; i < n; i++)
        at += 417 + (clean.data[at + 2] >> 1 & 1);
    return at;
}

static void put_id3(bytes *b, unsigned size, bool footer)
{
    put_text(b, "ID3\x04");
    put_le(b, footer ? 0x1000 : 0, 2);
    put_be(b, (size >> 7 & 127) << 8 | (size & 127), 4);
    for (unsigned i = 0; i + 4 <= size; i += 4)
        put_be(b, 0xfffb9064, 4); /* like frames, but inside a tag */
    put_text(b, footer ? "3DI\x04" : "");
    if (footer) {
        put_le(b, 0x10 << 8, 2);
        put_be(b, (size >> 7 & 127) << 8 | (size & 127), 4);
    }
}

static void put_tail_tags(bytes *b)
{
    char fill[129];
    memset(fill, 'a', sizeof(fill) - 1);
    fill[128] = '\0';
    put_text(b, "APETAGEX");
    put_le(b, 2000, 4);
    put_le(b, 32 + 50, 4);
    put_le(b, 1, 4);
    put_le(b, 0xa0000000, 4);
    put_le(b, 0, 8);
    put(b, fill, 50);
    put_text(b, "APETAGEX");
    put_le(b, 2000, 4);
    put_le(b, 32 + 50, 4);
    put_le(b, 1, 4);
    put_le(b, 0x80000000, 4);
    put_le(b, 0, 8);
    put_text(b, "LYRICSBEGIN");
    put(b, fill, 100);
    put_text(b, "000111LYRICS200TAG");
    put(b, fill, 125);
}

static void expect_same(bytes *b, uint32_t warnings)
{
    decoded d = decode_bytes(b);
    if (d.rc != MG_OK)
        fail_msg("%s", d.err.text);
    assert_int_equal(d.audio.warnings, warnings | 1u << MG_WARN_NO_GAPLESS_INFO);
    assert_int_equal(d.frames, reference.frames);
    assert_memory_equal(d.samples, reference.samples, d.frames * 2 * sizeof(float));
    decoded_done(&d);
    bytes_done(b);
}

/* Not to the bit: libmpg123's rounding depends on the number of frames since it was reset. */
static void expect_close(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(fabsf(a[i] - b[i]) < 1e-5f);
}

static void tags_are_no_audio(void **state)
{
    (void)state;
    bytes b = {0};
    put_id3(&b, 1000, false);
    put_id3(&b, 332, true);
    put(&b, clean.data, frame_at(10));
    put_id3(&b, 400, false); /* as in joined files */
    put(&b, clean.data + frame_at(10), clean.len - frame_at(10));
    put_tail_tags(&b);
    expect_same(&b, 0);
}

static void junk_is_passed_over(void **state)
{
    (void)state;
    for (unsigned where = 0; where < 3; where++) {
        size_t at = where == 0 ? 0 : where == 1 ? frame_at(20) : clean.len;
        bytes b = {0};
        uint64_t seed = 4711 + where;
        put(&b, clean.data, at);
        put_le(&b, 0, 5);
        for (unsigned i = 0; i < 700; i++)
            put_le(&b, noise(&seed), 4);
        put(&b, clean.data + at, clean.len - at);
        expect_same(&b, 1u << MG_WARN_JUNK_BYTES);
    }
}

static void foreign_frames_never_reach_the_decoder(void **state)
{
    (void)state;
    bytes b = {0};
    put(&b, clean.data, frame_at(15));
    put(&b, other_rate.data, other_rate.len);
    put(&b, mono.data, mono.len);
    put(&b, clean.data + frame_at(15), clean.len - frame_at(15));
    put(&b, mono.data, mono.len);
    expect_same(&b, 1u << MG_WARN_RATE_CHANGE);
}

static void a_broken_header_costs_one_frame(void **state)
{
    (void)state;
    bytes b = {0};
    put(&b, clean.data, clean.len);
    b.data[frame_at(15) + 2] |= 0xf0; /* reserved bitrate */
    decoded d = decode_bytes(&b);
    assert_int_equal(d.frames, reference.frames - 1152);
    assert_true(warned(&d, MG_WARN_CORRUPT_FRAMES));
    /* What is far behind the damage is as before, one frame earlier. */
    expect_close(d.samples + 22 * 1152 * 2, reference.samples + 23 * 1152 * 2, 1152 * 2);
    decoded_done(&d);
    bytes_done(&b);
}

static void damage_inside_frames_moves_nothing(void **state)
{
    (void)state;
    bytes b = {0};
    uint64_t seed = 99;
    put(&b, clean.data, clean.len);
    for (unsigned n = 5; n < 12; n++) {
        for (size_t i = frame_at(n) + 4; i < frame_at(n + 1); i++)
            b.data[i] = (unsigned char)noise(&seed);
    }
    decoded d = decode_bytes(&b);
    assert_int_equal(d.rc, MG_OK);
    assert_int_equal(d.frames, reference.frames);
    expect_close(d.samples + 25 * 1152 * 2, reference.samples + 25 * 1152 * 2,
                 (d.frames - 25 * 1152) * 2);
    decoded_done(&d);
    bytes_done(&b);
}

static void cut_streams(void **state)
{
    (void)state;
    decoded d = decode_chunked(clean.data, clean.len - 50, 4096);
    assert_int_equal(d.frames, reference.frames - 1152);
    assert_true(warned(&d, MG_WARN_TRUNCATED));
    decoded_done(&d);
    /* Without its beginning the bit reservoir is missing, but no time is lost. */
    d = decode_chunked(clean.data + frame_at(10), clean.len - frame_at(10), 4096);
    assert_int_equal(d.frames, reference.frames - 10 * 1152);
    expect_close(d.samples + 5 * 1152 * 2, reference.samples + 15 * 1152 * 2,
                 (d.frames - 5 * 1152) * 2);
    decoded_done(&d);
    /* One whole frame is a file; half of one is not. */
    d = decode_chunked(clean.data, frame_at(1), 4096);
    assert_int_equal(d.frames, 1152);
    decoded_done(&d);
    d = decode_chunked(clean.data, 200, 4096);
    assert_int_equal(d.rc, MG_E_UNSUPPORTED_FORMAT);
}

static void a_tag_alone_is_no_audio(void **state)
{
    (void)state;
    bytes b = {0};
    put_id3(&b, 1000, false);
    decoded d = decode_bytes(&b);
    assert_int_equal(d.rc, MG_E_CORRUPT_AUDIO);
    bytes_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_no_audio),
        cmocka_unit_test(junk_is_passed_over),
        cmocka_unit_test(foreign_frames_never_reach_the_decoder),
        cmocka_unit_test(a_broken_header_costs_one_frame),
        cmocka_unit_test(damage_inside_frames_moves_nothing),
        cmocka_unit_test(cut_streams),
        cmocka_unit_test(a_tag_alone_is_no_audio),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
