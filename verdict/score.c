#include "verdict/score.h"

#include "base/json_write.h"
#include "verdict/content.h"
#include "verdict/rests.h"

#include <math.h>
#include <string.h>

const char *const mg_score_name[MG_SCORE_COUNT] = {
    "overall", "loudness", "dynamics", "tonal_balance", "low_end", "stereo", "technical"};

/* Weights of the six in the overall score. Loudness weighs least: being loud or quiet is a choice,
 * a broken low end is not. */
static const double overall_weight[MG_SCORE_COUNT] = {
    [MG_SCORE_LOUDNESS] = 1.0,      [MG_SCORE_DYNAMICS] = 1.5, [MG_SCORE_TONAL_BALANCE] = 2.0,
    [MG_SCORE_LOW_END] = 1.5,       [MG_SCORE_STEREO] = 1.5,   [MG_SCORE_TECHNICAL] = 2.0,
};

double mg_target_distance(double value, double low, double high)
{
    if (!isnan(low) && value < low)
        return low - value;
    if (!isnan(high) && value > high)
        return value - high;
    return 0.0;
}

double mg_share_balance_db(double share)
{
    double held = fmin(fmax(share, 1e-6), 1.0 - 1e-6);
    return 10.0 * log10(held / (1.0 - held));
}

mg_value mg_programme_loudness(const mg_measures *measures)
{
    return measures->audio.channels == 1 ? measures->loudness.integrated_dual_mono_lufs
                                         : measures->loudness.integrated_lufs;
}

double mg_score_curve(double distance, double tolerance)
{
    double x = distance / tolerance;
    return 100.0 / (1.0 + 2.0 / 3.0 * x * x);
}

static void add_part(mg_score *score, const char *name, const char *unit, mg_value measured,
                     double low, double high, double tolerance, double weight)
{
    mg_score_part *part = &score->parts[score->part_count++];
    *part = (mg_score_part){.name = name, .unit = unit, .measured = measured, .low = low,
                            .high = high, .score = measured, .weight = weight};
    if (mg_has(measured))
        part->score.v = mg_score_curve(mg_target_distance(measured.v, low, high), tolerance);
}

/* As the measure itself stands in the result: two roundings of one value must not differ. */
static mg_value written(mg_value value, int digits)
{
    return mg_has(value) ? mg_some(mg_json_rounded(value.v, digits)) : value;
}

static void add_target(mg_score *score, const char *name, const char *unit, mg_value measured,
                       const mg_target *target, double weight)
{
    add_part(score, name, unit, written(measured, 2), target->low, target->high,
             target->tolerance, weight);
}

static void add_band(mg_score *score, const mg_measures *m, const mg_profile *profile, unsigned b)
{
    static const char *const names[MG_BANDS] = {"sub_balance_db",     "bass_balance_db",
                                                "low_mid_balance_db", "mid_balance_db",
                                                "high_mid_balance_db", "high_balance_db"};
    mg_value share = m->spectrum.loudest_band_share[b];
    const mg_target *target = &profile->band_share[b];
    add_part(score, names[b], "dB", mg_has(share) ? mg_some(mg_share_balance_db(share.v)) : share,
             mg_share_balance_db(target->low) - target->tolerance,
             mg_share_balance_db(target->high) + target->tolerance, 3.0, 1.0);
}

static void score_loudness(mg_score *score, const mg_measures *m, const mg_profile *profile)
{
    mg_value short_term = m->loudness.short_term_max_lufs;
    if (m->audio.channels == 1) /* a mono file plays from both loudspeakers */
        short_term.v += 10.0 * log10(2.0);
    if (profile->has_integrated) {
        add_target(score, "integrated_lufs", "LUFS", mg_programme_loudness(m),
                   &profile->integrated_lufs, 2.0);
        add_target(score, "short_term_max_lufs", "LUFS", short_term,
                   &profile->short_term_max_lufs, 1.0);
    }
    add_target(score, "true_peak_dbtp", "dBTP", m->loudness.true_peak_dbtp,
               &profile->true_peak_minor, 1.0);
}

