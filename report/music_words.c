#include "report/music_words.h"

#include "base/json_write.h"
#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double least_beats = 4; /* that make a tempo */
static const double least_held_s = 15.0, alike_bpm = 0.5, held_share = 0.9;

bool mg_tempo_range(const json_t *tempo, double *ret_low, double *ret_high)
{
    const json_t *map = mg_view(tempo, "tempo_map");
    double low = INFINITY, high = -INFINITY;
    if (!mg_view_false(tempo, "constant"))
        return false;
    const size_t count = mg_view_count(map, "");
    for (size_t i = 0; i < count; i++) {
        const json_t *piece = mg_view_item(map, i);
        const double bpm = mg_view_number(piece, "bpm");
        /* between two tracks of a mix, what joins their beats */
        if (i + 1 < count && mg_view_number(mg_view_item(map, i + 1), "beat") -
                                     mg_view_number(piece, "beat") < least_beats)
            continue;
        low = fmin(low, bpm);
        high = fmax(high, bpm);
    }
    if (!(mg_json_rounded(low, 1) < mg_json_rounded(high, 1)))
        return false;
    *ret_low = low;
    *ret_high = high;
    return true;
}

size_t mg_tempo_steps(const json_t *result, mg_tempo_step ret[MG_TEMPO_STEPS_MAX])
{
    const json_t *map = mg_view(result, "tempo.tempo_map");
    const double duration_s = mg_view_number(result, "audio.duration_s");
    const size_t pieces = mg_view_count(map, "");
    double held_s = 0.0;
    size_t count = 0;
    if (!mg_view_false(result, "tempo.constant"))
        return 0;
    for (size_t i = 0; i < pieces; i++) {
        const json_t *piece = mg_view_item(map, i), *next = mg_view_item(map, i + 1);
        const double start_s = mg_view_number(piece, "start_s"), bpm = mg_view_number(piece, "bpm");
        const double end_s = i + 1 < pieces ? mg_view_number(next, "start_s") : duration_s;
        const double length_s = end_s - start_s;
        if (!(length_s >= least_held_s))
            continue;
        held_s += length_s;
        mg_tempo_step *step = &ret[count > 0 ? count - 1 : 0];
        if (count > 0 && fabs(step->bpm - bpm) < alike_bpm) {
            step->bpm = (step->bpm * step->held_s + bpm * length_s) / (step->held_s + length_s);
            step->held_s += length_s;
        } else if (count < MG_TEMPO_STEPS_MAX) {
            ret[count++] = (mg_tempo_step){start_s, length_s, bpm};
        } else {
            return 0;
        }
    }
    return count > 1 && held_s >= held_share * duration_s ? count : 0;
}

void mg_tempo_words(const json_t *tempo, char *out, size_t size)
{
    const double bpm = mg_view_number(tempo, "bpm");
    double low, high;
    if (isnan(bpm))
        snprintf(out, size, "%s", "");
    else if (mg_tempo_range(tempo, &low, &high))
        snprintf(out, size, "%.1f-%.1f", mg_json_rounded(low, 1), mg_json_rounded(high, 1));
    else
        snprintf(out, size, "%.2f", bpm);
}

/* Semitones over C of "C", "C#", "Db", ...; -1: not a note. */
static int pitch_class(const char *note)
{
    static const char letters[] = "CDEFGAB";
    static const int semitones[] = {0, 2, 4, 5, 7, 9, 11};
    const char *letter = note[0] != '\0' ? strchr(letters, note[0]) : NULL;
    if (letter == NULL)
        return -1;
    const int natural = semitones[letter - letters];
    return (natural + (note[1] == '#') + 11 * (note[1] == 'b')) % 12;
}

int mg_camelot_words(const char *name, char ret[4])
{
    const char *mode = strchr(name, ' ');
    const int tonic = pitch_class(name);
    const bool minor = mode != NULL && strcmp(mode, " minor") == 0;
    ret[0] = '\0';
    if (tonic < 0 || mode == NULL || mode - name > 2 || (!minor && strcmp(mode, " major") != 0))
        return 0;
    /* a fifth is one step on the wheel; C minor stands at 5, C major at 8 */
    const int place = (7 * tonic + (minor ? 4 : 7)) % 12 + 1;
    snprintf(ret, 4, "%d%c", place, minor ? 'A' : 'B');
    return place;
}

size_t mg_key_change_count(const json_t *key)
{
    const json_t *segments = mg_view(key, "segments");
    const char *before = "";
    size_t count = 0;
    for (size_t i = 0; i < mg_view_count(segments, ""); i++) {
        const char *name = mg_view_text(mg_view_item(segments, i), "name");
        if (name[0] == '\0')
            continue;
        count += before[0] != '\0' && strcmp(before, name) != 0;
        before = name;
    }
    return count;
}

/* The step of the natural scale that lies `semitones` over the tonic; NULL: none does. */
static const char *step_name(int semitones, bool minor)
{
    static const char *const major_steps[12] = {
        "root", NULL, "second", NULL, "third", "fourth", NULL, "fifth", NULL, "sixth", NULL,
        "seventh"};
    static const char *const minor_steps[12] = {
        "root", NULL, "second", "third", NULL, "fourth", NULL, "fifth", "sixth", NULL, "seventh",
        NULL};
    return minor ? minor_steps[semitones] : major_steps[semitones];
}

void mg_kick_words(const json_t *result, char *out, size_t size)
{
    const json_t *kick = mg_view(result, "structure.kick"), *key = mg_view(result, "key");
    const char *note = mg_view_text(kick, "note");
    const int at = pitch_class(note), tonic = pitch_class(mg_view_text(key, "tonic"));
    const double from_tonic = mg_view_number(kick, "cents_from_key");
    snprintf(out, size, "%.2s", at >= 0 ? note : "");
    if (at < 0 || tonic < 0 || isnan(from_tonic))
        return;
    const int semitones = (at - tonic + 12) % 12;
    const double cents = mg_json_rounded(remainder(from_tonic - 100.0 * semitones, 1200.0), 0);
    const char *step = step_name(semitones, strcmp(mg_view_text(key, "mode"), "minor") == 0);
    size_t used = strlen(out);
    if (fabs(cents) > 5.0)
        snprintf(out + used, size - used, " %+.0f cents", cents);
    used = strlen(out);
    snprintf(out + used, size - used, step != NULL ? ", the %s of %.16s" : ", not%s in %.16s",
             step != NULL ? step : "", mg_view_text(key, "name"));
}
