/* How a tempo that moves, keys and the pitch of a kick are said, on page and terminal alike. The
 * results are only read; what is written is ASCII. */
#ifndef MG_REPORT_MUSIC_WORDS_H
#define MG_REPORT_MUSIC_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** The slowest and the fastest of the tempos that a track moves between.
 *  @param tempo  the result's `tempo`
 *  @return false: it is constant, unknown, or its tempos are alike; nothing is set */
bool mg_tempo_range(const json_t *tempo, double *ret_low, double *ret_high);

/* A tempo that is held for a while. */
typedef struct mg_tempo_step {
    double start_s, held_s, bpm;
} mg_tempo_step;

#define MG_TEMPO_STEPS_MAX 40

/** The tempos that a track holds one after the other, as those of a mix; those that differ by less
 *  than half a BPM count as one.
 *  @return their number; 0: there is but one, or for over a tenth of the time none is held */
size_t mg_tempo_steps(const json_t *result, mg_tempo_step ret[MG_TEMPO_STEPS_MAX]);

/** "134.0-150.0" of a track that moves, "121.00" of another, "" without a tempo; BPM. */
void mg_tempo_words(const json_t *tempo, char *out, size_t size);

/** The place on the Camelot wheel of a key by its name: "8A" of "A minor"; "" of none.
 *  @return the number, 1..12; 0: no key */
int mg_camelot_words(const char *name, char ret[4]);

/** How often the key changes to another; stretches without a key between are passed over.
 *  @param key  the result's `key` */
size_t mg_key_change_count(const json_t *key);

/** Where the kick lies: "G +49 cents, the second of F minor", "G" without a key, "" without a kick.
 *  Up to 5 cents off are not said. */
void mg_kick_words(const json_t *result, char *out, size_t size);

#endif
