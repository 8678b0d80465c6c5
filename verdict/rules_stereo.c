/* Stereo image and mono compatibility. */
#include "verdict/rules.h"

#include <math.h>

static void silent_channel(mg_rule_context *c)
{
    int channel = c->m->stereo.silent_channel;
    if (channel < 0)
        return;
    mg_feedback_item *item = mg_rule_add(c, "stereo.channel_silent", MG_SEVERITY_CRITICAL);
    mg_rule_message(item, "The %s channel is silent.", channel == 0 ? "left" : "right");
    mg_rule_advice(item,
                   "Check the export: pan, a muted channel or a mono bus routed to one side.");
    mg_rule_at(item, 0.0, c->m->audio.duration_s, channel);
}

static bool polarity_inverted(mg_rule_context *c)
{
    if (!c->m->stereo.polarity_inverted)
        return false;
    mg_feedback_item *item = mg_rule_add(c, "stereo.polarity_inverted", MG_SEVERITY_CRITICAL);
    mg_rule_measured(item, c->m->stereo.correlation, 0.0, NAN, 0.4, "1", 3);
    mg_rule_message(item, "One channel has inverted polarity (correlation %.2f): the mix nearly "
                          "vanishes in mono.",
                    mg_or(c->m->stereo.correlation, -1.0));
    mg_rule_advice(item, "Invert the polarity of the right channel and export again.");
    if (item) {
        item->also[item->also_count++] = "stereo.mono_loss";
        item->also[item->also_count++] = "stereo.low_end_wide";
        item->also[item->also_count++] = "stereo.phase_section";
    }
    return true;
}

static void mono_loss(mg_rule_context *c)
{
    mg_value loss = c->m->stereo.mono_loss_db;
    if (!mg_has(loss) || !(loss.v > 3.0))
        return;
    mg_severity severity = loss.v > 6.0   ? MG_SEVERITY_CRITICAL
                           : loss.v > 4.0 ? MG_SEVERITY_MAJOR
                                          : MG_SEVERITY_MINOR;
    mg_feedback_item *item = mg_rule_add(c, "stereo.mono_loss", severity);
    mg_rule_measured(item, loss, NAN, 3.0, 1.5, "dB", 2);
    mg_rule_message(item, "In mono the mix loses %.1f dB.", loss.v);
    mg_rule_advice(item, "Lower the side signal of wideners and stereo delays until mono loss is "
                         "under 3 dB; start with the widest element.");
}

static void low_end_wide(mg_rule_context *c)
{
    const mg_stereo_result *s = &c->m->stereo;
    mg_value loss = s->bands[0].mono_loss_db;
    if (s->bools_why != MG_WHY_PRESENT || s->low_end_mono || !mg_has(loss) || !(loss.v > 1.0))
        return;
    mg_severity severity = loss.v > 3.0 ? MG_SEVERITY_MAJOR : MG_SEVERITY_MINOR;
    mg_feedback_item *item = mg_rule_add(c, "stereo.low_end_wide", severity);
    mg_rule_measured(item, loss, NAN, 1.0, 1.5, "dB", 2);
    mg_rule_message(item, "The low end is wide: below 60 Hz the mix loses %.1f dB in mono.",
                    loss.v);
    mg_rule_advice(item, "Make everything below 120 Hz mono (mid/side EQ: high-pass the side at "
                         "120 Hz); expect a loss under 0.5 dB.");
    mg_rule_band(item, 20.0, 120.0);
}

static void unbalanced(mg_rule_context *c)
{
    mg_value balance = c->m->stereo.balance_db;
    if (c->m->stereo.silent_channel >= 0 || !mg_has(balance) || !(fabs(balance.v) > 1.0))
        return;
    mg_severity severity = fabs(balance.v) > 3.0 ? MG_SEVERITY_MAJOR
                           : fabs(balance.v) > 1.5 ? MG_SEVERITY_MINOR
                                                   : MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "stereo.unbalanced", severity);
    mg_rule_measured(item, balance, -1.0, 1.0, 2.0, "dB", 2);
    mg_rule_message(item, "The %s channel is %.1f dB louder.", balance.v > 0.0 ? "left" : "right",
                    fabs(balance.v));
    mg_rule_advice(item,
                   "Re-pan the loudest one-sided elements, or lower the %s channel by %.1f dB.",
                   balance.v > 0.0 ? "left" : "right", fabs(balance.v));
}

static void phase_sections(mg_rule_context *c)
{
    const mg_stereo_result *s = &c->m->stereo;
    if (s->phase_section_count == 0)
        return;
    double total_s = 0.0;
    for (unsigned i = 0; i < s->phase_section_count; i++)
        total_s += s->phase_sections[i].end_s - s->phase_sections[i].start_s;
    mg_feedback_item *item = mg_rule_add(c, "stereo.phase_section", MG_SEVERITY_MINOR);
    mg_rule_measured(item, s->correlation_min, 0.0, NAN, 0.4, "1", 3);
    char at[24];
    mg_rule_time(s->phase_sections[0].start_s, at);
    mg_rule_message(item,
                    "Left and right work against each other for %.1f s in %u place%s (first at "
                    "%s).",
                    total_s, s->phase_section_count, s->phase_section_count == 1 ? "" : "s", at);
    mg_rule_advice(item, "Check wideners and phase effects there in mono.");
    for (unsigned i = 0; i < s->phase_section_count; i++)
        mg_rule_at(item, s->phase_sections[i].start_s, s->phase_sections[i].end_s, -1);
}

static void width(mg_rule_context *c)
{
    const mg_stereo_result *s = &c->m->stereo;
    if (s->bools_why != MG_WHY_PRESENT || s->silent_channel >= 0)
        return;
    if (s->dual_mono) {
        mg_feedback_item *item = mg_rule_add(c, "stereo.dual_mono", MG_SEVERITY_INFO);
        mg_rule_measured(item, s->width, 0.005, 0.45, 0.1, "1", 3);
        mg_rule_message(item, "Both channels are the same: this is a mono mix in a stereo file.");
        mg_rule_advice(item, "If that is not intended, check the export and the master bus for a "
                             "mono switch.");
    } else if (mg_has(s->width) && s->width.v > 0.45) {
        mg_feedback_item *item = mg_rule_add(c, "stereo.too_wide", MG_SEVERITY_MINOR);
        mg_rule_measured(item, s->width, 0.005, 0.45, 0.1, "1", 3);
        mg_rule_message(item, "The sides carry %.0f %% of the power.", s->width.v * 100.0);
        mg_rule_advice(item, "Lower the side signal by 2 to 3 dB and compare in mono.");
    } else if (mg_has(s->width) && s->width.v < 0.005) {
        mg_feedback_item *item = mg_rule_add(c, "stereo.narrow", MG_SEVERITY_INFO);
        mg_rule_measured(item, s->width, 0.005, 0.45, 0.1, "1", 3);
        mg_rule_message(item, "The sides carry only %.2f %% of the power: nearly mono.",
                        s->width.v * 100.0);
        mg_rule_advice(item, "If you want more space, widen pads, hats and reverbs; keep kick and "
                             "bass in the middle.");
    }
}

void mg_rules_stereo(mg_rule_context *c)
{
    silent_channel(c);
    if (!polarity_inverted(c)) {
        mono_loss(c);
        low_end_wide(c);
        phase_sections(c);
        width(c);
    }
    unbalanced(c);
}
