#include "schema/store_impl.h"

#include "base/clock.h"
#include "base/parse.h"

#include <limits.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_DEADLINE_MS = 10000 };

/* ---- parameters and rows ----------------------------------------------------------------- */

mg_param mg_p_text(const char *text)
{
    bool null = !text || !*text;
    return (mg_param){.type = MG_P_TEXT, .s = text, .len = null ? 0 : strlen(text), .null = null};
}

mg_param mg_p_uuid(const char *uuid)
{
    mg_param param = mg_p_text(uuid);
    param.type = MG_P_UUID;
    return param;
}

void mg_rows_done(mg_rows *rows)
{
    if (rows->release)
        rows->release(rows->owner);
    free(rows->cell);
    free(rows->len);
    *rows = (mg_rows){0};
}

bool mg_rows_null(const mg_rows *rows, size_t row, size_t column)
{
    return !rows->cell[row * rows->columns + column];
}

const char *mg_rows_text(const mg_rows *rows, size_t row, size_t column)
{
    const char *text = rows->cell[row * rows->columns + column];
    return text ? text : "";
}

int64_t mg_rows_int(const mg_rows *rows, size_t row, size_t column)
{
    int64_t value = 0;
    mg_parse_i64(mg_rows_text(rows, row, column), INT64_MIN, INT64_MAX, &value);
    return value;
}

bool mg_rows_bool(const mg_rows *rows, size_t row, size_t column)
{
    const char *text = mg_rows_text(rows, row, column);
    return text[0] == 't' || text[0] == '1';
}

void mg_rows_copy(const mg_rows *rows, size_t row, size_t column, char *out, size_t size)
{
    const char *text = mg_rows_text(rows, row, column);
    size_t len = strlen(text);
    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

/* ---- opening ----------------------------------------------------------------------------- */

mg_err mg_store_open(mg_store **ret, const char *url, int64_t deadline_ms, mg_errinfo *err)
{
    mg_store *store = calloc(1, sizeof *store);
    if (!store)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    store->deadline_ms = deadline_ms > 0 ? deadline_ms : DEFAULT_DEADLINE_MS;
    store->deadline_at_ms = mg_mono_ms() + store->deadline_ms;

    mg_err result;
    bool sqlite = strncmp(url, "sqlite:", 7) == 0;
    store->url = strdup(sqlite ? url + 7 : url);
    if (!store->url)
        result = mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    else if (sqlite)
        result = mg_sqlite_open(store, err);
    else if (strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0)
        result = mg_postgres_open(store, err);
    else
        result = mg_fail(err, MG_E_CONFIG, 0,
                         "the ledger's URL begins with neither sqlite: nor postgres://");
    if (result != MG_OK) {
        mg_store_close(store);
        return result;
    }
    *ret = store;
    return MG_OK;
}

void mg_store_close(mg_store *store)
{
    if (!store)
        return;
    if (store->ops)
        store->ops->close(store);
    free(store->url);
    free(store);
}

const char *mg_store_kind(const mg_store *store)
{
    return store->ops->kind;
}

/* ---- transactions ------------------------------------------------------------------------ */

int64_t mg_store_remaining_ms(const mg_store *store)
{
    int64_t left = store->deadline_at_ms - mg_mono_ms();
    return left > 0 ? left : 0;
}

mg_err mg_db_query(mg_store *store, mg_rows *ret, mg_errinfo *err, const char *sql,
                   const mg_param *params, size_t count)
{
    mg_rows rows = {0};
    mg_err result = store->ops->query(store, &rows, err, sql, params, count);
    if (result == MG_OK && ret)
        *ret = rows;
    else
        mg_rows_done(&rows);
    return result;
}

static mg_err try_once(mg_store *store, mg_tx_kind kind, mg_tx_body *body, void *context,
                       bool *ret_at_commit, mg_errinfo *err)
{
    *ret_at_commit = false;
    mg_err result = store->ops->begin(store, kind, err);
    if (result != MG_OK)
        return result;
    result = body(store, context, err);
    if (result != MG_OK) {
        store->ops->rollback(store);
        return result;
    }
    *ret_at_commit = true;
    return store->ops->commit(store, err);
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

mg_err mg_store_tx(mg_store *store, mg_tx_kind kind, bool repeatable, mg_tx_body *body,
                   void *context, mg_errinfo *err)
{
    store->deadline_at_ms = mg_mono_ms() + store->deadline_ms;
    bool was_lost = false;
    for (int64_t delay_ms = 2;; delay_ms *= 2) {
        mg_errinfo info = {0};
        bool at_commit;
        mg_err result = try_once(store, kind, body, context, &at_commit, &info);
        if (result == MG_OK)
            return MG_OK;

        /* One quick second try heals a connection that a restart or a proxy cut while it idled. */
        bool lost = result == MG_E_UNAVAILABLE && !was_lost && (!at_commit || repeatable);
        bool again = lost || (result == MG_E_BUSY && kind != MG_TX_MIGRATE);
        was_lost = was_lost || lost;
        if (!again || mg_store_remaining_ms(store) <= delay_ms) {
            /* Callers know one word for "not now". */
            if (result == MG_E_BUSY && kind != MG_TX_MIGRATE)
                result = MG_E_UNAVAILABLE;
            return mg_fail(err, result, info.sys_errno, "%s", mg_errinfo_text(&info, result));
        }
        if (!lost)
            pause_ms(delay_ms);
    }
}

static mg_err do_nothing(mg_store *store, void *context, mg_errinfo *err)
{
    (void)store, (void)context, (void)err;
    return MG_OK;
}

mg_err mg_store_now(mg_store *store, int64_t *ret_ms, mg_errinfo *err)
{
    mg_err result = mg_store_tx(store, MG_TX_READ, true, do_nothing, NULL, err);
    if (result == MG_OK)
        *ret_ms = store->now_ms;
    return result;
}
