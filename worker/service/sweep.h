/* The retention purge: raw audio goes when its date has come, with proof.
 *
 * For each object: the intent is committed (deleting), the file is deleted and proved gone, the
 * tombstone is committed (deleted). A run that dies at any point is completed by the next one. A
 * file that the ledger does not know is deleted too, if it is older than a day and nothing that
 * was announced waits in the queue; so is what a dead upload left (.part) after a day.
 *
 * Nothing is deleted by a wrong clock (host and database more than 5 minutes apart), by two runs at
 * once, or in a great mass without a person's word: more than 100 objects that are more than a
 * fifth of all need `confirm`.
 */
#ifndef MG_WORKER_SERVICE_SWEEP_H
#define MG_WORKER_SERVICE_SWEEP_H

#include "base/error.h"
#include "queue/stream.h"
#include "schema/store.h"
#include "worker/service/audio_store.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum mg_sweep_kind {
    MG_SWEEP_RETENTION, /* its date has come */
    MG_SWEEP_ORPHAN,    /* a file that the ledger does not know */
    MG_SWEEP_PARTIAL,   /* left by an upload that never ended */
} mg_sweep_kind;

typedef enum mg_sweep_step {
    MG_SWEEP_PLANNED, /* what a dry run tells */
    MG_SWEEP_INTENT,  /* the intent is committed */
    MG_SWEEP_REMOVED, /* the file is gone */
    MG_SWEEP_DONE,    /* and the tombstone committed */
    MG_SWEEP_KEPT,    /* not due any more: a job needs it again */
    MG_SWEEP_FAILED,  /* left for the next run */
} mg_sweep_step;

typedef struct mg_sweep_item {
    mg_sweep_kind kind;
    const char *key;
    int64_t bytes;   /* -1: not known */
    bool missing;    /* the file was gone before: from REMOVED on */
    const char *why; /* of FAILED; else "" */
} mg_sweep_item;

/* Called for every step of every object. */
typedef void mg_sweep_report(void *context, mg_sweep_step step, const mg_sweep_item *item);

typedef struct mg_sweep_options {
    mg_store *store;
    mg_audio_store *audio;
    mg_stream *stream; /* NULL: no queue is configured, the ledger alone announces jobs */
    bool dry_run;
    int64_t confirm;         /* so many objects may go in this run; 0: not given */
    mg_sweep_report *report; /* may be NULL */
    void *context;
} mg_sweep_options;

typedef struct mg_sweep_result {
    int64_t planned, deleted, missing, kept, failed, bytes; /* bytes: of what was deleted */
    int64_t orphans, partials;                              /* of `planned` */
    int64_t foreign;     /* names below the root that are no keys; never touched */
    int64_t directories; /* empty ones removed */
    bool needs_confirm;  /* the brake holds; a dry run tells it without failing */
    bool orphans_skipped;
    char orphans_why[160]; /* why; "" when they were not skipped */
    char run_id[MG_UUID_SIZE];
} mg_sweep_result;

/** @return MG_OK; MG_E_STORAGE when some file could not be deleted (the others were);
 *          MG_E_REFUSED: clock, or the brake (*err says how many would go); MG_E_BUSY: another run;
 *          MG_E_UNAVAILABLE, ... of the ledger. *ret tells how far it came in every case. */
mg_err mg_sweep_run(const mg_sweep_options *options, mg_sweep_result *ret, mg_errinfo *err);

#endif
