/* A comparison with an earlier version in words, for the page and the terminal alike. */
#ifndef MG_REPORT_SINCE_WORDS_H
#define MG_REPORT_SINCE_WORDS_H

#include <stdbool.h>

/** What to call an item that is in one of the two results only: "resolved", "new"; for praise
 *  "no longer", "now good". Static. */
const char *mg_since_tag(const char *code, bool resolved);
/** A sentence without its full stop for a warning's id; NULL: not known. Static. */
const char *mg_since_warning(const char *id);
/** Digits after the point for an item's figures in this unit. */
int mg_since_digits(const char *unit);

#endif
