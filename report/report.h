/* Documents from a result (JSON of schema mixgauge.result/1).
 *
 * The same result and title give the same bytes: no clock, no locale, no path. A result of an
 * earlier version of the program, which lacks newer fields, gives a document without them.
 */
#ifndef MG_REPORT_REPORT_H
#define MG_REPORT_REPORT_H

#include "base/buf.h"

#include <jansson.h>

enum { MG_REPORT_MAX_BYTES = 4 * 1024 * 1024 };

/** The report page: one HTML file without scripts that loads nothing and, by its own content
 *  security policy, may load nothing. Every foreign text is escaped.
 *  @param title  what the page is about, mostly the file's name, in any bytes; NULL: not known
 *  @param out    appended to; ceiling MG_REPORT_MAX_BYTES is enough for every valid result
 *  @return MG_OK; MG_E_LIMIT or MG_E_NOMEM of the buffer */
mg_err mg_report_html(const json_t *result, const char *title, mg_buf *out);

/** The outline of the waveform as audiowaveform writes it (JSON, version 2, 8 bits), for web
 *  players.
 *  @return MG_OK; MG_E_NOT_FOUND when the result has none; MG_E_LIMIT or MG_E_NOMEM */
mg_err mg_report_waveform(const json_t *result, mg_buf *out);

#endif
