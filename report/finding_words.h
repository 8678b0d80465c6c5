/* A finding in a few words, for a line of a table: "high mids too weak, 2.8 dB". */
#ifndef MG_REPORT_FINDING_WORDS_H
#define MG_REPORT_FINDING_WORDS_H

#include <jansson.h>
#include <stddef.h>

/** @param item  of a result's feedback; what is not known is said by its code
 *  @param out   plain text, cut to `size` bytes; "" for no item */
void mg_finding_words(const json_t *item, char *out, size_t size);

#endif
