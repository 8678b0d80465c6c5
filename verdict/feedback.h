/* Feedback: what is right and wrong, where, by how much, and what to do about it.
 *
 * One rule per code, grouped by area (rules_loudness.c, ...; rules_good.c: what is right). A rule
 * looks at the measures and the profile and adds at most one item. Items of one cause are merged:
 * the one that names the cause lists the others in `also` (feedback_merge.c). Items are ordered by
 * severity, then by how far outside the target they lie. Codes are stable ids and are never
 * renamed.
 */
#ifndef MG_VERDICT_FEEDBACK_H
#define MG_VERDICT_FEEDBACK_H

#include "dsp/measures.h"
#include "verdict/profile.h"

#include <stdbool.h>

typedef enum mg_severity {
    MG_SEVERITY_INFO,
    MG_SEVERITY_MINOR,
    MG_SEVERITY_MAJOR,
    MG_SEVERITY_CRITICAL
} mg_severity;

extern const char *const mg_severity_name[4];

enum {
    MG_FEEDBACK_MAX = 64,
    MG_WHERE_MAX = 20,
    MG_ALSO_MAX = 8,
    MG_FEEDBACK_TEXT = 320,
};

typedef struct mg_where {
    double start_s, end_s;   /* NAN: not about time */
    double low_hz, high_hz;  /* NAN: not about frequency */
    int channel;             /* -1: all */
} mg_where;

typedef struct mg_feedback_item {
    const char *code; /* static */
    mg_severity severity;
    double weight; /* deviation in tolerances: the order within a severity */
    char message[MG_FEEDBACK_TEXT];
    char advice[MG_FEEDBACK_TEXT];
    mg_value measured;
    double low, high; /* target; NAN: open */
    const char *unit; /* static */
    int digits;       /* of measured, low, high and delta */
    double confidence;
    mg_evidence evidence;
    char source[160]; /* of the target; "": the target is a fact or ours alone */
    unsigned where_count, also_count;
    mg_where where[MG_WHERE_MAX];
    const char *also[MG_ALSO_MAX];
} mg_feedback_item;

typedef struct mg_feedback {
    unsigned count;
    unsigned total; /* before the cap */
    mg_feedback_item items[MG_FEEDBACK_MAX];
} mg_feedback;

/** @param excerpt  a cut-out: no cut or silence findings */
void mg_feedback_compute(const mg_measures *measures, const mg_profile *profile, bool excerpt,
                         mg_feedback *ret);

#endif
