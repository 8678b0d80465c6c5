/* The bodies of the kernels that mark values, a bit each; a part of bodies.h. */

static void outside(const float *x, float low, float high, size_t n, uint32_t *bits)
{
    const f8 least = f8_set(low), most = f8_set(high);
    for (size_t at = 0; at < n; at += 32, x += 32) {
        size_t count = n - at < 32 ? n - at : 32, i = 0;
        uint32_t word = 0;
        for (; i + 8 <= count; i += 8) {
            f8 v = f8_load(x + i);
            word |= m8_bits(m8_or(f8_le(v, least), f8_le(most, v))) << i;
        }
        for (; i < count; i++)
            word |= (uint32_t)(x[i] <= low || x[i] >= high) << i;
        bits[at / 32] = word;
    }
}

static inline unsigned stands_out_8(const float *x, f8 least, f8 ratio)
{
    f8 top = f8_load(x), before = f8_load(x - 1), after = f8_load(x + 1);
    m8 crest = m8_and(f8_le(least, top), m8_and(f8_lt(before, top), f8_le(after, top)));
    m8 side = m8_or(f8_le(f8_mul(before, ratio), top), f8_le(f8_mul(after, ratio), top));
    m8 out = m8_and(crest, side);
    if (m8_bits(out) == 0) /* most */
        return 0;
    f8 most = f8_max(f8_load(x - 2), f8_load(x + 2));
    for (size_t i = 3; i <= MG_STAND_OUT_REACH; i++)
        most = f8_max(most, f8_max(f8_load(x - i), f8_load(x + i)));
    return m8_bits(m8_and(out, f8_le(f8_mul(most, ratio), top)));
}

static inline bool stands_out(const float *x, float least, float ratio)
{
    float top = x[0];
    bool out = top >= least && x[-1] < top && x[1] <= top &&
               (x[-1] * ratio <= top || x[1] * ratio <= top);
    for (ptrdiff_t i = 2; i <= MG_STAND_OUT_REACH && out; i++)
        out = x[-i] * ratio <= top && x[i] * ratio <= top;
    return out;
}

static void stand_outs(const float *x, float least, float ratio, size_t n, uint32_t *bits)
{
    const f8 low = f8_set(least), scale = f8_set(ratio);
    for (size_t at = 0; at < n; at += 32, x += 32) {
        size_t count = n - at < 32 ? n - at : 32, i = 0;
        uint32_t word = 0;
        for (; i + 8 <= count; i += 8)
            word |= stands_out_8(x + i, low, scale) << i;
        for (; i < count; i++)
            word |= (uint32_t)stands_out(x + i, least, ratio) << i;
        bits[at / 32] = word;
    }
}

static void maxima(const float *x, float least, size_t n, uint32_t *bits)
{
    const f8 low = f8_set(least);
    for (size_t at = 0; at < n; at += 32, x += 32) {
        size_t count = n - at < 32 ? n - at : 32, i = 0;
        uint32_t word = 0;
        for (; i + 8 <= count; i += 8) {
            f8 v = f8_load(x + i);
            m8 crest = m8_and(f8_lt(f8_load(x + i - 1), v), f8_le(f8_load(x + i + 1), v));
            word |= m8_bits(m8_and(crest, f8_lt(low, v))) << i;
        }
        for (; i < count; i++) {
            float before = *(x + i - 1);
            word |= (uint32_t)(before < x[i] && x[i + 1] <= x[i] && least < x[i]) << i;
        }
        bits[at / 32] = word;
    }
}
