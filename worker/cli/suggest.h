/* "Did you mean": the nearest known word for one that was mistyped. */
#ifndef MG_WORKER_CLI_SUGGEST_H
#define MG_WORKER_CLI_SUGGEST_H

#include <stddef.h>

typedef struct mg_suggestion {
    const char *word; /* best so far; NULL: nothing near enough */
    size_t distance;
} mg_suggestion;

/** Consider one candidate. Near enough is an edit distance (insert, delete, replace, swap two
 *  neighbours) of at most a third of the typed word's length, or a candidate that begins with at
 *  least three typed letters. Ties keep the earlier candidate. */
void mg_suggest(mg_suggestion *best, const char *typed, const char *candidate);

#endif
