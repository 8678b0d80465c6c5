/* Several tracks seen together: what needs work first, and what a set of them is like. */
#ifndef MG_REPORT_TRACK_SET_H
#define MG_REPORT_TRACK_SET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Of one result: what a line of a table needs. */
typedef struct mg_track_summary {
    const char *name; /* borrowed */
    double score;     /* 0..100; this and the following: NAN where there is none */
    double lufs;      /* integrated; mono files as heard from two loudspeakers */
    double true_peak_dbtp, bpm;
    bool moves;       /* its tempos are more than MG_MOVING_PERCENT apart: bpm is their mean */
    double bpm_low, bpm_high; /* the slowest and fastest; only when it moves */
    char camelot[4];  /* "8A"; "" where there is no key */
    unsigned critical, major, minor;
    char problem[200]; /* the most important finding above info; "" where there is none */
    char brief[64];    /* the same in a few words (report/finding_words.h) */
} mg_track_summary;

void mg_track_summarize(const char *name, const json_t *result, mg_track_summary *ret);

/** What needs work first: by the number of critical, then of major items, then the lowest score,
 *  then the order given. Sorts in place, stably. */
void mg_tracks_sort(mg_track_summary *tracks, size_t count);

typedef struct mg_set_loudness {
    size_t count;                 /* tracks that have a loudness; 0: the rest means nothing */
    double lowest, highest, middle; /* LUFS; middle: the median, of an even number the lower */
} mg_set_loudness;

void mg_set_loudness_of(const mg_track_summary *tracks, size_t count, mg_set_loudness *ret);

/** Do two Camelot keys mix: the same, one hour apart on the same ring, or the other ring at the
 *  same hour (relative major and minor). */
bool mg_keys_mix(const char *camelot, const char *other);

/** Change of tempo that brings b to a, in per cent of b: 100 (a / b - 1). NAN without both. */
double mg_tempo_change_percent(double bpm_a, double bpm_b);

enum { MG_NEIGHBOUR_PERCENT = 6, MG_MOVING_PERCENT = 1 };

/** The tracks that follow track `index` well: key that mixes, tempo within 6 % and not moving;
 *  nearest tempo first, then the order given.
 *  @param ret  indices  @return how many, at most `most` */
size_t mg_set_neighbours(const mg_track_summary *tracks, size_t count, size_t index, size_t *ret,
                         size_t most);

#endif
