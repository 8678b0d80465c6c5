#include "dsp/tempo/beats.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARP = 8, RING = 1024 /* frames; more than the longest interval */ };

static const double tightness = 100;    /* of squared log intervals, Ellis 2007 */
static const double onset_scale = 0.05; /* history byte sums to units of that cost */
static const double attack_reach_s = 0.025;
static const double flux_lead_s = 0.003; /* as in beat_phase.c */
static const double map_tolerance_s = 0.020;
static const double slowest_hz = 0.5;

static double strength(const mg_odf *odf, size_t frame)
{
    double sum = 0;
    for (unsigned b = 0; b < MG_ODF_BANDS; b++)
        sum += mg_odf_get(odf, b, frame);
    return sum * onset_scale;
}

/* Scores of the last RING frames, and the logarithm of each distance. */
typedef struct chain {
    double score[RING], log_of[RING];
} chain;

/* Best predecessor of a frame: its score, and how many frames back it lies. */
static double best_before(const chain *c, size_t frame, double period, unsigned *ret_back)
{
    double best = -INFINITY, log_period = log(period);
    unsigned from = (unsigned)fmax(1, 0.7 * period), to = (unsigned)(1.4 * period) + 1;
    *ret_back = 0;
    for (unsigned back = from; back <= to && back <= frame && back < RING; back++) {
        double off = c->log_of[back] - log_period;
        double value = c->score[(frame - back) % RING] - tightness * off * off;
        if (value > best) {
            best = value;
            *ret_back = back;
        }
    }
    return best;
}

/* Fills back[] (0: a beat without one before it) and tells the last beat's frame. */
static size_t run(const mg_odf *odf, const mg_tempo_path *path, uint16_t *back)
{
    chain c;
    double last_best = -INFINITY;
    for (unsigned i = 0; i < RING; i++)
        c.log_of[i] = log(fmax(1, i));
    size_t last = 0;
    double rate = mg_odf_rate_hz(odf);
    double end_hz = fmax(slowest_hz, mg_tempo_path_at(path, 1e9));
    for (size_t i = 0; i < odf->frames; i++) {
        double hz = fmax(slowest_hz, mg_tempo_path_at(path, mg_odf_time_s(odf, (double)i)));
        unsigned lag;
        double before = best_before(&c, i, rate / hz, &lag);
        bool chained = lag > 0 && before > 0;
        back[i] = (uint16_t)(chained ? lag : 0);
        c.score[i % RING] = strength(odf, i) + (chained ? before : 0);
        if ((double)(odf->frames - i) <= rate / end_hz && c.score[i % RING] > last_best) {
            last_best = c.score[i % RING];
            last = i;
        }
    }
    return last;
}

/* The sharpest attack near a frame, else where its flux says it was. */
static double refine(const mg_odf *odf, size_t frame)
{
    double expected = mg_odf_time_s(odf, (double)frame) + flux_lead_s, best = expected;
    size_t reach = (size_t)(attack_reach_s * mg_odf_rate_hz(odf)) + 1;
    unsigned sharpest = SHARP - 1;
    for (size_t i = frame > reach ? frame - reach : 0; i <= frame + reach && i < odf->frames; i++) {
        double at;
        unsigned level = mg_odf_attack(odf, i, &at);
        if (level > sharpest && fabs(at - expected) <= attack_reach_s) {
            sharpest = level;
            best = at;
        }
    }
    return fmax(0, best);
}

mg_err mg_beats_init(mg_beats *beats, const mg_odf *odf, const mg_tempo_path *path,
                     double duration_s)
{
    *beats = (mg_beats){0};
    mg_autofree uint16_t *back = calloc(odf->frames + 1, sizeof(*back));
    if (back == NULL)
        return MG_E_NOMEM;
    size_t last = run(odf, path, back), count = 1;
    for (size_t i = last; back[i] > 0; i -= back[i])
        count++;
    beats->at_s = calloc(count, sizeof(double));
    if (beats->at_s == NULL)
        return MG_E_NOMEM;
    size_t n = count;
    for (size_t i = last;; i -= back[i]) {
        beats->at_s[--n] = refine(odf, i);
        if (back[i] == 0)
            break;
    }
    while (count > 0 && beats->at_s[count - 1] >= duration_s)
        count--;
    beats->count = count;
    return MG_OK;
}

void mg_beats_done(mg_beats *beats)
{
    free(beats->at_s);
    *beats = (mg_beats){0};
}

/* Last beat of the longest run from `from` that one line through beat `from` meets. */
static size_t straight_run(const mg_beats *beats, size_t from)
{
    double low = 0, high = INFINITY;
    size_t to = from;
    for (size_t i = from + 1; i < beats->count; i++) {
        double n = (double)(i - from), rise = beats->at_s[i] - beats->at_s[from];
        double new_low = fmax(low, (rise - map_tolerance_s) / n);
        double new_high = fmin(high, (rise + map_tolerance_s) / n);
        if (new_low > new_high)
            break;
        low = new_low;
        high = new_high;
        to = i;
    }
    return to;
}

mg_err mg_beats_map(const mg_beats *beats, mg_tempo_change **ret_map, unsigned *ret_count)
{
    mg_autofree mg_tempo_change *map = calloc(MG_TEMPO_MAP_MAX, sizeof(*map));
    if (map == NULL)
        return MG_E_NOMEM;
    unsigned count = 0;
    for (size_t from = 0; from + 1 < beats->count && count < MG_TEMPO_MAP_MAX;) {
        size_t to = straight_run(beats, from);
        double period = (beats->at_s[to] - beats->at_s[from]) / (double)(to - from);
        map[count++] = (mg_tempo_change){
            .start_s = from == 0 ? 0 : beats->at_s[from],
            .bpm = 60 / fmax(period, 0.05),
            .beat = (int64_t)from,
        };
        from = to;
    }
    *ret_map = mg_steal(map);
    *ret_count = count;
    return MG_OK;
}
