/* Tempo and tuning, as far as they matter for playing the track with others. */
#include "verdict/rules.h"

#include <math.h>
#include <stdio.h>

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
    mg_rule_advice(item,
                   "If that is not intended, repitch by %+.0f cents so that it blends with "
                   "other tracks.",
                   -k->tuning_cents.v);
    if (item)
        item->confidence = k->confidence;
}

/* The slowest and the quickest tempo of the map. @return whether they differ in print */
static bool tempo_range(const mg_tempo_result *t, double *ret_low, double *ret_high)
{
    static const int64_t least_beats = 4; /* that make a tempo */
    double low = INFINITY, high = -INFINITY;
    for (unsigned i = 0; i < t->map_count; i++) {
        /* between two tracks of a mix, what joins their beats */
        if (i + 1 < t->map_count && t->map[i + 1].beat - t->map[i].beat < least_beats)
            continue;
        low = fmin(low, t->map[i].bpm);
        high = fmax(high, t->map[i].bpm);
    }
    if (!(low < high) || !(mg_rule_tenth(high) > mg_rule_tenth(low)))
        return false;
    *ret_low = mg_rule_tenth(low);
    *ret_high = mg_rule_tenth(high);
    return true;
}

static void unstable_tempo(mg_rule_context *c)
{
    static const double leap = 1.2; /* no hand is as unsteady */
    const mg_tempo_result *t = &c->m->tempo;
    /* at whichever metrical level: that the beats wander shows at each */
    if (!mg_has(t->bpm) || t->constant_why != MG_WHY_PRESENT || t->constant || t->confidence < 0.3)
        return;
    mg_feedback_item *item = mg_rule_add(c, "tempo.unstable", MG_SEVERITY_INFO);
    mg_rule_measured(item, t->max_error_ms, NAN, 10.0, 20.0, "ms", 1);
    double low = 0.0, high = 0.0;
    bool range = tempo_range(t, &low, &high);
    if (range && high > leap * low) {
        mg_rule_message(item,
                        "The tempo changes between %.1f and %.1f BPM: one grid does not fit "
                        "all of it.",
                        low, high);
        mg_rule_advice(item, "Fine for a mix of tracks: the tempo map has the grid of each. In a "
                             "single track check by ear whether a part is counted at half, double "
                             "or three quarters.");
    } else {
        char words[64] = "";
        if (range)
            snprintf(words, sizeof words, " between %.1f and %.1f BPM", low, high);
        mg_rule_message(item,
                        "The tempo moves%s: beats lie up to %.0f ms off a steady grid of the "
                        "middle tempo, %.2f BPM.",
                        words, mg_or(t->max_error_ms, 0.0), t->bpm.v);
        mg_rule_advice(item, "If it was recorded by hand, warp it to a grid before a DJ has to.");
    }
    if (item)
        item->confidence = t->confidence;
}

static void not_integer(mg_rule_context *c)
{
    const mg_tempo_result *t = &c->m->tempo;
    if (!mg_has(t->bpm) || t->constant_why != MG_WHY_PRESENT || !t->constant || t->confidence < 0.5)
        return;
    double near = round(t->bpm.v), off = t->bpm.v - near;
    if (fabs(off) < 0.02 || fabs(fabs(off) - 0.5) < 0.02)
        return;
    mg_feedback_item *item = mg_rule_add(c, "tempo.not_integer", MG_SEVERITY_INFO);
    mg_rule_measured(item, t->bpm, near, near, 1.0, "BPM", 2);
    mg_rule_message(item, "The tempo is %.2f BPM, neither whole nor half.", t->bpm.v);
    mg_rule_advice(item,
                   "Fine if it is meant. Typed into a sampler as %.0f, loops drift by %.0f ms a "
                   "minute; warp to %.2f %% speed for a whole number.",
                   near, fabs(off) / t->bpm.v * 60e3, 100.0 * near / t->bpm.v);
    if (item)
        item->confidence = t->confidence;
}

/* How long a DJ can mix in: bars before the first section that is not an intro. */
static void short_intro(mg_rule_context *c)
{
    static const double least_bars = 8.0;
    const mg_structure_result *s = &c->m->structure;
    const mg_tempo_result *t = &c->m->tempo;
    if (!mg_rule_is_club(c) || c->excerpt || s->section_count < 3 || !mg_has(t->period_s) ||
        !mg_has(t->beats_per_bar))
        return;
    unsigned first = 0;
    while (first < s->section_count && s->sections[first].label == MG_SECTION_INTRO)
        first++;
    double seconds = first > 0 ? s->sections[first - 1].end_s : 0.0;
    double bars = seconds / (t->period_s.v * t->beats_per_bar.v);
    if (bars >= least_bars - 0.5)
        return;
    mg_feedback_item *item = mg_rule_add(c, "structure.short_intro", MG_SEVERITY_INFO);
    mg_rule_measured(item, mg_some(bars), least_bars, NAN, 8.0, "bars", 0);
    if (round(bars) >= 1.0)
        mg_rule_message(item, "The intro has %.0f bar%s: little room to mix in.", round(bars),
                        round(bars) == 1.0 ? "" : "s");
    else
        mg_rule_message(item, "There is no intro to mix in.");
    mg_rule_advice(item, "For a DJ version put 16 bars of drums in front (%.0f s at this tempo).",
                   16.0 * t->period_s.v * t->beats_per_bar.v);
    mg_rule_at(item, 0.0, seconds, -1);
    if (item) {
        item->confidence = s->sections[0].confidence;
        item->evidence = MG_EVIDENCE_PRIOR;
    }
}

/* To another, whatever lies between. */
static bool key_changes(const mg_key_result *k)
{
    const mg_key_segment *first = NULL;
    for (unsigned i = 0; i < k->segment_count; i++) {
        const mg_key_segment *s = &k->segments[i];
        if (s->known && first && (s->tonic != first->tonic || s->mode != first->mode))
            return true;
        if (s->known)
            first = s;
    }
    return false;
}

/* Where the key changes, one for the whole file is no guess but a part of the truth. */
static void unclear_key(mg_rule_context *c)
{
    static const double clear = 0.5;
    const mg_key_result *k = &c->m->key;
    if (k->why != MG_WHY_PRESENT || !(k->confidence < clear) || k->candidate_count < 2 ||
        key_changes(k))
        return;
    mg_feedback_item *item = mg_rule_add(c, "key.unclear", MG_SEVERITY_INFO);
    mg_rule_measured(item, mg_some(k->confidence), clear, NAN, 0.5, "1", 2);
    const mg_key_candidate *other = &k->candidates[0];
    if (other->tonic == k->tonic && other->mode == k->mode)
        other = &k->candidates[1];
    mg_rule_message(item, "%s is a guess (confidence %.2f); %s is possible too.",
                    mg_key_name(k->tonic, k->mode), k->confidence,
                    mg_key_name(other->tonic, other->mode));
    mg_rule_advice(item, "Check by ear before mixing in key: %s and %s on the wheel.",
                   mg_key_camelot(k->tonic, k->mode), mg_key_camelot(other->tonic, other->mode));
    if (item)
        item->confidence = 1.0 - k->confidence;
}

void mg_rules_music(mg_rule_context *c)
{
    detuned(c);
    unstable_tempo(c);
    not_integer(c);
    short_intro(c);
    unclear_key(c);
}
