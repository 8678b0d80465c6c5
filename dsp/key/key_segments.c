#include "dsp/key/key_segments.h"

#include "base/cleanup.h"
#include "dsp/key/key.h"
#include "dsp/key/key_profiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STATES = MG_KEYS + 1, NONE = MG_KEYS };

static const double window_s = 8.2;
/* Of the course of keys. Neighbouring windows share half their slots: each counts half. */
static const double emission_share = 0.5;
static const double change_cost = 4.0;
static const double none_cost = 5.0;   /* from or to a stretch without a key */
static const double whole_share = 0.1; /* of the logarithm of the whole file's probability */
static const double whole_floor = 0.003;
/* Of a change: by how much both sides, as wholes, score higher in their own key than in the
 * other's, less for sides shorter than full_side_s; what lies over longest_side_s away does not
 * count. */
static const double least_evidence = 2.0;
static const double full_side_s = 30.0, longest_side_s = 75.0;

/* The model: scores of the 24 keys, whose softmax is a probability. @return the tonal weight */
static double score_stretch(const mg_pitch_slot *slots, size_t count, double ret[MG_KEYS])
{
    mg_key_stretch stretch;
    double vector[MG_KEY_STRETCH];
    mg_key_stretch_sum(slots, count, &stretch);
    for (unsigned k = 0; k < MG_KEYS; k++) {
        mg_key_stretch_vector(&stretch, k, vector);
        ret[k] = 0;
        for (unsigned i = 0; i < MG_KEY_STRETCH; i++)
            ret[k] += vector[i] * mg_key_window_weight[k / 12][i];
    }
    return stretch.weight;
}

mg_err mg_key_windows_init(mg_key_windows *windows, const mg_pitch_slot *slots, size_t count,
                           double slot_s, double tuning_strength)
{
    size_t length = (size_t)(window_s / slot_s + 0.5);
    if (length < 2)
        length = 2;
    size_t hop = length / 2, n = 1;
    while (n * hop + hop < count)
        n++;
    mg_key_window *window = calloc(n, sizeof(*window));
    if (!window)
        return MG_E_NOMEM;
    for (size_t w = 0; w < n; w++) {
        size_t from = w * hop, len = from + length <= count ? length : count - from;
        double score[MG_KEYS], probability[MG_KEYS];
        double vote[MG_KEYS][MG_KEY_VOTES] = {{0}};
        window[w].weight = score_stretch(slots + from, len, score);
        mg_key_softmax(score, MG_KEYS, 1.0, probability);
        for (unsigned k = 0; k < MG_KEYS; k++) {
            window[w].log_probability[k] = log(probability[k] + 1e-30);
            vote[k][0] = window[w].log_probability[k];
            vote[k][1] = probability[k];
        }
        window[w].tonal = mg_key_tonal_probability(slots + from, len, tuning_strength, vote);
    }
    *windows = (mg_key_windows){.count = n,
                                .hop_s = (double)hop * slot_s,
                                .window = window,
                                .slots = slots,
                                .slot_count = count,
                                .slot_s = slot_s};
    return MG_OK;
}

void mg_key_windows_done(mg_key_windows *windows)
{
    free(windows->window);
    *windows = (mg_key_windows){0};
}

static double emission(const mg_key_window *window, const mg_key_result *whole, unsigned state)
{
    double tonal = window->tonal < 0.999 ? window->tonal : 0.999, p = whole_floor;
    if (state == NONE)
        return emission_share * log(1.0 - tonal) + whole_share * log(whole_floor);
    for (unsigned i = 0; i < whole->candidate_count; i++) {
        const mg_key_candidate *c = &whole->candidates[i];
        if (c->tonic == state % 12 && (c->mode == MG_MINOR) == (state >= 12))
            p = c->weight > p ? c->weight : p;
    }
    return emission_share * (log(tonal + 1e-9) + window->log_probability[state]) +
           whole_share * log(p);
}

static double cost_of(unsigned from, unsigned to, double scale)
{
    if (from == to)
        return 0;
    return scale * (from == NONE || to == NONE ? none_cost : change_cost);
}

/* Viterbi; the state of each window goes to path[]. Ties take the lower state. */
static mg_err find_path(const mg_key_windows *windows, const mg_key_result *whole, double scale,
                        uint8_t *ret_path)
{
    double value[STATES], next[STATES];
    mg_autofree uint8_t *back = malloc(windows->count * STATES);
    if (!back)
        return MG_E_NOMEM;
    for (unsigned s = 0; s < STATES; s++)
        value[s] = emission(&windows->window[0], whole, s);
    for (size_t w = 1; w < windows->count; w++) {
        for (unsigned s = 0; s < STATES; s++) {
            unsigned best = 0;
            for (unsigned from = 1; from < STATES; from++) {
                if (value[from] - cost_of(from, s, scale) > value[best] - cost_of(best, s, scale))
                    best = from;
            }
            back[w * STATES + s] = (uint8_t)best;
            next[s] =
                value[best] - cost_of(best, s, scale) + emission(&windows->window[w], whole, s);
        }
        memcpy(value, next, sizeof(value));
    }
    unsigned state = 0;
    for (unsigned s = 1; s < STATES; s++)
        state = value[s] > value[state] ? s : state;
    for (size_t w = windows->count; w-- > 0;) {
        ret_path[w] = (uint8_t)state;
        if (w > 0)
            state = back[w * STATES + state];
    }
    return MG_OK;
}

/* Slots of the windows from..to-1, up to half-way to the windows beside them. */
static const mg_pitch_slot *slots_of(const mg_key_windows *windows, size_t from, size_t to,
                                     size_t *ret_count)
{
    double hop = windows->hop_s / windows->slot_s;
    size_t first = from == 0 ? 0 : (size_t)(((double)from + 0.5) * hop);
    size_t end = to == windows->count ? windows->slot_count : (size_t)(((double)to + 0.5) * hop);
    *ret_count = end - first;
    return windows->slots + first;
}

