#include "support.h"

#include <math.h>
#include <string.h>

static const wav_spec plain = {
    .tag = 1, .bits = 16, .channels = 2, .rate_hz = 44100, .frames = 1000, .riff = "RIFF"};

static bytes wav(wav_spec spec)
{
    bytes b = {0};
    build_wav(&b, &spec);
    return b;
}

/* The reference: what the file's bytes say, computed without the decoder. */
static double sample_at(const bytes *b, const wav_spec *spec, size_t data, size_t i)
{
    const unsigned char *p = b->data + data + i * (spec->bits / 8);
    if (spec->tag == 3 && spec->bits == 64) {
        double x;
        memcpy(&x, p, 8);
        return (float)x;
    }
    if (spec->tag == 3) {
        float x;
        memcpy(&x, p, 4);
        return x;
    }
    if (spec->bits == 8)
        return (p[0] - 128) / 128.0;
    uint32_t v = 0;
    for (unsigned k = 0; k < spec->bits / 8; k++)
        v |= (uint32_t)p[k] << (32 - spec->bits + 8 * k);
    return (float)ldexp((int32_t)v, -31);
}

static void check_samples(const bytes *b, const wav_spec *spec, const decoded *d)
{
    const unsigned char *data = memmem(b->data, b->len, "data", 4);
    size_t at = (size_t)(data - b->data) + 8;
    assert_int_equal(d->frames, spec->frames);
    for (size_t i = 0; i < d->frames * spec->channels; i++)
        assert_true(d->samples[i] == (float)sample_at(b, spec, at, i));
}

static void every_depth_is_exact(void **state)
{
    (void)state;
    static const struct {
        unsigned tag, bits;
        const char *codec;
    } kinds[] = {{1, 8, "pcm_u8"},   {1, 16, "pcm_s16"}, {1, 24, "pcm_s24"},
                 {1, 32, "pcm_s32"}, {3, 32, "pcm_f32"}, {3, 64, "pcm_f64"}};
    static const char *const forms[] = {"RIFF", "RF64", "BW64"};
    static const char *const names[] = {"wav", "rf64", "bw64"};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (size_t f = 0; f < 3; f++) {
            wav_spec spec = plain;
            spec.tag = kinds[k].tag;
            spec.bits = kinds[k].bits;
            spec.riff = forms[f];
            bytes b = wav(spec);
            decoded d = decode_bytes(&b);
            assert_int_equal(d.rc, MG_OK);
            assert_string_equal(d.audio.codec, kinds[k].codec);
            assert_string_equal(d.audio.container, names[f]);
            assert_int_equal(d.audio.warnings, 0);
            assert_int_equal(d.audio.bits_per_sample, spec.bits);
            assert_true(mg_or(d.audio.bitrate_kbps, 0) == 44100 * 2 * spec.bits / 1000.0);
            assert_int_equal(mg_has(d.effective_bits), spec.tag == 1);
            if (spec.tag == 1)
                assert_int_equal((int)d.effective_bits.v, (int)spec.bits);
            check_samples(&b, &spec, &d);
            decoded_done(&d);
            bytes_done(&b);
        }
    }
}

static void extensible_and_masks(void **state)
{
    (void)state;
    wav_spec spec = plain;
    spec.tag = 0xfffe;
    spec.bits = 24;
    spec.channels = 6;
    spec.mask = 0x60f; /* side surrounds */
    bytes b = wav(spec);
    decoded d = decode_bytes(&b);
    assert_int_equal(d.rc, MG_OK);
    static const mg_channel_role roles[6] = {MG_ROLE_LEFT,          MG_ROLE_RIGHT,
                                             MG_ROLE_CENTRE,        MG_ROLE_LFE,
                                             MG_ROLE_SURROUND_LEFT, MG_ROLE_SURROUND_RIGHT};
    assert_memory_equal(d.info.roles, roles, sizeof(roles));
    check_samples(&b, &spec, &d);
    decoded_done(&d);
    /* A float sub-format, and one that is not PCM. */
    b.data[12 + 8 + 24] = 2;
    d = decode_bytes(&b);
    assert_int_equal(d.rc, MG_E_UNSUPPORTED_FORMAT);
    bytes_done(&b);
    spec = plain;
    spec.channels = 1;
    b = wav(spec);
    d = decode_bytes(&b);
    assert_int_equal(d.info.roles[0], MG_ROLE_CENTRE);
    decoded_done(&d);
    bytes_done(&b);
}

static void effective_bits(void **state)
{
    (void)state;
    wav_spec spec = plain;
    spec.bits = 24;
    bytes b = wav(spec);
    for (size_t i = 44; i < b.len; i += 3)
        b.data[i] = 0; /* 16 bits in a container of 24 */
    decoded d = decode_bytes(&b);
    assert_int_equal((int)mg_or(d.effective_bits, 0), 16);
    decoded_done(&d);
    memset(b.data + 44, 0, b.len - 44);
    d = decode_bytes(&b);
    assert_int_equal(d.effective_bits.why, MG_WHY_SILENT);
    decoded_done(&d);
    bytes_done(&b);
}

