/* The worker as a whole: one main thread, one keeper, one slot per job at once.
 *
 * Main has the signals and the health tick:
 *   SIGTERM, SIGINT, and SIGHUP (the terminal is gone) unless it is ignored
 *                    take no more jobs; running ones may take DRAIN_S, then their children are
 *                    killed and they are given back without using up an attempt
 *   the same again   at once
 *   SIGTSTP, SIGCONT take no more jobs; take jobs again
 * A server that is away, at start or later, never ends the service.
 */
#ifndef MG_WORKER_SERVICE_SUPERVISOR_H
#define MG_WORKER_SERVICE_SUPERVISOR_H

#include "base/error.h"
#include "worker/service/audio_store.h"
#include "worker/config.h"
#include "worker/service/log.h"

#include <stdbool.h>

typedef struct mg_supervisor_options {
    const mg_config *config; /* complete */
    mg_log *log;
    mg_audio_store *audio;
    bool until_empty;          /* end when nothing is due, running or due within two minutes */
    bool once;                 /* one slot, one job, end */
    const char *analyser_path; /* NULL: the usual one; tests name a stand-in */
} mg_supervisor_options;

/** Runs until a signal, --once or --until-empty ends it. Blocks the signals above in the calling
 *  thread (and ignores SIGPIPE) until it returns; no other thread of the process may exist.
 *  @return MG_OK; MG_E_CONFIG, MG_E_SCHEMA or MG_E_PERMISSION when a server refuses for good;
 *          MG_E_NOMEM or MG_E_INTERNAL when threads cannot be made */
mg_err mg_supervisor_run(const mg_supervisor_options *options, mg_errinfo *err);

#endif
