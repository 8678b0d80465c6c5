/* Tonal balance of the loudest sections, and resonances. Never critical. */
#include "verdict/rules.h"

#include "base/json_write.h"
#include "verdict/content.h"
#include "verdict/equaliser.h"
#include "verdict/score.h"

#include <math.h>
#include <stdio.h>

static const char *const code_high[MG_BANDS] = {"tonal.sub_high",  "tonal.bass_high",
                                                "tonal.low_mid_high", "tonal.mid_high",
                                                "tonal.high_mid_high", "tonal.high_high"};
static const char *const code_low[MG_BANDS] = {"tonal.sub_low",  "tonal.bass_low",
                                               "tonal.low_mid_low", "tonal.mid_low",
                                               "tonal.high_mid_low", "tonal.high_low"};
static const char *const words[MG_BANDS] = {
    "Sub (20-60 Hz) holds",        "Bass (60-250 Hz) holds",   "Low mids (250-500 Hz) hold",
    "Mids (500 Hz-2 kHz) hold",    "High mids (2-6 kHz) hold", "Highs (6-20 kHz) hold"};

/* "in the loudest sections (over -12.3 LUFS)": the windows within 4 LU of the loudest one. */
static void loudest_sections(const mg_rule_context *c, char out[64])
{
    mg_value loudest = c->m->loudness.short_term_max_lufs;
    if (mg_has(loudest))
        snprintf(out, 64, "in the loudest sections (3 s over %.1f LUFS)",
                 mg_rule_tenth(mg_rule_written(loudest, 2) - 4.0));
    else
        snprintf(out, 64, "in the loudest sections");
}

static double share_percent(double balance_db)
{
    double ratio = pow(10.0, balance_db / 10.0);
    return 100.0 * ratio / (1.0 + ratio);
}

/* Less than this is heard side by side at most. */
static const double hardly_db = 1.0;

/* What to do about a band whose balance of `db` lies beyond `edge`.
 * @param needed  false: there may be as good as nothing of it */
static void band_advice(const mg_rule_context *c, mg_feedback_item *item, unsigned b, double db,
                        double edge, bool needed)
{
    static const double empty_db = 12.0, inside_db = 0.3; /* so that the next look is content */
    static const char *const layer[MG_BANDS] = {
        "a sub an octave under the bass", "a bass line with a body", "a warmer chord layer",
        "a chord or lead layer", "percussion or a brighter lead", "hats or air"};
    const bool too_much = db > edge;
    const double outside = mg_rule_tenth(fabs(db - edge));
    const int digits = edge < -20.0 ? 2 : 1;
    char tool[48];
    snprintf(tool, sizeof tool,
             b == MG_BANDS - 1 ? "high shelf at %.0f Hz" : "bell at %.0f Hz, Q 0.7",
             mg_equaliser_hz(b));
    double gain_db, share;
    mg_equaliser_move(&c->m->spectrum, b,
                      too_much ? -outside - inside_db : outside + inside_db, &gain_db, &share);
    if (!needed)
        mg_rule_advice(item,
                       "The genre can do without: leave it, or add %s until the band holds %.*f "
                       "%%.",
                       layer[b], digits, share_percent(edge));
    else if (!too_much && outside >= empty_db)
        mg_rule_advice(item,
                       "Next to nothing is there to raise, an equaliser would lift noise: add %s "
                       "if the track wants it, until the band holds %.*f %%; else leave it.",
                       layer[b], digits, share_percent(edge));
    else if (outside < hardly_db)
        mg_rule_advice(item,
                       "Leave it unless it bothers you: so little is heard side by side at most. "
                       "%.1f dB %s at %.0f-%.0f Hz (%s) would give %.*f %%.",
                       fabs(gain_db), too_much ? "less" : "more", mg_band_low_hz[b],
                       mg_band_high_hz[b], tool, digits, 100.0 * share);
    else
        mg_rule_advice(item,
                       "%s %.0f-%.0f Hz by about %.1f dB on the tracks that hold them (%s); expect "
                       "%.*f %%.",
                       too_much ? "Cut" : "Raise", mg_band_low_hz[b], mg_band_high_hz[b],
                       fabs(gain_db), tool, digits, 100.0 * share);
}

