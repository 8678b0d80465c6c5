/* Many results as a person wants to read them: a line each, and a folder as a set. */
#ifndef MG_WORKER_CLI_TRACK_TABLE_H
#define MG_WORKER_CLI_TRACK_TABLE_H

#include "report/track_set.h"

#include <stdio.h>

typedef struct mg_track_table {
    FILE *out;
    int columns; /* of the terminal */
    bool colour;
} mg_track_table;

/** A line for each track, what needs work first; the tracks are sorted in place. */
void mg_track_table_print(const mg_track_table *table, mg_track_summary *tracks, size_t count);

/** Loudness of the set, the gain that brings each track to its middle, and which tracks mix by key
 *  and tempo; in the order given. */
void mg_track_table_set(const mg_track_table *table, const mg_track_summary *tracks, size_t count);

#endif
