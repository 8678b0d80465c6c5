#include "schema/libpq.h"

#include "base/library.h"

#define NAME(name) "PQ" #name,
static const char *const names[] = {MG_LIBPQ(NAME)};

mg_libpq mg_pq;
_Static_assert(sizeof mg_pq == sizeof names, "a function for each name");

mg_err mg_libpq_load(mg_errinfo *err)
{
    static mg_library library = MG_LIBRARY_INIT("libpq.so.5", "a Postgres ledger", names, mg_pq);
    return mg_library_load(&library, err);
}
