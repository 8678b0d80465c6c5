/* What the decoder's tests share: files built in memory, and decoding them whole. */
#ifndef MG_TESTS_DECODE_SUPPORT_H
#define MG_TESTS_DECODE_SUPPORT_H

/* cmocka wants these four in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/decode/decode.h"

typedef struct bytes {
    unsigned char *data;
    size_t len, cap;
} bytes;

void bytes_done(bytes *b);
void put(bytes *b, const void *data, size_t len);
void put_text(bytes *b, const char *text);
void put_le(bytes *b, uint64_t value, unsigned count);
void put_be(bytes *b, uint64_t value, unsigned count);
void set_le32(bytes *b, size_t at, uint32_t value);

/* Deterministic noise, 32 bits from a state that must not be 0. */
uint32_t noise(uint64_t *state);

/* A WAV file of `frames` frames of noise over a tone; tag 1, 3 or 0xFFFE (PCM inside). */
typedef struct wav_spec {
    unsigned tag, bits, channels, rate_hz, frames;
    uint32_t mask;
    const char *riff; /* "RIFF", "RF64", "BW64" */
} wav_spec;

void build_wav(bytes *b, const wav_spec *spec);

typedef struct decoded {
    mg_err rc;
    mg_errinfo err;
    mg_stream_info info;
    mg_audio_result audio;
    mg_value effective_bits;
    float *samples; /* interleaved */
    size_t frames;
} decoded;

void decoded_done(decoded *d);
decoded decode_bytes(const bytes *b);
decoded decode_chunked(const void *data, size_t len, size_t chunk_frames);
decoded decode_fd(int fd);
bool warned(const decoded *d, mg_audio_warning warning);

/* A directory of the test's own, and commands in it. A command that fails, or is missing, fails the
 * test. */
void make_workdir(char ret[64]);
void remove_workdir(const char *dir);
void run(const char *dir, const char *command);
bytes load(const char *dir, const char *name);
void save(const char *dir, const char *name, const bytes *b);

#endif
