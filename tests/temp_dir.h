/* Temporary directories of tests: below TMPDIR, which scripts/test sets and removes whatever
 * happens to the test. Short, because unix sockets are made in them. */
#ifndef MG_TESTS_TEMP_DIR_H
#define MG_TESTS_TEMP_DIR_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* A new private directory; its name into out[size]. */
static inline bool make_temp_dir(char *out, size_t size)
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(out, size, "%s/mg.XXXXXX", base && base[0] ? base : "/tmp");
    return len > 0 && (size_t)len < size && mkdtemp(out) != NULL;
}

#endif