/* Small peaks over the loudness speak of a limiter where a track is loud. Under -16 LUFS none is
 * needed, and held chords have small peaks by nature; a premaster should have none at any level. */
static double limiter_weight(const mg_measures *m, const mg_profile *profile)
{
    static const double limited_lufs = -16.0, unlimited_lufs = -18.0, least = 0.1;
    mg_value lufs = mg_programme_loudness(m);
    if (!mg_has(lufs) || strcmp(profile->purpose, "premaster") == 0)
        return 1.0;
    return fmin(1.0, fmax(least, (lufs.v - unlimited_lufs) / (limited_lufs - unlimited_lufs)));
}

static void score_dynamics(mg_score *score, const mg_measures *m, const mg_profile *profile)
{
    add_target(score, "psr_min_lu", "LU", m->loudness.psr_min_lu, &profile->psr_min_lu,
               2.0 * limiter_weight(m, profile));
    add_target(score, "range_lu", "LU", m->loudness.range_lu, &profile->range_lu, 0.5);
}

static void score_tonal(mg_score *score, const mg_measures *m, const mg_profile *profile)
{
    for (unsigned b = 2; b < MG_BANDS; b++)
        add_band(score, m, profile, b);
    double excess = 0.0;
    for (unsigned i = 0; i < m->spectrum.resonance_count; i++) {
        if (m->spectrum.resonances[i].confidence >= MG_RESONANCE_SURE)
            excess = fmax(excess, m->spectrum.resonances[i].level_db);
    }
    mg_value measured = mg_has(m->spectrum.tilt_db_per_octave) ? mg_some(excess)
                                                               : m->spectrum.tilt_db_per_octave;
    add_part(score, "resonance_db", "dB", measured, NAN, 6.0, 6.0, 1.0);
}

static void score_low_end(mg_score *score, const mg_measures *m, const mg_profile *profile)
{
    add_band(score, m, profile, 0);
    add_band(score, m, profile, 1);
    add_part(score, "low_end_mono_loss_db", "dB", written(m->stereo.low_end_mono_loss_db, 2),
             NAN, 1.0, 1.5, 1.5);
}

static void score_stereo(mg_score *score, const mg_measures *m)
{
    add_part(score, "correlation", "1", written(m->stereo.correlation, 3), 0.0, NAN, 0.4, 1.0);
    add_part(score, "mono_loss_db", "dB", written(m->stereo.mono_loss_db, 2), NAN, 3.0, 1.5,
             2.0);
    add_part(score, "balance_db", "dB", written(m->stereo.balance_db, 2), -1.0, 1.0, 2.0, 1.0);
    add_part(score, "width", "1", written(m->stereo.width, 3), 0.005, 0.45, 0.1, 0.5);
}

static void score_technical(mg_score *score, const mg_measures *m, const mg_profile *profile,
                            bool excerpt)
{
    const mg_technical_result *t = &m->technical;
    mg_value present = mg_has(m->loudness.sample_peak_dbfs) ? mg_some(0.0)
                                                            : m->loudness.sample_peak_dbfs;
    if (!mg_has(present))
        return; /* silence has no technical quality */
    double ceiling = profile->clipping_intended ? 6000.0 : 600.0;
    add_part(score, "clipped_samples_per_minute", "1/min", mg_some(t->clipped_per_minute_loudest),
             NAN, 20.0, ceiling, 2.0);
    double dc = 0.0;
    for (unsigned c = 0; c < t->channels; c++)
        dc = fmax(dc, fabs(t->dc_offset[c]));
    add_part(score, "dc_offset", "FS", mg_some(dc), NAN, 0.002, 0.01, 1.0);
    add_part(score, "gaps_s", "s", mg_some(mg_gaps_to_mend_s(m)), NAN, 0.0, 0.05, 1.5);
    add_part(score, "clicks", "1", mg_some((double)t->clicks_total), NAN, 0.0, 3.0, 1.0);
    if (!excerpt) {
        add_part(score, "silence_head_s", "s", mg_some(t->silence_head_s), NAN, 0.5, 3.0, 0.5);
        add_part(score, "silence_tail_s", "s", mg_some(t->silence_tail_s), NAN, 3.0, 6.0, 0.5);
    }
    double damage = (double)t->nonfinite_samples;
    if (m->audio.warnings & (1u << MG_WARN_TRUNCATED))
        damage += 1.0;
    add_part(score, "damage", "1", mg_some(damage), NAN, 0.0, 1.0, 1.0);
}

