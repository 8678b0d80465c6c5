/* Stereo image and mono compatibility. */
#include "verdict/rules.h"

#include <math.h>

/* Share of the sides: less than 16 dB under the middle is hardly heard as stereo. */
static const double narrow_width = 0.025, wide_width = 0.45;
/* Left and right have nothing in common; beyond it the sides are louder than the middle. */
static const double uncorrelated_width = 0.5;

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

/* Of sub and bass together, weighted by their power; NAN: nothing there. */
static double bass_correlation(const mg_measures *m)
{
    double sum = 0.0, weight = 0.0;
    for (unsigned b = 0; b < 2; b++) {
        double share = mg_or(m->spectrum.band_share[b], 0.0);
        if (!mg_has(m->stereo.bands[b].correlation))
            continue;
        sum += share * m->stereo.bands[b].correlation.v;
        weight += share;
    }
    return weight > 0.0 ? sum / weight : NAN;
}

/* Not as sure as the measure's own verdict: nearly everything is out of phase, or the bass is. */
static bool probably_inverted(const mg_measures *m)
{
    static const double counting_share = 1e-3, in_phase = 0.2;
    static const double opposed_bass = -0.3, firmly_opposed_bass = -0.6;
    unsigned opposed = 0, other = 0;
    if (mg_or(m->stereo.correlation, 0.0) > -0.1)
        return false;
    for (unsigned b = 0; b < MG_BANDS; b++) {
        mg_value correlation = m->stereo.bands[b].correlation;
        if (!mg_has(correlation) || mg_or(m->spectrum.band_share[b], 0.0) < counting_share)
            continue;
        opposed += correlation.v < 0.0;
        other += correlation.v >= in_phase;
    }
    double bass = bass_correlation(m);
    return opposed > 0 && ((other == 0 && bass <= opposed_bass) ||
                           (other == 1 && bass <= firmly_opposed_bass));
}

static void polarity_inverted(mg_rule_context *c)
{
    const mg_stereo_result *s = &c->m->stereo;
    if (!s->polarity_inverted)
        return;
    mg_feedback_item *item = mg_rule_add(c, "stereo.polarity_inverted", MG_SEVERITY_CRITICAL);
    mg_rule_measured(item, s->correlation, 0.0, NAN, 0.4, "1", 3);
    mg_rule_message(item, "One channel has inverted polarity (correlation %.2f): in mono the mix "
                          "loses %.1f dB.",
                    mg_or(s->correlation, -1.0),
                    mg_rule_tenth(mg_has(s->mono_loss_db) ? mg_rule_written(s->mono_loss_db, 2)
                                                          : 0.0));
    mg_rule_advice(item, "Invert the polarity of the right channel, listen in mono, and export "
                         "again; expect a correlation near %.2f.",
                   -mg_or(s->correlation, -1.0));
    if (item)
        item->confidence = 0.95;
}

/* What to do about a loss in mono, by what seems to cause it. */
static void mono_loss_texts(const mg_rule_context *c, mg_feedback_item *item, double loss)
{
    double correlation = mg_or(c->m->stereo.correlation, 1.0);
    if (!c->m->stereo.polarity_inverted && probably_inverted(c->m)) {
        mg_rule_message(item, "In mono the mix loses %.1f dB, the low end too: probably one "
                              "channel is upside down (correlation %.2f).",
                        loss, correlation);
        mg_rule_advice(item,
                       "Invert the polarity of the right channel and listen in mono: if kick and "
                       "bass come back, export it so and expect a correlation near %.2f. Else undo "
                       "the inversion in the widest synth or widener.",
                       -correlation);
        return;
    }
    bool opposed = correlation < 0.0;
    mg_rule_message(item, "In mono the mix loses %.1f dB%s.", loss,
                    opposed ? ": what is wide has one side upside down" : "");
    /* S over M is 10^(loss / 10) - 1; at 2 dB it is 0.585 */
    mg_rule_advice(item,
                   "%s the side signal of wideners and stereo delays by about %.1f dB, the widest "
                   "element first; expect a loss of 2 dB.",
                   opposed ? "Undo the inversion in the widest synth or widener, or lower"
                           : "Lower",
                   fmin(10.0 * log10((pow(10.0, loss / 10.0) - 1.0) / 0.585), 24.0));
}

static void mono_loss(mg_rule_context *c)
{
    static const double minor_db = 3.0, major_db = 4.0, nothing_left_db = 20.0;
    const mg_stereo_result *s = &c->m->stereo;
    mg_value loss = s->mono_loss_db;
    if (!mg_has(loss) || !(loss.v > 2.0))
        return;
    mg_severity severity = loss.v > nothing_left_db ? MG_SEVERITY_CRITICAL
                           : loss.v > major_db      ? MG_SEVERITY_MAJOR
                           : loss.v > minor_db      ? MG_SEVERITY_MINOR
                                                    : MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "stereo.mono_loss", severity);
    mg_rule_measured(item, loss, NAN, 2.0, 1.5, "dB", 2);
    mono_loss_texts(c, item, mg_rule_tenth(mg_rule_written(loss, 2)));
    for (unsigned b = 0; b < MG_BANDS; b++) {
        if (mg_or(s->bands[b].mono_loss_db, 0.0) > minor_db &&
            mg_or(c->m->spectrum.band_share[b], 0.0) > 0.01)
            mg_rule_band(item, mg_band_low_hz[b], mg_band_high_hz[b]);
    }
    if (mg_or(s->correlation, 1.0) < 0.0)
        mg_rule_also(item, "stereo.polarity_inverted");
}

