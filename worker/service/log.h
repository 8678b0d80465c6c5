/* The log of the service: one line per event on one descriptor.
 *
 *     2026-03-01T12:34:56.789Z info job_done job=0190f3a0-... attempt=1 wall_ms=812
 *
 * or, in the form "json", one object per line with the keys time, level, event and the fields.
 * Values from outside cannot forge a line or a field: control characters, quotes and bytes that are
 * not UTF-8 are escaped. Jobs are named by their id alone; file names, titles and keys do not
 * belong into a log. Thread-safe: each event is one write() of at most 4 KiB, or several.
 *
 * A reader that stops reading must not stop the leases from being renewed: after 100 ms a line is
 * dropped, and what comes through next is preceded by how many were (log_dropped).
 */
#ifndef MG_WORKER_SERVICE_LOG_H
#define MG_WORKER_SERVICE_LOG_H

#include "base/error.h"

#include <stdint.h>

typedef enum mg_log_level { MG_LOG_DEBUG, MG_LOG_INFO, MG_LOG_WARN, MG_LOG_ERROR } mg_log_level;

typedef struct mg_log mg_log;

typedef struct mg_log_field {
    const char *key;  /* NULL ends the list; [a-z_], never from outside */
    const char *text; /* NULL: the number counts */
    int64_t number;
} mg_log_field;

/* clang-format off */
#define MG_LOG_STR(name, value) ((mg_log_field){.key = (name), .text = (value)})
#define MG_LOG_INT(name, value) ((mg_log_field){.key = (name), .number = (int64_t)(value)})
/* A field only where the condition holds; nothing may follow it. */
#define MG_LOG_STR_IF(condition, name, value)                                                      \
    ((mg_log_field){.key = (condition) ? (name) : NULL, .text = (value)})
/* mg_log_event() with the fields as further arguments, at least one. */
#define MG_LOG(log, level, event, ...)                                                             \
    mg_log_event((log), (level), (event), (const mg_log_field[]){__VA_ARGS__, {.key = NULL}})
/* clang-format on */

/** @param level, format  as in the settings: debug|info|warn|error, text|json
 *  @param fd             stays the caller's
 *  @return MG_OK; MG_E_CONFIG; MG_E_NOMEM */
mg_err mg_log_new(mg_log **ret, const char *level, const char *format, int fd, mg_errinfo *err);
void mg_log_free(mg_log *log);

/** Writes the event if its level is high enough. A line longer than 4 KiB is cut. Never fails: a
 *  log that cannot be written must not stop the service. */
void mg_log_event(mg_log *log, mg_log_level level, const char *event, const mg_log_field *fields);

#endif
