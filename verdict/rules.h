/* For the rule files only: how a rule adds its item. */
#ifndef MG_VERDICT_RULES_H
#define MG_VERDICT_RULES_H

#include "verdict/feedback.h"

typedef struct mg_rule_context {
    const mg_measures *m;
    const mg_profile *profile;
    bool excerpt;
    mg_feedback *out;
} mg_rule_context;

/* A new item with everything open, or NULL when the list is full. */
mg_feedback_item *mg_rule_add(mg_rule_context *context, const char *code, mg_severity severity);
/* Value and target; also sets the weight from the tolerance. */
void mg_rule_measured(mg_feedback_item *item, mg_value measured, double low, double high,
                      double tolerance, const char *unit, int digits);
void mg_rule_message(mg_feedback_item *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void mg_rule_advice(mg_feedback_item *item, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The target's evidence and source. */
void mg_rule_source(mg_feedback_item *item, const mg_target *target);
/* `code` (static) is another name of what the item says. */
void mg_rule_also(mg_feedback_item *item, const char *code);
void mg_rule_at(mg_feedback_item *item, double start_s, double end_s, int channel);
void mg_rule_band(mg_feedback_item *item, double low_hz, double high_hz);

/* A measure as the result writes it, to `digits` places: what a text says, its figures and the page
 * then agree to the last digit. NAN without a value. */
double mg_rule_written(mg_value value, int digits);
/* To one place for a text, halves away from zero as the result's writer rounds them. */
double mg_rule_tenth(double value);
/* "1:04.3" for people. out[24]. */
void mg_rule_time(double seconds, char out[24]);

/* Under 3 s, the window of short-term loudness: no mix, only a sound. */
bool mg_rule_too_short(const mg_rule_context *context);
bool mg_rule_is_club(const mg_rule_context *context);
/* Fold items into those that name their cause. */
void mg_feedback_merge(mg_feedback *feedback);

void mg_rules_loudness(mg_rule_context *context);
void mg_rules_dynamics(mg_rule_context *context);
void mg_rules_tonal(mg_rule_context *context);
void mg_rules_stereo(mg_rule_context *context);
void mg_rules_technical(mg_rule_context *context);
void mg_rules_music(mg_rule_context *context);
void mg_rules_good(mg_rule_context *context); /* last: looks at what the others found */

#endif
