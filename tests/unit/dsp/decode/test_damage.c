/* Hostile files: cut at every byte, and with random changes. The property: a promised error, or
 * audio as long as what was delivered; never a crash (run it in a sanitizer build). */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MUTANTS = 700 /* of each file */ };

static const uint64_t seed = 0x9e3779b97f4a7c15;
static char dir[64];
static const char *const files[] = {"a.wav", "b.wav", "a.aiff", "a.flac", "a.mp3", "b.mp3"};

static int set_up(void **state)
{
    (void)state;
    make_workdir(dir);
    wav_spec spec = {.tag = 1, .bits = 16, .channels = 2, .rate_hz = 44100, .frames = 9000};
    spec.riff = "RIFF";
    bytes b = {0};
    build_wav(&b, &spec);
    save(dir, "in.wav", &b);
    bytes_done(&b);
    run(dir, "ffmpeg -v error -nostdin -i in.wav -t 0.05 -c:a pcm_s24le a.wav");
    run(dir, "ffmpeg -v error -nostdin -i in.wav -t 0.05 -rf64 always -c:a pcm_f32le b.wav");
    run(dir, "ffmpeg -v error -nostdin -i in.wav -t 0.05 -c:a pcm_s16le a.aiff");
    run(dir, "sox in.wav a.flac trim 0 0.1 && lame --quiet -V 5 in.wav a.mp3");
    run(dir, "lame --quiet -t -b 64 -m m in.wav b.mp3");
    printf("# seed %llx\n", (unsigned long long)seed);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_workdir(dir);
    return 0;
}

static bool promised(mg_err rc)
{
    return rc == MG_OK || rc == MG_E_UNSUPPORTED_FORMAT || rc == MG_E_CORRUPT_AUDIO ||
           rc == MG_E_EMPTY_AUDIO || rc == MG_E_LIMITS_EXCEEDED;
}

static void check(const unsigned char *data, size_t len)
{
    /* A copy of the exact size, so that a read past the end is seen. */
    unsigned char *copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, data, len);
    decoded d = decode_chunked(copy, len, 4096);
    if (!promised(d.rc))
        fail_msg("%s: %s", mg_err_id(d.rc), d.err.text);
    if (d.rc == MG_OK)
        assert_true(d.frames > 0 && d.audio.bytes == len);
    decoded_done(&d);
    free(copy);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        bytes b = load(dir, files[f]);
        for (size_t len = 0; len < 200; len++)
            check(b.data, len);
        for (size_t len = 200; len < b.len; len += 97)
            check(b.data, len);
        bytes_done(&b);
    }
}

/* One to eight changes: most of them in the first 600 bytes, where the structure is. */
static void mutate(bytes *b, uint64_t *state)
{
    static const unsigned char nasty[] = {0x00, 0xff, 0x7f, 0x80, 0x01, 0xfb, 0xfe};
    unsigned changes = 1 + noise(state) % 8;
    for (unsigned i = 0; i < changes; i++) {
        size_t range = noise(state) % 4 != 0 && b->len > 600 ? 600 : b->len;
        size_t at = noise(state) % range;
        switch (noise(state) % 4) {
        case 0:
            b->data[at] ^= (unsigned char)(1u << noise(state) % 8);
            break;
        case 1:
            b->data[at] = nasty[noise(state) % sizeof(nasty)];
            break;
        case 2:
            for (size_t k = at; k < b->len && k < at + 4; k++)
                b->data[k] = 0xff;
            break;
        default: {
            size_t from = noise(state) % b->len, n = noise(state) % 40;
            for (size_t k = 0; k < n && at + k < b->len && from + k < b->len; k++)
                b->data[at + k] = b->data[from + k];
        }
        }
    }
}

static void random_changes(void **state)
{
    (void)state;
    uint64_t random = seed;
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        bytes original = load(dir, files[f]);
        for (unsigned i = 0; i < MUTANTS; i++) {
            bytes b = {0};
            put(&b, original.data, original.len);
            mutate(&b, &random);
            check(b.data, b.len);
            bytes_done(&b);
        }
        bytes_done(&original);
    }
}

/* A header of 2^32 - 1 everywhere must not make anything large. */
static void huge_numbers(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        bytes b = load(dir, files[f]);
        for (size_t at = 4; at + 4 <= 120; at++) {
            unsigned char saved[4];
            memcpy(saved, b.data + at, 4);
            memset(b.data + at, 0xff, 4);
            check(b.data, b.len);
            memcpy(b.data + at, saved, 4);
        }
        bytes_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(random_changes),
        cmocka_unit_test(huge_numbers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
