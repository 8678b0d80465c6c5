/* Tempo and tuning, as far as they matter for playing the track with others. */
#include "verdict/rules.h"

#include <math.h>

static void detuned(mg_rule_context *c)
{
    const mg_key_result *k = &c->m->key;
    if (k->why != MG_WHY_PRESENT || !mg_has(k->tuning_cents) || !(fabs(k->tuning_cents.v) > 15.0))
        return;
    mg_feedback_item *item = mg_rule_add(
        c, "key.detuned", fabs(k->tuning_cents.v) > 30.0 ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
    mg_rule_measured(item, k->tuning_cents, -15.0, 15.0, 15.0, "cents", 1);
    mg_rule_message(item, "The track is tuned %.0f cents %s concert pitch (A = %.1f Hz).",
                    fabs(k->tuning_cents.v), k->tuning_cents.v > 0.0 ? "above" : "below",
                    mg_or(k->tuning_hz, 440.0));
    mg_rule_advice(item, "If that is not intended, repitch by %+.0f cents so that it blends with "
                         "other tracks.",
                   -k->tuning_cents.v);
    if (item)
        item->confidence = k->confidence;
}

static void unstable_tempo(mg_rule_context *c)
{
    const mg_tempo_result *t = &c->m->tempo;
    if (!mg_has(t->bpm) || t->constant_why != MG_WHY_PRESENT || t->constant || t->confidence < 0.7)
        return;
    mg_feedback_item *item = mg_rule_add(c, "tempo.unstable", MG_SEVERITY_INFO);
    mg_rule_measured(item, t->max_error_ms, NAN, 10.0, 20.0, "ms", 1);
    mg_rule_message(item, "The tempo moves: beats lie up to %.0f ms off a steady grid of %.2f BPM.",
                    mg_or(t->max_error_ms, 0.0), t->bpm.v);
    mg_rule_advice(item, "If it was recorded by hand, warp it to a grid before a DJ has to.");
    if (item)
        item->confidence = t->confidence;
}

void mg_rules_music(mg_rule_context *c)
{
    detuned(c);
    unstable_tempo(c);
}
