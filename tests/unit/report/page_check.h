/* Looking at a report page as text: is it well-formed, and what is it in short. */
#ifndef MG_TESTS_PAGE_CHECK_H
#define MG_TESTS_PAGE_CHECK_H

#include "base/buf.h"

/* Fails the test unless every element is closed in order, every attribute is quoted, every id is
 * unique, and nothing in it could run or load: no script, no handler, no style attribute. */
void assert_page_sound(const char *html);

/* The page without what says little: the style sheet and its hash left out, the data of a path as
 * its number of characters and a checksum. A text of its own line after every end tag. */
void page_digest(const char *html, mg_buf *out);

/* The tags alone, without what stands between them and without descriptions' text. */
void page_skeleton(const char *html, mg_buf *out);

#endif
