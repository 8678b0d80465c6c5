/* Analysing several files at once, with results in the order given. For the commands alone. */
#ifndef MG_WORKER_CLI_ANALYZE_BATCH_H
#define MG_WORKER_CLI_ANALYZE_BATCH_H

#include "worker/analyser/analyser_run.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct mg_batch_item {
    const char *name; /* borrowed */
    bool done;
    int progress;
    mg_analyser_outcome outcome;
} mg_batch_item;

/* Threads take files in order; each runs one analyser at a time. They stay at most `window` files
 * ahead of the one that is to be printed next, so that a slow first file does not fill the memory
 * with the results of all others. */
typedef struct mg_batch {
    const mg_config *config;
    const char *profile_json;
    bool excerpt;
    const mg_reference_audio *reference; /* NULL: none */
    mg_batch_item *items; /* owned */
    size_t count, window;
    pthread_mutex_t lock; /* guards next, printed and the items' done, progress */
    pthread_cond_t room;
    size_t next, printed;
    atomic_bool stop;
    int wake_fd; /* becomes readable whenever a file is done */
    pthread_t *threads;
    size_t thread_count;
} mg_batch;

/** Begin. @param threads  1..count @return MG_OK; MG_E_NOMEM; MG_E_INTERNAL */
mg_err mg_batch_start(mg_batch *batch, char **names, size_t count, size_t threads,
                      mg_errinfo *err);
/** The next file in order if it is done (valid until the batch ends; free its outcome); else NULL.
 */
mg_batch_item *mg_batch_next(mg_batch *batch);
/** Kill what runs and begin nothing new. */
void mg_batch_stop(mg_batch *batch);
/** Files done, and the share of all work that is done (0..1). */
void mg_batch_progress(mg_batch *batch, size_t *ret_done, double *ret_share);
/** Wait for the threads and free everything. */
void mg_batch_end(mg_batch *batch);

#endif
