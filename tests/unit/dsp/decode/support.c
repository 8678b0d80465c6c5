#include "support.h"
#include "tests/temp_dir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void bytes_done(bytes *b)
{
    free(b->data);
    *b = (bytes){0};
}

void put(bytes *b, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (b->len + len > b->cap) {
        b->cap = (b->len + len) * 2;
        b->data = realloc(b->data, b->cap);
        assert_non_null(b->data);
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void put_text(bytes *b, const char *text)
{
    put(b, text, strlen(text));
}

void put_le(bytes *b, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        put(b, &(unsigned char){(unsigned char)(value >> 8 * i)}, 1);
}

void put_be(bytes *b, uint64_t value, unsigned count)
{
    for (unsigned i = count; i-- > 0;)
        put(b, &(unsigned char){(unsigned char)(value >> 8 * i)}, 1);
}

void set_le32(bytes *b, size_t at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        b->data[at + i] = (unsigned char)(value >> 8 * i);
}

uint32_t noise(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

static void put_sample(bytes *b, const wav_spec *spec, double x)
{
    bool is_float = spec->tag == 3;
    if (is_float && spec->bits == 32) {
        put(b, &(float){(float)x}, 4);
    } else if (is_float) {
        put(b, &x, 8);
    } else {
        int64_t v = llround(x * ldexp(1, (int)spec->bits - 1));
        put_le(b, (uint64_t)(spec->bits == 8 ? v + 128 : v), spec->bits / 8);
    }
}

static void put_fmt(bytes *b, const wav_spec *spec)
{
    static const unsigned char guid[14] = {0,    0, 0,    0,    0x10, 0,    0x80,
                                           0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
    bool extensible = spec->tag == 0xfffe;
    unsigned block = spec->channels * spec->bits / 8;
    put_text(b, "fmt ");
    put_le(b, extensible ? 40 : 16, 4);
    put_le(b, spec->tag, 2);
    put_le(b, spec->channels, 2);
    put_le(b, spec->rate_hz, 4);
    put_le(b, (uint64_t)spec->rate_hz * block, 4);
    put_le(b, block, 2);
    put_le(b, spec->bits, 2);
    if (extensible) {
        put_le(b, 22, 2);
        put_le(b, spec->bits, 2);
        put_le(b, spec->mask, 4);
        put_le(b, 1, 2);
        put(b, guid, sizeof(guid));
    }
}

void build_wav(bytes *b, const wav_spec *spec)
{
    bool big = strcmp(spec->riff, "RIFF") != 0;
    uint64_t data = (uint64_t)spec->frames * spec->channels * spec->bits / 8;
    put_text(b, spec->riff);
    put_le(b, big ? 0xffffffff : 0, 4);
    put_text(b, "WAVE");
    size_t ds64 = b->len + 8;
    if (big) {
        put_text(b, "ds64");
        put_le(b, 28, 4);
        put_le(b, 0, 8);
        put_le(b, data, 8);
        put_le(b, spec->frames, 8);
        put_le(b, 0, 4);
    }
    put_fmt(b, spec);
    put_text(b, "data");
    put_le(b, big ? 0xffffffff : data, 4);
    uint64_t state = 88172645463325252;
    for (unsigned i = 0; i < spec->frames * spec->channels; i++) {
        double hiss = ldexp((double)(int32_t)noise(&state), -31);
        put_sample(b, spec, 0.4 * sin(i / spec->channels * 0.0627) + 0.1 * hiss);
    }
    if ((b->len & 1) != 0)
        put_le(b, 0, 1);
    set_le32(b, big ? ds64 : 4, (uint32_t)(b->len - 8));
}

void decoded_done(decoded *d)
{
    free(d->samples);
    *d = (decoded){0};
}

static void read_whole(decoded *d, mg_decoder *decoder, size_t chunk)
{
    d->info = *mg_decoder_info(decoder);
    size_t cap = 0, n = 0;
    do {
        if (d->frames + chunk > cap) {
            cap = (d->frames + chunk) * 2;
            d->samples = realloc(d->samples, cap * d->info.channels * sizeof(float));
            assert_non_null(d->samples);
        }
        d->rc = mg_decoder_read(decoder, d->samples + d->frames * d->info.channels, chunk, &n,
                                &d->err);
        if (d->rc != MG_OK)
            return;
        assert_true(n <= chunk);
        d->frames += n;
    } while (n > 0);
    d->rc = mg_decoder_finish(decoder, &d->audio, &d->effective_bits, &d->err);
    if (d->rc == MG_OK)
        assert_int_equal(d->audio.frames, d->frames);
}

decoded decode_chunked(const void *data, size_t len, size_t chunk_frames)
{
    decoded d = {0};
    mg_decoder *decoder = NULL;
    d.rc = mg_decoder_open_memory(&decoder, data, len, NULL, &d.err);
    if (d.rc == MG_OK)
        read_whole(&d, decoder, chunk_frames);
    mg_decoder_free(decoder);
    return d;
}

decoded decode_bytes(const bytes *b)
{
    return decode_chunked(b->data, b->len, 4096);
}

decoded decode_fd(int fd)
{
    decoded d = {0};
    mg_decoder *decoder = NULL;
    d.rc = mg_decoder_open_fd(&decoder, fd, NULL, &d.err);
    if (d.rc == MG_OK)
        read_whole(&d, decoder, 4096);
    mg_decoder_free(decoder);
    return d;
}

bool warned(const decoded *d, mg_audio_warning warning)
{
    return (d->audio.warnings >> warning & 1) != 0;
}

void make_workdir(char ret[64])
{
    assert_true(make_temp_dir(ret, 64));
}

void remove_workdir(const char *dir)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    run("/", command);
}

void run(const char *dir, const char *command)
{
    char line[1024];
    int n = snprintf(line, sizeof(line), "cd '%s' && { %s ; } </dev/null", dir, command);
    assert_in_range(n, 1, sizeof(line) - 1);
    int status = system(line);
    if (status != 0)
        fail_msg("command failed (%d): %s", status, line);
}

bytes load(const char *dir, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    bytes b = {0};
    unsigned char part[65536];
    size_t n;
    while ((n = fread(part, 1, sizeof(part), f)) > 0)
        put(&b, part, n);
    fclose(f);
    return b;
}

void save(const char *dir, const char *name, const bytes *b)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
    assert_int_equal(fclose(f), 0);
}
