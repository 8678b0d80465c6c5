#include "dsp/key/key_segments.h"

#include "base/cleanup.h"
#include "dsp/key/key.h"
#include "dsp/key/key_runs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATES = MG_KEYS + 1 };

/* Windows are shorter in short files, whose sections are. */
static const double longest_window_s = 24.0, shortest_window_s = 12.0, window_share = 0.25;
static const double hop_s = 8.0;
/* Of the course of keys. Windows overlap: each counts for a part. */
static const double emission_share = 0.4;
static const double change_cost = 2.5;
static const double none_cost = 5.0;   /* from or to a stretch without a key */
static const double whole_share = 0.1; /* of the logarithm of the whole file's probability */
static const double least_probability = 1e-4; /* nothing is less likely */
/* Of a change: by how much both sides, as wholes, speak for their own key rather than the other's,
 * in natural logarithms, less for sides shorter than full_side_s; what lies over longest_side_s
 * away does not count. */
static const double least_evidence = 2.0;
static const double full_side_s = 30.0, longest_side_s = 75.0;
/* A shorter side is passed through: two keys that sound at once in a cross-fade can be a third one,
 * and a few chords of a short file may lie in another. */
static const double passing_s = 30.0;
/* A border is put where the stretches beside it tell the two keys apart best, this far at most from
 * where the course has it. */
static const double beside_s = 16.0, border_reach_s = 12.0;

typedef double probabilities[STATES];

static size_t cells_in(const mg_key_cells *cells, double s)
{
    size_t n = (size_t)(s / cells->cell_s + 0.5);
    return n ? n : 1;
}

/* Logarithms of the probabilities in a window around each hop. */
static mg_err judge_windows(const mg_key_cells *cells, size_t hop, size_t count,
                            probabilities *ret_log)
{
    double share_s = window_share * (double)cells->count * cells->cell_s;
    size_t length = cells_in(cells, fmin(fmax(share_s, shortest_window_s), longest_window_s));
    for (size_t w = 0; w < count; w++) {
        size_t middle = w * hop + hop / 2, from = middle > length / 2 ? middle - length / 2 : 0;
        size_t to = from + length < cells->count ? from + length : cells->count;
        from = to > length ? to - length : 0;
        mg_err err = mg_key_cells_judge(cells, from, to, ret_log[w]);
        if (err)
            return err;
        for (unsigned s = 0; s < STATES; s++)
            ret_log[w][s] = log(fmax(ret_log[w][s], least_probability));
    }
    return MG_OK;
}

static double cost_of(unsigned from, unsigned to, double scale)
{
    if (from == to)
        return 0;
    return scale * (from == MG_KEY_NONE || to == MG_KEY_NONE ? none_cost : change_cost);
}

/* Viterbi; the state of each window goes to path[]. Ties take the lower state. */
static mg_err find_path(const probabilities *log_p, size_t count, const double *whole,
                        double scale, uint8_t *ret_path)
{
    double value[STATES], next[STATES], prior[STATES];
    mg_autofree uint8_t *back = malloc(count * STATES);
    if (!back)
        return MG_E_NOMEM;
    for (unsigned s = 0; s < STATES; s++) {
        prior[s] = whole_share * log(fmax(whole[s], least_probability));
        value[s] = emission_share * log_p[0][s] + prior[s];
    }
    for (size_t w = 1; w < count; w++) {
        for (unsigned s = 0; s < STATES; s++) {
            unsigned best = 0;
            for (unsigned from = 1; from < STATES; from++) {
                if (value[from] - cost_of(from, s, scale) > value[best] - cost_of(best, s, scale))
                    best = from;
            }
            back[w * STATES + s] = (uint8_t)best;
            next[s] = value[best] - cost_of(best, s, scale);
            next[s] += emission_share * log_p[w][s] + prior[s];
        }
        memcpy(value, next, sizeof(value));
    }
    unsigned state = 0;
    for (unsigned s = 1; s < STATES; s++)
        state = value[s] > value[state] ? s : state;
    for (size_t w = count; w-- > 0;) {
        ret_path[w] = (uint8_t)state;
        if (w > 0)
            state = back[w * STATES + state];
    }
    return MG_OK;
}

