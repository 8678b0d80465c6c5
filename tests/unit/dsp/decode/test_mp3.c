/* Against ffmpeg's own decoder, on what LAME and ffmpeg encode. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static char dir[64];

static int set_up(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned channels, rate_hz;
    } sources[] = {{"st44.wav", 2, 44100}, {"mono.wav", 1, 44100}, {"st48.wav", 2, 48000},
                   {"st22.wav", 2, 22050}, {"mono8.wav", 1, 8000}};
    make_workdir(dir);
    for (size_t i = 0; i < 5; i++) {
        wav_spec spec = {.tag = 1, .bits = 16, .channels = sources[i].channels, .riff = "RIFF"};
        spec.rate_hz = sources[i].rate_hz;
        spec.frames = spec.rate_hz + 123;
        bytes b = {0};
        build_wav(&b, &spec);
        save(dir, sources[i].name, &b);
        bytes_done(&b);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_workdir(dir);
    return 0;
}

/* `command` writes a.mp3; another decoder then writes b.f32. */
static decoded encode(const char *command)
{
    run(dir, command);
    bytes b = load(dir, "a.mp3");
    decoded d = decode_bytes(&b);
    bytes_done(&b);
    if (d.rc != MG_OK)
        fail_msg("%s: %s", command, d.err.text);
    return d;
}

static void compare(const decoded *d, const char *reference, double tolerance)
{
    run(dir, reference);
    bytes b = load(dir, "b.f32");
    assert_int_equal(b.len, d->frames * d->info.channels * sizeof(float));
    const float *other = (const float *)(const void *)b.data;
    double worst = 0;
    for (size_t i = 0; i < d->frames * d->info.channels; i++)
        worst = fmax(worst, fabs((double)d->samples[i] - other[i]));
    assert_true(worst <= tolerance);
    bytes_done(&b);
}

static const char ffmpeg[] = "ffmpeg -v error -nostdin -y -i a.mp3 -f f32le b.f32";

static void same_as_ffmpeg_with_tag(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        unsigned frames;
    } kinds[] = {
        {"lame --quiet -b 128 st44.wav a.mp3", 44223},
        {"lame --quiet -V 2 st44.wav a.mp3", 44223},
        {"lame --quiet --abr 160 st44.wav a.mp3", 44223},
        {"lame --quiet -b 320 -m j st44.wav a.mp3", 44223},
        {"lame --quiet -b 128 -m s -p st44.wav a.mp3", 44223},
        {"lame --quiet -b 64 -m m mono.wav a.mp3", 44223},
        {"lame --quiet -b 192 st48.wav a.mp3", 48123},
        {"lame --quiet -b 64 st22.wav a.mp3", 22173},
        {"ffmpeg -v error -nostdin -y -i st44.wav -b:a 192k a.mp3", 44223},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        decoded d = encode(kinds[i].command);
        assert_int_equal(d.audio.warnings, 0);
        assert_int_equal(d.frames, kinds[i].frames); /* gapless: the length of the source */
        assert_true(mg_has(d.audio.encoder_delay_samples) && mg_has(d.audio.padding_samples));
        assert_int_equal(d.audio.start_offset_samples,
                         (uint64_t)d.audio.encoder_delay_samples.v + 529);
        assert_int_equal(d.audio.bits_per_sample, 0);
        assert_int_equal(d.effective_bits.why, MG_WHY_NOT_APPLICABLE);
        const bool by_lame = strncmp(kinds[i].command, "lame", 4) == 0;
        assert_string_equal(d.audio.mp3_tag, by_lame ? "lame" : "lavc");
        compare(&d, ffmpeg, 2e-5);
        decoded_done(&d);
    }
}

