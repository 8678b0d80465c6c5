/* SQLite's functions, without sqlite3_: loaded when the first ledger in a file is opened
 * (base/library.h). */
#ifndef MG_SCHEMA_LIBSQLITE_H
#define MG_SCHEMA_LIBSQLITE_H

#include "base/error.h"

#include <sqlite3.h>

#define MG_LIBSQLITE(X)                                                                            \
    X(bind_double) X(bind_int64) X(bind_null) X(bind_parameter_index) X(bind_text64)               \
    X(busy_timeout) X(close) X(column_bytes) X(column_count) X(column_text) X(column_type)         \
    X(errmsg) X(errstr) X(exec) X(extended_result_codes) X(finalize) X(get_autocommit)             \
    X(libversion) X(open_v2) X(prepare_v2) X(step) X(system_errno) X(total_changes)

#define MG_LIBSQLITE_MEMBER(name) __typeof__(sqlite3_##name) *name;
typedef struct mg_libsqlite {
    MG_LIBSQLITE(MG_LIBSQLITE_MEMBER)
} mg_libsqlite;
#undef MG_LIBSQLITE_MEMBER

/* Nothing may be called before mg_libsqlite_load() has succeeded. */
extern mg_libsqlite mg_sqlite;

/** @return MG_OK; MG_E_CONFIG: SQLite is not installed */
mg_err mg_libsqlite_load(mg_errinfo *err);

#endif
