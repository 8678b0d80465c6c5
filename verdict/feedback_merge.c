/* Items of one cause become one item: that of the cause, which then lists the others' codes. */
#include "verdict/rules.h"

#include <string.h>

/* First match wins, so what explains most stands first. */
static const struct {
    const char *cause, *effect;
} explains[] = {
    {"stereo.channel_silent", "stereo.unbalanced"},
    {"stereo.channel_silent", "stereo.mono_loss"},
    {"stereo.channel_silent", "stereo.low_end_wide"},
    {"stereo.polarity_inverted", "stereo.mono_loss"},
    {"stereo.polarity_inverted", "stereo.low_end_wide"},
    {"stereo.polarity_inverted", "stereo.phase_section"},
    {"stereo.polarity_inverted", "stereo.too_wide"},
    {"stereo.mono_loss", "stereo.phase_section"},
    {"stereo.mono_loss", "stereo.too_wide"},
    {"dynamics.over_compressed", "loudness.too_loud"},
    {"loudness.true_peak_over", "loudness.codec_over"},
    {"technical.dc_offset", "technical.infrasonic"},
};

static mg_feedback_item *find(mg_feedback *feedback, const char *code)
{
    for (unsigned i = 0; i < feedback->count; i++) {
        if (strcmp(feedback->items[i].code, code) == 0)
            return &feedback->items[i];
    }
    return NULL;
}

/* The cause is at least as bad as what it explains, and happens where that does. */
static void absorb(mg_feedback_item *cause, const mg_feedback_item *effect)
{
    mg_rule_also(cause, effect->code);
    for (unsigned i = 0; i < effect->also_count; i++) {
        if (strcmp(effect->also[i], cause->code) != 0)
            mg_rule_also(cause, effect->also[i]);
    }
    if (effect->severity > cause->severity)
        cause->severity = effect->severity;
    for (unsigned i = 0; i < effect->where_count && cause->where_count < MG_WHERE_MAX; i++)
        cause->where[cause->where_count++] = effect->where[i];
}

void mg_feedback_merge(mg_feedback *feedback)
{
    for (size_t k = 0; k < sizeof explains / sizeof explains[0]; k++) {
        mg_feedback_item *cause = find(feedback, explains[k].cause);
        mg_feedback_item *effect = find(feedback, explains[k].effect);
        if (!cause || !effect || cause->also_count == MG_ALSO_MAX)
            continue;
        absorb(cause, effect);
        size_t behind = (size_t)(feedback->items + feedback->count - (effect + 1));
        memmove(effect, effect + 1, behind * sizeof *effect);
        feedback->count--;
        feedback->total--;
    }
}
