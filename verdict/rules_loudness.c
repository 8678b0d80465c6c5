/* Loudness and true peak. Never critical: how loud a master is, is a choice. */
#include "verdict/rules.h"

#include "verdict/score.h"

#include <math.h>
#include <string.h>

/* The next meter reads half a unit more or less: no reason to change a mix. */
static const double hardly_lu = 0.5;

static void too_loud(mg_rule_context *c, mg_value lufs, const mg_target *target)
{
    double written = mg_rule_written(lufs, 2), over = written - target->high;
    if (!(mg_rule_tenth(over) > 0.0))
        return;
    /* Streaming services only turn it down; a club system has a ceiling of its own. */
    bool club = mg_rule_is_club(c);
    mg_feedback_item *item =
        mg_rule_add(c, "loudness.too_loud",
                    club && over >= hardly_lu ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
    mg_rule_measured(item, lufs, target->low, target->high, target->tolerance, "LUFS", 2);
    mg_rule_message(item,
                    "Integrated loudness is %.1f LUFS, %.1f LU over the usual ceiling of %.1f.",
                    mg_rule_tenth(written), mg_rule_tenth(over), target->high);
    if (club)
        mg_rule_advice(item,
                       "Lower the level into the last limiter by %.1f dB, or by more where it "
                       "works hard, until it reads %.1f LUFS at the same ceiling; expect more "
                       "punch.",
                       mg_rule_tenth(over), target->high);
    else
        mg_rule_advice(item,
                       "No fault in itself: players at -14 LUFS turn it down by %.1f dB, those at "
                       "-16 by %.1f. With %.1f LU less limiting it plays as loud there, with more "
                       "punch.",
                       mg_rule_tenth(written + 14.0), mg_rule_tenth(written + 16.0),
                       mg_rule_tenth(over));
    mg_rule_source(item, target);
}

static void too_quiet(mg_rule_context *c, mg_value lufs, const mg_target *target)
{
    double written = mg_rule_written(lufs, 2), under = target->low - written;
    if (!(mg_rule_tenth(under) > 0.0))
        return;
    bool major = under > 6.0 && mg_rule_is_club(c) && target->evidence != MG_EVIDENCE_PRIOR;
    mg_severity severity = major                ? MG_SEVERITY_MAJOR
                           : under >= hardly_lu ? MG_SEVERITY_MINOR
                                                : MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "loudness.too_quiet", severity);
    mg_rule_measured(item, lufs, target->low, target->high, target->tolerance, "LUFS", 2);
    mg_rule_message(item,
                    "Integrated loudness is %.1f LUFS, %.1f LU under the usual floor of %.1f.",
                    mg_rule_tenth(written), mg_rule_tenth(under), target->low);
    double room_db = c->profile->true_peak_info.high - mg_or(c->m->loudness.true_peak_dbtp, 0.0);
    if (room_db >= under)
        mg_rule_advice(item,
                       "Turn it up by %.1f dB, which its peaks leave room for without a limiter; "
                       "expect %.1f LUFS and %.1f dBTP.",
                       mg_rule_tenth(under), target->low,
                       mg_rule_tenth(mg_rule_written(c->m->loudness.true_peak_dbtp, 2) + under));
    else
        mg_rule_advice(item,
                       "Raise the level into the last limiter by %.1f dB; expect about %.1f LUFS. "
                       "Watch that PSR stays above %.1f LU.",
                       mg_rule_tenth(under), target->low, c->profile->psr_min_lu.low);
    mg_rule_source(item, target);
}

static void true_peak_over(mg_rule_context *c)
{
    const mg_loudness_result *l = &c->m->loudness;
    if (!mg_has(l->true_peak_dbtp))
        return;
    double peak = mg_rule_written(l->true_peak_dbtp, 2);
    const mg_target *info = &c->profile->true_peak_info;
    double over = mg_rule_tenth(peak - info->high);
    if (!(over > 0.0))
        return;
    mg_severity severity = peak > c->profile->true_peak_major.high   ? MG_SEVERITY_MAJOR
                           : peak > c->profile->true_peak_minor.high ? MG_SEVERITY_MINOR
                                                                     : MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "loudness.true_peak_over", severity);
    mg_rule_measured(item, l->true_peak_dbtp, NAN, info->high, info->tolerance, "dBTP", 2);
    if (l->inter_sample_overs > 0)
        mg_rule_message(item,
                        "True peak is %.1f dBTP, %.1f dB over %.1f; %llu over%s of full scale "
                        "lie%s between the samples.",
                        mg_rule_tenth(peak), over, info->high,
                        (unsigned long long)l->inter_sample_overs,
                        l->inter_sample_overs == 1 ? "" : "s",
                        l->inter_sample_overs == 1 ? "s" : "");
    else
        mg_rule_message(item, "True peak is %.1f dBTP, %.1f dB over %.1f.", mg_rule_tenth(peak),
                        over, info->high);
    if (strcmp(c->profile->purpose, "premaster") == 0)
        mg_rule_advice(item,
                       "Lower the master fader by %.1f dB, without a limiter; expect %.1f dBTP. "
                       "More headroom than that is not needed.",
                       over, info->high);
    else
        mg_rule_advice(item,
                       "Set the last limiter's ceiling to %.1f dBTP with true-peak detection on; "
                       "encoding to MP3 or AAC adds 0.3 to 2 dB.",
                       info->high);
    if (mg_has(l->true_peak_at_s))
        mg_rule_at(item, l->true_peak_at_s.v, l->true_peak_at_s.v, -1);
    mg_rule_source(item, info);
}

/* A dense master rises most when an encoder has rounded it, so it needs more room below 0 dBTP. */
static void codec_over(mg_rule_context *c, mg_value lufs)
{
    static const double dense_lufs = -9.0, room_dbtp = -1.5;
    mg_value peak = c->m->loudness.true_peak_dbtp;
    if (strcmp(c->profile->purpose, "streaming") != 0 || !mg_has(peak) || !mg_has(lufs) ||
        !(lufs.v > dense_lufs) || !(mg_rule_tenth(mg_rule_written(peak, 2) - room_dbtp) > 0.0))
        return;
    mg_feedback_item *item = mg_rule_add(c, "loudness.codec_over", MG_SEVERITY_INFO);
    mg_rule_measured(item, peak, NAN, room_dbtp, 1.0, "dBTP", 2);
    mg_rule_message(item,
                    "At %.1f LUFS with %.1f dBTP, encoding to MP3 or AAC at 128 kbit/s will "
                    "probably clip: peaks of dense masters rise by 0.3 to 2 dB.",
                    mg_rule_tenth(mg_rule_written(lufs, 2)),
                    mg_rule_tenth(mg_rule_written(peak, 2)));
    mg_rule_advice(item, "Lower the limiter's ceiling by %.1f dB to %.1f dBTP; expect an MP3 of "
                         "320 kbit/s to stay under -0.5 dBTP. Low bit rates may still reach 1.",
                   mg_rule_tenth(mg_rule_written(peak, 2) - room_dbtp), room_dbtp);
    if (item)
        item->evidence = MG_EVIDENCE_PRIOR;
}

void mg_rules_loudness(mg_rule_context *c)
{
    mg_value lufs = mg_programme_loudness(c->m);
    if (c->profile->has_integrated && mg_has(lufs) && !mg_rule_too_short(c)) {
        too_loud(c, lufs, &c->profile->integrated_lufs);
        too_quiet(c, lufs, &c->profile->integrated_lufs);
    }
    true_peak_over(c);
    codec_over(c, lufs);
}
