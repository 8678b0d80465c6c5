/* Writes what the key weights are learnt from, for bench/learn/train_key.py.
 *
 *     key-render tonal|keyless|club|club-keyless|loops|pieces|riffs|speech FIRST COUNT > FILE
 *
 * Renders the tracks of those numbers (key_tracks.h, key_club.h, key_players.h, key_speech.h) and
 * writes them as the key stage sees them (key_slots.h), one after the other. */
#include "bench/learn/key_club.h"
#include "bench/learn/key_players.h"
#include "bench/learn/key_slots.h"
#include "bench/learn/key_speech.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
                                     {"pieces", mg_key_piece_render, false},
                                     {"riffs", mg_key_riff_render, false},
                                     {"speech", mg_key_speech_render, true}};
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        if (strcmp(name, sources[i].name) == 0)
            return &sources[i];
    }
    return NULL;
}

static bool write_track(const source *from, uint64_t number)
{
    mg_key_track track;
    if (!from->render(number, from->keyless, &track))
        return false;
    mg_key_slots slots = {.kind = track.kind, .key = track.key, .true_cents = track.cents};
    mg_err err = mg_key_slots_init(&slots, track.x, track.frames, MG_KEY_RATE_HZ);
    free(track.x);
    bool ok = !err && (!slots.slot || mg_key_slots_write(&slots, stdout));
    mg_key_slots_done(&slots);
    return ok;
}

int main(int argc, char **argv)
{
    const source *from = argc == 4 ? find_source(argv[1]) : NULL;
    if (!from) {
        fprintf(stderr,
                "usage: key-render tonal|keyless|club|club-keyless|loops|pieces|riffs|speech FIRST"
                " COUNT > FILE\n");
        return 64;
    }
    uint64_t first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
    for (uint64_t i = first; i < first + count; i++) {
        if (!write_track(from, i))
            return 70;
    }
    return fflush(stdout) == 0 ? 0 : 74;
}
