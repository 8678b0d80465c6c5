/* Connecting to Postgres, and what its errors mean here. */
#ifndef MG_SCHEMA_PG_CONNECT_H
#define MG_SCHEMA_PG_CONNECT_H

#include "schema/store_impl.h"

#include "schema/libpq.h"

/** Connect within 5 s and the deadline of the call; sets store->connection.
 *  @return MG_OK; MG_E_CONFIG (malformed URL, refused credentials, no such database: a person must
 *          act); MG_E_UNAVAILABLE (away, starting, full: try again) */
mg_err mg_pg_connect(mg_store *store, mg_errinfo *err);

/** What an SQLSTATE of a statement means for the caller. */
mg_err mg_pg_classify(const char *sqlstate);

#endif