static size_t changes_in(const uint8_t *path, size_t count)
{
    size_t changes = 0;
    for (size_t w = 1; w < count; w++)
        changes += path[w] != path[w - 1];
    return changes;
}

static void find_runs(const uint8_t *path, size_t count, size_t hop, size_t cells, mg_key_runs *ret)
{
    ret->count = 0;
    for (size_t w = 0; w < count; w++) {
        if (w == 0 || path[w] != path[w - 1])
            ret->at[ret->count++] = (mg_key_run){w * hop, cells, path[w]};
        if (ret->count > 1)
            ret->at[ret->count - 2].to = ret->at[ret->count - 1].from;
    }
}

/* By how much the cells from..to-1 speak for one key rather than another. */
static mg_err margin(const mg_key_cells *cells, size_t from, size_t to, unsigned key,
                     unsigned other, double *ret)
{
    double p[STATES];
    mg_err err = mg_key_cells_judge(cells, from, to, p);
    if (!err)
        *ret = log(fmax(p[key], 1e-30) / fmax(p[other], 1e-30)) *
               fmin(1.0, (double)(to - from) * cells->cell_s / full_side_s);
    return err;
}

static mg_err evidence(void *context, const mg_key_run *a, const mg_key_run *b, double *ret)
{
    const mg_key_cells *cells = *(const mg_key_cells *const *)context;
    size_t most = cells_in(cells, longest_side_s);
    size_t from = a->to - a->from > most ? a->to - most : a->from;
    size_t to = b->to - b->from > most ? b->from + most : b->to;
    size_t passing = cells_in(cells, passing_s);
    double before, after;
    mg_err err = margin(cells, from, a->to, a->key, b->key, &before);
    err = err ? err : margin(cells, b->from, to, b->key, a->key, &after);
    if (!err)
        *ret = a->to - from < passing || to - b->from < passing ? 0 : fmin(before, after);
    return err;
}

/* Moves the border of two runs to where what lies beside it tells them apart best. */
static mg_err place_border(const mg_key_cells *cells, mg_key_run *a, mg_key_run *b)
{
    size_t beside = cells_in(cells, beside_s), reach = cells_in(cells, border_reach_s);
    size_t low = a->to > a->from + reach ? a->to - reach : a->from + 1;
    size_t high = b->from + reach < b->to ? b->from + reach : b->to - 1, best = a->to;
    double most = -HUGE_VAL;
    for (size_t at = low; at <= high; at++) {
        double before, after;
        size_t from = at - a->from > beside ? at - beside : a->from;
        size_t to = b->to - at > beside ? at + beside : b->to;
        mg_err err = margin(cells, from, at, a->key, b->key, &before);
        err = err ? err : margin(cells, at, to, b->key, a->key, &after);
        if (err)
            return err;
        if (before + after > most) {
            most = before + after;
            best = at;
        }
    }
    a->to = b->from = best;
    return MG_OK;
}

/* To the nearest bar where the grid is constant and its bars are known. */
static double snap(double at_s, const mg_tempo_result *tempo)
{
    if (!tempo || tempo->constant_why != MG_WHY_PRESENT || !tempo->constant ||
        !mg_has(tempo->period_s) || !mg_has(tempo->first_beat_s) ||
        !mg_has(tempo->downbeat_index) || !mg_has(tempo->beats_per_bar))
        return at_s;
    double bar_s = tempo->period_s.v * tempo->beats_per_bar.v;
    double first_s = tempo->first_beat_s.v + tempo->downbeat_index.v * tempo->period_s.v;
    return first_s + floor((at_s - first_s) / bar_s + 0.5) * bar_s;
}

