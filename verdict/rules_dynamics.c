/* Dynamics: limiting, range, and how a drop stands over what precedes it. Never critical. */
#include "verdict/rules.h"

#include "verdict/score.h"

#include <math.h>
#include <string.h>

/* Quieter than services play: nobody limits to get there, and a held pad has small peaks anyway. */
static const double unlimited_lufs = -16.0;

static void over_compressed(mg_rule_context *c)
{
    static const double hardly_lu = 0.5;
    const mg_loudness_result *l = &c->m->loudness;
    const mg_target *floor = &c->profile->psr_min_lu;
    double psr = mg_rule_written(l->psr_min_lu, 2), missing = mg_rule_tenth(floor->low - psr);
    if (!(missing > 0.0))
        return;
    bool premaster = strcmp(c->profile->purpose, "premaster") == 0;
    bool quiet = mg_or(mg_programme_loudness(c->m), 0.0) < unlimited_lufs && !premaster;
    bool hardly = floor->low - psr < hardly_lu;
    mg_feedback_item *item = mg_rule_add(
        c, "dynamics.over_compressed", quiet || hardly ? MG_SEVERITY_INFO : MG_SEVERITY_MINOR);
    mg_rule_measured(item, l->psr_min_lu, floor->low, NAN, floor->tolerance, "LU", 2);
    char at[24];
    mg_rule_time(mg_or(l->psr_min_at_s, 0.0), at);
    mg_rule_message(item,
                    "Peaks stand only %.1f LU over the loudness at %s; the usual floor is %.1f.",
                    mg_rule_tenth(psr), at, floor->low);
    if (premaster)
        mg_rule_advice(item,
                       "Send it without the limiter on the master bus; expect PSR over %.1f LU and "
                       "a mastering engineer who can work.",
                       floor->low);
    else if (quiet)
        mg_rule_advice(item,
                       "At this level nothing needs a limiter. If none works there, the sound "
                       "itself is dense, as held chords are: leave it; else back it off until PSR "
                       "reads %.1f LU.",
                       floor->low);
    else
        mg_rule_advice(item,
                       "Lower the level into the last limiter or clipper in steps of 2 dB (it "
                       "gives back most of each) until these 3 s are %.1f LU softer at the same "
                       "ceiling; expect a PSR of %.1f LU.",
                       missing, floor->low);
    if (mg_has(l->psr_min_at_s))
        mg_rule_at(item, l->psr_min_at_s.v, l->psr_min_at_s.v + 3.0, -1);
    mg_rule_source(item, floor);
}

static void too_dynamic(mg_rule_context *c)
{
    const mg_value range = c->m->loudness.range_lu;
    const mg_target *target = &c->profile->range_lu;
    if (!mg_has(range) || c->m->loudness.range_short || !(range.v > target->high))
        return;
    mg_feedback_item *item = mg_rule_add(c, "dynamics.too_dynamic", MG_SEVERITY_INFO);
    mg_rule_measured(item, range, target->low, target->high, target->tolerance, "LU", 2);
    double written = mg_rule_written(range, 2);
    mg_rule_message(item, "Loudness range is %.1f LU, %.1f LU more than is usual for the genre.",
                    mg_rule_tenth(written), mg_rule_tenth(written - target->high));
    mg_rule_advice(item, "If the quiet parts get lost in a set, raise breaks by about %.0f dB.",
                   fmin(fmax(round(written - target->high), 1.0), 6.0));
    mg_rule_source(item, target);
}

/* The loudest drop, as the contrast is measured; NULL: none has a section before it. */
static const mg_section *loudest_drop(const mg_structure_result *s)
{
    const mg_section *loudest = NULL;
    for (unsigned i = 1; i < s->section_count; i++) {
        const mg_section *at = &s->sections[i];
        if (at->label == MG_SECTION_DROP && mg_has(at->loudness_lufs) &&
            (!loudest || at->loudness_lufs.v > loudest->loudness_lufs.v))
            loudest = at;
    }
    return loudest;
}

static void flat_drop(mg_rule_context *c)
{
    static const double least_contrast_lu = 2.0;
    const mg_structure_result *s = &c->m->structure;
    const mg_section *drop = loudest_drop(s);
    if (!drop || !mg_has(s->drop_contrast_lu) || !(s->drop_contrast_lu.v < least_contrast_lu) ||
        drop[-1].label != MG_SECTION_BREAK)
        return;
    mg_feedback_item *item = mg_rule_add(c, "dynamics.flat_drop", MG_SEVERITY_INFO);
    mg_rule_measured(item, s->drop_contrast_lu, least_contrast_lu, NAN, 2.0, "LU", 1);
    char at[24];
    mg_rule_time(drop->start_s, at);
    double contrast = mg_rule_written(s->drop_contrast_lu, 1);
    if (contrast > 0.0)
        mg_rule_message(item, "The drop at %s is only %.1f LU louder than the break before it.",
                        at, contrast);
    else if (contrast < 0.0)
        mg_rule_message(item, "The drop at %s is %.1f LU quieter than the break before it.", at,
                        -contrast);
    else
        mg_rule_message(item, "The drop at %s is as loud as the break before it.", at);
    mg_rule_advice(item, "Lower the break by %.1f dB (automate its bus, not the limiter); expect "
                         "the drop to hit without more level.",
                   fmin(3.0 - contrast, 6.0));
    mg_rule_at(item, drop->start_s, drop->end_s, -1);
    if (item) {
        item->confidence = fmin(drop->confidence, drop[-1].confidence);
        item->evidence = MG_EVIDENCE_PRIOR;
    }
}

void mg_rules_dynamics(mg_rule_context *c)
{
    over_compressed(c);
    too_dynamic(c);
    flat_drop(c);
}
