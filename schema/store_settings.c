/* Settings of the fleet: small texts by name. */
#include "schema/store_impl.h"

#include "base/parse.h"

#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>

mg_err mg_setting_get(mg_store *store, const char *name, const char *none, char *out, size_t size,
                      mg_errinfo *err)
{
    mg_auto(mg_rows_done) mg_rows rows = {0};
    mg_err result = mg_db_query(store, &rows, err, "SELECT value FROM settings WHERE name = $1",
                                MG_P(mg_p_text(name)));
    if (result != MG_OK)
        return result;
    if (rows.count > 0)
        mg_rows_copy(&rows, 0, 0, out, size);
    else
        snprintf(out, size, "%s", none);
    return MG_OK;
}

mg_err mg_setting_put(mg_store *store, const char *name, const char *value, mg_errinfo *err)
{
    return mg_db_query(store, NULL, err,
                       "INSERT INTO settings (name, value) VALUES ($1, $2) "
                       "ON CONFLICT (name) DO UPDATE SET value = $2",
                       MG_P(mg_p_text(name), mg_p_text(value)));
}

/* ---- retention --------------------------------------------------------------------------- */

static mg_err read_ms(mg_store *store, const char *name, const char *none, int64_t *ret,
                      mg_errinfo *err)
{
    char text[32];
    mg_err result = mg_setting_get(store, name, none, text, sizeof text, err);
    if (result == MG_OK && !mg_parse_i64(text, 0, INT64_MAX / 4, ret))
        return mg_fail(err, MG_E_SCHEMA, 0, "the ledger's setting %s is not a time", name);
    return result;
}

mg_err mg_retention_read(mg_store *store, mg_retention *ret, mg_errinfo *err)
{
    mg_retention retention;
    mg_err result = read_ms(store, "retention_ms", "604800000", &retention.retention_ms, err);
    if (result == MG_OK)
        result = read_ms(store, "retention_cap_ms", "1209600000", &retention.retention_cap_ms, err);
    if (result == MG_OK)
        *ret = retention;
    return result;
}

static mg_err get_retention_body(mg_store *store, void *context, mg_errinfo *err)
{
    return mg_retention_read(store, context, err);
}

mg_err mg_store_get_retention(mg_store *store, mg_retention *ret, mg_errinfo *err)
{
    return mg_store_tx(store, MG_TX_READ, true, get_retention_body, ret, err);
}

static mg_err set_retention_body(mg_store *store, void *context, mg_errinfo *err)
{
    const mg_retention *retention = context;
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)retention->retention_ms);
    mg_err result = mg_setting_put(store, "retention_ms", text, err);
    if (result != MG_OK)
        return result;
    snprintf(text, sizeof text, "%lld", (long long)retention->retention_cap_ms);
    return mg_setting_put(store, "retention_cap_ms", text, err);
}

mg_err mg_store_set_retention(mg_store *store, const mg_retention *retention, mg_errinfo *err)
{
    if (retention->retention_ms < 0 || retention->retention_cap_ms < 0)
        return mg_fail(err, MG_E_USAGE, 0, "a retention is not negative");
    return mg_store_tx(store, MG_TX_WRITE, true, set_retention_body, (void *)retention, err);
}

/* ---- pause ------------------------------------------------------------------------------- */

static mg_err get_paused_body(mg_store *store, void *context, mg_errinfo *err)
{
    char text[8];
    mg_err result = mg_setting_get(store, "paused", "0", text, sizeof text, err);
    if (result == MG_OK)
        *(bool *)context = text[0] == '1';
    return result;
}

mg_err mg_store_get_paused(mg_store *store, bool *ret, mg_errinfo *err)
{
    return mg_store_tx(store, MG_TX_READ, true, get_paused_body, ret, err);
}

static mg_err set_paused_body(mg_store *store, void *context, mg_errinfo *err)
{
    return mg_setting_put(store, "paused", *(bool *)context ? "1" : "0", err);
}

mg_err mg_store_set_paused(mg_store *store, bool paused, mg_errinfo *err)
{
    return mg_store_tx(store, MG_TX_WRITE, true, set_paused_body, &paused, err);
}

/* ---- erased users ------------------------------------------------------------------------ */

mg_err mg_user_hmac(mg_store *store, const char *user_id, char ret[65], mg_errinfo *err)
{
    char key[128];
    mg_err result = mg_setting_get(store, "erased_key", "", key, sizeof key, err);
    if (result == MG_OK && !key[0])
        return mg_fail(err, MG_E_SCHEMA, 0, "the ledger has lost its setting erased_key");
    if (result != MG_OK)
        return result;
    struct hmac_sha256_ctx hmac;
    uint8_t digest[SHA256_DIGEST_SIZE];
    hmac_sha256_set_key(&hmac, strlen(key), (const uint8_t *)key);
    hmac_sha256_update(&hmac, strlen(user_id), (const uint8_t *)user_id);
    hmac_sha256_digest(&hmac, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
    return MG_OK;
}
