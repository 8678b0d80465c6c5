/* Writes what the key weights are learnt from, for bench/learn/train_key.py and key-fit.
 *
 *     key-features tonal|keyless|club|club-keyless|loops|pieces FIRST COUNT > FILE
 *
 * Renders the tracks of those numbers (key_tracks.h, key_club.h) and writes one mg_key_record after
 * the other, each followed by its windows. */
#include "bench/learn/key_club.h"
#include "bench/learn/key_players.h"
#include "bench/learn/key_record.h"

#include "base/cleanup.h"
#include "dsp/key/key_segments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mg_err history_of(const mg_key_track *track, mg_mono *streams, mg_chroma *chroma)
{
    static _Alignas(MG_BLOCK_ALIGN) float mono[MG_BLOCK_FRAMES];
    mg_err err = MG_OK;
    for (size_t at = 0; at < track->frames && !err; at += MG_BLOCK_FRAMES) {
        size_t count = track->frames - at;
        count = count < MG_BLOCK_FRAMES ? count : MG_BLOCK_FRAMES;
        memcpy(mono, track->x + at, count * sizeof(float));
        mg_block block = {.start_frame = at, .frames = count, .left = mono, .right = mono,
                          .mid = mono};
        err = mg_chroma_push(chroma, mg_mono_push(streams, &block));
    }
    if (!err)
        err = mg_chroma_push(chroma, mg_mono_end(streams));
    return err ? err : mg_chroma_finish(chroma);
}

static void write_windows(const mg_pitch_slot *slots, size_t count, double slot_s,
                          const mg_key_windows *windows)
{
    size_t hop = (size_t)(windows->hop_s / slot_s + 0.5);
    for (size_t w = 0; w < windows->count; w++) {
        size_t from = w * hop, length = from + 2 * hop <= count ? 2 * hop : count - from;
        mg_key_record_window out;
        mg_key_stretch_sum(slots + from, length, &out.stretch);
        out.weight = windows->window[w].weight;
        fwrite(&out, sizeof(out), 1, stdout);
    }
}

static mg_err write_track(const mg_key_track *track)
{
    mg_stream_info info = {.sample_rate_hz = MG_KEY_RATE_HZ, .channels = 2};
    static mg_key_record out;
    mg_key_course course;
    mg_autofree mg_pitch_slot *slots = NULL;
    mg_auto(mg_key_windows_done) mg_key_windows windows = {0};
    mg_chroma *chroma = NULL;
    mg_mono *streams = NULL;
    double strength = 0;
    out = (mg_key_record){.kind = track->kind, .key = track->key, .true_cents = track->cents};
    mg_err err = mg_chroma_new(&chroma, &info);
    err = err ? err : mg_mono_new(&streams, MG_KEY_RATE_HZ);
    err = err ? err : history_of(track, streams, chroma);
    if (!err && mg_chroma_tuning(chroma, &out.cents, &strength))
        err = mg_key_pitch(chroma, out.cents, &slots);
    if (!err && slots) {
        size_t count = mg_chroma_count(chroma);
        mg_key_tonal_sound(slots, count, strength, out.tonal);
        mg_key_stretch_sum(slots, count, &out.stretch);
        err = mg_key_course_sum(slots, count, &course);
        for (unsigned k = 0; k < MG_KEYS && !err; k++)
            mg_key_course_vector(&course, k, out.course[k]);
        if (!err)
            err = mg_key_windows_init(&windows, slots, count, mg_chroma_slot_s(chroma), strength);
        out.windows = windows.count;
        fwrite(&out, sizeof(out), 1, stdout);
        write_windows(slots, count, mg_chroma_slot_s(chroma), &windows);
    }
    mg_chroma_free(chroma);
    mg_mono_free(streams);
    return err;
}

typedef struct source {
    const char *name;
    bool (*render)(uint64_t number, bool keyless, mg_key_track *ret);
    bool keyless;
} source;

static const source *find_source(const char *name)
{
    static const source sources[] = {{"tonal", mg_key_track_render, false},
                                     {"keyless", mg_key_track_render, true},
                                     {"club", mg_key_club_render, false},
                                     {"club-keyless", mg_key_club_render, true},
                                     {"loops", mg_key_loop_render, true},
                                     {"pieces", mg_key_piece_render, false}};
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(name, sources[i].name) == 0)
            return &sources[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const source *from = argc == 4 ? find_source(argv[1]) : NULL;
    if (!from) {
        fprintf(stderr,
                "usage: key-features tonal|keyless|club|club-keyless|loops|pieces FIRST COUNT"
                " > FILE\n");
        return 64;
    }
    uint64_t first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
    for (uint64_t i = first; i < first + count; i++) {
        mg_key_track track;
        if (!from->render(i, from->keyless, &track))
            return 70;
        mg_err err = write_track(&track);
        free(track.x);
        if (err)
            return 70;
    }
    return fflush(stdout) == 0 ? 0 : 74;
}
