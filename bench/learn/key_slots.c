#include "bench/learn/key_slots.h"

#include <stdlib.h>
#include <string.h>

static mg_err push_all(const float *x, size_t frames, mg_mono *streams, mg_chroma *chroma)
{
    static _Alignas(MG_BLOCK_ALIGN) float mono[MG_BLOCK_FRAMES];
    mg_err err = MG_OK;
    for (size_t at = 0; at < frames && !err; at += MG_BLOCK_FRAMES) {
        size_t count = frames - at < MG_BLOCK_FRAMES ? frames - at : MG_BLOCK_FRAMES;
        memcpy(mono, x + at, count * sizeof(float));
        mg_block block = {.start_frame = at, .frames = count, .left = mono, .right = mono,
                          .mid = mono};
        err = mg_chroma_push(chroma, mg_mono_push(streams, &block));
    }
    if (!err)
        err = mg_chroma_push(chroma, mg_mono_end(streams));
    return err ? err : mg_chroma_finish(chroma);
}

mg_err mg_key_slots_init(mg_key_slots *ret, const float *x, size_t frames, unsigned rate_hz)
{
    mg_stream_info info = {.sample_rate_hz = rate_hz, .channels = 2};
    mg_chroma *chroma = NULL;
    mg_mono *streams = NULL;
    mg_err err = mg_chroma_new(&chroma, &info);
    ret->slot = NULL;
    ret->count = 0;
    err = err ? err : mg_mono_new(&streams, rate_hz);
    err = err ? err : push_all(x, frames, streams, chroma);
    if (!err && mg_chroma_tuning(chroma, &ret->cents, &ret->strength)) {
        err = mg_key_pitch(chroma, ret->cents, &ret->slot);
        ret->count = err ? 0 : mg_chroma_count(chroma);
        ret->slot_s = mg_chroma_slot_s(chroma);
    }
    mg_chroma_free(chroma);
    mg_mono_free(streams);
    return err;
}

void mg_key_slots_done(mg_key_slots *slots)
{
    free(slots->slot);
    slots->slot = NULL;
}

bool mg_key_slots_write(const mg_key_slots *slots, FILE *file)
{
    mg_key_slots head = *slots;
    head.slot = NULL; /* so that the same track gives the same file */
    return fwrite(&head, sizeof(head), 1, file) == 1 &&
           fwrite(slots->slot, sizeof(*slots->slot), slots->count, file) == slots->count;
}

bool mg_key_slots_read(mg_key_slots *ret, FILE *file)
{
    if (fread(ret, sizeof(*ret), 1, file) != 1)
        return false;
    ret->slot = calloc(ret->count + 1, sizeof(*ret->slot));
    if (!ret->slot)
        return false;
    if (fread(ret->slot, sizeof(*ret->slot), ret->count, file) != ret->count) {
        mg_key_slots_done(ret);
        return false;
    }
    return true;
}
