#include "schema/libsqlite.h"

#include "base/library.h"

#define NAME(name) "sqlite3_" #name,
static const char *const names[] = {MG_LIBSQLITE(NAME)};

mg_libsqlite mg_sqlite;
_Static_assert(sizeof mg_sqlite == sizeof names, "a function for each name");

mg_err mg_libsqlite_load(mg_errinfo *err)
{
    static mg_library library =
        MG_LIBRARY_INIT("libsqlite3.so.0", "a ledger in a file", names, mg_sqlite);
    return mg_library_load(&library, err);
}
