/* Text and numbers for an HTML page. Whatever comes from a file's name or a result goes through
 * mg_html_text(); nothing else of this room may put foreign text into a page. */
#ifndef MG_REPORT_HTML_TEXT_H
#define MG_REPORT_HTML_TEXT_H

#include "base/buf.h"

enum { MG_HTML_TEXT_MAX = 600 /* characters of one text; the rest becomes an ellipsis */ };

/* Text for an element or a quoted attribute: & < > " ' as references, ill-formed bytes, control
 * characters and controls of the writing direction as "?" (as mg_utf8_printable() has them). */
void mg_html_text(mg_buf *out, const char *text);
/* The same cut to so many characters. */
void mg_html_text_cut(mg_buf *out, const char *text, unsigned characters);

/* "-9.0" with a typographic minus and the digits stated (0..6), never -0; five and more digits
 * before the point stand in threes; a dash for NAN. */
void mg_html_number(mg_buf *out, double value, int digits);
/* The same with a plus before what is positive. */
void mg_html_signed(mg_buf *out, double value, int digits);
/* The number and, if it exists, a narrow space and the unit (static text; "" and "1": none). */
void mg_html_value(mg_buf *out, double value, int digits, const char *unit);
/* A target: "-16.0 to -5.0 LUFS", "at most -1.0 dBTP", "at least 5.0 LU"; a side that is NAN is
 * open, and a dash stands for no target. */
void mg_html_range(mg_buf *out, double low, double high, int digits, const char *unit);
/* "4:55", "1:02:03"; with digits = 1 "1:04.2". A dash for NAN. */
void mg_html_time(mg_buf *out, double seconds, int digits);
/* "63 Hz", "1.2 kHz". */
void mg_html_hz(mg_buf *out, double hz);
/* A name such as "low_mid" with spaces for its underscores and a capital: "Low mid". */
void mg_html_name(mg_buf *out, const char *name);

#endif
