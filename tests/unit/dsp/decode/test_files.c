/* AIFF and FLAC against ffmpeg, format by content, and the promises of the interface. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[64];
static const wav_spec plain = {
    .tag = 1, .bits = 24, .channels = 2, .rate_hz = 44100, .frames = 30001, .riff = "RIFF"};

static int set_up(void **state)
{
    (void)state;
    make_workdir(dir);
    bytes b = {0};
    build_wav(&b, &plain);
    save(dir, "in.wav", &b);
    bytes_done(&b);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_workdir(dir);
    return 0;
}

static decoded made_by(const char *command, const char *name)
{
    run(dir, command);
    bytes b = load(dir, name);
    decoded d = decode_bytes(&b);
    bytes_done(&b);
    if (d.rc != MG_OK)
        fail_msg("%s: %s", command, d.err.text);
    return d;
}

/* The same bits as ffmpeg: these formats have no freedom. */
static void compare_with_ffmpeg(const decoded *d, const char *name)
{
    char command[160];
    snprintf(command, sizeof(command), "ffmpeg -v error -nostdin -y -i %s -f f32le o.f32", name);
    run(dir, command);
    bytes b = load(dir, "o.f32");
    assert_int_equal(b.len, d->frames * d->info.channels * sizeof(float));
    assert_memory_equal(b.data, d->samples, b.len);
    bytes_done(&b);
}

static void aiff_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *ffmpeg, *container, *codec;
        int bits;
    } kinds[] = {
        {"pcm_s8", "aiff", "pcm_s8", 8},      {"pcm_s16be", "aiff", "pcm_s16", 16},
        {"pcm_s24be", "aiff", "pcm_s24", 24}, {"pcm_s32be", "aiff", "pcm_s32", 24},
        {"pcm_s16le", "aifc", "pcm_s16", 16}, {"pcm_f32be", "aifc", "pcm_f32", 0},
        {"pcm_f64be", "aifc", "pcm_f64", 0},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char command[160];
        snprintf(command, sizeof(command), "ffmpeg -v error -nostdin -y -i in.wav -c:a %s o.aiff",
                 kinds[i].ffmpeg);
        decoded d = made_by(command, "o.aiff");
        assert_string_equal(d.audio.container, kinds[i].container);
        assert_string_equal(d.audio.codec, kinds[i].codec);
        assert_int_equal(d.audio.warnings, 0);
        assert_int_equal((int)mg_or(d.effective_bits, 0), kinds[i].bits);
        compare_with_ffmpeg(&d, "o.aiff");
        decoded_done(&d);
    }
    decoded d = made_by("ffmpeg -v error -nostdin -i in.wav -f aiff - > p.aiff", "p.aiff");
    assert_int_equal(d.audio.warnings, 1u << MG_WARN_STREAMING_SIZE);
    assert_int_equal(d.frames, plain.frames);
    decoded_done(&d);
}

static void flac_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *command;
        int bits;
    } kinds[] = {
        {"sox in.wav -b 24 o.flac", 24},
        {"sox -D in.wav -b 16 o.flac", 16},
        {"sox -D in.wav -b 8 -c 1 o.flac", 8},
        {"ffmpeg -v error -nostdin -y -i in.wav -f flac - > o.flac", 24}, /* length unknown */
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        decoded d = made_by(kinds[i].command, "o.flac");
        assert_string_equal(d.audio.container, "flac");
        assert_int_equal(d.audio.warnings, 0);
        assert_int_equal(d.frames, plain.frames);
        assert_int_equal((int)mg_or(d.effective_bits, 0), kinds[i].bits);
        compare_with_ffmpeg(&d, "o.flac");
        decoded_done(&d);
    }
    decoded d = made_by("sox in.wav t.flac && "
                        "{ printf 'ID3\\4\\0\\0\\0\\0\\0\\3abc'; cat t.flac; } > o.flac && "
                        "head -c -5000 o.flac > c.flac", "o.flac");
    assert_int_equal(d.frames, plain.frames);
    decoded_done(&d);
    d = made_by("true", "c.flac");
    assert_true(warned(&d, MG_WARN_TRUNCATED) && d.frames > 0);
    decoded_done(&d);
}