/* The key that each run has as a whole. */
static mg_err judge_runs(const mg_key_cells *cells, mg_key_runs *r)
{
    for (size_t i = 0; i < r->count; i++) {
        double p[STATES];
        if (r->at[i].key == MG_KEY_NONE)
            continue;
        mg_err err = mg_key_cells_judge(cells, r->at[i].from, r->at[i].to, p);
        if (err)
            return err;
        for (unsigned k = 0; k < MG_KEYS; k++)
            r->at[i].key = p[k] > p[r->at[i].key] ? k : r->at[i].key;
    }
    mg_key_runs_join(r);
    return MG_OK;
}

/* Adds what a run makes of the segments, and its probabilities by its share of the time. */
static mg_err add_segment(const mg_key_cells *cells, const mg_key_run *r, double start_s,
                          double end_s, double *mean, mg_key_result *ret)
{
    double p[STATES];
    mg_err err = mg_key_cells_judge(cells, r->from, r->to, p);
    if (err)
        return err;
    for (unsigned s = 0; s < STATES; s++)
        mean[s] += p[s] * (double)(r->to - r->from) / (double)cells->count;
    ret->segments[ret->segment_count++] = (mg_key_segment){
        .start_s = start_s,
        .end_s = end_s,
        .known = r->key != MG_KEY_NONE,
        .tonic = r->key == MG_KEY_NONE ? 0 : r->key % 12,
        .mode = r->key != MG_KEY_NONE && r->key >= 12 ? MG_MINOR : MG_MAJOR,
        .confidence = fmin(p[r->key], MG_KEY_CONFIDENCE_MAX),
    };
    return MG_OK;
}

static mg_err add_segments(const mg_key_cells *cells, const mg_key_runs *r, double duration_s,
                           const mg_tempo_result *tempo, double *mean, mg_key_result *ret)
{
    double start_s = 0;
    mg_err err = MG_OK;
    for (size_t i = 0; i < r->count && !err; i++) {
        double end_s = duration_s;
        if (i + 1 < r->count) {
            double at_s = (double)r->at[i].to * cells->cell_s;
            end_s = snap(at_s, tempo);
            if (!(end_s > start_s && end_s < duration_s)) /* too near the edge after snapping */
                end_s = fmin(at_s, duration_s);
        }
        err = add_segment(cells, &r->at[i], start_s, end_s, mean, ret);
        start_s = end_s;
    }
    return err;
}

/* The likeliest course, cheaper changes first, with fewer than a result can hold. */
static mg_err find_course(const mg_key_cells *cells, const double *whole, mg_key_runs *ret)
{
    size_t hop = cells_in(cells, hop_s), count = (cells->count + hop - 1) / hop;
    mg_autofree probabilities *log_p = calloc(count, sizeof(*log_p));
    mg_autofree uint8_t *path = malloc(count);
    mg_err err = log_p && path ? judge_windows(cells, hop, count, log_p) : MG_E_NOMEM;
    double scale = 1.0;
    do {
        err = err ? err : find_path(log_p, count, whole, scale, path);
        if (err)
            return err;
        scale *= 2.0;
    } while (changes_in(path, count) >= MG_KEY_SEGMENTS_MAX);
    find_runs(path, count, hop, cells->count, ret);
    return MG_OK;
}

mg_err mg_key_segments_find(const mg_key_cells *cells, double duration_s,
                            const mg_tempo_result *tempo, double probability[MG_KEYS + 1],
                            mg_key_result *ret)
{
    double mean[STATES] = {0};
    mg_autofree mg_key_runs *r = calloc(1, sizeof(*r));
    mg_err err = r ? find_course(cells, probability, r) : MG_E_NOMEM;
    err = err ? err : mg_key_runs_settle(r, least_evidence, evidence, &cells);
    for (size_t i = 0; !err && i + 1 < r->count; i++)
        err = place_border(cells, &r->at[i], &r->at[i + 1]);
    err = err ? err : judge_runs(cells, r);
    if (err)
        return err;
    ret->segment_count = 0;
    if (r->count == 1 || mg_key_runs_next(r, 0) == r->count)
        return MG_OK;
    err = add_segments(cells, r, duration_s, tempo, mean, ret);
    if (!err)
        memcpy(probability, mean, sizeof(mean));
    return err;
}
