#include "dsp/signal/planes.h"

#include "dsp/kernels/kernels.h"
#include "dsp/signal/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLANE = MG_SCAN_HISTORY + MG_BLOCK_FRAMES + MG_SCAN_TAIL };

static const float sample_max = 100.0f;     /* +40 dBFS: what a float file may hold at most */
static const float side_gain = 0.70710678f; /* centre and surrounds in the downmix: -3 dB */

struct mg_planes {
    const mg_kernels *kernels;
    mg_stream_info info;
    bool downmix;  /* left and right are not simply two channels of the file */
    bool clean;    /* two channels, and none of these frames needs repair */
    size_t filled; /* frames of the block in work */
    uint64_t nonfinite;
    mg_block block;
    float *left, *right, *mid;
    /* Each plane and the mean of left and right hold the history, the block and room for its tail;
     * see dsp/signal/scan.h. */
    float plane[MG_MAX_CHANNELS][PLANE] __attribute__((aligned(MG_BLOCK_ALIGN)));
    float mix[2][MG_BLOCK_FRAMES] __attribute__((aligned(MG_BLOCK_ALIGN)));
    float mean[PLANE] __attribute__((aligned(MG_BLOCK_ALIGN)));
};

/* The first channel with a role, or -1. */
static int find_role(const mg_stream_info *info, mg_channel_role role)
{
    for (unsigned c = 0; c < info->channels; c++) {
        if (info->roles[c] == role)
            return (int)c;
    }
    return -1;
}

static void plan_mix(mg_planes *p)
{
    int left = find_role(&p->info, MG_ROLE_LEFT), right = find_role(&p->info, MG_ROLE_RIGHT);
    p->mid = p->mean + MG_SCAN_HISTORY;
    if (p->info.channels == 1) {
        p->left = p->right = p->mid = p->plane[0] + MG_SCAN_HISTORY;
    } else if (p->info.channels == 2 && left >= 0 && right >= 0) {
        p->left = p->plane[left] + MG_SCAN_HISTORY;
        p->right = p->plane[right] + MG_SCAN_HISTORY;
    } else {
        p->downmix = true;
        p->left = p->mix[0];
        p->right = p->mix[1];
    }
}

mg_err mg_planes_new(mg_planes **ret, const mg_stream_info *info)
{
    void *memory = NULL;
    if (posix_memalign(&memory, MG_BLOCK_ALIGN, sizeof(mg_planes)))
        return MG_E_NOMEM;
    mg_planes *p = memset(memory, 0, sizeof(mg_planes));
    p->kernels = mg_kernels_best();
    p->info = *info;
    plan_mix(p);
    *ret = p;
    return MG_OK;
}

void mg_planes_free(mg_planes *planes)
{
    free(planes);
}

/* ---- taking frames ---- */

static void deinterleave(mg_planes *p, const float *in, size_t frames)
{
    unsigned channels = p->info.channels;
    size_t at = MG_SCAN_HISTORY + p->filled;
    if (channels == 1) {
        memcpy(p->plane[0] + at, in, frames * sizeof *in);
    } else if (channels == 2) {
        bool good = p->kernels->stereo(in, sample_max, frames, p->plane[0] + at, p->plane[1] + at,
                                       p->mean + at);
        p->clean = good && (p->clean || p->filled == 0);
    } else {
        for (unsigned c = 0; c < channels; c++) {
            for (size_t i = 0; i < frames; i++)
                p->plane[c][at + i] = in[i * channels + c];
        }
    }
}

size_t mg_planes_push(mg_planes *p, const float *interleaved, size_t frames)
{
    size_t room = MG_BLOCK_FRAMES - p->filled, n = frames < room ? frames : room;
    deinterleave(p, interleaved, n);
    p->filled += n;
    return n;
}

bool mg_planes_full(const mg_planes *planes)
{
    return planes->filled == MG_BLOCK_FRAMES;
}

/* ---- the block ---- */

/* @return how many samples were not finite */
static uint64_t repair(float *x, size_t n)
{
    uint64_t nonfinite = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            x[i] = 0.0f;
            nonfinite++;
        } else if (x[i] > sample_max) {
            x[i] = sample_max;
        } else if (x[i] < -sample_max) {
            x[i] = -sample_max;
        }
    }
    return nonfinite;
}

static void add_scaled(float *restrict to, const float *restrict x, float gain, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += gain * x[i];
}

static void mix_down(mg_planes *p, size_t n)
{
    memset(p->left, 0, n * sizeof(float));
    memset(p->right, 0, n * sizeof(float));
    bool placed = find_role(&p->info, MG_ROLE_LEFT) >= 0 ||
                  find_role(&p->info, MG_ROLE_RIGHT) >= 0 ||
                  find_role(&p->info, MG_ROLE_CENTRE) >= 0;
    for (unsigned c = 0; c < p->info.channels; c++) {
        const float *x = p->plane[c] + MG_SCAN_HISTORY;
        mg_channel_role role = p->info.roles[c];
        if (!placed && role == MG_ROLE_OTHER)
            role = c == 0 ? MG_ROLE_LEFT : c == 1 ? MG_ROLE_RIGHT : MG_ROLE_OTHER;
        bool whole = role == MG_ROLE_LEFT || role == MG_ROLE_RIGHT;
        float gain = whole ? 1.0f : side_gain;
        if (role == MG_ROLE_LEFT || role == MG_ROLE_CENTRE || role == MG_ROLE_SURROUND_LEFT)
            add_scaled(p->left, x, gain, n);
        if (role == MG_ROLE_RIGHT || role == MG_ROLE_CENTRE || role == MG_ROLE_SURROUND_RIGHT)
            add_scaled(p->right, x, gain, n);
    }
}

const mg_block *mg_planes_block(mg_planes *p, bool last)
{
    size_t n = p->filled;
    if (n == 0)
        return NULL;
    p->block.frames = n;
    for (unsigned c = 0; c < p->info.channels; c++) {
        float *x = p->plane[c] + MG_SCAN_HISTORY;
        if (!p->clean && !p->kernels->within(x, sample_max, n))
            p->nonfinite += repair(x, n);
        if (last)
            memset(x + n, 0, MG_SCAN_TAIL * sizeof *x);
        p->block.channel[c] = x;
    }
    if (p->downmix)
        mix_down(p, n);
    if (p->info.channels > 1 && (p->downmix || !p->clean))
        p->kernels->mix(p->left, 1.0f, p->right, 0.5f, p->mid, n);
    p->block.left = p->left;
    p->block.right = p->right;
    p->block.mid = p->mid;
    return &p->block;
}

void mg_planes_next(mg_planes *p)
{
    size_t n = p->filled;
    for (unsigned c = 0; c < p->info.channels; c++)
        memmove(p->plane[c], p->plane[c] + n, MG_SCAN_HISTORY * sizeof(float));
    memmove(p->mean, p->mean + n, MG_SCAN_HISTORY * sizeof(float));
    p->block.start_frame += n;
    p->filled = 0;
}

uint64_t mg_planes_nonfinite(const mg_planes *planes)
{
    return planes->nonfinite;
}
