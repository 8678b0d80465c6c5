#include "queue/retry.h"

/* The table is a contract (docs/operations.md): how often and how far apart. */
static const mg_retry_rule input = {"input", 1, 0, 0};
static const mg_retry_rule crash = {"crash", 2, 30000, 30000};
static const mg_retry_rule worker_lost = {"worker_lost", 3, 60000, 60000};
/* Four attempts at 0, 15, 30 and 45 s: an upload that is still under way gets a minute. */
static const mg_retry_rule audio_missing = {"audio_missing", 4, 15000, 15000};
static const mg_retry_rule storage = {"storage", 8, 10000, 30 * 60 * 1000};

const mg_retry_rule *mg_retry_rule_for(mg_err reason)
{
    switch (reason) {
    case MG_E_UNSUPPORTED_FORMAT:
    case MG_E_CORRUPT_AUDIO:
    case MG_E_EMPTY_AUDIO:
    case MG_E_TOO_LONG:
    case MG_E_TOO_LARGE:
    case MG_E_LIMITS_EXCEEDED:
    case MG_E_CHECKSUM_MISMATCH:
    case MG_E_UNSUPPORTED_VERSION:
    case MG_E_BAD_MESSAGE:
    case MG_E_USER_ERASED:
        return &input;
    case MG_E_WORKER_LOST:
        return &worker_lost;
    case MG_E_AUDIO_MISSING:
        return &audio_missing;
    case MG_E_STORAGE:
        return &storage;
    default: /* timeout, memory_limit, decoder_crash, sandbox_violation, internal */
        return &crash;
    }
}

int64_t mg_retry_delay_ms(const mg_retry_rule *rule, unsigned failed, uint32_t random)
{
    if (rule->max_delay_ms <= rule->base_delay_ms)
        return rule->base_delay_ms;
    int64_t ceiling = rule->base_delay_ms;
    for (unsigned i = 1; i < failed && ceiling < rule->max_delay_ms; i++)
        ceiling *= 2;
    if (ceiling > rule->max_delay_ms)
        ceiling = rule->max_delay_ms;
    /* Full jitter, so that jobs that failed together do not come back together. */
    return (int64_t)((uint64_t)random * (uint64_t)(ceiling + 1) >> 32);
}
