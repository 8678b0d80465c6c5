/* Retry classes: which reason may run again, how often and when. */
#ifndef MG_QUEUE_RETRY_H
#define MG_QUEUE_RETRY_H

#include "base/error.h"

#include <stdint.h>

typedef struct mg_retry_rule {
    const char *retry_class; /* "input", "crash", "worker_lost", "audio_missing", "storage": stored
                          with the attempt; attempts are counted per class since the last requeue */
    unsigned max_attempts; /* 1: never again */
    int64_t base_delay_ms; /* before the next attempt */
    int64_t max_delay_ms;  /* > base: doubled each time up to this, with full jitter */
} mg_retry_rule;

/** The rule for the reason of a job; MG_E_INTERNAL's rule for anything else. Static. */
const mg_retry_rule *mg_retry_rule_for(mg_err reason);

/** Delay before the attempt after the `failed`-th (1..) failure of this class.
 *  @param random  uniform; used by classes with jitter */
int64_t mg_retry_delay_ms(const mg_retry_rule *rule, unsigned failed, uint32_t random);

#endif
