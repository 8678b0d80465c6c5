/* A slot: one thread that runs one job at a time, with its own connection to the ledger.
 *
 * Claim, open the audio, run the analyser, write down what became of it. Its thread lives as long
 * as its child, since the child dies with the thread that started it.
 */
#ifndef MG_WORKER_SERVICE_SLOT_H
#define MG_WORKER_SERVICE_SLOT_H

#include "worker/service/audio_store.h"
#include "worker/service/crew.h"

typedef struct mg_slot {
    mg_crew *crew;
    mg_audio_store *audio;
    size_t index; /* in crew->jobs */
} mg_slot;

/** The thread's function; `argument` is an mg_slot that outlives it. Returns NULL when the crew
 *  drains and its job has ended. */
void *mg_slot_thread(void *argument);

#endif
