#include "dsp/levels/loudness_gate.h"

static const double offset_lu = -0.691; /* makes a 997 Hz sine of -3.01 dBFS read -3.01 */

double mg_lufs(double mean_square)
{
    return mean_square > 0.0 ? offset_lu + 10.0 * log10(mean_square) : -HUGE_VAL;
}

double mg_lufs_energy(double lufs)
{
    return pow(10.0, (lufs - offset_lu) / 10.0);
}

static void swap(float *a, float *b)
{
    float t = *a;
    *a = *b;
    *b = t;
}

/* Quickselect with the median of three as pivot; the rest is put in order around it. */
float mg_select(float *v, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v[middle] < v[low])
            swap(&v[middle], &v[low]);
        if (v[high] < v[low])
            swap(&v[high], &v[low]);
        if (v[high] < v[middle])
            swap(&v[high], &v[middle]);
        float pivot = v[middle];
        size_t i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i > j)
                break;
            swap(&v[i++], &v[j]);
            if (j == 0)
                break;
            j--;
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return v[k];
}

static size_t keep_above(float *v, size_t n, double threshold)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (v[i] > threshold)
            v[kept++] = v[i];
    }
    return kept;
}

static size_t rank(size_t n, double p)
{
    return (size_t)floor((double)(n - 1) * p + 0.5);
}

mg_value mg_loudness_range(float *mean_square, size_t n)
{
    n = keep_above(mean_square, n, mg_lufs_energy(-70.0));
    if (n == 0)
        return mg_none(MG_WHY_SILENT);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += mean_square[i];
    n = keep_above(mean_square, n, sum / (double)n / 100.0);
    double high = mg_select(mean_square, n, rank(n, 0.95));
    double low = mg_select(mean_square, n, rank(n, 0.10));
    return mg_some(mg_lufs(high) - mg_lufs(low));
}
