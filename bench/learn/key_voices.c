#include "bench/learn/key_voices.h"

#include <math.h>
#include <string.h>

enum { HIT = MG_KEY_RATE_HZ / 2 }; /* longest drum */

static const double release_s = 0.05;

static float wave_at(mg_key_wave wave, float phase)
{
    /* pipes: partial and level, partial^-0.7 */
    static const float organ[6][2] = {{1, 1},       {2, 0.6156f}, {3, 0.4635f},
                                      {4, 0.3789f}, {6, 0.2853f}, {8, 0.2333f}};
    const float turn = (float)(2.0 * M_PI);
    switch (wave) {
    case MG_WAVE_SAW:
        return 2.0f * phase - 1.0f;
    case MG_WAVE_SQUARE:
        return phase < 0.5f ? 1.0f : -1.0f;
    case MG_WAVE_TRIANGLE:
        return 4.0f * fabsf(phase - 0.5f) - 1.0f;
    case MG_WAVE_SINE:
        return sinf(turn * phase);
    case MG_WAVE_FM:
        return sinf(turn * phase + 1.5f * sinf(2.0f * turn * phase));
    case MG_WAVE_ORGAN:
        break;
    }
    float sum = 0;
    for (int i = 0; i < 6; i++)
        sum += organ[i][1] * sinf(turn * organ[i][0] * phase);
    return sum;
}

/* One cycle of a wave, so that a note costs no sines. */
enum { CYCLE = 1024, VOICES_MAX = 8 };

static void add_voice(float *to, size_t count, const float *cycle, double hz, double phase)
{
    double step = hz / MG_KEY_RATE_HZ;
    for (size_t i = 0; i < count; i++) {
        to[i] += cycle[(size_t)(phase * CYCLE)];
        phase += step;
        phase -= phase >= 1.0 ? 1.0 : 0.0;
    }
}

void mg_key_lowpass(float *x, size_t count, double cutoff_hz)
{
    float a = (float)(1.0 - exp(-2.0 * M_PI * cutoff_hz / MG_KEY_RATE_HZ)), first = 0, second = 0;
    for (size_t i = 0; i < count; i++) {
        first += a * (x[i] - first);
        second += a * (first - second);
        x[i] = second;
    }
}

/* The unison of a note: what its voices go on with. */
typedef struct unison {
    float cycle[CYCLE];
    int voices;
    double hz[VOICES_MAX], phase[VOICES_MAX];
} unison;

static void unison_init(unison *u, mg_noise *noise, const mg_key_note *note)
{
    u->voices = note->voices < VOICES_MAX ? note->voices : VOICES_MAX;
    for (int i = 0; i < CYCLE; i++)
        u->cycle[i] = wave_at(note->wave, ((float)i + 0.5f) / CYCLE);
    for (int v = 0; v < u->voices; v++) {
        double half = (note->voices - 1) / 2.0;
        double cents = half > 0 ? (v - half) / half * note->detune_cents : 0;
        u->hz[v] = 440.0 * exp2((note->midi - 69.0 + cents / 100.0) / 12.0);
        u->phase[v] = mg_key_random(noise, 0, 1);
    }
}

static void unison_next(unison *u, float *ret, size_t count)
{
    memset(ret, 0, count * sizeof(*ret));
    for (int v = 0; v < u->voices; v++) {
        add_voice(ret, count, u->cycle, u->hz[v], u->phase[v]);
        u->phase[v] = fmod(u->phase[v] + (double)count * u->hz[v] / MG_KEY_RATE_HZ, 1.0);
    }
}

/* A resonant low-pass whose cut-off falls from the attack on: trapezoidal state variables. */
typedef struct resonator {
    double g, k, low, band;
} resonator;

static void resonator_set(resonator *r, const mg_key_note *note, double t)
{
    double octaves = note->sweep_s > 0 ? note->sweep_octaves * exp(-t / note->sweep_s) : 0;
    double hz = fmin(note->cutoff_hz * exp2(octaves), 0.4 * MG_KEY_RATE_HZ);
    r->g = tan(M_PI * hz / MG_KEY_RATE_HZ);
    r->k = 1.0 / note->resonance;
}

static float resonator_run(resonator *r, float x)
{
    double high = ((double)x - (r->k + r->g) * r->band - r->low) / (1.0 + r->g * (r->k + r->g));
    double band = r->g * high + r->band, low = r->g * band + r->low;
    r->band = r->g * high + band;
    r->low = r->g * band + low;
    return (float)low;
}

