/* Text from outside into XML 1.0. */
#ifndef MG_REPORT_XML_TEXT_H
#define MG_REPORT_XML_TEXT_H

#include "base/buf.h"

/** The value of an attribute, without its quotes: markup is escaped, tab and line ends become
 *  references (a parser would turn them into spaces), and what XML 1.0 cannot hold even as a
 *  reference (other control characters, U+FFFE, U+FFFF, bytes that are not UTF-8) becomes
 *  U+FFFD. */
void mg_xml_text(mg_buf *out, const char *text);
/** The same of the first `len` bytes; a character must not go over that end. */
void mg_xml_text_n(mg_buf *out, const char *text, size_t len);

/** ` name="text"`, escaped. */
void mg_xml_attribute(mg_buf *out, const char *name, const char *text);

#endif
