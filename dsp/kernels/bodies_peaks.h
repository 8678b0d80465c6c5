/* The bodies of the kernels of the true-peak search; a part of bodies.h. */

static inline void cell(const float *x, f8 *peak, f8 *bend)
{
    f8 p = f8_set(0.0f), q = p;
    for (size_t i = 0; i < MG_CELL_FRAMES; i += 8) {
        f8 x0 = f8_load(x + i), x1 = f8_load(x + i - 1), x2 = f8_load(x + i - 2);
        p = f8_max(p, f8_abs(x0));
        q = f8_max(q, f8_abs(f8_add(f8_sub(x0, f8_add(x1, x1)), x2)));
    }
    *peak = p;
    *bend = q;
}

static void cells(const float *x, size_t count, float *peak, float *bend)
{
    f8 p[8], q[8];
    size_t c = 0;
    for (; c + 8 <= count; c += 8) {
        for (size_t i = 0; i < 8; i++)
            cell(x + (c + i) * MG_CELL_FRAMES, &p[i], &q[i]);
        f8_store(peak + c, f8_hmax_each(p));
        f8_store(bend + c, f8_hmax_each(q));
    }
    for (; c < count; c++) {
        cell(x + c * MG_CELL_FRAMES, &p[0], &q[0]);
        peak[c] = f8_hmax(p[0]);
        bend[c] = f8_hmax(q[0]);
    }
}

static inline float larger(float x, float y)
{
    return x > y ? x : y;
}

static float bounds(const float *x, const float *peak, const float *bend, size_t count, float gain,
                    float slack, float *bound)
{
    f8 top = f8_set(0.0f);
    size_t c = 0;
    for (; c + 8 <= count; c += 8) {
        float next[8];
        for (size_t i = 0; i < 8; i++)
            next[i] = x[(c + i + 1) * MG_CELL_FRAMES];
        f8 p = f8_load(peak + c), bends = f8_max(f8_load(bend + c), f8_load(bend + c + 1));
        bends = f8_max(f8_load(bend + (ptrdiff_t)c - 1), bends);
        f8 sum = f8_add(f8_max(p, f8_abs(f8_load(next))), f8_mul(f8_set(gain), bends));
        f8_store(bound + c, f8_mul(sum, f8_set(slack)));
        top = f8_max(top, p);
    }
    float most = f8_hmax(top);
    for (; c < count; c++) {
        float next = x[(c + 1) * MG_CELL_FRAMES];
        float bends = larger(bend[(ptrdiff_t)c - 1], larger(bend[c], bend[c + 1]));
        bound[c] = (larger(peak[c], next < 0 ? -next : next) + gain * bends) * slack;
        most = larger(most, peak[c]);
    }
    return most;
}

/* One pair of taps for the eight intervals from x on. */
static inline void interpolate_pair(const mg_peak_taps *taps, const float *x, size_t k, f8 y[3])
{
    f8 left = f8_load(x - k), right = f8_load(x + 1 + k);
    f8 s = f8_add(left, right), d = f8_sub(left, right);
    y[0] = f8_add(y[0], f8_mul(f8_set(taps->half[k]), s));
    y[1] = f8_add(y[1], f8_mul(f8_set(taps->even[k]), s));
    y[2] = f8_add(y[2], f8_mul(f8_set(taps->odd[k]), d));
}

/* Both halves of the cell at once: each sum waits for its own last addition. */
static float interpolate(const mg_peak_taps *taps, const float *x, float y[3][MG_CELL_FRAMES])
{
    f8 sum[2][3], top = f8_set(0.0f);
    for (size_t i = 0; i < 6; i++)
        sum[i / 3][i % 3] = f8_set(0.0f);
    for (size_t k = 0; k < MG_PEAK_PAIRS; k++) {
        interpolate_pair(taps, x, k, sum[0]);
        interpolate_pair(taps, x + 8, k, sum[1]);
    }
    for (size_t i = 0; i < 2; i++) {
        f8 half = sum[i][0], even = sum[i][1], odd = sum[i][2];
        f8 first = f8_add(even, odd), third = f8_sub(even, odd);
        f8_store(y[0] + 8 * i, first);
        f8_store(y[1] + 8 * i, half);
        f8_store(y[2] + 8 * i, third);
        top = f8_max(top, f8_max(f8_abs(half), f8_max(f8_abs(first), f8_abs(third))));
    }
    return f8_hmax(top);
}

/* Which of eight points are crests over both bars, after turning all positive. */
static inline unsigned crest_bits(f8 point, f8 before, f8 after, f8 threshold, f8 bar)
{
    f8 top = f8_abs(point);
    before = f8_signed(before, point);
    after = f8_signed(after, point);
    f8 bow = f8_sub(f8_sub(f8_add(top, top), before), after);
    f8 reach = f8_mul(f8_add(top, f8_mul(bow, f8_set(0.125f))), f8_set(1.00001f));
    m8 crest = m8_and(f8_le(before, top), f8_lt(after, top));
    return m8_bits(m8_and(crest, m8_and(f8_le(threshold, top), f8_lt(bar, reach))));
}

static void crests(const float *x, float y[3][MG_CELL_FRAMES], float before, float threshold,
                   float bar, unsigned ret[4])
{
    float late[1 + MG_CELL_FRAMES];
    late[0] = before;
    for (size_t i = 0; i < MG_CELL_FRAMES; i += 8)
        f8_store(late + 1 + i, f8_load(y[2] + i));
    f8 t = f8_set(threshold), b = f8_set(bar);
    for (size_t k = 0; k < 4; k++)
        ret[k] = 0;
    for (size_t i = 0; i < MG_CELL_FRAMES; i += 8) {
        f8 p0 = f8_load(x + i), p1 = f8_load(y[0] + i), p2 = f8_load(y[1] + i);
        f8 p3 = f8_load(y[2] + i), p4 = f8_load(x + i + 1);
        ret[0] |= crest_bits(p0, f8_load(late + i), p1, t, b) << i;
        ret[1] |= crest_bits(p1, p0, p2, t, b) << i;
        ret[2] |= crest_bits(p2, p1, p3, t, b) << i;
        ret[3] |= crest_bits(p3, p2, p4, t, b) << i;
    }
}