static void foreign_content_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        const char *says;
        mg_err rc;
    } files[] = {
        {"", 0, "empty", MG_E_EMPTY_AUDIO},
        {"my mix.mp3 is on the other disk\n", 32, "text", MG_E_UNSUPPORTED_FORMAT},
        {"<html><body>404</body></html>", 29, "text", MG_E_UNSUPPORTED_FORMAT},
        {"OggS\0\2\0\0\0\0\0\0", 12, "Ogg", MG_E_UNSUPPORTED_FORMAT},
        {"\0\0\0\x20" "ftypM4A ", 12, "MP4", MG_E_UNSUPPORTED_FORMAT},
        {"PK\3\4\0\0\0\0\0\0\0\0", 12, "ZIP", MG_E_UNSUPPORTED_FORMAT},
        {"RIFF\4\0\0\0AVI ", 12, "RIFF", MG_E_UNSUPPORTED_FORMAT},
        {"FORM\0\0\0\4ILBM", 12, "FORM", MG_E_UNSUPPORTED_FORMAT},
        {"\xff\xfd\x90\0\0\0\0\0", 8, "Layer III", MG_E_UNSUPPORTED_FORMAT},
        {"\xff\xf1\x50\x80\0\0\0\0", 8, "AAC", MG_E_UNSUPPORTED_FORMAT},
        {"\0", 1, "unknown", MG_E_UNSUPPORTED_FORMAT},
        {"RIFF\4", 5, "ends", MG_E_CORRUPT_AUDIO},
        {"RIFF\4\0\0\0WAVE", 12, "format chunk", MG_E_CORRUPT_AUDIO},
        {"fLaC", 4, "FLAC", MG_E_CORRUPT_AUDIO},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        decoded d = decode_chunked(files[i].data, files[i].len, 64);
        assert_int_equal(d.rc, files[i].rc);
        if (strstr(d.err.text, files[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", d.err.text, files[i].says);
    }
}

static const char *const made[][2] = {
    {"cp in.wav o", "o"},
    {"ffmpeg -v error -nostdin -y -i in.wav -f aiff o", "o"},
    {"sox in.wav -t flac o", "o"},
    {"lame --quiet -V 3 in.wav o", "o"},
};

static void chunks_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        run(dir, made[i][0]);
        bytes b = load(dir, "o");
        decoded whole = decode_chunked(b.data, b.len, 65536);
        assert_int_equal(whole.rc, MG_OK);
        static const size_t sizes[] = {1, 7, 1152};
        for (size_t s = 0; s < 3; s++) {
            decoded d = decode_chunked(b.data, b.len, sizes[s]);
            assert_int_equal(d.frames, whole.frames);
            assert_memory_equal(d.samples, whole.samples, d.frames * 2 * sizeof(float));
            assert_memory_equal(&d.audio, &whole.audio, sizeof(d.audio));
            decoded_done(&d);
        }
        decoded_done(&whole);
        bytes_done(&b);
    }
}

/* Also against sha256sum, over files with tags and chunks that the decoder jumps over. */
static void descriptor_equals_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        run(dir, made[i][0]);
        run(dir, "{ cat o; head -c 300000 /dev/zero; } > long && sha256sum long > sum");
        bytes b = load(dir, "long"), sum = load(dir, "sum");
        char path[128];
        snprintf(path, sizeof(path), "%s/long", dir);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        decoded d = decode_fd(fd), m = decode_bytes(&b);
        assert_int_equal(close(fd), 0);
        assert_int_equal(d.rc, MG_OK);
        assert_int_equal(d.frames, m.frames);
        assert_memory_equal(d.samples, m.samples, d.frames * 2 * sizeof(float));
        assert_memory_equal(&d.audio, &m.audio, sizeof(d.audio));
        assert_memory_equal(d.audio.sha256, sum.data, 64);
        assert_int_equal(d.audio.bytes, b.len);
        decoded_done(&d);
        decoded_done(&m);
        bytes_done(&b);
        bytes_done(&sum);
    }
}

