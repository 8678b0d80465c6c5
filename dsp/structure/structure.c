#include "dsp/structure/structure.h"

#include "base/cleanup.h"
#include "dsp/structure/energy.h"
#include "dsp/structure/sections.h"

#include <math.h>
#include <stdlib.h>

static const double shortest_s = 3.0;
static const double silence_power = 1e-10;
static const double spread_under_max_lu = 30.0; /* quieter windows are no part of the spread */

struct mg_structure {
    mg_stream_info info;
    uint64_t frames;
    mg_cells *cells;
};

mg_err mg_structure_new(mg_structure **ret, const mg_stream_info *info)
{
    mg_structure *s = calloc(1, sizeof(*s));
    if (!s)
        return MG_E_NOMEM;
    s->info = *info;
    mg_err err = mg_cells_new(&s->cells, info);
    if (err) {
        mg_structure_free(s);
        return err;
    }
    *ret = s;
    return MG_OK;
}

void mg_structure_free(mg_structure *s)
{
    if (!s)
        return;
    mg_cells_free(s->cells);
    free(s);
}

mg_err mg_structure_push(mg_structure *s, const mg_block *block, const mg_mono_part *part)
{
    s->frames += block->frames;
    return mg_cells_push(s->cells, block, part);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* P95 - P50 of the short-term loudness. */
static mg_err find_spread(const mg_loudness *loudness, double *ret_lu)
{
    size_t steps = mg_loudness_steps(loudness), count = 0;
    double least = mg_loudness_short_term_max(loudness) - spread_under_max_lu;
    mg_autofree double *sorted = malloc((steps ? steps : 1) * sizeof(*sorted));
    if (!sorted)
        return MG_E_NOMEM;
    for (size_t k = 0; k < steps; k++) {
        double lufs = mg_loudness_short_term(loudness, k);
        if (isfinite(lufs) && lufs >= least)
            sorted[count++] = lufs;
    }
    qsort(sorted, count, sizeof(*sorted), compare_doubles);
    *ret_lu = count ? sorted[(size_t)((double)(count - 1) * 0.95 + 0.5)] -
                          sorted[(size_t)((double)(count - 1) * 0.5 + 0.5)]
                    : 0.0;
    return MG_OK;
}

static int energy_of(const mg_cell *sum, unsigned sample_rate_hz, double spread_lu, double below_lu,
                     const mg_tempo_result *tempo)
{
    double seconds = sum->frames / sample_rate_hz, total = 1e-30;
    double bpm = tempo ? mg_or(tempo->bpm, 0.0) : 0.0;
    for (unsigned b = 0; b < MG_BANDS; b++)
        total += sum->band[b];
    mg_energy_parts parts = {
        .onsets_per_s = seconds > 0 ? sum->onsets / seconds : 0.0,
        .kick = seconds > 0 ? sum->kicks / seconds / (bpm > 0 ? bpm / 60.0 : 2.0) : 0.0,
        .sub_share = sum->band[0] / total,
        .flux_db = sum->steps > 0 ? sum->flux_db / (double)sum->steps : 0.0,
        .spread_lu = spread_lu,
        .bpm = bpm,
        .below_lu = below_lu,
    };
    return mg_energy(&parts);
}

static mg_value correlation(const mg_structure *s, const mg_cell *sum)
{
    if (s->info.channels != 2)
        return mg_none(s->info.channels == 1 ? MG_WHY_MONO : MG_WHY_NOT_STEREO);
    if (!(sum->ll > silence_power * sum->frames && sum->rr > silence_power * sum->frames))
        return mg_none(MG_WHY_SILENT);
    return mg_some(fmax(-1.0, fmin(1.0, sum->lr / sqrt(sum->ll * sum->rr))));
}

static void fill_section(const mg_structure *s, const mg_section_facts *facts, double loudest,
                         double spread_lu, const mg_tempo_result *tempo, mg_section *ret)
{
    const mg_cell *sum = &facts->sum;
    ret->start_s = facts->start_s;
    ret->end_s = facts->end_s;
    ret->loudness_lufs = isfinite(facts->lufs) ? mg_some(facts->lufs) : mg_none(MG_WHY_SILENT);
    ret->correlation = correlation(s, sum);
    for (unsigned b = 0; b < MG_BANDS; b++) {
        double power = sum->frames > 0 ? sum->band[b] / sum->frames : 0.0;
        if (s->info.sample_rate_hz < 44100 && mg_band_high_hz[b] > 0.45 * s->info.sample_rate_hz)
            ret->band_db[b] = mg_none(MG_WHY_ABOVE_BAND_LIMIT);
        else
            ret->band_db[b] =
                power > silence_power ? mg_some(10.0 * log10(power)) : mg_none(MG_WHY_SILENT);
    }
    double below = isfinite(facts->lufs) && isfinite(loudest) ? loudest - facts->lufs : 20.0;
    ret->energy = energy_of(sum, s->info.sample_rate_hz, spread_lu, below, tempo);
}

static void find_contrast(mg_structure_result *ret)
{
    int best = -1;
    ret->drop_contrast_lu = mg_none(MG_WHY_NOT_APPLICABLE);
    for (unsigned i = 1; i < ret->section_count; i++) {
        const mg_section *drop = &ret->sections[i];
        if (drop->label != MG_SECTION_DROP || drop[-1].label == MG_SECTION_DROP ||
            !mg_has(drop->loudness_lufs) || !mg_has(drop[-1].loudness_lufs))
            continue;
        if (best < 0 || drop->loudness_lufs.v > ret->sections[best].loudness_lufs.v)
            best = (int)i;
    }
    if (best >= 0)
        ret->drop_contrast_lu =
            mg_some(ret->sections[best].loudness_lufs.v - ret->sections[best - 1].loudness_lufs.v);
}

static void find_energy(const mg_structure *s, double duration_s, double spread_lu, bool silent,
                        const mg_tempo_result *tempo, mg_structure_result *ret)
{
    mg_cell sum = {0};
    for (size_t i = 0; i < mg_cells_count(s->cells); i++)
        mg_cell_add(&sum, &mg_cells_row(s->cells)[i]);
    if (silent)
        ret->energy = mg_none(MG_WHY_SILENT);
    else if (duration_s < shortest_s)
        ret->energy = mg_none(MG_WHY_TOO_SHORT);
    else
        ret->energy = mg_some(energy_of(&sum, s->info.sample_rate_hz, spread_lu, 0.0, tempo));
}

mg_err mg_structure_finish(mg_structure *s, const mg_loudness *loudness,
                           const mg_tempo_result *tempo, const mg_key_result *key,
                           mg_structure_result *ret)
{
    double duration_s = (double)s->frames / s->info.sample_rate_hz, spread_lu = 0;
    double loudest = -HUGE_VAL;
    mg_autofree mg_section_facts *facts = calloc(MG_SECTIONS_MAX, sizeof(*facts));
    mg_structure_result result = {0};
    mg_err err = facts ? find_spread(loudness, &spread_lu) : MG_E_NOMEM;
    if (!err && s->frames > 0)
        err = mg_sections_find(s->cells, duration_s, loudness, tempo, facts, result.sections,
                               &result.section_count);
    if (err)
        return err;
    for (unsigned i = 0; i < result.section_count; i++)
        loudest = fmax(loudest, facts[i].lufs);
    for (unsigned i = 0; i < result.section_count; i++)
        fill_section(s, &facts[i], loudest, spread_lu, tempo, &result.sections[i]);
    find_contrast(&result);
    find_energy(s, duration_s, spread_lu, !isfinite(loudest), tempo, &result);
    mg_kick_finish(mg_cells_kick(s->cells), key, &result);
    *ret = result;
    return MG_OK;
}
