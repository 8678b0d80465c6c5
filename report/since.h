/* Two results of one piece of music, before and after an edit: what got better, worse, or new.
 *
 * Feedback is compared by code. An item that now stands in another's `also` is not resolved: it is
 * still there under that name. Better and worse go by severity, then by the distance to the target,
 * where that changed by more than a twentieth; praise is either there or not.
 * Nothing is said about measures but their change: what is better depends on the target.
 */
#ifndef MG_REPORT_SINCE_H
#define MG_REPORT_SINCE_H

#include "base/json_write.h"
#include "report/since_fields.h"

#include <jansson.h>

enum { MG_SINCE_ITEMS_MAX = 64 };

typedef enum mg_trend { MG_TREND_BETTER, MG_TREND_SAME, MG_TREND_WORSE } mg_trend;
extern const char *const mg_trend_name[3]; /* "better", "same", "worse" */

typedef struct mg_since_item {
    const json_t *before, *now; /* feedback items; one of them is NULL when resolved or new */
    double change;              /* of `measured`, in its unit; NAN: one of them has none */
    mg_trend trend;
} mg_since_item;

typedef struct mg_since_measure {
    const mg_since_field *field;
    double before, now; /* NAN: there was, or is, none */
} mg_since_measure;

/* Everything is borrowed from the two documents. */
typedef struct mg_since {
    bool same_audio;     /* the file's bytes are the same */
    bool other_engine;   /* versions differ: numbers may have moved by themselves */
    bool other_profile;  /* scores and feedback have other targets */
    bool other_params;   /* other options (--excerpt), or the profile's content */
    unsigned resolved_count, added_count, kept_count, measure_count;
    mg_since_item resolved[MG_SINCE_ITEMS_MAX]; /* in the order of importance then */
    mg_since_item added[MG_SINCE_ITEMS_MAX];    /* in the order of importance now */
    mg_since_item kept[MG_SINCE_ITEMS_MAX];
    mg_since_measure measures[MG_SINCE_FIELDS]; /* those that changed */
} mg_since;

/** @param before, now  results (report/result_view.h) */
void mg_since_compare(const json_t *before, const json_t *now, mg_since *ret);

/** The value of `since` (schema/result.schema.json) as an object under this key. */
void mg_since_write(mg_json *json, const char *key, const mg_since *since);

/** A number as people compare it: digits and sign, "-" where there is none. out[32]. */
void mg_since_number(double value, int digits, bool sign, char out[32]);

#endif
