/* A shared library that is loaded when it is first used, not when the program starts: what few
 * runs need would else cost all of them. libpq alone brings twenty libraries and takes 4 ms.
 *
 * The caller keeps a struct of nothing but pointers to functions, and their names in the same order;
 * schema/libpq.h shows how one list makes both.
 */
#ifndef MG_BASE_LIBRARY_H
#define MG_BASE_LIBRARY_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct mg_library {
    const char *soname, *purpose; /* "libpq.so.5", "a Postgres ledger" */
    const char *const *names;
    size_t count;
    void *functions; /* the struct */
    pthread_mutex_t lock;
    bool loaded;
} mg_library;

/* A library of FUNCTIONS, a struct, and NAMES, an array. */
#define MG_LIBRARY_INIT(SONAME, PURPOSE, NAMES, FUNCTIONS)                                         \
    {.soname = (SONAME),                                                                           \
     .purpose = (PURPOSE),                                                                         \
     .names = (NAMES),                                                                             \
     .count = sizeof(NAMES) / sizeof(NAMES)[0],                                                    \
     .functions = &(FUNCTIONS),                                                                    \
     .lock = PTHREAD_MUTEX_INITIALIZER}

/** Fill the struct of functions; at once when that is done already. The library stays loaded. Any
 *  thread may call this, and may use the functions after its own call has succeeded.
 *  @return MG_OK; MG_E_CONFIG: the library is not installed, or lacks a function */
mg_err mg_library_load(mg_library *library, mg_errinfo *err);

#endif
