/* A track beside a reference track, as if both were played equally loud.
 *
 * The gain that matches them is the difference of their integrated loudness (mono files as heard
 * from two loudspeakers). Every level of the reference is compared after that gain; what does not
 * depend on the level is compared as it is. Differences are track minus reference, so that a
 * positive one says "more than the reference". Pure functions, no state.
 */
#ifndef MG_VERDICT_REFERENCE_H
#define MG_VERDICT_REFERENCE_H

#include "base/json_write.h"
#include "dsp/measures.h"

enum { MG_REFERENCE_MEASURES_MAX = 32 };

typedef struct mg_reference_measure {
    const char *name; /* path in the result; static */
    const char *unit; /* static */
    int digits;
    bool matched;     /* a level: the reference's counts after the gain */
    mg_value track, reference, difference; /* reference: as measured, before the gain */
} mg_reference_measure;

/* Differences of one of the six bands. */
typedef struct mg_reference_band {
    mg_value level_db, share, loudest_share, crest_db, correlation, width, mono_loss_db;
} mg_reference_band;

typedef struct mg_reference {
    char sha256[65];
    double duration_s;
    unsigned sample_rate_hz, channels;
    mg_value integrated_lufs, gain_db;
    mg_why key_why;
    const char *key; /* "A minor"; static; when key_why is PRESENT */
    unsigned measure_count;
    mg_reference_measure measures[MG_REFERENCE_MEASURES_MAX];
    mg_reference_band bands[MG_BANDS];
    mg_value third_octave_db[MG_THIRD_OCTAVES];
} mg_reference;

/** A difference does not exist where one of the two values does not, with the track's reason if it
 *  has one. */
void mg_reference_compare(const mg_measures *track, const mg_measures *reference,
                          mg_reference *ret);

/** The value of `reference` in the result. */
void mg_reference_write(mg_json *json, const char *key, const mg_reference *reference);

#endif