static mg_err with_limits(const mg_decode_limits *limits)
{
    bytes b = load(dir, "in.wav");
    static float out[4096 * 2];
    mg_decoder *decoder = NULL;
    mg_err rc = mg_decoder_open_memory(&decoder, b.data, b.len, limits, NULL);
    size_t n = 1;
    while (rc == MG_OK && n > 0)
        rc = mg_decoder_read(decoder, out, 4096, &n, NULL);
    mg_decoder_free(decoder);
    bytes_done(&b);
    return rc;
}

static void limits(void **state)
{
    (void)state;
    mg_decode_limits l = mg_decode_default_limits;
    assert_int_equal(with_limits(&l), MG_OK);
    l.bytes = 1000;
    assert_int_equal(with_limits(&l), MG_E_TOO_LARGE);
    l = mg_decode_default_limits;
    l.seconds = 0.5;
    assert_int_equal(with_limits(&l), MG_E_TOO_LONG);
    l = mg_decode_default_limits;
    l.channels = 1;
    assert_int_equal(with_limits(&l), MG_E_LIMITS_EXCEEDED);
    l = mg_decode_default_limits;
    l.min_rate_hz = 48000;
    assert_int_equal(with_limits(&l), MG_E_LIMITS_EXCEEDED);
}

static void descriptors_that_fail(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    decoded d = decode_fd(ends[0]);
    assert_int_equal(d.rc, MG_E_IO);
    close(ends[0]);
    close(ends[1]);
    d = decode_fd(-1);
    assert_int_equal(d.rc, MG_E_IO);
    assert_int_equal(d.err.sys_errno, EBADF);
}

static void a_file_that_shrinks(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        run(dir, made[i][0]);
        run(dir, "cat o /dev/null > s; head -c 400000 /dev/zero >> s");
        char path[128];
        snprintf(path, sizeof(path), "%s/s", dir);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        mg_decoder *decoder = NULL;
        assert_int_equal(mg_decoder_open_fd(&decoder, fd, NULL, NULL), MG_OK);
        assert_int_equal(ftruncate(fd, 3000), 0);
        static float out[4096 * 2];
        size_t n = 1;
        mg_err rc = MG_OK;
        while (rc == MG_OK && n > 0)
            rc = mg_decoder_read(decoder, out, 4096, &n, NULL);
        mg_audio_result audio;
        mg_value bits;
        assert_int_equal(mg_decoder_finish(decoder, &audio, &bits, NULL), MG_E_IO);
        mg_decoder_free(decoder);
        close(fd);
    }
}

static void finish_before_the_end(void **state)
{
    (void)state;
    bytes b = load(dir, "in.wav");
    mg_decoder *decoder = NULL;
    assert_int_equal(mg_decoder_open_memory(&decoder, b.data, b.len, NULL, NULL), MG_OK);
    mg_audio_result audio;
    mg_value bits;
    assert_int_equal(mg_decoder_finish(decoder, &audio, &bits, NULL), MG_E_REFUSED);
    assert_true(mg_decoder_progress(decoder) < 1);
    mg_decoder_free(decoder);
    mg_decoder_free(NULL);
    bytes_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aiff_kinds),
        cmocka_unit_test(flac_kinds),
        cmocka_unit_test(foreign_content_is_named),
        cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(descriptor_equals_memory),
        cmocka_unit_test(limits),
        cmocka_unit_test(descriptors_that_fail),
        cmocka_unit_test(a_file_that_shrinks),
        cmocka_unit_test(finish_before_the_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
