#include "verdict/feedback.h"

#include "base/json_write.h"
#include "verdict/rules.h"
#include "verdict/score.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const mg_severity_name[4] = {"info", "minor", "major", "critical"};

mg_feedback_item *mg_rule_add(mg_rule_context *context, const char *code, mg_severity severity)
{
    mg_feedback *out = context->out;
    out->total++;
    if (out->count == MG_FEEDBACK_MAX)
        return NULL;
    mg_feedback_item *item = &out->items[out->count++];
    *item = (mg_feedback_item){
        .code = code,
        .severity = severity,
        .measured = mg_none(MG_WHY_NOT_APPLICABLE),
        .low = NAN,
        .high = NAN,
        .unit = "",
        .confidence = 1.0,
        .evidence = MG_EVIDENCE_MEASURED,
    };
    return item;
}

void mg_rule_measured(mg_feedback_item *item, mg_value measured, double low, double high,
                      double tolerance, const char *unit, int digits)
{
    if (!item)
        return;
    item->measured = measured;
    item->low = low;
    item->high = high;
    item->unit = unit;
    item->digits = digits;
    if (mg_has(measured) && tolerance > 0.0)
        item->weight = mg_target_distance(measured.v, low, high) / tolerance;
}

void mg_rule_message(mg_feedback_item *item, const char *format, ...)
{
    if (!item)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(item->message, sizeof item->message, format, args);
    va_end(args);
}

void mg_rule_advice(mg_feedback_item *item, const char *format, ...)
{
    if (!item)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(item->advice, sizeof item->advice, format, args);
    va_end(args);
}

void mg_rule_source(mg_feedback_item *item, const mg_target *target)
{
    if (!item)
        return;
    item->evidence = target->evidence;
    memcpy(item->source, target->source, sizeof item->source);
}

void mg_rule_also(mg_feedback_item *item, const char *code)
{
    if (item && item->also_count < MG_ALSO_MAX)
        item->also[item->also_count++] = code;
}

static mg_where *add_where(mg_feedback_item *item)
{
    if (!item || item->where_count == MG_WHERE_MAX)
        return NULL;
    mg_where *where = &item->where[item->where_count++];
    *where = (mg_where){.start_s = NAN, .end_s = NAN, .low_hz = NAN, .high_hz = NAN, .channel = -1};
    return where;
}

void mg_rule_at(mg_feedback_item *item, double start_s, double end_s, int channel)
{
    mg_where *where = add_where(item);
    if (where) {
        where->start_s = start_s;
        where->end_s = end_s;
        where->channel = channel;
    }
}

void mg_rule_band(mg_feedback_item *item, double low_hz, double high_hz)
{
    mg_where *where = add_where(item);
    if (where) {
        where->low_hz = low_hz;
        where->high_hz = high_hz;
    }
}

double mg_rule_written(mg_value value, int digits)
{
    return mg_has(value) ? mg_json_rounded(value.v, digits) : (double)NAN;
}

double mg_rule_tenth(double value)
{
    return mg_json_rounded(value, 1);
}

void mg_rule_time(double seconds, char out[24])
{
    unsigned tenths = (unsigned)lround(fmin(fmax(seconds, 0.0), 999999.0) * 10.0);
    unsigned minutes = tenths / 600;
    if (minutes >= 60)
        snprintf(out, 24, "%u:%02u:%02u", minutes / 60, minutes % 60, tenths % 600 / 10);
    else
        snprintf(out, 24, "%u:%02u.%u", minutes, tenths % 600 / 10, tenths % 10);
}

bool mg_rule_too_short(const mg_rule_context *context)
{
    return context->m->loudness.short_term_max_lufs.why == MG_WHY_TOO_SHORT;
}

bool mg_rule_is_club(const mg_rule_context *context)
{
    return strcmp(context->profile->purpose, "club") == 0;
}

/* Most severe first, then the largest deviation, then the code, so that the order is total. */
static int compare_items(const void *left, const void *right)
{
    const mg_feedback_item *a = left, *b = right;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return strcmp(a->code, b->code);
}

void mg_feedback_compute(const mg_measures *measures, const mg_profile *profile, bool excerpt,
                         mg_feedback *ret)
{
    ret->count = 0;
    ret->total = 0;
    mg_rule_context context = {
        .m = measures, .profile = profile, .excerpt = excerpt, .out = ret};
    mg_rules_loudness(&context);
    mg_rules_dynamics(&context);
    mg_rules_tonal(&context);
    mg_rules_stereo(&context);
    mg_rules_technical(&context);
    mg_rules_music(&context);
    mg_rules_good(&context);
    mg_feedback_merge(ret);
    qsort(ret->items, ret->count, sizeof ret->items[0], compare_items);
}
