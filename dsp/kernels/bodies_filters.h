/* The bodies of the recursive filters; a part of bodies.h. */

/* ---- A mean that follows ---- */

/* Eight groups at a time: with m their means, y[k] = share * sum of keep^(k - i) m[i] +
 * keep^(k + 1) y[-1]; the sum is made in three steps. */
static void follow(const float *x, float share, float *y, size_t groups, float *out)
{
    float keep = 1.0f - share, power[8] = {keep};
    for (size_t k = 1; k < 8; k++)
        power[k] = power[k - 1] * keep;
    const f8 past = f8_load(power), keep1 = f8_set(keep), keep2 = f8_set(power[1]);
    const f8 keep4 = f8_set(power[3]), scale = f8_set(share * 0.125f);
    f8 last = f8_set(*y);
    size_t g = 0;
    for (; g + 8 <= groups; g += 8) {
        f8 v[8];
        for (size_t i = 0; i < 8; i++)
            v[i] = f8_load(x + 8 * (g + i));
        f8 sum = f8_mul(scale, f8_hsum_each(v));
        sum = f8_add(sum, f8_mul(keep1, f8_up_1(sum)));
        sum = f8_add(sum, f8_mul(keep2, f8_up_2(sum)));
        sum = f8_add(sum, f8_mul(keep4, f8_up_4(sum)));
        sum = f8_add(sum, f8_mul(past, last));
        f8_store(out + g, sum);
        last = f8_last(sum);
    }
    float now[8];
    f8_store(now, last);
    for (; g < groups; g++) {
        now[0] += share * (f8_fold(f8_load(x + 8 * g)) * 0.125f - now[0]);
        out[g] = now[0];
    }
    *y = now[0];
}

/* ---- K-weighting ---- */

/* In each d4 two channels and two frames: a[i], b[i], a[i + 1], b[i + 1]. */

typedef struct kweight_taps {
    d4 b[7], shelf[2], high_pass[2];
} kweight_taps;

/* Of two frames back, and of four and six: u are second differences, v those one frame earlier. */
typedef struct kweight_past {
    d4 x, step, u[3], v[2], w[2], y[2];
} kweight_past;

static inline d4 d4_weigh(d4 a, d4 x, d4 b, d4 y)
{
    return d4_add(d4_mul(a, x), d4_mul(b, y));
}

/* x - b y2 - a y1, the latter last: it is there last. */
static inline d4 d4_feed_back(d4 x, const d4 taps[2], const d4 y[2])
{
    return d4_sub(d4_sub(x, d4_mul(taps[1], y[1])), d4_mul(taps[0], y[0]));
}

/* Output of the frames of x; those of `early` are one earlier. */
static inline d4 kweight_step(const kweight_taps *k, kweight_past *past, d4 x, d4 early)
{
    d4 step = d4_sub(x, early), step_early = d4_sub(early, past->x);
    d4 u = d4_sub(step, step_early), v = d4_sub(step_early, past->step);
    d4 f = d4_add(d4_weigh(k->b[0], u, k->b[1], v),
                  d4_weigh(k->b[2], past->u[0], k->b[3], past->v[0]));
    f = d4_add(f, d4_add(d4_weigh(k->b[4], past->u[1], k->b[5], past->v[1]),
                         d4_mul(k->b[6], past->u[2])));
    d4 w = d4_feed_back(f, k->shelf, past->w), y = d4_feed_back(w, k->high_pass, past->y);
    past->x = x;
    past->step = step;
    past->u[2] = past->u[1];
    past->u[1] = past->u[0];
    past->u[0] = u;
    past->v[1] = past->v[0];
    past->v[0] = v;
    past->w[1] = past->w[0];
    past->w[0] = w;
    past->y[1] = past->y[0];
    past->y[0] = y;
    return y;
}

