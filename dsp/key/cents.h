/* Where the twelve-tone grid of a file lies: a histogram of how far its spectral peaks are off the
 * grid of A = 440 Hz, each less what it is off for being a third, fifth or seventh partial. Plain
 * data; zeroed memory is an empty histogram.
 */
#ifndef MG_DSP_KEY_CENTS_H
#define MG_DSP_KEY_CENTS_H

#include "dsp/key/peaks.h"

enum { MG_CENTS_BINS = 100 /* one cent each, 0 first, on the circle */ };

typedef struct mg_cents {
    double bin[MG_CENTS_BINS];
} mg_cents;

/** The peaks of a frame from 150 Hz on, rising in frequency. @param share  weight of the frame */
void mg_cents_add(mg_cents *cents, const mg_peak *peaks, size_t count, double share);

/** Length of the mean vector, 0..1: how much the peaks agree on a grid; 0: no peaks. */
double mg_cents_strength(const mg_cents *cents);

/** The tuning by the mode of the histogram in cents, (-50, 50], with a small preference for 0 that
 *  decides where peaks hardly agree. */
double mg_cents_mode(const mg_cents *cents);

/** The tuning, exact, in cents, (-50, 50]: near the mode of both histograms together the place
 *  around which the second (the first where it is empty) is most nearly a mirror image of itself.
 *  A unison of detuned voices is spread evenly to both sides of its note, however unlike the
 *  levels of the voices are.
 *  @param all    of the whole file
 *  @param sides  of both channels alike */
double mg_cents_middle(const mg_cents *all, const mg_cents *sides);

#endif
