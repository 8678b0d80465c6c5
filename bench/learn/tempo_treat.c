#include "bench/learn/tempo_treat.h"

#include <math.h>

/* Two equal poles, 12 dB an octave: what they pass, or what two that take it away leave. */
static void two_poles(float *x, size_t frames, double pole, bool high)
{
    double a = 0, b = 0;
    for (size_t i = 0; i < frames; i++) {
        a += (1 - pole) * ((double)x[i] - a);
        b += (1 - pole) * (a - b);
        x[i] = (float)(high ? (double)x[i] - 2 * a + b : b);
    }
}

static void filter(mg_mix *mix, double hz, bool high)
{
    double pole = exp(-2 * M_PI * hz / mix->rate_hz);
    two_poles(mix->left, mix->frames, pole, high);
    two_poles(mix->right, mix->frames, pole, high);
}

static void add_hiss(mg_mix *mix, double level, mg_noise *draw)
{
    for (size_t i = 0; i < mix->frames; i++) {
        mix->left[i] += (float)(level * (double)mg_noise_next(draw));
        mix->right[i] += (float)(level * (double)mg_noise_next(draw));
    }
}

static void clip(mg_mix *mix, double ceiling)
{
    float c = (float)ceiling;
    for (size_t i = 0; i < mix->frames; i++) {
        mix->left[i] = fminf(fmaxf(mix->left[i], -c), c);
        mix->right[i] = fminf(fmaxf(mix->right[i], -c), c);
    }
}

static void fold(mg_mix *mix)
{
    for (size_t i = 0; i < mix->frames; i++)
        mix->left[i] = mix->right[i] = 0.5f * (mix->left[i] + mix->right[i]);
}

void mg_treat(mg_mix *mix, mg_noise *draw)
{
    for (unsigned i = 0; i < 2; i++) {
        switch (mg_draw_pick(draw, 10)) {
        case 0:
            filter(mix, mg_draw(draw, 90, 250), true);
            break;
        case 1:
            filter(mix, mg_draw(draw, 2000, 9000), false);
            break;
        case 2:
            add_hiss(mix, pow(10, mg_draw(draw, -50, -28) / 20), draw);
            break;
        case 3:
            fold(mix);
            break;
        case 4:
            clip(mix, mg_draw(draw, 0.25, 0.7));
            break;
        default:
            break;
        }
    }
}
