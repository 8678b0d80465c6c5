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
