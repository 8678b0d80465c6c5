/* How many columns of a terminal a text takes, and cutting it to fit. */
#ifndef MG_WORKER_CLI_TEXT_WIDTH_H
#define MG_WORKER_CLI_TEXT_WIDTH_H

#include <stddef.h>
#include <stdio.h>

/** Columns of a terminal: of the stream's if it is one, else `fallback`. */
int mg_terminal_columns(FILE *stream, int fallback);

/** Columns that a printable UTF-8 text takes: combining marks none, East Asian wide characters and
 *  pictographs two (Unicode's East Asian Width, by blocks), all else one. */
int mg_text_columns(const char *text);

/** Make a text printable (mg_utf8_printable) and cut it to `columns`, with "…" where it was cut: at
 *  the end, or, for names, whose end tells them apart too, in the middle. */
void mg_text_cut(const char *text, int columns, char *out, size_t size);
void mg_text_cut_middle(const char *text, int columns, char *out, size_t size);

/** Print it and fill up with spaces to `columns`. */
void mg_text_pad(FILE *out, const char *printable, int columns);

#endif