static void same_as_ffmpeg_without_tag(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "lame --quiet -t -b 128 st44.wav a.mp3",
        "lame --quiet -t -V 3 st44.wav a.mp3",
        "lame --quiet -t -b 8 mono8.wav a.mp3",
        "ffmpeg -v error -nostdin -y -i st44.wav -write_xing 0 a.mp3",
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        decoded d = encode(commands[i]);
        assert_int_equal(d.audio.warnings, 1u << MG_WARN_NO_GAPLESS_INFO);
        assert_int_equal(d.audio.encoder_delay_samples.why, MG_WHY_UNDECIDED);
        assert_int_equal(d.audio.start_offset_samples, 0);
        assert_string_equal(d.audio.mp3_tag, "none");
        compare(&d, ffmpeg, 2e-5);
        decoded_done(&d);
    }
}

static void bitrate(void **state)
{
    (void)state;
    decoded d = encode("lame --quiet -b 128 st44.wav a.mp3");
    assert_true(fabs(mg_or(d.audio.bitrate_kbps, 0) - 128) < 1.5);
    assert_string_equal(d.audio.container, "mp3");
    decoded_done(&d);
}

/* ffmpeg cannot read free format; LAME can, to 16 bits; each rounding is worth one step. */
static void same_as_lame_in_free_format(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "lame --quiet --freeformat -b 400 st44.wav a.mp3",
        "lame --quiet --freeformat -b 560 st48.wav a.mp3",
        "lame --quiet --freeformat -b 300 -m m mono.wav a.mp3",
    };
    for (size_t i = 0; i < 3; i++) {
        decoded d = encode(commands[i]);
        assert_int_equal(d.audio.warnings, 0);
        compare(&d, "lame --quiet --decode a.mp3 c.wav && sox c.wav -t f32 b.f32", 2.0 / 32768);
        decoded_done(&d);
    }
}

static size_t find(const bytes *b, const char *text)
{
    const unsigned char *p = memmem(b->data, b->len, text, strlen(text));
    assert_non_null(p);
    return (size_t)(p - b->data);
}

/* The info frame as other writers leave it. */
static void odd_info_frames(void **state)
{
    (void)state;
    run(dir, "lame --quiet -V 2 st44.wav whole.mp3");
    bytes b = load(dir, "whole.mp3");
    size_t lame = find(&b, "LAME");
    memset(b.data + lame + 34, 0, 2); /* no checksum */
    save(dir, "x.mp3", &b);
    decoded d = encode("cp x.mp3 a.mp3");
    assert_int_equal(d.audio.warnings, 1u << MG_WARN_TAG_CRC_MISMATCH);
    assert_int_equal(d.frames, 44223);
    assert_string_equal(d.audio.mp3_tag, "lame");
    compare(&d, ffmpeg, 2e-5);
    decoded_done(&d);
    memset(b.data + lame, 'x', 4); /* Xing without LAME's extension */
    save(dir, "x.mp3", &b);
    d = encode("cp x.mp3 a.mp3");
    assert_int_equal(d.audio.warnings, 1u << MG_WARN_NO_GAPLESS_INFO);
    assert_string_equal(d.audio.mp3_tag, "xing");
    compare(&d, ffmpeg, 2e-5);
    decoded_done(&d);
    bytes_done(&b);
}

/* Two files in one: the second info frame is a frame of silence to every player. */
static void joined_files(void **state)
{
    (void)state;
    decoded d = encode("lame --quiet -b 128 st44.wav b.mp3 && cat b.mp3 b.mp3 > a.mp3");
    assert_int_equal(d.audio.warnings, 1u << MG_WARN_WRONG_HEADER_SIZE);
    compare(&d, ffmpeg, 2e-5);
    decoded_done(&d);
    d = encode("lame --quiet -b 128 st44.wav b.mp3 && head -c 9000 b.mp3 > a.mp3");
    assert_true(warned(&d, MG_WARN_TRUNCATED));
    assert_in_range(d.frames, 20000, 26000);
    decoded_done(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_ffmpeg_with_tag),
        cmocka_unit_test(same_as_ffmpeg_without_tag),
        cmocka_unit_test(bitrate),
        cmocka_unit_test(same_as_lame_in_free_format),
        cmocka_unit_test(odd_info_frames),
        cmocka_unit_test(joined_files),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