static void expect(const bytes *b, size_t frames, uint32_t warnings)
{
    decoded d = decode_bytes(b);
    if (d.rc != MG_OK)
        fail_msg("%s", d.err.text);
    assert_int_equal(d.frames, frames);
    assert_int_equal(d.audio.warnings, warnings);
    decoded_done(&d);
}

static void sizes_are_not_believed(void **state)
{
    (void)state;
    bytes b = wav(plain);
    static const uint32_t streaming[] = {0, 0xffffffff, 0x7ffff000, 0x80000000, 0xffffffdb};
    for (size_t i = 0; i < 5; i++) {
        set_le32(&b, 4, 0xffffffff);
        set_le32(&b, 40, streaming[i]);
        expect(&b, 1000, 1u << MG_WARN_STREAMING_SIZE);
    }
    set_le32(&b, 4, (uint32_t)b.len - 8);
    set_le32(&b, 40, 5000);
    expect(&b, 1000, 1u << MG_WARN_TRUNCATED);
    set_le32(&b, 40, 4000);
    set_le32(&b, 4, 77);
    expect(&b, 1000, 1u << MG_WARN_WRONG_HEADER_SIZE);
    set_le32(&b, 4, (uint32_t)b.len - 8);
    set_le32(&b, 40, 399); /* 99 frames and three quarters */
    expect(&b, 99, 1u << MG_WARN_WRONG_HEADER_SIZE);
    bytes_done(&b);
    wav_spec spec = plain;
    spec.riff = "RF64";
    b = wav(spec);
    memset(b.data + 28, 0xff, 8);
    expect(&b, 1000, 1u << MG_WARN_STREAMING_SIZE);
    bytes_done(&b);
}

/* Puts a chunk of odd size in front of `at`. */
static void insert_chunk(bytes *b, size_t at, unsigned size)
{
    bytes n = {0};
    put(&n, b->data, at);
    put_text(&n, "junk");
    put_le(&n, size, 4);
    for (unsigned i = 0; i < size + (size & 1); i++)
        put_le(&n, 0x64, 1);
    put(&n, b->data + at, b->len - at);
    set_le32(&n, 4, (uint32_t)n.len - 8);
    bytes_done(b);
    *b = n;
}

static void other_chunks(void **state)
{
    (void)state;
    bytes b = wav(plain);
    insert_chunk(&b, 12, 7);
    insert_chunk(&b, 12 + 16 + 24, 13);
    insert_chunk(&b, b.len, 9);
    expect(&b, 1000, 0);
    bytes_done(&b);
}

static mg_err rc_of(const bytes *b)
{
    decoded d = decode_bytes(b);
    mg_err rc = d.rc;
    if (rc != MG_OK)
        assert_true(d.err.code == rc && d.err.text[0] != '\0');
    decoded_done(&d);
    return rc;
}

static void refusals(void **state)
{
    (void)state;
    bytes b = wav(plain);
    b.data[20] = 0x55; /* MP3 in WAV */
    assert_int_equal(rc_of(&b), MG_E_UNSUPPORTED_FORMAT);
    b.data[20] = 1;
    b.data[32] = 3; /* block size */
    assert_int_equal(rc_of(&b), MG_E_CORRUPT_AUDIO);
    b.data[32] = 4;
    set_le32(&b, 24, 7999);
    assert_int_equal(rc_of(&b), MG_E_LIMITS_EXCEEDED);
    set_le32(&b, 24, 0xffffffff);
    assert_int_equal(rc_of(&b), MG_E_LIMITS_EXCEEDED);
    set_le32(&b, 24, 192000);
    assert_int_equal(rc_of(&b), MG_OK);
    memcpy(b.data + 12, "fmx ", 4);
    assert_int_equal(rc_of(&b), MG_E_CORRUPT_AUDIO);
    bytes_done(&b);
    wav_spec spec = plain;
    spec.channels = 9;
    b = wav(spec);
    assert_int_equal(rc_of(&b), MG_E_LIMITS_EXCEEDED);
    bytes_done(&b);
    spec = plain;
    spec.frames = 0;
    b = wav(spec);
    assert_int_equal(rc_of(&b), MG_E_EMPTY_AUDIO);
    insert_chunk(&b, b.len, 10);
    assert_int_equal(rc_of(&b), MG_E_EMPTY_AUDIO);
    bytes_done(&b);
}

static void nonfinite_floats_pass(void **state)
{
    (void)state;
    wav_spec spec = plain;
    spec.tag = 3;
    spec.bits = 32;
    bytes b = wav(spec);
    memcpy(b.data + 44 + 40, &(float){NAN}, 4);
    memcpy(b.data + 44 + 44, &(float){1.75f}, 4);
    decoded d = decode_bytes(&b);
    assert_true(warned(&d, MG_WARN_NONFINITE_SAMPLES));
    assert_true(isnan(d.samples[10]) && d.samples[11] == 1.75f);
    decoded_done(&d);
    bytes_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_depth_is_exact),   cmocka_unit_test(extensible_and_masks),
        cmocka_unit_test(effective_bits),         cmocka_unit_test(sizes_are_not_believed),
        cmocka_unit_test(other_chunks),           cmocka_unit_test(refusals),
        cmocka_unit_test(nonfinite_floats_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
