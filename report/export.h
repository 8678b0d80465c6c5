/* Results as files that DJ programs and spreadsheets read: one collection for any number of tracks.
 *
 * rekordbox XML (DJ_PLAYLISTS 1.0.0), Traktor NML (version 19) and CSV (RFC 4180).
 * docs/dj-export.md says what is written and what each program makes of it. Not thread-safe; never
 * logs.
 */
#ifndef MG_REPORT_EXPORT_H
#define MG_REPORT_EXPORT_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

typedef enum mg_export_form {
    MG_EXPORT_REKORDBOX,
    MG_EXPORT_TRAKTOR,
    MG_EXPORT_CSV
} mg_export_form;

typedef struct mg_export {
    mg_export_form form;
    size_t count;    /* tracks so far */
    mg_buf body;     /* their part of the document */
    mg_buf playlist; /* their part of its playlist */
    json_t *paths;   /* a set of them; NULL before the first */
} mg_export;

/** The form that a file name asks for by its ending: .xml, .nml, .csv in any case.
 *  @return false: another ending */
bool mg_export_form_of(const char *file_name, mg_export_form *ret);

void mg_export_init(mg_export *export, mg_export_form form);
void mg_export_done(mg_export *export);

/** Add a track; a path that is in the collection already is passed over.
 *  @param path    absolute, as the file system has it: any bytes but NUL
 *  @param result  a result (report/result_view.h)
 *  @return MG_OK; MG_E_NOMEM; MG_E_LIMIT for a collection over 1 GiB */
mg_err mg_export_add(mg_export *export, const char *path, const json_t *result);

/** Can the form hold this path exactly? rekordbox XML takes any. NML and CSV are text, so that a
 *  path that is not UTF-8 (and in NML one with control characters) is written with replacements:
 *  it will not be found again. */
bool mg_export_holds(mg_export_form form, const char *path);

/** The whole document into *out. @return MG_OK; MG_E_NOMEM; MG_E_LIMIT */
mg_err mg_export_finish(const mg_export *export, mg_buf *out);

#endif