static void band_balance(mg_rule_context *c, unsigned b)
{
    static const double needed_share = 0.1;
    mg_value share = c->m->spectrum.loudest_band_share[b];
    if (!mg_has(share))
        return;
    const mg_target *target = &c->profile->band_share[b];
    double db = mg_rule_tenth(mg_share_balance_db(share.v));
    double low = mg_rule_tenth(mg_share_balance_db(target->low) - target->tolerance);
    double high = mg_rule_tenth(mg_share_balance_db(target->high) + target->tolerance);
    if (db >= low && db <= high)
        return;
    bool too_much = db > high;
    double outside = too_much ? db - high : low - db, edge = too_much ? high : low;
    /* a genre that may have as good as no sub cannot miss it */
    bool needed = too_much || b > 0 || target->low >= needed_share;
    mg_severity severity = !needed || outside < hardly_db ? MG_SEVERITY_INFO
                           : outside > 3.0 && target->evidence != MG_EVIDENCE_PRIOR
                               ? MG_SEVERITY_MAJOR
                               : MG_SEVERITY_MINOR;
    mg_feedback_item *item = mg_rule_add(c, too_much ? code_high[b] : code_low[b], severity);
    mg_rule_measured(item, mg_some(db), low, high, 3.0, "dB", 1);
    char where[64];
    loudest_sections(c, where);
    double percent = 100.0 * mg_rule_written(share, 4);
    int digits = percent < 1.0 ? 2 : 1;
    mg_rule_message(item, "%s %.*f %% of the power %s, %.1f dB %s the usual range.", words[b],
                    digits, mg_json_rounded(percent, digits), where, mg_rule_tenth(outside),
                    too_much ? "over" : "under");
    band_advice(c, item, b, db, edge, needed);
    mg_rule_band(item, mg_band_low_hz[b], mg_band_high_hz[b]);
    mg_rule_source(item, target);
}

/* The likeliest one; of those that are sure the largest. */
static const mg_resonance *worst_resonance(const mg_spectrum_result *s)
{
    const mg_resonance *worst = &s->resonances[0];
    for (unsigned i = 1; i < s->resonance_count; i++) {
        const mg_resonance *r = &s->resonances[i];
        bool sure = worst->confidence >= MG_RESONANCE_SURE;
        if (sure ? r->confidence >= MG_RESONANCE_SURE && r->level_db > worst->level_db
                 : r->confidence > worst->confidence)
            worst = r;
    }
    return worst;
}

static void resonance(mg_rule_context *c)
{
    const mg_spectrum_result *s = &c->m->spectrum;
    if (s->resonance_count == 0)
        return;
    const mg_resonance *worst = worst_resonance(s);
    bool sure = worst->confidence >= MG_RESONANCE_SURE;
    mg_feedback_item *item =
        mg_rule_add(c, "tonal.resonance", sure ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
    mg_rule_measured(item, mg_some(worst->level_db), NAN, 6.0, 3.0, "dB", 1);
    mg_rule_message(item, "%s at %.0f Hz: %.1f dB over its surroundings in whatever plays, a bell "
                          "of Q %.0f that does not move.",
                    sure ? "A narrow resonance" : "Perhaps a resonance", worst->hz,
                    worst->level_db, fmin(fmax(round(worst->q), 1.0), 40.0));
    mg_rule_advice(item,
                   "Cut %.0f Hz by %.1f dB with a bell of Q %.0f on the track that causes it; "
                   "expect it under 6 dB. %s",
                   worst->hz, fmin(fmax(worst->level_db - 3.0, 3.0), 12.0),
                   fmin(fmax(round(worst->q), 2.0), 20.0),
                   sure ? "If the sound is meant to ring there, leave it."
                        : "A note or a drum that sounds throughout looks the same: listen first.");
    for (unsigned i = 0; i < s->resonance_count; i++) {
        const mg_resonance *r = &s->resonances[i];
        double half = r->hz / fmax(r->q, 1.0) / 2.0;
        if (!sure || r->confidence >= MG_RESONANCE_SURE)
            mg_rule_band(item, r->hz - half, r->hz + half);
    }
    if (item)
        item->confidence = worst->confidence;
}

void mg_rules_tonal(mg_rule_context *c)
{
    if (mg_rule_too_short(c) || mg_content_is_no_music(c->m))
        return;
    for (unsigned b = 0; b < MG_BANDS; b++)
        band_balance(c, b);
    resonance(c);
}
