/* Migrations: which there are, which are applied, and the way from one version to another.
 *
 * A version is a pair of files for each engine. The row of schema_migrations is written in the
 * transaction of the migration itself; the table is made by the first one, so "no table" is
 * version 0. */
#include "schema/store_impl.h"

#include "base/embedded.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef struct migration {
    int version;
    const char *name;
    int compatible_from; /* the oldest version whose programs can use a schema of this version */
} migration;

static const migration migrations[] = {
    {1, "ledger", 1},
};
_Static_assert(sizeof migrations / sizeof migrations[0] == MG_SCHEMA_VERSION,
               "one row for each version");

/* The oldest schema that the statements of this program work with. */
enum { OLDEST_SCHEMA = 1 };

extern const mg_embedded_text mg_embedded_migrations[]; /* "sqlite/0001_ledger.up.sql", ... */

static const char *migration_sql(const mg_store *store, const migration *m, const char *way)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%04d_%s.%s.sql", store->ops->kind, m->version, m->name, way);
    for (const mg_embedded_text *row = mg_embedded_migrations; row->name; row++) {
        if (strcmp(row->name, name) == 0)
            return row->text;
    }
    assert(!"every migration has its files");
    return "";
}

static const char *up_sql(const mg_store *store, const migration *m)
{
    return migration_sql(store, m, "up");
}

static const char *down_sql(const mg_store *store, const migration *m)
{
    return migration_sql(store, m, "down");
}

static mg_err checksum(const mg_store *store, const migration *m, char ret[65], mg_errinfo *err)
{
    mg_autofree char *both = NULL;
    int len = asprintf(&both, "%s\f%s", up_sql(store, m), down_sql(store, m));
    if (len < 0) {
        both = NULL;
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    }
    mg_sha256_hex(both, (size_t)len, ret);
    return MG_OK;
}

/* ---- looking ----------------------------------------------------------------------------- */

static mg_err check_applied(mg_store *store, const mg_rows *rows, size_t row, mg_errinfo *err)
{
    int64_t version = mg_rows_int(rows, row, 0);
    if (version < 1 || version > MG_SCHEMA_VERSION)
        return MG_OK; /* of a newer program: nothing to compare it with */
    const migration *m = &migrations[version - 1];
    char expected[65];
    mg_err result = checksum(store, m, expected, err);
    if (result != MG_OK)
        return result;
    if (strcmp(mg_rows_text(rows, row, 2), expected) != 0)
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "migration %d (%s) was applied in another form than this program carries",
                       m->version, m->name);
    return MG_OK;
}

static mg_err read_state(mg_store *store, bool check, mg_migration_state *ret, mg_errinfo *err)
{
    *ret = (mg_migration_state){0};
    mg_auto(mg_rows_done) mg_rows exists = {0};
    mg_err result = mg_db_query(store, &exists, err, store->ops->has_schema, NULL, 0);
    if (result != MG_OK || !mg_rows_bool(&exists, 0, 0))
        return result;
    mg_auto(mg_rows_done) mg_rows rows = {0};
    result = mg_db_query(store, &rows, err,
                         "SELECT version, compatible_from, checksum FROM schema_migrations "
                         "ORDER BY version",
                         NULL, 0);
    for (size_t i = 0; result == MG_OK && i < rows.count; i++) {
        ret->version = (int)mg_rows_int(&rows, i, 0);
        ret->compatible_from = (int)mg_rows_int(&rows, i, 1);
        if (check)
            result = check_applied(store, &rows, i, err);
    }
    return result;
}

static mg_err state_body(mg_store *store, void *context, mg_errinfo *err)
{
    return read_state(store, /* check= */ false, context, err);
}

mg_err mg_migrate_state(mg_store *store, mg_migration_state *ret, mg_errinfo *err)
{
    mg_migration_state state;
    mg_err result = mg_store_tx(store, MG_TX_READ, true, state_body, &state, err);
    if (result == MG_OK)
        *ret = state;
    return result;
}

mg_err mg_store_check_schema(mg_store *store, mg_errinfo *err)
{
    mg_migration_state state;
    mg_err result = mg_migrate_state(store, &state, err);
    if (result != MG_OK)
        return result;
    if (state.version == 0)
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "the database holds no ledger yet: run `mixgauge migrate`");
    if (state.version < OLDEST_SCHEMA)
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "the ledger has schema %d, this program needs %d: run `mixgauge migrate`",
                       state.version, OLDEST_SCHEMA);
    if (state.compatible_from > MG_SCHEMA_VERSION)
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "the ledger has schema %d, which asks for programs of schema %d or later; "
                       "this one has %d: upgrade it",
                       state.version, state.compatible_from, MG_SCHEMA_VERSION);
    return MG_OK;
}

/* ---- acting ------------------------------------------------------------------------------ */

typedef struct step {
    int target;
    bool done; /* nothing was left to do */
} step;

static mg_err apply(mg_store *store, const migration *m, mg_errinfo *err)
{
    char sum[65];
    mg_err result = checksum(store, m, sum, err);
    if (result == MG_OK)
        result = store->ops->script(store, up_sql(store, m), err);
    if (result != MG_OK)
        return result;
    return mg_db_query(store, NULL, err,
                       "INSERT INTO schema_migrations (version, name, checksum, compatible_from, "
                       "applied_at) VALUES ($1, $2, $3, $4, $5)",
                       MG_P(mg_p_int(m->version), mg_p_text(m->name), mg_p_text(sum),
                            mg_p_int(m->compatible_from), mg_p_int(store->now_ms)));
}

static mg_err revert(mg_store *store, const migration *m, mg_errinfo *err)
{
    mg_err result =
        mg_db_query(store, NULL, err, "DELETE FROM schema_migrations WHERE version = $1",
                    MG_P(mg_p_int(m->version)));
    if (result != MG_OK)
        return result;
    return store->ops->script(store, down_sql(store, m), err);
}

static mg_err step_body(mg_store *store, void *context, mg_errinfo *err)
{
    step *s = context;
    mg_migration_state state;
    mg_err result = MG_OK;
    if (store->ops->migrate_lock)
        result = mg_db_query(store, NULL, err, store->ops->migrate_lock, NULL, 0);
    if (result == MG_OK)
        result = read_state(store, /* check= */ true, &state, err);
    if (result != MG_OK)
        return result;
    if (state.version > MG_SCHEMA_VERSION)
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "the ledger has schema %d, newer than this program's %d: it is left alone",
                       state.version, MG_SCHEMA_VERSION);
    s->done = state.version == s->target;
    if (s->done)
        return MG_OK;
    return state.version < s->target ? apply(store, &migrations[state.version], err)
                                     : revert(store, &migrations[state.version - 1], err);
}

mg_err mg_migrate_to(mg_store *store, int target, int *ret_applied, mg_errinfo *err)
{
    if (target < 0 || target > MG_SCHEMA_VERSION)
        return mg_fail(err, MG_E_SCHEMA, 0, "there is no schema %d: this program knows 0 to %d",
                       target, MG_SCHEMA_VERSION);
    for (int applied = 0;; applied++) {
        step s = {.target = target};
        /* Repeatable: a step looks first how far the schema is. */
        mg_err result = mg_store_tx(store, MG_TX_MIGRATE, true, step_body, &s, err);
        if (result != MG_OK)
            return result;
        if (s.done) {
            if (ret_applied)
                *ret_applied = applied;
            return MG_OK;
        }
    }
}
