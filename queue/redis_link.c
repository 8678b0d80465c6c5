#include "queue/redis_link.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "queue/libhiredis.h"
#include "queue/redis_url.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>

enum { ARGS_MAX = 256 };

struct mg_redis {
    mg_redis_url url;
    char *client_name;
    redisContext *context; /* NULL: not connected */
    size_t appended;
    int64_t retry_at_ms; /* monotonic; no attempt to connect before */
    int64_t backoff_ms;
    char last_error[160]; /* repeated while the backoff lasts */
};

mg_err mg_redis_new(mg_redis **ret, const char *url, const char *client_name, mg_errinfo *err)
{
    mg_redis_url parsed;
    mg_err code = mg_libhiredis_load(err);
    if (code == MG_OK)
        code = mg_redis_url_parse(url, &parsed, err);
    if (code != MG_OK)
        return code;
    if (parsed.tls) {
        mg_redis_url_done(&parsed);
        return mg_fail(err, MG_E_CONFIG, 0,
                       "rediss:// needs a hiredis with TLS, which this build has not; use redis:// "
                       "through a TLS tunnel (stunnel) or a private network");
    }
    mg_redis *redis = calloc(1, sizeof *redis);
    char *name = strdup(client_name);
    if (!redis || !name) {
        free(redis);
        free(name);
        mg_redis_url_done(&parsed);
        return MG_E_NOMEM;
    }
    redis->url = parsed;
    redis->client_name = name;
    *ret = redis;
    return MG_OK;
}

static void disconnect(mg_redis *redis)
{
    if (redis->context)
        mg_hiredis.redisFree(redis->context);
    redis->context = NULL;
    redis->appended = 0;
}

void mg_redis_free(mg_redis *redis)
{
    if (!redis)
        return;
    disconnect(redis);
    mg_redis_url_done(&redis->url);
    free(redis->client_name);
    free(redis);
}

/* ---- a broken pipe is not a signal --------------------------------------------------------- */

/* hiredis writes with write(), so that a server that went away raises SIGPIPE. It is held back for
 * the calling thread and taken away afterwards, unless the caller blocks it or has it pending. */
typedef struct pipe_guard {
    sigset_t old;
    bool active;
} pipe_guard;

static void guard_begin(pipe_guard *guard)
{
    sigset_t pending, pipe_set;
    sigpending(&pending);
    guard->active = !sigismember(&pending, SIGPIPE);
    if (!guard->active)
        return;
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_set, &guard->old);
}

static void guard_end(pipe_guard *guard)
{
    if (!guard->active)
        return;
    sigset_t pipe_set;
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    struct timespec now = {0};
    while (sigtimedwait(&pipe_set, NULL, &now) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &guard->old, NULL);
}

/* ---- errors -------------------------------------------------------------------------------- */

/* Disconnects; the next attempts to connect come after 1 s, 2 s, ... 30 s, each +-20 %. */
static mg_err unavailable(mg_redis *redis, mg_errinfo *err, const char *what)
{
    char clean[sizeof redis->last_error];
    mg_utf8_printable(what, clean, sizeof clean); /* may point into the context */
    disconnect(redis);
    memcpy(redis->last_error, clean, sizeof clean);
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = UINT32_MAX / 2;
    redis->backoff_ms = redis->backoff_ms ? redis->backoff_ms * 2 : MG_REDIS_BACKOFF_MIN_MS;
    if (redis->backoff_ms > MG_REDIS_BACKOFF_MAX_MS)
        redis->backoff_ms = MG_REDIS_BACKOFF_MAX_MS;
    double factor = 0.8 + 0.4 * (double)random / UINT32_MAX;
    redis->retry_at_ms = mg_mono_ms() + (int64_t)((double)redis->backoff_ms * factor);
    return mg_fail(err, MG_E_UNAVAILABLE, 0, "Redis: %s", redis->last_error);
}