/* By how much a stretch scores higher in one key than in another. */
static double margin(const mg_key_windows *windows, size_t from, size_t to, unsigned key,
                     unsigned other)
{
    double score[MG_KEYS];
    size_t count;
    const mg_pitch_slot *slots = slots_of(windows, from, to, &count);
    score_stretch(slots, count, score);
    return (score[key] - score[other]) * fmin(1.0, (double)count * windows->slot_s / full_side_s);
}

/* A stretch of windows in one key. */
typedef struct run {
    size_t from, to;
} run;

/* The next stretch at or after a window that has a key; from == to at the end. */
static run next_run(const mg_key_windows *windows, const uint8_t *path, size_t at)
{
    while (at < windows->count && path[at] == NONE)
        at++;
    run r = {at, at};
    while (r.to < windows->count && path[r.to] == path[at])
        r.to++;
    return r;
}

static bool key_changes(const mg_key_windows *windows, const uint8_t *path)
{
    run a = next_run(windows, path, 0), b = next_run(windows, path, a.to);
    while (b.from < b.to && path[b.from] == path[a.from])
        b = next_run(windows, path, b.to);
    return b.from < b.to;
}

static double evidence(const mg_key_windows *windows, const uint8_t *path, run a, run b)
{
    size_t most = (size_t)(longest_side_s / windows->hop_s);
    size_t from = a.to - a.from > most ? a.to - most : a.from;
    size_t to = b.to - b.from > most ? b.from + most : b.to;
    return fmin(margin(windows, from, a.to, path[a.from], path[b.from]),
                margin(windows, b.from, to, path[b.from], path[a.from]));
}

/* Takes back the changes that the stretches around them do not bear out, the weakest first. The key
 * of the longer one remains. */
static void drop_weak_changes(const mg_key_windows *windows, uint8_t *path)
{
    for (;;) {
        double least = least_evidence;
        run first = {0, 0}, second = {0, 0};
        run a = next_run(windows, path, 0), b = next_run(windows, path, a.to);
        for (; b.from < b.to; a = b, b = next_run(windows, path, b.to)) {
            double e = path[a.from] != path[b.from] ? evidence(windows, path, a, b) : HUGE_VAL;
            if (e < least) {
                least = e;
                first = a;
                second = b;
            }
        }
        if (second.from == second.to)
            return;
        if (first.to - first.from >= second.to - second.from)
            memset(path + second.from, path[first.from], second.to - second.from);
        else
            memset(path + first.from, path[second.from], first.to - first.from);
    }
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

static void add_segment(const mg_key_windows *windows, size_t from, size_t to, unsigned state,
                        double start_s, double end_s, mg_key_result *ret)
{
    mg_key_segment *segment = &ret->segments[ret->segment_count++];
    double sum = 0;
    for (size_t w = from; w < to; w++) {
        const mg_key_window *window = &windows->window[w];
        sum += state == NONE ? 1.0 - window->tonal : exp(window->log_probability[state]);
    }
    sum /= (double)(to - from);
    *segment = (mg_key_segment){
        .start_s = start_s,
        .end_s = end_s,
        .known = state != NONE,
        .tonic = state == NONE ? 0 : state % 12,
        .mode = state != NONE && state >= 12 ? MG_MINOR : MG_MAJOR,
        .confidence = sum < MG_KEY_CONFIDENCE_MAX ? sum : MG_KEY_CONFIDENCE_MAX,
    };
}

static void single_segment(double duration_s, mg_key_result *ret)
{
    ret->segment_count = 1;
    ret->segments[0] = (mg_key_segment){.end_s = duration_s,
                                        .known = true,
                                        .tonic = ret->tonic,
                                        .mode = ret->mode,
                                        .confidence = ret->confidence};
}

static size_t changes_in(const uint8_t *path, size_t count)
{
    size_t changes = 0;
    for (size_t w = 1; w < count; w++)
        changes += path[w] != path[w - 1];
    return changes;
}

mg_err mg_key_windows_segments(const mg_key_windows *windows, double duration_s,
                               const mg_tempo_result *tempo, mg_key_result *ret)
{
    mg_autofree uint8_t *path = malloc(windows->count);
    unsigned whole = ret->tonic + (ret->mode == MG_MINOR ? 12 : 0);
    double scale = 1.0, start_s = 0;
    if (!path)
        return MG_E_NOMEM;
    do {
        mg_err err = find_path(windows, ret, scale, path);
        if (err)
            return err;
        scale *= 2.0;
    } while (changes_in(path, windows->count) >= MG_KEY_SEGMENTS_MAX);
    drop_weak_changes(windows, path);
    if (changes_in(path, windows->count) == 0 ||
        !(key_changes(windows, path) || memchr(path, (int)whole, windows->count))) {
        single_segment(duration_s, ret);
        return MG_OK;
    }
    ret->segment_count = 0;
    for (size_t from = 0, w = 1; w <= windows->count; w++) {
        if (w < windows->count && path[w] == path[from])
            continue;
        double end_s = duration_s;
        if (w < windows->count) {
            /* between the centres of the windows w - 1 and w */
            end_s = snap(((double)w + 0.5) * windows->hop_s, tempo);
            if (!(end_s > start_s && end_s < duration_s)) /* too near the edge after snapping */
                end_s = fmin(((double)w + 0.5) * windows->hop_s, duration_s);
        }
        add_segment(windows, from, w, path[from], start_s, end_s, ret);
        start_s = end_s;
        from = w;
    }
    return MG_OK;
}