static void low_end_wide(mg_rule_context *c)
{
    static const double weighty_share = 0.05; /* of sub and bass: less is no foundation to lose */
    static const double opposed_db = 3.01;    /* more than two unrelated channels lose */
    const mg_stereo_result *s = &c->m->stereo;
    mg_value loss = s->low_end_mono_loss_db;
    if (s->low_end_mono || !mg_has(loss) || !(loss.v > 1.0))
        return;
    double share = mg_or(c->m->spectrum.band_share[0], 0.0) +
                   mg_or(c->m->spectrum.band_share[1], 0.0);
    mg_severity severity = loss.v > 3.0 && share >= weighty_share ? MG_SEVERITY_MAJOR
                                                                  : MG_SEVERITY_MINOR;
    mg_feedback_item *item = mg_rule_add(c, "stereo.low_end_wide", severity);
    mg_rule_measured(item, loss, NAN, 1.0, 1.5, "dB", 2);
    double lost = mg_rule_tenth(mg_rule_written(loss, 2));
    mg_rule_message(item, "The low end is wide: below 120 Hz the mix loses %.1f dB in mono.", lost);
    if (loss.v > opposed_db) /* without its side the low end would be as weak as in mono */
        mg_rule_advice(item,
                       "Bypass the widener, chorus or delay on the bass, or take its left channel "
                       "for both sides below 120 Hz; expect a loss under 0.5 dB. Cutting the side "
                       "there would take %.1f dB of bass away: left and right oppose each other.",
                       lost);
    else
        mg_rule_advice(item,
                       "Make everything below 120 Hz mono: in a mid/side equaliser high-pass the "
                       "side at 160 Hz with 24 dB/oct; expect a loss under 0.5 dB.");
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
    double louder = mg_rule_tenth(fabs(mg_rule_written(balance, 2)));
    mg_rule_message(item, "The %s channel is %.1f dB louder.", balance.v > 0.0 ? "left" : "right",
                    louder);
    mg_rule_advice(item,
                   "Re-pan the loudest one-sided elements, or lower the %s channel by %.1f dB; "
                   "expect a balance within 0.2 dB.",
                   balance.v > 0.0 ? "left" : "right", louder);
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
    mg_rule_advice(item, "Check wideners and phase effects there in mono, and bypass them one by "
                         "one; expect a correlation over 0 (least now %.2f).",
                   mg_or(s->correlation_min, -1.0));
    for (unsigned i = 0; i < s->phase_section_count; i++)
        mg_rule_at(item, s->phase_sections[i].start_s, s->phase_sections[i].end_s, -1);
}

static void dual_mono(mg_rule_context *c)
{
    mg_feedback_item *item = mg_rule_add(c, "stereo.dual_mono", MG_SEVERITY_INFO);
    mg_rule_measured(item, c->m->stereo.width, narrow_width, wide_width, 0.1, "1", 3);
    mg_rule_message(item, "Both channels are the same: this is a mono mix in a stereo file.");
    mg_rule_advice(item, "If that is not intended, check the export and the master bus for a mono "
                         "switch.");
    mg_rule_also(item, "stereo.narrow");
}

static double side_over_mid_db(double width)
{
    return 10.0 * log10(width / (1.0 - width));
}

static void width(mg_rule_context *c)
{
    const mg_stereo_result *s = &c->m->stereo;
    if (s->bools_why != MG_WHY_PRESENT || s->silent_channel >= 0 || !mg_has(s->width))
        return;
    double w = mg_rule_written(s->width, 3);
    double too_much_db = mg_rule_tenth(side_over_mid_db(fmin(w, 0.99)) -
                                       side_over_mid_db(wide_width));
    if (s->dual_mono) {
        dual_mono(c);
    } else if (too_much_db > 0.0) {
        mg_feedback_item *item = mg_rule_add(
            c, "stereo.too_wide", w > uncorrelated_width ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
        mg_rule_measured(item, s->width, narrow_width, wide_width, 0.1, "1", 3);
        mg_rule_message(item, "The sides carry %.0f %% of the power.", w * 100.0);
        mg_rule_advice(item,
                       "Lower the side signal by %.1f dB and compare in mono; expect %.0f %%.",
                       too_much_db, wide_width * 100.0);
    } else if (w < narrow_width) {
        mg_feedback_item *item = mg_rule_add(c, "stereo.narrow", MG_SEVERITY_INFO);
        mg_rule_measured(item, s->width, narrow_width, wide_width, 0.1, "1", 3);
        if (w >= 0.001)
            mg_rule_message(item, "The sides carry only %.1f %% of the power: nearly mono.",
                            w * 100.0);
        else
            mg_rule_message(item, "The sides carry less than 0.1 %% of the power: nearly mono.");
        mg_rule_advice(item, "If you want more space, widen pads, hats and reverbs until the sides "
                             "carry about 5 %%; keep kick and bass in the middle.");
    }
}

void mg_rules_stereo(mg_rule_context *c)
{
    silent_channel(c);
    polarity_inverted(c);
    mono_loss(c);
    low_end_wide(c);
    phase_sections(c);
    width(c);
    unbalanced(c);
}
