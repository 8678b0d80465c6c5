/* What a bar of a file looks like: the onset history folded over four beats, for a tempo that is
 * known. Folded twice, over the whole file and over its fuller half, as intros and breaks often
 * play between the beats alone; and where in the bar the music changes. */
#ifndef MG_DSP_TEMPO_BEAT_PROFILE_H
#define MG_DSP_TEMPO_BEAT_PROFILE_H

#include "dsp/tempo/beat_clock.h"
#include "dsp/tempo/beat_start.h"
#include "dsp/tempo/odf.h"

enum {
    MG_PHASE_SLOTS = 48, /* per beat */
    MG_PHASE_BEATS = 4,
    MG_PROFILE_SLOTS = MG_PHASE_BEATS * MG_PHASE_SLOTS,
    MG_PROFILE_STEPS = 8, /* per beat, at which changes are looked for */
};

typedef enum mg_profile_part {
    MG_PROFILE_ALL,
    MG_PROFILE_FULL, /* the half of the bars in which all bands have the most onsets */
    MG_PROFILE_PARTS,
} mg_profile_part;

typedef enum mg_profile_change {
    MG_CHANGE_BEAT,      /* from the beat before a place to the beat after it */
    MG_CHANGE_BAR,       /* from four beats to four beats */
    MG_CHANGE_BAR_ENTRY, /* the same, of the lowest band alone, where it gains */
    MG_PROFILE_CHANGES,
} mg_profile_change;

typedef struct mg_beat_profile {
    double beat_hz;
    /* Mean of the history in each slot, over the mean of the row; slot 0 is t = 0. */
    double row[MG_PROFILE_PARTS][MG_ODF_ROWS][MG_PROFILE_SLOTS];
    double start; /* beats, 0 <= start < 4, at which the first sharp attack falls; NAN: none */
    mg_start_kind start_kind;
    /* How much the onsets after each step of the bar differ from those before; mean 1. */
    double change[MG_PROFILE_CHANGES][MG_PHASE_BEATS * MG_PROFILE_STEPS];
} mg_beat_profile;

/** Folds the conditioned history (its attack row counts the sharp ones only).
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_beat_profile_fold(mg_beat_profile *profile, const mg_odf *odf, const mg_beat_clock *clock,
                            const mg_beat_start *start);

#endif
