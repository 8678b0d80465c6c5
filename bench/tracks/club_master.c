#include "bench/tracks/club_master.h"

#include <ebur128.h>
#include <math.h>
#include <stdlib.h>

enum { COMBS = 4, LOOK_AHEAD_MAX = 1024, METER_FRAMES = 4096 };

void mg_club_duck(const mg_song *s, const mg_kick_times *kicks, mg_mix *music)
{
    double rate = music->rate_hz, recover_s = 0.6 * 60.0 / s->clock.bpm;
    size_t next = 0, since = SIZE_MAX;
    for (size_t i = 0; i < music->frames; i++) {
        while (next < kicks->count && kicks->frame[next] <= i)
            since = kicks->frame[next++];
        if (since == SIZE_MAX)
            continue;
        double t = (double)(i - since) / rate;
        if (t >= recover_s)
            continue;
        double back = t / recover_s, fall = fmin(1.0, t / 0.003);
        float gain = (float)(1.0 - s->pump * fall * (1.0 - back * back));
        music->left[i] *= gain;
        music->right[i] *= gain;
    }
}

/* Four combs a side, whose loss at high frequencies is a one-pole each. */
mg_err mg_club_room(const mg_song *s, mg_mix *mix, double share)
{
    static const double length_s[2][COMBS] = {{0.0297, 0.0371, 0.0411, 0.0437},
                                              {0.0307, 0.0353, 0.0421, 0.0453}};
    for (unsigned side = 0; side < 2; side++) {
        float *x = side ? mix->right : mix->left;
        float *line[COMBS];
        size_t length[COMBS], at[COMBS] = {0};
        double back[COMBS], dull[COMBS] = {0};
        bool ok = true;
        for (unsigned c = 0; c < COMBS; c++) {
            length[c] = (size_t)(length_s[side][c] * mix->rate_hz);
            back[c] = pow(10.0, -3.0 * length_s[side][c] / s->room_s);
            line[c] = calloc(length[c], sizeof(float));
            ok = ok && line[c] != NULL;
        }
        for (size_t i = 0; i < mix->frames && ok; i++) {
            double wet = 0.0;
            for (unsigned c = 0; c < COMBS; c++) {
                double y = (double)line[c][at[c]];
                dull[c] += 0.6 * (y - dull[c]);
                line[c][at[c]] = (float)((double)x[i] + back[c] * dull[c]);
                at[c] = at[c] + 1 < length[c] ? at[c] + 1 : 0;
                wet += y;
            }
            x[i] += (float)(share * wet);
        }
        for (unsigned c = 0; c < COMBS; c++)
            free(line[c]);
        if (!ok)
            return MG_E_NOMEM;
    }
    return MG_OK;
}

void mg_club_vinyl(mg_mix *mix, mg_noise *noise)
{
    double rumble = 0.0, rate = mix->rate_hz;
    float crackle = 0.0f;
    for (size_t i = 0; i < mix->frames; i++) {
        rumble += 0.003 * ((double)mg_noise_next(noise) - rumble);
        if (mg_draw_chance(noise, 12.0 / rate))
            crackle = 0.06f * mg_noise_next(noise);
        float hum = (float)(0.002 * sin(2.0 * M_PI * 50.0 * (double)i / rate) + 0.1 * rumble);
        mix->left[i] += crackle + hum + 0.001f * mg_noise_next(noise);
        mix->right[i] += 0.8f * crackle + hum + 0.001f * mg_noise_next(noise);
        crackle *= -0.7f;
    }
}

static double integrated_lufs(const mg_mix *mix, double gain)
{
    static const size_t step = METER_FRAMES;
    ebur128_state *meter = ebur128_init(2, mix->rate_hz, EBUR128_MODE_I);
    float *block = calloc(2 * step, sizeof(float));
    double lufs = -HUGE_VAL;
    for (size_t at = 0; meter && block && at < mix->frames; at += step) {
        size_t count = mix->frames - at < step ? mix->frames - at : step;
        for (size_t i = 0; i < count; i++) {
            block[2 * i] = (float)gain * mix->left[at + i];
            block[2 * i + 1] = (float)gain * mix->right[at + i];
        }
        ebur128_add_frames_float(meter, block, count);
    }
    if (meter && block)
        ebur128_loudness_global(meter, &lufs);
    free(block);
    if (meter)
        ebur128_destroy(&meter);
    return lufs;
}

/* Smooth above the knee, flat at the ceiling. */
static double soft_clip(double x, double knee, double ceiling)
{
    double a = fabs(x);
    if (a <= knee)
        return x;
    return copysign(knee + (ceiling - knee) * tanh((a - knee) / (ceiling - knee)), x);
}

/* What the master does at a gain: a limiter that looks 5 ms ahead takes a share of the peaks (in
 * dB), the soft clipper the rest. */
static void limit(const mg_song *s, const mg_mix *in, double gain, mg_mix *out)
{
    const double ceiling = 0.966;
    size_t ahead = (size_t)(0.005 * in->rate_hz);
    double release = exp(-1.0 / (0.08 * in->rate_hz)), reduced = 0.0, attack = 1.0 / (double)ahead;
    double wanted = 0.0;
    size_t hold = 0;
    for (size_t i = 0; i < in->frames; i++) {
        size_t peek = i + ahead < in->frames ? i + ahead : in->frames - 1;
        double peak = gain * fmax(fabs((double)in->left[peek]), fabs((double)in->right[peek]));
        double over = peak > ceiling ? s->limiter_share * log(peak / ceiling) : 0.0;
        if (over >= wanted) {
            wanted = over;
            hold = ahead;
        } else if (hold > 0) {
            hold--;
        } else {
            wanted *= release;
        }
        reduced += (wanted - reduced) * (wanted > reduced ? 4.0 * attack : 0.05);
        double g = gain * exp(-reduced);
        out->left[i] = (float)soft_clip(g * (double)in->left[i], 0.7 * ceiling, ceiling);
        out->right[i] = (float)soft_clip(g * (double)in->right[i], 0.7 * ceiling, ceiling);
    }
}

static void remove_dc(float *x, size_t frames, unsigned rate_hz)
{
    double pole = exp(-2.0 * M_PI * 15.0 / rate_hz), last = 0.0, y = 0.0;
    for (size_t i = 0; i < frames; i++) {
        y = (double)x[i] - last + pole * y;
        last = (double)x[i];
        x[i] = (float)y;
    }
}

mg_err mg_club_master(const mg_song *s, mg_mix *mix, double *ret_lufs)
{
    mg_mix out;
    if (!mg_mix_init(&out, mix->frames, mix->rate_hz))
        return MG_E_NOMEM;
    remove_dc(mix->left, mix->frames, mix->rate_hz);
    remove_dc(mix->right, mix->frames, mix->rate_hz);
    double now = integrated_lufs(mix, 1.0);
    double gain_db = isfinite(now) ? s->lufs - now : 0.0;
    for (unsigned round = 0; round < 6; round++) {
        limit(s, mix, pow(10.0, gain_db / 20.0), &out);
        now = integrated_lufs(&out, 1.0);
        if (!isfinite(now) || fabs(now - s->lufs) < 0.1)
            break;
        /* Limiting swallows much of every further dB. */
        gain_db += fmin(2.0 * (s->lufs - now), 6.0);
    }
    mg_mix_done(mix);
    *mix = out;
    *ret_lufs = now;
    return MG_OK;
}