void mg_key_note_add(float *out, size_t frames, mg_noise *noise, const mg_key_note *note)
{
    unison u;
    resonator filter = {0};
    float sound[MG_KEY_RATE_HZ / 4], a = 1, first = 0, second = 0;
    size_t at = (size_t)(note->start_s * MG_KEY_RATE_HZ);
    size_t held = (size_t)(note->length_s * MG_KEY_RATE_HZ);
    size_t count = (size_t)((note->length_s + release_s) * MG_KEY_RATE_HZ);
    double attack = note->attack_s * MG_KEY_RATE_HZ + 1.0, level = note->level / sqrt(note->voices);
    double decay = exp(-note->decay_per_s / MG_KEY_RATE_HZ);
    if (at >= frames)
        return;
    count = count < frames - at ? count : frames - at;
    unison_init(&u, noise, note);
    if (note->cutoff_hz > 0)
        a = (float)(1.0 - exp(-2.0 * M_PI * note->cutoff_hz / MG_KEY_RATE_HZ));
    for (size_t done = 0; done < count;) {
        size_t some = sizeof(sound) / sizeof(sound[0]);
        some = some < count - done ? some : count - done;
        unison_next(&u, sound, some);
        for (size_t i = 0; i < some; i++, done++) {
            double gain = done < attack ? (double)done / attack : 1.0;
            if (done > held)
                gain *= 1.0 - (double)(done - held) / (release_s * MG_KEY_RATE_HZ + 1.0);
            if (note->resonance > 0) {
                if (i % 32 == 0)
                    resonator_set(&filter, note, (double)done / MG_KEY_RATE_HZ);
                out[at + done] += resonator_run(&filter, (float)(gain * level) * sound[i]);
            } else {
                first += a * ((float)(gain * level) * sound[i] - first);
                second = note->cutoff_hz > 0 ? second + a * (first - second) : first;
                out[at + done] += second;
            }
            level *= decay;
        }
    }
}

double mg_key_gauss(mg_noise *noise)
{
    double u = mg_key_random(noise, 1e-9, 1), v = mg_key_random(noise, 0, 1);
    return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * v);
}

static void hit(float *out, size_t frames, double at_s, const float *sound, double level)
{
    size_t at = (size_t)(at_s * MG_KEY_RATE_HZ);
    for (size_t i = 0; i < HIT && at + i < frames; i++)
        out[at + i] += (float)level * sound[i];
}

static void make_kick(mg_noise *noise, float *ret)
{
    double hz = mg_key_random(noise, 40, 62), sweep = mg_key_random(noise, 80, 300);
    bool driven = mg_key_chance(noise, 0.4), booms = mg_key_chance(noise, 0.15);
    double decay_s = mg_key_random(noise, 0.08, 0.35) + (booms ? 0.3 : 0);
    for (int i = 0; i < HIT; i++) {
        double t = (double)i / MG_KEY_RATE_HZ;
        double cycles = hz * t + sweep * 0.03 * (1.0 - exp(-t / 0.03));
        double y = sin(2.0 * M_PI * cycles) * exp(-t / decay_s);
        ret[i] = (float)(driven ? tanh(3.0 * y) : y);
    }
}

static void make_snare_and_hat(mg_noise *noise, float *ret_snare, float *ret_hat)
{
    double snare_s = mg_key_random(noise, 0.04, 0.15), body_hz = mg_key_random(noise, 160, 240);
    double body = 0.5 * mg_key_pick(noise, 3), hat_s = mg_key_random(noise, 0.015, 0.08), last = 0;
    for (int i = 0; i < HIT; i++) {
        double t = (double)i / MG_KEY_RATE_HZ, next = mg_key_gauss(noise);
        ret_snare[i] = (float)(0.6 * mg_key_gauss(noise) * exp(-t / snare_s) +
                               body * sin(2.0 * M_PI * body_hz * t) * exp(-t / 0.06));
        ret_hat[i] = (float)((next - last) * exp(-t / hat_s));
        last = next;
    }
}