static mg_err class_of(const char *text)
{
    static const struct {
        const char *prefix;
        mg_err code;
    } classes[] = {
        {"NOGROUP", MG_E_NOT_FOUND},
        {"UNBLOCKED", MG_E_NOT_FOUND},
        {"BUSYGROUP", MG_E_BUSY},
        {"OOM", MG_E_LIMIT},
        {"NOAUTH", MG_E_CONFIG},
        {"WRONGPASS", MG_E_CONFIG},
        {"NOPERM", MG_E_CONFIG},
        {"WRONGTYPE", MG_E_CONFIG},
        {"ERR AUTH", MG_E_CONFIG},
        {"ERR invalid password", MG_E_CONFIG},
        {"ERR unknown command", MG_E_CONFIG}, /* older than 6.2 */
        {"ERR DB index", MG_E_CONFIG},
        {"ERR invalid DB", MG_E_CONFIG},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strncmp(text, classes[i].prefix, strlen(classes[i].prefix)) == 0)
            return classes[i].code;
    }
    return MG_E_UNAVAILABLE;
}

static mg_err judge(mg_redis *redis, const redisReply *reply, mg_errinfo *err)
{
    if (reply->type != REDIS_REPLY_ERROR)
        return MG_OK;
    mg_err code = class_of(reply->str);
    if (code == MG_E_UNAVAILABLE)
        return unavailable(redis, err, reply->str);
    char clean[160];
    mg_utf8_printable(reply->str, clean, sizeof clean);
    return mg_fail(err, code, 0, "Redis: %s", clean);
}

/* ---- connecting ---------------------------------------------------------------------------- */

static bool set_timeout(mg_redis *redis, int timeout_ms)
{
    struct timeval tv = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
    return mg_hiredis.redisSetTimeout(redis->context, tv) == REDIS_OK;
}

static mg_err send_args(mg_redis *redis, const mg_redis_arg *args, size_t count, mg_errinfo *err)
{
    const char *texts[ARGS_MAX];
    size_t lens[ARGS_MAX];
    if (count > ARGS_MAX)
        return mg_fail(err, MG_E_LIMIT, 0, "Redis: too many arguments");
    for (size_t i = 0; i < count; i++) {
        texts[i] = args[i].text;
        lens[i] = args[i].len;
    }
    if (mg_hiredis.redisAppendCommandArgv(redis->context, (int)count, texts, lens) != REDIS_OK)
        return unavailable(redis, err, redis->context->errstr);
    return MG_OK;
}

static mg_err receive(mg_redis *redis, redisReply **ret, mg_errinfo *err)
{
    void *reply = NULL;
    if (mg_hiredis.redisGetReply(redis->context, &reply) == REDIS_OK && reply) {
        *ret = reply;
        return MG_OK;
    }
    /* errno is still the one of the failed read; hiredis' text for a timeout is the same but says
     * "Resource temporarily unavailable". */
    bool late = redis->context->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
    return unavailable(redis, err, late ? "no answer in time" : redis->context->errstr);
}

static mg_err exchange(mg_redis *redis, const mg_redis_arg *args, size_t count, redisReply **ret,
                       mg_errinfo *err)
{
    mg_err code = send_args(redis, args, count, err);
    redisReply *reply = NULL;
    if (code == MG_OK)
        code = receive(redis, &reply, err);
    if (code == MG_OK)
        code = judge(redis, reply, err);
    if (code == MG_OK && ret)
        *ret = reply;
    else if (reply)
        mg_hiredis.freeReplyObject(reply);
    return code;
}

static mg_err greet(mg_redis *redis, mg_errinfo *err)
{
    const mg_redis_url *url = &redis->url;
    mg_err code = MG_OK;
    if (url->password) {
        mg_redis_arg args[3] = {{"AUTH", 4}};
        size_t count = 1;
        if (url->user)
            args[count++] = (mg_redis_arg){url->user, strlen(url->user)};
        args[count++] = (mg_redis_arg){url->password, strlen(url->password)};
        code = exchange(redis, args, count, NULL, err);
    }
    if (code == MG_OK && url->db > 0) {
        char db[16];
        int len = snprintf(db, sizeof db, "%d", url->db);
        code = exchange(redis, (mg_redis_arg[]){{"SELECT", 6}, {db, (size_t)len}}, 2, NULL, err);
    }
    if (code != MG_OK)
        return code;
    /* For people who look at CLIENT LIST: a user without the right to it works as well. But a
     * server that wants a password says so here; to a longer command it would say "Protocol error".
     */
    mg_redis_arg args[] = {
        {"CLIENT", 6}, {"SETNAME", 7}, {redis->client_name, strlen(redis->client_name)}};
    mg_errinfo ignored = {0};
    code = exchange(redis, args, 3, NULL, &ignored);
    bool refused = code == MG_E_UNAVAILABLE || strstr(ignored.text, "NOAUTH");
    return refused ? mg_fail(err, code, 0, "%s", ignored.text) : MG_OK;
}

