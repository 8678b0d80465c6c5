/* Target profiles: GENRE/PURPOSE as data (JSON files in verdict/profiles, compiled in; a user's own
 * file replaces one). A profile says what each judged value should be and where that figure comes
 * from.
 */
#ifndef MG_VERDICT_PROFILE_H
#define MG_VERDICT_PROFILE_H

#include "base/error.h"
#include "dsp/measures.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum mg_evidence {
    MG_EVIDENCE_MEASURED,
    MG_EVIDENCE_PUBLISHED,
    MG_EVIDENCE_PRIOR
} mg_evidence;

/* A range; a side that is NAN is open. */
typedef struct mg_target {
    double low, high;
    double tolerance; /* distance outside at which the score has fallen to about 60 */
    mg_evidence evidence;
    char source[160];
} mg_target;

typedef struct mg_profile {
    char name[65];    /* "electronic/club" */
    char purpose[16]; /* "club", "streaming", "premaster" */
    bool clipping_intended;
    bool has_integrated; /* premaster has no loudness target */
    mg_target integrated_lufs;
    mg_target short_term_max_lufs;
    mg_target psr_min_lu;       /* floor */
    mg_target range_lu;         /* info only */
    mg_target true_peak_info, true_peak_minor, true_peak_major; /* ceilings, dBTP */
    mg_target band_share[MG_BANDS]; /* of the loudest sections, 0..1; tolerance in dB */
    double tempo_low_bpm, tempo_high_bpm; /* prior of the octave; 0: none */
} mg_profile;

/** Parse and check a profile's JSON. @return MG_OK or MG_E_CONFIG naming the field */
mg_err mg_profile_parse(const char *json, size_t len, mg_profile *ret, mg_errinfo *err);

/** The JSON of a built-in profile ("electronic/club"; "electronic" alone means
 *  electronic/streaming), static; NULL: none. */
const char *mg_profile_builtin(const char *name);
/** Name of the index-th built-in profile, sorted, into out[size]. @return its length; 0: no more */
size_t mg_profile_name_at(size_t index, char *out, size_t size);

#endif