/* Where in beat i the kick falls; negative: nowhere. */
static double kick_in_beat(mg_noise *noise, mg_key_beat beat, int i)
{
    switch (beat) {
    case MG_BEAT_FOUR:
        return 0;
    case MG_BEAT_BREAK:
        return i % 4 == 0 ? 0 : i % 4 == 2 ? 0.5 : -1;
    case MG_BEAT_HALF:
        return i % 4 == 0 ? 0 : i % 4 == 1 ? 0.75 : -1;
    case MG_BEAT_ROCK:
        return i % 2 == 0 ? 0 : mg_key_chance(noise, 0.5) ? 0.5 : -1;
    case MG_BEAT_NONE:
        break;
    }
    return -1;
}

/* A drum with a pitch: tom or conga, rim or block, cowbell, a bell by frequency modulation, or a
 * piece of metal. */
static void make_pitched(mg_noise *noise, float *ret)
{
    int kind = mg_key_pick(noise, 5);
    double hz = kind == 0 ? mg_key_random(noise, 70, 400) : mg_key_random(noise, 300, 1600);
    double decay_s = mg_key_random(noise, 0.03, 0.3), bend = mg_key_random(noise, 0, 0.3);
    double ratio = mg_key_random(noise, 1.2, 3.6), index = mg_key_random(noise, 0.5, 3);
    for (int i = 0; i < HIT; i++) {
        double t = (double)i / MG_KEY_RATE_HZ, turn = 2.0 * M_PI * hz * t, y;
        switch (kind) {
        case 0:
            y = sin(turn - 2.0 * M_PI * hz * bend * 0.03 * exp(-t / 0.03));
            break;
        case 1:
            y = sin(turn) + 0.5 * sin(1.83 * turn);
            break;
        case 2:
            y = (sin(turn) > 0 ? 0.5 : -0.5) + (sin(1.48 * turn) > 0 ? 0.5 : -0.5);
            break;
        case 3:
            y = sin(turn + index * exp(-t / decay_s) * sin(ratio * turn));
            break;
        default:
            y = 0.6 * sin(turn) + 0.5 * sin(1.51 * turn) + 0.5 * sin(2.37 * turn);
        }
        ret[i] = (float)(y * exp(-t / (kind == 1 ? 0.2 * decay_s : decay_s)));
    }
}

/* One or several of them in a pattern of a bar or two, or here and there. */
static void add_pitched(mg_key_drums *drums, mg_noise *noise, double beat_s, int beats)
{
    float drum[HIT];
    int drums_count = 1 + mg_key_pick(noise, 3);
    for (int d = 0; d < drums_count; d++) {
        bool steps[32], loose = mg_key_chance(noise, 0.2);
        double share = mg_key_random(noise, 0.05, 0.35), level = mg_key_random(noise, 0.1, 0.5);
        make_pitched(noise, drum);
        for (int i = 0; i < 32; i++)
            steps[i] = mg_key_chance(noise, share);
        for (int i = 0; i < 4 * beats; i++) {
            if (loose ? mg_key_chance(noise, share) : steps[i % 32])
                hit(drums->other, drums->frames, i * beat_s / 4, drum, level);
        }
    }
}

void mg_key_drums_add(mg_key_drums *drums, mg_noise *noise, double bpm, mg_key_beat beat)
{
    float kick[HIT], snare[HIT], hat[HIT];
    double beat_s = 60.0 / bpm;
    int beats = (int)((double)drums->frames / MG_KEY_RATE_HZ / beat_s) + 1;
    make_kick(noise, kick);
    make_snare_and_hat(noise, snare, hat);
    for (int i = 0; i < beats && beat != MG_BEAT_NONE; i++) {
        double at = kick_in_beat(noise, beat, i);
        size_t frame = (size_t)((i + at) * beat_s * MG_KEY_RATE_HZ);
        if (at >= 0 && frame < drums->frames && drums->hits < MG_KEY_HITS_MAX) {
            drums->hit[drums->hits++] = frame;
            hit(drums->kick, drums->frames, (i + at) * beat_s, kick, 1.0);
        }
        if (beat == MG_BEAT_HALF ? i % 4 == 2 : i % 2 == 1)
            hit(drums->other, drums->frames, i * beat_s, snare, 0.6);
        if (beat != MG_BEAT_FOUR)
            hit(drums->other, drums->frames, i * beat_s, hat, 0.25);
        hit(drums->other, drums->frames, (i + 0.5) * beat_s, hat, 0.25);
    }
    if (mg_key_chance(noise, 0.4))
        add_pitched(drums, noise, beat_s, beats);
}
