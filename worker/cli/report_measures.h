/* The measures of a result, a line or two for each subject. For report_text.c only. */
#ifndef MG_WORKER_CLI_REPORT_MEASURES_H
#define MG_WORKER_CLI_REPORT_MEASURES_H

#include "worker/cli/text_page.h"

#include <jansson.h>

void mg_report_measures(const mg_page *page, const json_t *result);
/** Differences to the reference track; nothing where there is none. */
void mg_report_reference(const mg_page *page, const json_t *result);

#endif
