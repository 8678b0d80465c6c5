/* The parts of the report page, for html.c and each other alone. Each part writes its own section
 * and leaves it out where the result has nothing to show. */
#ifndef MG_REPORT_PAGE_H
#define MG_REPORT_PAGE_H

#include "base/buf.h"
#include "report/html_text.h"
#include "report/result_view.h"
#include "report/svg.h"

typedef struct mg_page {
    mg_buf *out;
    const json_t *result;
    double duration_s; /* over 0 */
} mg_page;

/* html_facts.c */
void mg_page_head(const mg_page *page, const char *title);
void mg_page_facts(const mg_page *page);
/* plot_*.c */
void mg_page_waveform(const mg_page *page);
void mg_page_scores(const mg_page *page);
void mg_page_loudness(const mg_page *page);
void mg_page_spectrum(const mg_page *page);
void mg_page_stereo(const mg_page *page);
void mg_page_tempo_key(const mg_page *page);
/* html_since.c */
void mg_page_since(const mg_page *page);
void mg_page_since_measures(const mg_page *page);
/* html_reference.c */
void mg_page_reference(const mg_page *page);
/* html_feedback.c */
void mg_page_feedback(const mg_page *page);
/* html_measures.c */
void mg_page_platforms(const mg_page *page);
void mg_page_measures(const mg_page *page);

/* What several parts share (html.c). */

/* A card with a heading; `class` may add to its looks. */
void mg_page_card(const mg_page *page, const char *class, const char *heading);
void mg_page_card_end(const mg_page *page);
/* Words for a severity ("major"), or "info" for what is none. Static. */
const char *mg_page_severity(const json_t *item);
/* The word for a score's looks: "good" from 80, "fair" from 60, "poor"; "none" for NAN. */
const char *mg_page_grade(double score);
/* The part of this name of a score; NULL: none. */
const json_t *mg_page_score_part(const mg_page *page, const char *score, const char *part);

#endif
