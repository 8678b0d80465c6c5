/* Any bytes as an audio file: no crash, no hang, and only the promised errors. */
#include "dsp/decode/decode.h"

#include <stdint.h>
#include <stdlib.h>

enum { CHUNK_FRAMES = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mg_err read_all(mg_decoder *decoder)
{
    static float out[CHUNK_FRAMES * MG_MAX_CHANNELS];
    size_t frames = 0;
    mg_err rc;
    do {
        rc = mg_decoder_read(decoder, out, CHUNK_FRAMES, &frames, NULL);
    } while (rc == MG_OK && frames > 0);
    if (rc != MG_OK)
        return rc;
    mg_audio_result audio;
    mg_value bits;
    return mg_decoder_finish(decoder, &audio, &bits, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mg_decoder *decoder = NULL;
    mg_err rc = mg_decoder_open_memory(&decoder, data, size, NULL, NULL);
    if (rc == MG_OK)
        rc = read_all(decoder);
    /* Memory has no I/O errors, and "internal" would be a fault of ours. */
    if (rc == MG_E_IO || rc == MG_E_INTERNAL || rc == MG_E_REFUSED)
        abort();
    mg_decoder_free(decoder);
    return 0;
}
