#include "report/track_set.h"

#include "report/finding_words.h"
#include "report/music_words.h"
#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one track ---- */

static void count_feedback(const json_t *feedback, mg_track_summary *ret)
{
    for (size_t i = 0; i < mg_view_count(feedback, ""); i++) {
        const json_t *item = mg_view_item(feedback, i);
        const char *severity = mg_view_text(item, "severity");
        const bool critical = strcmp(severity, "critical") == 0;
        const bool major = strcmp(severity, "major") == 0, minor = strcmp(severity, "minor") == 0;
        ret->critical += critical;
        ret->major += major;
        ret->minor += minor;
        /* the list has the most important first */
        if ((critical || major || minor) && ret->problem[0] == '\0') {
            snprintf(ret->problem, sizeof ret->problem, "%s", mg_view_text(item, "message"));
            mg_finding_words(item, ret->brief, sizeof ret->brief);
        }
    }
}

void mg_track_summarize(const char *name, const json_t *result, mg_track_summary *ret)
{
    const double dual = mg_view_number(result, "loudness.integrated_dual_mono_lufs");
    *ret = (mg_track_summary){
        .name = name,
        .score = mg_view_number(result, "scores.overall.value"),
        .lufs = isnan(dual) ? mg_view_number(result, "loudness.integrated_lufs") : dual,
        .true_peak_dbtp = mg_view_number(result, "loudness.true_peak_dbtp"),
        .bpm = mg_view_number(result, "tempo.bpm"),
    };
    const json_t *tempo = mg_view(result, "tempo");
    ret->moves = mg_tempo_range(tempo, &ret->bpm_low, &ret->bpm_high) &&
                 ret->bpm_high > ret->bpm_low * (1.0 + MG_MOVING_PERCENT / 100.0);
    snprintf(ret->camelot, sizeof ret->camelot, "%s", mg_view_text(result, "key.camelot"));
    count_feedback(mg_view(result, "feedback"), ret);
}

/* < 0: a needs work before b. */
static int compare(const mg_track_summary *a, const mg_track_summary *b)
{
    if (a->critical != b->critical)
        return a->critical > b->critical ? -1 : 1;
    if (a->major != b->major)
        return a->major > b->major ? -1 : 1;
    if (isnan(a->score) || isnan(b->score))
        return isnan(a->score) - isnan(b->score); /* unknown last */
    return (a->score > b->score) - (a->score < b->score);
}

/* Merge sort: qsort is not stable, and a set is small. */
static void merge_sort(mg_track_summary *tracks, mg_track_summary *spare, size_t count)
{
    if (count < 2)
        return;
    const size_t half = count / 2;
    merge_sort(tracks, spare, half);
    merge_sort(tracks + half, spare, count - half);
    memcpy(spare, tracks, half * sizeof *tracks);
    for (size_t left = 0, right = half, at = 0; left < half; at++) {
        if (right < count && compare(&tracks[right], &spare[left]) < 0)
            tracks[at] = tracks[right++];
        else
            tracks[at] = spare[left++];
    }
}

void mg_tracks_sort(mg_track_summary *tracks, size_t count)
{
    mg_track_summary *spare = malloc((count / 2 + 1) * sizeof *spare);
    if (spare == NULL)
        return; /* the order given is an order too */
    merge_sort(tracks, spare, count);
    free(spare);
}

/* ---- a set ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void mg_set_loudness_of(const mg_track_summary *tracks, size_t count, mg_set_loudness *ret)
{
    *ret = (mg_set_loudness){0};
    double *values = malloc((count + 1) * sizeof *values);
    if (values == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(tracks[i].lufs))
            values[ret->count++] = tracks[i].lufs;
    }
    if (ret->count > 0) {
        qsort(values, ret->count, sizeof *values, by_value);
        ret->lowest = values[0];
        ret->highest = values[ret->count - 1];
        ret->middle = values[(ret->count - 1) / 2];
    }
    free(values);
}

static bool parse_camelot(const char *text, int *ret_hour, char *ret_ring)
{
    int used = 0;
    return sscanf(text, "%2d%1[AB]%n", ret_hour, (char[2]){0}, &used) == 2 && text[used] == '\0' &&
           *ret_hour >= 1 && *ret_hour <= 12 && (*ret_ring = text[used - 1]) != '\0';
}

bool mg_keys_mix(const char *camelot, const char *other)
{
    int hour, other_hour;
    char ring, other_ring;
    if (!parse_camelot(camelot, &hour, &ring) || !parse_camelot(other, &other_hour, &other_ring))
        return false;
    const int apart = abs(hour - other_hour);
    if (ring != other_ring)
        return apart == 0;
    return apart <= 1 || apart == 11;
}

double mg_tempo_change_percent(double bpm_a, double bpm_b)
{
    return bpm_b > 0.0 ? 100.0 * (bpm_a / bpm_b - 1.0) : (double)NAN;
}

size_t mg_set_neighbours(const mg_track_summary *tracks, size_t count, size_t index, size_t *ret,
                         size_t most)
{
    size_t found = 0;
    const mg_track_summary *track = &tracks[index];
    for (size_t i = 0; i < count; i++) {
        const double change = fabs(mg_tempo_change_percent(track->bpm, tracks[i].bpm));
        if (i == index || track->moves || tracks[i].moves || !(change <= MG_NEIGHBOUR_PERCENT) ||
            !mg_keys_mix(track->camelot, tracks[i].camelot))
            continue;
        size_t at = found < most ? found++ : most;
        for (; at > 0; at--) {
            const double other =
                fabs(mg_tempo_change_percent(track->bpm, tracks[ret[at - 1]].bpm));
            if (other <= change)
                break;
            if (at < most)
                ret[at] = ret[at - 1];
        }
        if (at < most)
            ret[at] = i;
    }
    return found;
}
