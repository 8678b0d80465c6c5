/* What is right, with its number, so that it stays so. Always info, and ordered behind what is
 * not. */
#include "verdict/rules.h"

#include "verdict/content.h"
#include "verdict/score.h"

#include <math.h>
#include <string.h>

static bool complained(const mg_rule_context *c, const char *area)
{
    for (unsigned i = 0; i < c->out->count; i++) {
        const mg_feedback_item *item = &c->out->items[i];
        if (strncmp(item->code, area, strlen(area)) == 0)
            return true;
    }
    return false;
}

static void loudness(mg_rule_context *c)
{
    mg_value lufs = mg_programme_loudness(c->m), psr = c->m->loudness.psr_min_lu;
    const mg_target *target = &c->profile->integrated_lufs;
    if (!c->profile->has_integrated || !mg_has(lufs) || !mg_has(psr) ||
        complained(c, "loudness.") || complained(c, "dynamics.over_compressed"))
        return;
    mg_feedback_item *item = mg_rule_add(c, "loudness.on_target", MG_SEVERITY_INFO);
    mg_rule_measured(item, lufs, target->low, target->high, 0.0, "LUFS", 2);
    mg_rule_message(item, "Loudness is right for the purpose: %.1f LUFS, and the densest 3 s keep "
                          "%.1f LU between peaks and loudness.",
                    mg_rule_tenth(mg_rule_written(lufs, 2)),
                    mg_rule_tenth(mg_rule_written(psr, 2)));
    mg_rule_advice(item, "Leave limiter and level as they are.");
    mg_rule_source(item, target);
}

static void tone(mg_rule_context *c)
{
    if (!mg_has(c->m->spectrum.loudest_band_share[MG_BANDS - 1]) ||
        mg_rule_too_short(c) || mg_content_is_no_music(c->m) || complained(c, "tonal."))
        return;
    mg_value tilt = c->m->spectrum.tilt_db_per_octave;
    mg_feedback_item *item = mg_rule_add(c, "tonal.balanced", MG_SEVERITY_INFO);
    mg_rule_message(item, "All six bands lie in the range of the genre and nothing rings (tilt "
                          "%.1f dB per octave).",
                    mg_rule_tenth(mg_has(tilt) ? mg_rule_written(tilt, 2) : 0.0));
    mg_rule_advice(item, "No equaliser on the master bus is needed.");
    mg_rule_source(item, &c->profile->band_share[0]);
}

/* Something is lost in mono. A narrow mix and one that leans to a side lose nothing there. */
static bool mono_suffers(const mg_rule_context *c)
{
    static const char *const codes[] = {
        "stereo.channel_silent", "stereo.polarity_inverted", "stereo.mono_loss",
        "stereo.low_end_wide",   "stereo.phase_section",     "stereo.too_wide"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (complained(c, codes[i]))
            return true;
    }
    return false;
}

static void mono(mg_rule_context *c)
{
    const mg_stereo_result *s = &c->m->stereo;
    if (s->bools_why != MG_WHY_PRESENT || !s->low_end_mono || s->dual_mono ||
        !mg_has(s->mono_loss_db) || mono_suffers(c))
        return;
    mg_feedback_item *item = mg_rule_add(c, "stereo.mono_safe", MG_SEVERITY_INFO);
    mg_rule_measured(item, s->mono_loss_db, NAN, 2.0, 0.0, "dB", 2);
    double lost = mg_rule_tenth(mg_rule_written(s->mono_loss_db, 2));
    if (lost > 0.0)
        mg_rule_message(item, "It plays in mono: only %.1f dB are lost, and the low end is in the "
                              "middle.",
                        lost);
    else
        mg_rule_message(item, "It plays in mono: nothing is lost, and the low end is in the "
                              "middle.");
    mg_rule_advice(item, "Check this number again after every new widener or reverb.");
}

static void grid(mg_rule_context *c)
{
    const mg_tempo_result *t = &c->m->tempo;
    if (!mg_has(t->bpm) || t->constant_why != MG_WHY_PRESENT || !t->constant ||
        t->confidence < 0.7 || !mg_has(t->max_error_ms) || complained(c, "tempo."))
        return;
    mg_feedback_item *item = mg_rule_add(c, "tempo.steady", MG_SEVERITY_INFO);
    mg_rule_measured(item, t->max_error_ms, NAN, 10.0, 0.0, "ms", 1);
    mg_rule_message(item, "%.2f BPM on one grid from start to end, within %.1f ms.", t->bpm.v,
                    t->max_error_ms.v);
    mg_rule_advice(item, "The grid can be exported to DJ software as it is.");
    if (item)
        item->confidence = t->confidence;
}

void mg_rules_good(mg_rule_context *c)
{
    loudness(c);
    tone(c);
    mono(c);
    grid(c);
}