static mg_err connect_now(mg_redis *redis, mg_errinfo *err)
{
    if (redis->context)
        return MG_OK;
    if (mg_mono_ms() < redis->retry_at_ms)
        return mg_fail(err, MG_E_UNAVAILABLE, 0, "Redis: %s", redis->last_error);
    struct timeval tv = {MG_REDIS_TIMEOUT_MS / 1000, (MG_REDIS_TIMEOUT_MS % 1000) * 1000};
    redis->context =
        redis->url.is_unix
            ? mg_hiredis.redisConnectUnixWithTimeout(redis->url.address, tv)
            : mg_hiredis.redisConnectWithTimeout(redis->url.address, redis->url.port, tv);
    if (!redis->context)
        return unavailable(redis, err, "out of memory");
    if (redis->context->err)
        return unavailable(redis, err, redis->context->errstr);
    if (!set_timeout(redis, MG_REDIS_TIMEOUT_MS))
        return unavailable(redis, err, redis->context->errstr);
    if (!redis->url.is_unix)
        mg_hiredis.redisEnableKeepAlive(redis->context);
    mg_err code = greet(redis, err);
    if (code != MG_OK)
        disconnect(redis);
    return code;
}

/* ---- commands ------------------------------------------------------------------------------ */

mg_err mg_redis_call(mg_redis *redis, int block_ms, const mg_redis_arg *args, size_t count,
                     redisReply **ret, mg_errinfo *err)
{
    pipe_guard guard;
    guard_begin(&guard);
    mg_err code = connect_now(redis, err);
    if (code == MG_OK && !set_timeout(redis, block_ms + MG_REDIS_TIMEOUT_MS))
        code = unavailable(redis, err, redis->context->errstr);
    if (code == MG_OK)
        code = exchange(redis, args, count, ret, err);
    /* Only an answer to a real command ends the backoff: a server that is loading takes AUTH. */
    if (code == MG_OK)
        redis->backoff_ms = 0;
    guard_end(&guard);
    return code;
}

void mg_redis_reply_free(redisReply *reply)
{
    mg_hiredis.freeReplyObject(reply);
}

mg_err mg_redis_append(mg_redis *redis, const mg_redis_arg *args, size_t count, mg_errinfo *err)
{
    pipe_guard guard;
    guard_begin(&guard);
    mg_err code = connect_now(redis, err);
    if (code == MG_OK)
        code = send_args(redis, args, count, err);
    if (code == MG_OK)
        redis->appended++;
    guard_end(&guard);
    return code;
}

mg_err mg_redis_flush(mg_redis *redis, mg_errinfo *err)
{
    if (redis->appended == 0)
        return MG_OK;
    pipe_guard guard;
    guard_begin(&guard);
    mg_err first = MG_OK;
    if (!set_timeout(redis, MG_REDIS_TIMEOUT_MS))
        first = unavailable(redis, err, redis->context->errstr);
    /* All answers are read, also after an error among them: else the next command would get them.
     * `appended` falls to 0 when the connection is given up. */
    while (redis->appended > 0) {
        redisReply *reply = NULL;
        redis->appended--;
        mg_err code = receive(redis, &reply, err);
        if (code == MG_OK)
            code = judge(redis, reply, err);
        if (reply)
            mg_hiredis.freeReplyObject(reply);
        if (first == MG_OK)
            first = code;
    }
    guard_end(&guard);
    return first;
}
