/* The measures that are compared with an earlier version's, and what people call them. */
#ifndef MG_REPORT_SINCE_FIELDS_H
#define MG_REPORT_SINCE_FIELDS_H

#include <jansson.h>
#include <stdbool.h>

typedef enum mg_since_subject {
    MG_SINCE_SCORES,
    MG_SINCE_LOUDNESS, /* and dynamics */
    MG_SINCE_SPECTRUM,
    MG_SINCE_STEREO,
    MG_SINCE_OTHER,
} mg_since_subject;

typedef struct mg_since_field {
    const char *name, *words, *unit; /* a stable id; plain text; "" for no unit */
    mg_since_subject subject;
    int digits;        /* after the point */
    const char *path;  /* in a result (report/result_view.h) */
    int index;         /* of an array at the path, -1: it is none */
    const char *field; /* of that element */
} mg_since_field;

enum { MG_SINCE_FIELDS = 36 };
extern const mg_since_field mg_since_fields[MG_SINCE_FIELDS];

/** The field of this name; NULL: none. */
const mg_since_field *mg_since_field_of(const char *name);
/** Its value in a result; NAN: there is none. */
double mg_since_value(const json_t *result, const mg_since_field *field);
/** A change of the last digits alone is for machines. False for NAN. */
bool mg_since_is_small(double change, int digits);

#endif
