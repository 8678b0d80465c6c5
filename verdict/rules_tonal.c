/* Tonal balance of the loudest sections, and resonances. Never critical. */
#include "verdict/rules.h"

#include <math.h>
#include <stdio.h>

static const char *const code_high[MG_BANDS] = {"tonal.sub_high",  "tonal.bass_high",
                                                "tonal.low_mid_high", "tonal.mid_high",
                                                "tonal.high_mid_high", "tonal.high_high"};
static const char *const code_low[MG_BANDS] = {"tonal.sub_low",  "tonal.bass_low",
                                               "tonal.low_mid_low", "tonal.mid_low",
                                               "tonal.high_mid_low", "tonal.high_low"};
static const char *const words[MG_BANDS] = {"Sub (20-60 Hz)",         "Bass (60-250 Hz)",
                                            "Low mids (250-500 Hz)",  "Mids (500 Hz-2 kHz)",
                                            "High mids (2-6 kHz)",    "Highs (6-20 kHz)"};

static void band_balance(mg_rule_context *c, unsigned b)
{
    mg_value share = c->m->spectrum.loudest_band_share[b];
    if (!mg_has(share))
        return;
    const mg_target *target = &c->profile->band_share[b];
    double db = 10.0 * log10(fmax(share.v, 1e-6));
    double low = 10.0 * log10(target->low) - target->tolerance;
    double high = 10.0 * log10(target->high) + target->tolerance;
    if (db >= low && db <= high)
        return;
    bool too_much = db > high;
    double outside = too_much ? db - high : low - db;
    mg_severity severity = outside > 3.0 && target->evidence != MG_EVIDENCE_PRIOR
                               ? MG_SEVERITY_MAJOR
                               : MG_SEVERITY_MINOR;
    mg_feedback_item *item = mg_rule_add(c, too_much ? code_high[b] : code_low[b], severity);
    mg_rule_measured(item, mg_some(db), low, high, 3.0, "dB", 1);
    mg_rule_message(
        item, "%s hold %.1f %% of the power in the loudest sections, %.1f dB %s the usual range.",
        words[b], share.v * 100.0, outside, too_much ? "over" : "under");
    mg_rule_advice(item,
                   "%s %.0f-%.0f Hz by about %.1f dB (shelf or wide bell, Q 0.7); expect %.1f %%.",
                   too_much ? "Cut" : "Raise", mg_band_low_hz[b], mg_band_high_hz[b],
                   fmin(outside, 6.0) + 0.5, 100.0 * pow(10.0, (too_much ? high : low) / 10.0));
    mg_rule_band(item, mg_band_low_hz[b], mg_band_high_hz[b]);
    if (item)
        item->evidence = target->evidence;
}

static void resonance(mg_rule_context *c)
{
    const mg_spectrum_result *s = &c->m->spectrum;
    if (s->resonance_count == 0)
        return;
    const mg_resonance *worst = &s->resonances[0];
    for (unsigned i = 1; i < s->resonance_count; i++) {
        if (s->resonances[i].level_db > worst->level_db)
            worst = &s->resonances[i];
    }
    mg_feedback_item *item = mg_rule_add(c, "tonal.resonance", MG_SEVERITY_MINOR);
    mg_rule_measured(item, mg_some(worst->level_db), NAN, 6.0, 3.0, "dB", 1);
    mg_rule_message(item, "A narrow resonance at %.0f Hz stands %.1f dB over its surroundings for "
                          "%.0f %% of the time.",
                    worst->hz, worst->level_db, worst->share * 100.0);
    mg_rule_advice(item,
                   "Cut %.0f Hz by %.1f dB with a bell of Q %.0f on the track that causes it.",
                   worst->hz, fmin(worst->level_db - 3.0, 9.0), fmax(round(worst->q), 2.0));
    for (unsigned i = 0; i < s->resonance_count; i++) {
        double half = s->resonances[i].hz / fmax(s->resonances[i].q, 1.0) / 2.0;
        mg_rule_band(item, s->resonances[i].hz - half, s->resonances[i].hz + half);
    }
    if (item)
        item->confidence = 0.7;
}

void mg_rules_tonal(mg_rule_context *c)
{
    for (unsigned b = 0; b < MG_BANDS; b++)
        band_balance(c, b);
    resonance(c);
}
