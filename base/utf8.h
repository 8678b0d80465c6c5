/* UTF-8 checks for text that comes from outside. */
#ifndef MG_BASE_UTF8_H
#define MG_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length in bytes (1..4) of the well-formed character at `text` (NUL-terminated), 0 if the bytes
 * there are not well-formed (overlong forms, surrogates and values over U+10FFFF are not). */
size_t mg_utf8_length_at(const char *text);

/* True if the whole text is well-formed. */
bool mg_utf8_valid(const char *text);

/* Copies `text` into out[size] for one line of a terminal or a log: bad bytes, control characters
 * (C0, DEL, C1) and the bidirectional and line-separator controls become '?'; cut at a character
 * boundary. Always terminated; size > 0. */
void mg_utf8_printable(const char *text, char *out, size_t size);

#endif
