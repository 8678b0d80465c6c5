#include "dsp/measures.h"

#include <stdlib.h>

const double mg_band_low_hz[MG_BANDS] = {20, 60, 250, 500, 2000, 6000};
const double mg_band_high_hz[MG_BANDS] = {60, 250, 500, 2000, 6000, 20000};
const char *const mg_band_name[MG_BANDS] = {"sub", "bass", "low_mid", "mid", "high_mid", "high"};

const char *const mg_tempo_relation_name[MG_TEMPO_RELATIONS] = {
    "1", "1/3", "1/2", "2/3", "3/4", "4/3", "3/2", "2", "3", "other"};

const char *const mg_section_label_name[MG_SECTION_LABELS] = {
    "intro", "build", "drop", "break", "verse", "chorus", "outro", "other"};

const char *const mg_clip_kind_name[MG_CLIP_KINDS] = {"none", "hard", "limited", "over"};

const char *const mg_audio_warning_id[MG_WARN_COUNT] = {
#define MG_AUDIO_WARNING_ID(name, id) id,
    MG_AUDIO_WARNING_LIST(MG_AUDIO_WARNING_ID)
#undef MG_AUDIO_WARNING_ID
};

double mg_third_octave_hz(unsigned t)
{
    return pow(10.0, (t + 13.0) / 10.0);
}

/* Spelling of definitions: flats for major but F#, and the minor keys as their signatures have it.
 */
static const char *const tonic_names[2][12] = {
    [MG_MAJOR] = {"C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"},
    [MG_MINOR] = {"C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"},
};

static const char *const key_names[2][12] = {
    [MG_MAJOR] = {"C major", "Db major", "D major", "Eb major", "E major", "F major", "F# major",
                  "G major", "Ab major", "A major", "Bb major", "B major"},
    [MG_MINOR] = {"C minor", "C# minor", "D minor", "Eb minor", "E minor", "F minor", "F# minor",
                  "G minor", "G# minor", "A minor", "Bb minor", "B minor"},
};

/* Both wheels go round by fifths: Camelot 8B is C major, 8A is A minor; Open Key 1d and 1m. */
static const char *const camelot_codes[2][12] = {
    [MG_MAJOR] = {"8B", "3B", "10B", "5B", "12B", "7B", "2B", "9B", "4B", "11B", "6B", "1B"},
    [MG_MINOR] = {"5A", "12A", "7A", "2A", "9A", "4A", "11A", "6A", "1A", "8A", "3A", "10A"},
};

static const char *const open_key_codes[2][12] = {
    [MG_MAJOR] = {"1d", "8d", "3d", "10d", "5d", "12d", "7d", "2d", "9d", "4d", "11d", "6d"},
    [MG_MINOR] = {"10m", "5m", "12m", "7m", "2m", "9m", "4m", "11m", "6m", "1m", "8m", "3m"},
};

const char *mg_key_name(unsigned tonic, mg_mode mode)
{
    return key_names[mode == MG_MINOR][tonic % 12];
}

const char *mg_key_tonic_name(unsigned tonic, mg_mode mode)
{
    return tonic_names[mode == MG_MINOR][tonic % 12];
}

const char *mg_key_camelot(unsigned tonic, mg_mode mode)
{
    return camelot_codes[mode == MG_MINOR][tonic % 12];
}

const char *mg_key_open_key(unsigned tonic, mg_mode mode)
{
    return open_key_codes[mode == MG_MINOR][tonic % 12];
}

void mg_measures_done(mg_measures *measures)
{
    free(measures->loudness.momentary_lufs);
    free(measures->loudness.short_term_lufs);
    free(measures->tempo.map);
    free(measures->tempo.beats_s);
    *measures = (mg_measures){0};
}