/* The past of frame 0, from the nine frames before it and the state. */
static inline void kweight_before(const mg_kweight_state *s, const float *a, const float *b,
                                  kweight_past *past)
{
    d4 at[4], early[4]; /* frames -8 to -1, and one earlier */
    d4_interleave(a - 8, b - 8, at);
    d4_interleave(a - 4, b - 4, at + 2);
    d4_interleave(a - 9, b - 9, early);
    d4_interleave(a - 5, b - 5, early + 2);
    past->x = at[3];
    past->step = d4_sub(at[3], early[3]);
    for (int i = 0; i < 3; i++)
        past->u[i] = d4_sub(d4_sub(at[3 - i], early[3 - i]), d4_sub(early[3 - i], at[2 - i]));
    for (int i = 0; i < 2; i++) {
        past->v[i] = d4_sub(d4_sub(early[3 - i], at[2 - i]), d4_sub(at[2 - i], early[2 - i]));
        past->w[i] = d4_load(s->w[2 - 2 * i]);
        past->y[i] = d4_load(s->y[2 - 2 * i]);
    }
}

/* Fewer than four frames: the same operations, with what lies beyond left out. */
static void kweight_rest(const kweight_taps *k, mg_kweight_state *s, const float *a,
                         const float *b, size_t n)
{
    float in[2][9 + 4] = {{0}};
    for (size_t i = 0; i < 9 + n; i++) {
        in[0][i] = a[(ptrdiff_t)i - 9];
        in[1][i] = b[(ptrdiff_t)i - 9];
    }
    kweight_past past;
    kweight_before(s, in[0] + 9, in[1] + 9, &past);
    d4 at[2], early[2];
    double w[8][2], y[8][2];
    d4_interleave(in[0] + 9, in[1] + 9, at);
    d4_interleave(in[0] + 8, in[1] + 8, early);
    memcpy(w, s->w, sizeof s->w);
    memcpy(y, s->y, sizeof s->y);
    for (size_t i = 0; i < 2; i++) {
        d4_store(y[4 + 2 * i], kweight_step(k, &past, at[i], early[i]));
        d4_store(w[4 + 2 * i], past.w[0]);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < 2; c++)
            s->energy[2 * (i % 2) + c] += y[4 + i][c] * y[4 + i][c];
    }
    memcpy(s->w, w + n, sizeof s->w);
    memcpy(s->y, y + n, sizeof s->y);
}

static void kweight(const mg_kweight_ahead *taps, mg_kweight_state *s, const float *a,
                    const float *b, size_t n)
{
    kweight_taps k;
    for (size_t i = 0; i < 7; i++)
        k.b[i] = d4_set(taps->b[i]);
    for (size_t i = 0; i < 2; i++) {
        k.shelf[i] = d4_set(taps->shelf[i]);
        k.high_pass[i] = d4_set(taps->high_pass[i]);
    }
    kweight_past past;
    kweight_before(s, a, b, &past);
    d4 energy = d4_load(s->energy);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        d4 at[2], early[2];
        d4_interleave(a + i, b + i, at);
        d4_interleave(a + i - 1, b + i - 1, early);
        d4 y = kweight_step(&k, &past, at[0], early[0]);
        energy = d4_add(energy, d4_mul(y, y));
        y = kweight_step(&k, &past, at[1], early[1]);
        energy = d4_add(energy, d4_mul(y, y));
    }
    for (int j = 0; j < 2; j++) {
        d4_store(s->w[2 - 2 * j], past.w[j]);
        d4_store(s->y[2 - 2 * j], past.y[j]);
    }
    d4_store(s->energy, energy);
    if (i < n)
        kweight_rest(&k, s, a + i, b + i, n - i);
}

/* ---- band-passes ---- */

/* Two sections in each lane, behind the numerator 1 - 2 z^-2 + z^-4 that they share. */
typedef struct band_taps {
    f8 high1, high2, low1, low2;
} band_taps;

typedef struct band_past {
    f8 h1, h2, y1, y2;
} band_past;

static inline f8 band_step(const band_taps *k, band_past *past, f8 f)
{
    f8 h = f8_sub(f8_sub(f, f8_mul(k->high2, past->h2)), f8_mul(k->high1, past->h1));
    f8 y = f8_sub(f8_sub(h, f8_mul(k->low2, past->y2)), f8_mul(k->low1, past->y1));
    past->h2 = past->h1;
    past->h1 = h;
    past->y2 = past->y1;
    past->y1 = y;
    return y;
}

