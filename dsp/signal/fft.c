#include "dsp/signal/fft.h"

#include "dsp/block.h"
#include "dsp/kernels/kernels.h"

#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct mg_fft {
    const mg_kernels *kernels;
    unsigned n;
    float *in;
    float *z;     /* n / 2 complex values: the transform of the even and odd samples */
    float *w;     /* as the kernel `untangle` wants it */
    float *out;
    fftwf_plan plan;
};

/* FFTW's planner keeps process-wide tables; only execution is reentrant. */
static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

static bool length_is_supported(unsigned n)
{
    if (n < MG_FFT_MIN || n > MG_FFT_MAX || n % 2 != 0)
        return false;
    for (unsigned p = 2; p <= 5; p++) {
        while (n % p == 0)
            n /= p;
    }
    return n == 1;
}

static void *alloc_floats(size_t count)
{
    size_t bytes = (count * sizeof(float) + MG_BLOCK_ALIGN - 1) / MG_BLOCK_ALIGN * MG_BLOCK_ALIGN;
    void *p = aligned_alloc(MG_BLOCK_ALIGN, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

mg_err mg_fft_new(mg_fft **ret, unsigned n)
{
    if (!length_is_supported(n))
        return MG_E_LIMIT;
    mg_fft *fft = calloc(1, sizeof(*fft));
    if (!fft)
        return MG_E_NOMEM;
    fft->kernels = mg_kernels_best();
    fft->n = n;
    fft->in = alloc_floats(n);
    fft->z = alloc_floats(n);
    fft->w = alloc_floats(2 * ((size_t)n / 4 + 1));
    fft->out = alloc_floats(2 * ((size_t)n / 2 + 1));
    if (fft->in && fft->z && fft->w && fft->out) {
        for (unsigned k = 0; k <= n / 4; k++) {
            fft->w[2 * k] = (float)-sin(2.0 * M_PI * k / n);
            fft->w[2 * k + 1] = (float)-cos(2.0 * M_PI * k / n);
        }
        pthread_mutex_lock(&planner_lock);
        fft->plan = fftwf_plan_dft_1d((int)n / 2, (fftwf_complex *)fft->in,
                                      (fftwf_complex *)fft->z, FFTW_FORWARD,
                                      FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
        pthread_mutex_unlock(&planner_lock);
    }
    if (!fft->plan) {
        mg_fft_free(fft);
        return MG_E_NOMEM;
    }
    *ret = fft;
    return MG_OK;
}

void mg_fft_free(mg_fft *fft)
{
    if (!fft)
        return;
    if (fft->plan) {
        pthread_mutex_lock(&planner_lock);
        fftwf_destroy_plan(fft->plan);
        pthread_mutex_unlock(&planner_lock);
    }
    free(fft->in);
    free(fft->z);
    free(fft->w);
    free(fft->out);
    free(fft);
}

unsigned mg_fft_good_length(unsigned n)
{
    static const unsigned odd[] = {1, 5};
    unsigned best = MG_FFT_MAX;
    for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
        unsigned length = 16 * odd[i];
        while (length < n && length < MG_FFT_MAX)
            length *= 2;
        if (length >= n && length < best)
            best = length;
    }
    return best;
}

float *mg_fft_input(mg_fft *fft)
{
    return fft->in;
}

const float *mg_fft_forward(mg_fft *fft)
{
    fftwf_execute(fft->plan);
    fft->kernels->untangle(fft->z, fft->w, fft->n / 2, fft->out);
    return fft->out;
}

void mg_fft_power(mg_fft *fft, float *out)
{
    fftwf_execute(fft->plan);
    fft->kernels->untangle_power(fft->z, fft->w, fft->n / 2, out);
}

void mg_fft_cross(mg_fft *a, mg_fft *b, float scale, float *aa, float *bb, float *ab, float *sum)
{
    fftwf_execute(a->plan);
    if (b != a)
        fftwf_execute(b->plan);
    a->kernels->untangle_cross(a->z, b->z, a->w, a->n / 2, scale, aa, bb, ab, sum);
}

void mg_window_hann(float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)n));
}

void mg_window_power(float *out, size_t n, size_t hop)
{
    size_t slope = n - hop;
    for (size_t i = 0; i < n; i++)
        out[i] = 1.0f;
    for (size_t i = 0; i < slope; i++) {
        double s = sin(0.5 * M_PI * ((double)i + 0.5) / (double)slope);
        out[i] = out[n - 1 - i] = (float)sin(0.5 * M_PI * s * s);
    }
}
