/* redis://[[user]:password@]host[:port][/db] and unix://[[user]:password@]/path[?db=N]. */
#ifndef MG_QUEUE_REDIS_URL_H
#define MG_QUEUE_REDIS_URL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct mg_redis_url {
    bool is_unix, tls;
    const char *address;         /* host (IPv6 without brackets) or path */
    const char *user, *password; /* NULL: none */
    int port, db;
    char *storage; /* holds all texts */
    size_t storage_len;
} mg_redis_url;

/** @return MG_OK; MG_E_CONFIG (never repeats the URL, which may hold a password); MG_E_NOMEM */
mg_err mg_redis_url_parse(const char *url, mg_redis_url *ret, mg_errinfo *err);
/** Also wipes the password. */
void mg_redis_url_done(mg_redis_url *url);

#endif