static void close_score(mg_score *score)
{
    double sum = 0.0, weight = 0.0;
    mg_why why = MG_WHY_SILENT;
    for (unsigned i = 0; i < score->part_count; i++) {
        const mg_score_part *part = &score->parts[i];
        if (!mg_has(part->measured)) {
            why = part->measured.why;
            continue;
        }
        sum += part->score.v * part->weight;
        weight += part->weight;
    }
    score->exact = weight > 0.0 ? mg_some(sum / weight) : mg_none(why);
}

/* What is measured is shown, but nothing is judged by it. */
static void void_score(mg_score *score, mg_why why)
{
    score->exact = mg_none(why);
    for (unsigned i = 0; i < score->part_count; i++) {
        if (mg_has(score->parts[i].score))
            score->parts[i].score = mg_none(why);
    }
}

/* Under the length of one window of loudness there are no loudest sections, and nothing can be said
 * of a mix as a whole: only of its image and of faults of the file. */
static bool too_short(const mg_measures *m)
{
    return m->loudness.short_term_max_lufs.why == MG_WHY_TOO_SHORT;
}

static void score_overall(mg_scores *scores, const mg_measures *m)
{
    mg_score *overall = &scores->score[MG_SCORE_OVERALL];
    double worst = 100.0;
    for (unsigned s = MG_SCORE_LOUDNESS; s < MG_SCORE_COUNT; s++) {
        add_part(overall, mg_score_name[s], "points", scores->score[s].exact, NAN, NAN, 1.0,
                 overall_weight[s]);
        if (mg_has(scores->score[s].exact)) {
            overall->parts[overall->part_count - 1].score.v = scores->score[s].exact.v;
            worst = fmin(worst, scores->score[s].exact.v);
        }
    }
    close_score(overall);
    if (too_short(m))
        void_score(overall, MG_WHY_TOO_SHORT);
    if (mg_has(overall->exact))
        overall->exact.v = fmin(overall->exact.v, 40.0 + 0.6 * worst);
}

void mg_scores_compute(const mg_measures *measures, const mg_profile *profile, bool excerpt,
                       mg_scores *ret)
{
    *ret = (mg_scores){0};
    score_loudness(&ret->score[MG_SCORE_LOUDNESS], measures, profile);
    score_dynamics(&ret->score[MG_SCORE_DYNAMICS], measures, profile);
    score_tonal(&ret->score[MG_SCORE_TONAL_BALANCE], measures, profile);
    score_low_end(&ret->score[MG_SCORE_LOW_END], measures, profile);
    score_stereo(&ret->score[MG_SCORE_STEREO], measures);
    score_technical(&ret->score[MG_SCORE_TECHNICAL], measures, profile, excerpt);
    for (unsigned s = MG_SCORE_LOUDNESS; s < MG_SCORE_COUNT; s++)
        close_score(&ret->score[s]);
    for (unsigned s = MG_SCORE_LOUDNESS; s <= MG_SCORE_LOW_END && too_short(measures); s++)
        void_score(&ret->score[s], MG_WHY_TOO_SHORT);
    if (mg_content_is_no_music(measures)) {
        void_score(&ret->score[MG_SCORE_TONAL_BALANCE], MG_WHY_NOT_APPLICABLE);
        void_score(&ret->score[MG_SCORE_LOW_END], MG_WHY_NOT_APPLICABLE);
    }
    score_overall(ret, measures);
}