/* Eight frames of the eight segments, step by step, behind the four before them. */
static inline void band_frames(const float *x, size_t segment, f8 v[4 + 8])
{
    for (size_t i = 0; i < 4; i++)
        v[i] = v[8 + i];
    for (size_t i = 0; i < 8; i++)
        v[4 + i] = f8_load(x + i * segment);
    f8_transpose(v + 4);
}

static inline f8 band_numerator(const f8 *v)
{
    return f8_sub(f8_sub(v[0], v[-2]), f8_sub(v[-2], v[-4]));
}

/* The sums of at most eight steps are kept in single precision until they are done. */
static inline void band_add(f8 square, mg_band_sums *sums)
{
    d8_store(sums->square, d8_add(d8_load(sums->square), d8_widen(square)));
}

static void band_pair(const mg_band_taps taps[2], const float *x, size_t segment,
                      mg_band_sums sums[2])
{
    band_taps k[2];
    band_past past[2];
    f8 zero = f8_set(0.0f), v[4 + 8], peak[2];
    for (size_t b = 0; b < 2; b++) {
        k[b] = (band_taps){f8_set(taps[b].high1), f8_set(taps[b].high2), f8_set(taps[b].low1),
                           f8_set(taps[b].low2)};
        past[b] = (band_past){zero, zero, zero, zero};
        peak[b] = f8_load(sums[b].peak);
    }
    band_frames(x - MG_BAND_LEAD - 8, segment, v);
    for (size_t at = 0; at < MG_BAND_LEAD; at += 8) {
        band_frames(x - MG_BAND_LEAD + at, segment, v);
        for (size_t i = 4; i < 4 + 8; i++) {
            f8 f = band_numerator(v + i);
            band_step(&k[0], &past[0], f);
            band_step(&k[1], &past[1], f);
        }
    }
    for (size_t at = 0; at < segment; at += 8) {
        size_t steps = segment - at < 8 ? segment - at : 8;
        f8 square[2] = {zero, zero};
        band_frames(x + at, segment, v);
        for (size_t i = 4; i < 4 + steps; i++) {
            f8 f = band_numerator(v + i);
            for (size_t b = 0; b < 2; b++) {
                f8 y = band_step(&k[b], &past[b], f), power = f8_mul(y, y);
                square[b] = f8_add(square[b], power);
                peak[b] = f8_max(power, peak[b]);
            }
        }
        band_add(square[0], &sums[0]);
        band_add(square[1], &sums[1]);
    }
    f8_store(sums[0].peak, peak[0]);
    f8_store(sums[1].peak, peak[1]);
}

/* In double precision: so far below the rate, single would leave noise. */
static void band_lanes(const mg_band_lanes *taps, mg_band_state *state, const float *x, size_t n,
                       mg_band_lane_sums *sums)
{
    const d4 high[2] = {d4_load(taps->high1), d4_load(taps->high2)};
    const d4 low[2] = {d4_load(taps->low1), d4_load(taps->low2)};
    d4 h[2] = {d4_load(state->h1), d4_load(state->h2)};
    d4 y[2] = {d4_load(state->y1), d4_load(state->y2)};
    d4 square = d4_load(sums->square), peak = d4_load(sums->peak);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++) {
        double at = x[i], middle = x[i - 2], end = x[i - 4];
        d4 f = d4_set((at - middle) - (middle - end));
        d4 passed = d4_feed_back(f, high, h), out = d4_feed_back(passed, low, y);
        d4 power = d4_mul(out, out);
        square = d4_add(square, power);
        peak = d4_max(power, peak);
        h[1] = h[0];
        h[0] = passed;
        y[1] = y[0];
        y[0] = out;
    }
    d4_store(state->h1, h[0]);
    d4_store(state->h2, h[1]);
    d4_store(state->y1, y[0]);
    d4_store(state->y2, y[1]);
    d4_store(sums->square, square);
    d4_store(sums->peak, peak);
}
