/* Loudness, true peak and dynamics. Never critical: how loud a master is, is a choice. */
#include "verdict/rules.h"

#include "verdict/score.h"

#include <math.h>
#include <string.h>

static bool is_club(const mg_profile *profile)
{
    return strcmp(profile->purpose, "club") == 0;
}

/* For mono files the programme as a player plays it, from both loudspeakers. */
static mg_value programme_loudness(const mg_measures *m)
{
    return m->audio.channels == 1 ? m->loudness.integrated_dual_mono_lufs
                                  : m->loudness.integrated_lufs;
}

static void too_loud(mg_rule_context *c, mg_value lufs, const mg_target *target)
{
    double over = lufs.v - target->high;
    if (!(over > 0.0))
        return;
    /* Streaming services only turn it down; a club system has a ceiling of its own. */
    mg_severity severity = is_club(c->profile) ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "loudness.too_loud", severity);
    mg_rule_measured(item, lufs, target->low, target->high, target->tolerance, "LUFS", 2);
    mg_rule_message(item,
                    "Integrated loudness is %.1f LUFS, %.1f LU over the usual ceiling of %.1f.",
                    lufs.v, over, target->high);
    mg_rule_advice(
        item,
        "Lower the input gain of the last limiter by %.1f dB; expect about %.1f LUFS and "
        "more punch.",
        over, target->high);
    if (item)
        item->evidence = target->evidence;
}

static void too_quiet(mg_rule_context *c, mg_value lufs, const mg_target *target)
{
    double under = target->low - lufs.v;
    if (!(under > 0.0))
        return;
    mg_severity severity = under > 6.0 && is_club(c->profile) ? MG_SEVERITY_MAJOR
                                                              : MG_SEVERITY_MINOR;
    mg_feedback_item *item = mg_rule_add(c, "loudness.too_quiet", severity);
    mg_rule_measured(item, lufs, target->low, target->high, target->tolerance, "LUFS", 2);
    mg_rule_message(item,
                    "Integrated loudness is %.1f LUFS, %.1f LU under the usual floor of %.1f.",
                    lufs.v, under, target->low);
    mg_rule_advice(
        item,
        "Raise the level into the last limiter by %.1f dB; expect about %.1f LUFS. Watch "
        "that PSR stays above %.0f LU.",
        under, target->low, c->profile->psr_min_lu.low);
    if (item)
        item->evidence = target->evidence;
}

static void true_peak_over(mg_rule_context *c)
{
    const mg_loudness_result *l = &c->m->loudness;
    if (!mg_has(l->true_peak_dbtp))
        return;
    double peak = l->true_peak_dbtp.v;
    const mg_target *info = &c->profile->true_peak_info;
    if (!(peak > info->high))
        return;
    mg_severity severity = peak > c->profile->true_peak_major.high   ? MG_SEVERITY_MAJOR
                           : peak > c->profile->true_peak_minor.high ? MG_SEVERITY_MINOR
                                                                     : MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "loudness.true_peak_over", severity);
    mg_rule_measured(item, l->true_peak_dbtp, NAN, info->high, info->tolerance, "dBTP", 2);
    if (l->inter_sample_overs > 0)
        mg_rule_message(item,
                        "True peak is %.1f dBTP, %.1f dB over %.1f; %llu peaks lie between the "
                        "samples.",
                        peak, peak - info->high, info->high,
                        (unsigned long long)l->inter_sample_overs);
    else
        mg_rule_message(item, "True peak is %.1f dBTP, %.1f dB over %.1f.", peak,
                        peak - info->high, info->high);
    mg_rule_advice(item,
                   "Set the last limiter's ceiling to %.1f dBTP with true-peak detection on; "
                   "encoding to MP3 or AAC adds 0.3 to 2 dB.",
                   info->high);
    if (mg_has(l->true_peak_at_s))
        mg_rule_at(item, l->true_peak_at_s.v, l->true_peak_at_s.v, -1);
    if (item)
        item->evidence = info->evidence;
}

static void over_compressed(mg_rule_context *c)
{
    const mg_loudness_result *l = &c->m->loudness;
    const mg_target *floor = &c->profile->psr_min_lu;
    if (!mg_has(l->psr_min_lu) || !(l->psr_min_lu.v < floor->low))
        return;
    mg_feedback_item *item = mg_rule_add(c, "dynamics.over_compressed", MG_SEVERITY_MINOR);
    mg_rule_measured(item, l->psr_min_lu, floor->low, NAN, floor->tolerance, "LU", 2);
    char at[24];
    mg_rule_time(mg_or(l->psr_min_at_s, 0.0), at);
    mg_rule_message(item,
                    "Peaks stand only %.1f LU over the loudness at %s; the usual floor is %.1f.",
                    l->psr_min_lu.v, at, floor->low);
    mg_rule_advice(item,
                   "Back off the limiter or the bus compressor by %.1f dB in that section; expect "
                   "PSR near %.1f LU.",
                   floor->low - l->psr_min_lu.v, floor->low);
    if (mg_has(l->psr_min_at_s))
        mg_rule_at(item, l->psr_min_at_s.v, l->psr_min_at_s.v + 3.0, -1);
    if (item)
        item->evidence = floor->evidence;
}

static void too_dynamic(mg_rule_context *c)
{
    const mg_value range = c->m->loudness.range_lu;
    const mg_target *target = &c->profile->range_lu;
    if (!mg_has(range) || c->m->loudness.range_short || !(range.v > target->high))
        return;
    mg_feedback_item *item = mg_rule_add(c, "dynamics.too_dynamic", MG_SEVERITY_INFO);
    mg_rule_measured(item, range, target->low, target->high, target->tolerance, "LU", 2);
    mg_rule_message(item, "Loudness range is %.1f LU, %.1f LU more than is usual for the genre.",
                    range.v, range.v - target->high);
    mg_rule_advice(item, "If the quiet parts get lost in a set, raise breaks by about %.0f dB.",
                   fmin(range.v - target->high, 6.0));
    if (item)
        item->evidence = target->evidence;
}

void mg_rules_loudness(mg_rule_context *c)
{
    mg_value lufs = programme_loudness(c->m);
    if (c->profile->has_integrated && mg_has(lufs)) {
        too_loud(c, lufs, &c->profile->integrated_lufs);
        too_quiet(c, lufs, &c->profile->integrated_lufs);
    }
    true_peak_over(c);
    over_compressed(c);
    too_dynamic(c);
}
