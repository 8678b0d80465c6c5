/* Words for the ids of a result. What is not known is shown as it is, with spaces. */
#ifndef MG_REPORT_LABELS_H
#define MG_REPORT_LABELS_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* "integrated_lufs": "Integrated loudness"; "apple_music": "Apple Music". */
void mg_html_label(mg_buf *out, const char *id);
/* The area of a feedback code, "tonal.sub_high": "Tone". */
void mg_html_area(mg_buf *out, const char *code);
/* A unit as people write it: "1/min": "a minute", "1": "". Returns `unit` if nothing is better. */
const char *mg_unit_label(const char *unit);
/* Why an object of `scores` has no value, in two words: "too short", "silent". */
const char *mg_no_score(const json_t *score);
/* Was this result judged as a premaster? What services do to a master says nothing about it. */
bool mg_is_premaster(const json_t *result);
/* Is this feedback code praise? It names no fault: nothing to mend, resolve or find anew. */
bool mg_is_praise(const char *code);

#endif
