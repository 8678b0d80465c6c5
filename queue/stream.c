#include "queue/stream.h"

#include "queue/redis_link.h"
#include "queue/stream_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP "mixgauge"
#define EVENTS_CAP "100000"

enum { KEY_SIZE = 96, PREFIX_MAX = 64, ID_SIZE = 48 };

struct mg_stream {
    mg_redis *redis;
    char *consumer;
    char jobs_key[MG_PRIORITIES][KEY_SIZE];
    char events_key[KEY_SIZE];
    char reclaim_from[MG_PRIORITIES][ID_SIZE]; /* cursor of XAUTOCLAIM */
    redisReply *held[MG_PRIORITIES];           /* what the fields of the last entries point into */
};

static mg_redis_arg text(const char *s)
{
    return (mg_redis_arg){s, strlen(s)};
}

static void drop_held(mg_stream *stream)
{
    for (int p = 0; p < MG_PRIORITIES; p++) {
        if (stream->held[p])
            mg_redis_reply_free(stream->held[p]);
        stream->held[p] = NULL;
    }
}

mg_err mg_stream_new(mg_stream **ret, const char *url, const char *prefix, const char *consumer,
                     mg_errinfo *err)
{
    if (!*prefix || strlen(prefix) > PREFIX_MAX)
        return mg_fail(err, MG_E_CONFIG, 0, "the queue's prefix has 1 to %d bytes", PREFIX_MAX);
    mg_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return MG_E_NOMEM;
    stream->consumer = strdup(consumer);
    mg_err code = stream->consumer ? mg_redis_new(&stream->redis, url, consumer, err) : MG_E_NOMEM;
    if (code != MG_OK) {
        mg_stream_free(stream);
        return code;
    }
    for (int p = 0; p < MG_PRIORITIES; p++) {
        snprintf(stream->jobs_key[p], KEY_SIZE, "%s:jobs:%s", prefix, mg_priority_name[p]);
        snprintf(stream->reclaim_from[p], ID_SIZE, "0-0");
    }
    snprintf(stream->events_key, KEY_SIZE, "%s:events", prefix);
    *ret = stream;
    return MG_OK;
}

void mg_stream_free(mg_stream *stream)
{
    if (!stream)
        return;
    drop_held(stream);
    mg_redis_free(stream->redis);
    free(stream->consumer);
    free(stream);
}

/* From 0, never from "$": what was announced before the group existed is to be read too. */
static mg_err create_groups(mg_stream *stream, mg_errinfo *err)
{
    for (int p = 0; p < MG_PRIORITIES; p++) {
        mg_redis_arg args[] = {text("XGROUP"), text("CREATE"), text(stream->jobs_key[p]),
                               text(GROUP),    text("0"),      text("MKSTREAM")};
        mg_errinfo why = {0};
        mg_err code = mg_redis_call(stream->redis, 0, args, 6, NULL, &why);
        if (code == MG_E_BUSY)
            continue;           /* it exists */
        if (code == MG_E_LIMIT) /* out of memory: nothing to read until someone makes room */
            code = MG_E_UNAVAILABLE;
        if (code != MG_OK)
            return mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
    }
    return MG_OK;
}

/* ---- reading ------------------------------------------------------------------------------- */

static mg_err read_once(mg_stream *stream, int block_ms, size_t per_stream, redisReply **ret,
                        mg_errinfo *err)
{
    char count[24], block[24];
    snprintf(count, sizeof count, "%zu", per_stream);
    snprintf(block, sizeof block, "%d", block_ms);
    mg_redis_arg args[16];
    size_t n = 0;
    args[n++] = text("XREADGROUP");
    args[n++] = text("GROUP");
    args[n++] = text(GROUP);
    args[n++] = text(stream->consumer);
    args[n++] = text("COUNT");
    args[n++] = text(count);
    if (block_ms > 0) { /* BLOCK 0 would be for ever */
        args[n++] = text("BLOCK");
        args[n++] = text(block);
    }
    args[n++] = text("STREAMS");
    for (int p = 0; p < MG_PRIORITIES; p++)
        args[n++] = text(stream->jobs_key[p]);
    for (int p = 0; p < MG_PRIORITIES; p++)
        args[n++] = text(">");
    return mg_redis_call(stream->redis, block_ms, args, n, ret, err);
}

static size_t take_streams(mg_stream *stream, const redisReply *reply, mg_stream_entry *entries,
                           size_t max)
{
    size_t count = 0;
    if (reply->type != REDIS_REPLY_ARRAY) /* nil: nothing came within BLOCK */
        return 0;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *pair = reply->element[i];
        if (pair->type != REDIS_REPLY_ARRAY || pair->elements != 2 || !pair->element[0]->str)
            continue;
        for (int p = 0; p < MG_PRIORITIES; p++) {
            if (strcmp(pair->element[0]->str, stream->jobs_key[p]) == 0)
                count += mg_stream_reply_entries(pair->element[1], (mg_priority)p, entries + count,
                                                 max - count);
        }
    }
    return count;
}

mg_err mg_stream_read(mg_stream *stream, int block_ms, mg_stream_entry *entries, size_t max,
                      size_t *ret_count, mg_errinfo *err)
{
    drop_held(stream);
    *ret_count = 0;
    if (max < MG_PRIORITIES)
        return mg_fail(err, MG_E_LIMIT, 0, "room for %d entries is needed", MG_PRIORITIES);
    /* COUNT holds for each stream. */
    mg_errinfo why = {0};
    redisReply *reply = NULL;
    mg_err code = read_once(stream, block_ms, max / MG_PRIORITIES, &reply, &why);
    if (code == MG_E_NOT_FOUND) {
        /* Flushed, failed over, or never there. Then read at once: what was added meanwhile must
         * not wait for the next call. */
        code = create_groups(stream, err);
        if (code != MG_OK)
            return code;
        why = (mg_errinfo){0};
        code = read_once(stream, 0, max / MG_PRIORITIES, &reply, &why);
        if (code == MG_E_NOT_FOUND)
            return MG_OK;
    }
    if (code != MG_OK)
        return mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
    stream->held[0] = reply;
    *ret_count = take_streams(stream, reply, entries, max);
    return MG_OK;
}

/* ---- entries of dead intakes --------------------------------------------------------------- */

static mg_err reclaim_one(mg_stream *stream, int p, int64_t min_idle_ms, mg_stream_entry *entries,
                          size_t max, size_t *ret_count, mg_errinfo *err)
{
    char idle[24], count[24];
    snprintf(idle, sizeof idle, "%" PRId64, min_idle_ms);
    snprintf(count, sizeof count, "%zu", max);
    mg_redis_arg args[] = {
        text("XAUTOCLAIM"), text(stream->jobs_key[p]),     text(GROUP),   text(stream->consumer),
        text(idle),         text(stream->reclaim_from[p]), text("COUNT"), text(count)};
    redisReply *reply = NULL;
    mg_errinfo why = {0};
    mg_err code = mg_redis_call(stream->redis, 0, args, 8, &reply, &why);
    *ret_count = 0;
    if (code == MG_E_NOT_FOUND)
        return MG_OK; /* nothing can be pending; the next read makes the group */
    if (code != MG_OK)
        return mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
    stream->held[p] = reply;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2)
        return MG_OK;
    const redisReply *next = reply->element[0];
    bool usable = next->type == REDIS_REPLY_STRING && next->len < ID_SIZE;
    snprintf(stream->reclaim_from[p], ID_SIZE, "%s", usable ? next->str : "0-0");
    size_t used = mg_stream_reply_entries(reply->element[1], (mg_priority)p, entries, max);
    if (reply->elements > 2) /* since 7.0 */
        used +=
            mg_stream_reply_deleted(reply->element[2], (mg_priority)p, entries + used, max - used);
    *ret_count = used;
    return MG_OK;
}

mg_err mg_stream_reclaim(mg_stream *stream, int64_t min_idle_ms, mg_stream_entry *entries,
                         size_t max, size_t *ret_count, mg_errinfo *err)
{
    drop_held(stream);
    size_t used = 0;
    *ret_count = 0;
    for (int p = 0; p < MG_PRIORITIES && used < max; p++) {
        size_t count;
        mg_err code = reclaim_one(stream, p, min_idle_ms, entries + used, max - used, &count, err);
        if (code != MG_OK)
            return code; /* what was taken over is idle anew and comes with a later call */
        used += count;
    }
    *ret_count = used;
    return MG_OK;
}

/* ---- acknowledging ------------------------------------------------------------------------- */

mg_err mg_stream_ack(mg_stream *stream, const mg_stream_entry *entries, size_t count,
                     mg_errinfo *err)
{
    enum { BATCH = 128 };
    for (size_t from = 0; from < count; from += BATCH) {
        size_t to = from + BATCH < count ? from + BATCH : count;
        for (int p = 0; p < MG_PRIORITIES; p++) {
            mg_redis_arg ack[3 + BATCH] = {text("XACK"), text(stream->jobs_key[p]), text(GROUP)};
            mg_redis_arg del[2 + BATCH] = {text("XDEL"), text(stream->jobs_key[p])};
            size_t ids = 0;
            for (size_t i = from; i < to; i++) {
                if (entries[i].priority != (mg_priority)p)
                    continue;
                ack[3 + ids] = del[2 + ids] = text(entries[i].id);
                ids++;
            }
            if (ids == 0)
                continue;
            mg_err code = mg_redis_append(stream->redis, ack, 3 + ids, err);
            if (code == MG_OK)
                code = mg_redis_append(stream->redis, del, 2 + ids, err);
            if (code != MG_OK)
                return code;
        }
        mg_err code = mg_redis_flush(stream->redis, err);
        if (code != MG_OK)
            return code;
    }
    return MG_OK;
}

/* ---- events -------------------------------------------------------------------------------- */

static mg_err append_event(mg_stream *stream, const mg_event *event, mg_errinfo *err)
{
    char attempt[16], progress[16], at[24];
    snprintf(attempt, sizeof attempt, "%u", event->attempt);
    snprintf(progress, sizeof progress, "%d", event->progress);
    snprintf(at, sizeof at, "%" PRId64, event->at_ms);
    mg_redis_arg args[] = {text("XADD"),     text(stream->events_key),
                           text("MAXLEN"),   text("~"),
                           text(EVENTS_CAP), text("*"),
                           text("job_id"),   text(event->job_id),
                           text("user_id"),  text(event->user_id),
                           text("attempt"),  text(attempt),
                           text("state"),    text(mg_job_state_name(event->state)),
                           text("progress"), text(progress),
                           text("reason"),   text(event->reason ? event->reason : ""),
                           text("at"),       text(at)};
    return mg_redis_append(stream->redis, args, sizeof args / sizeof args[0], err);
}

mg_err mg_stream_publish(mg_stream *stream, const mg_event *events, size_t count, mg_errinfo *err)
{
    for (size_t i = 0; i < count; i++) {
        mg_err code = append_event(stream, &events[i], err);
        if (code != MG_OK)
            return code;
    }
    mg_errinfo why = {0};
    mg_err code = mg_redis_flush(stream->redis, &why);
    if (code == MG_E_LIMIT) /* the server is full: the hints are lost, reading goes on */
        code = MG_E_UNAVAILABLE;
    return code == MG_OK ? MG_OK : mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
}

/* ---- looking ------------------------------------------------------------------------------- */

/* Is there an entry after the one that the group read last? XINFO's `lag` does not tell: it is nil
 * once an unread entry was deleted. */
static mg_err has_unread(mg_stream *stream, const char *key, const char *last_delivered, bool *ret,
                         mg_errinfo *err)
{
    char after[ID_SIZE + 2];
    snprintf(after, sizeof after, "(%s", last_delivered);
    mg_redis_arg args[] = {text("XRANGE"), text(key),     text(after),
                           text("+"),      text("COUNT"), text("1")};
    redisReply *reply = NULL;
    mg_err code = mg_redis_call(stream->redis, 0, args, 6, &reply, err);
    if (code != MG_OK)
        return code;
    *ret = reply->type != REDIS_REPLY_ARRAY || reply->elements > 0;
    mg_redis_reply_free(reply);
    return MG_OK;
}

static mg_err has_any(mg_stream *stream, const char *key, bool *ret, mg_errinfo *err)
{
    redisReply *reply = NULL;
    mg_err code =
        mg_redis_call(stream->redis, 0, (mg_redis_arg[]){text("XLEN"), text(key)}, 2, &reply, err);
    if (code != MG_OK)
        return code;
    *ret = reply->type != REDIS_REPLY_INTEGER || reply->integer > 0;
    mg_redis_reply_free(reply);
    return MG_OK;
}

/* The group's row of XINFO GROUPS: *ret_found, how many entries are pending, the last one read. */
static mg_err group_info(mg_stream *stream, const char *key, bool *ret_found, int64_t *ret_pending,
                         char last[ID_SIZE], mg_errinfo *err)
{
    *ret_found = false;
    redisReply *reply = NULL;
    mg_redis_arg args[] = {text("XINFO"), text("GROUPS"), text(key)};
    mg_err code = mg_redis_call(stream->redis, 0, args, 3, &reply, err);
    if (code != MG_OK)
        return code;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        const redisReply *name = mg_stream_reply_pair(reply->element[i], "name");
        const redisReply *pending = mg_stream_reply_pair(reply->element[i], "pending");
        const redisReply *delivered = mg_stream_reply_pair(reply->element[i], "last-delivered-id");
        if (!name || !name->str || strcmp(name->str, GROUP) != 0 || !pending || !delivered ||
            !delivered->str || delivered->len >= ID_SIZE)
            continue;
        *ret_found = true;
        *ret_pending = pending->integer;
        memcpy(last, delivered->str, delivered->len + 1);
    }
    mg_redis_reply_free(reply);
    return MG_OK;
}

static mg_err is_drained(mg_stream *stream, const char *key, bool *ret, mg_errinfo *err)
{
    /* An entry is deleted only after its row was committed, so an empty stream is a drained one;
     * acknowledged litter (a crash between XACK and XDEL) may stand in one that is not. */
    bool more = false, found = false;
    int64_t pending = 0;
    char last[ID_SIZE];
    mg_err code = has_any(stream, key, &more, err);
    if (code == MG_OK && more) {
        code = group_info(stream, key, &found, &pending, last, err);
        if (code == MG_OK && found && pending == 0)
            code = has_unread(stream, key, last, &more, err);
    }
    if (code == MG_OK)
        *ret = !more;
    return code;
}

mg_err mg_stream_is_drained(mg_stream *stream, bool *ret, mg_errinfo *err)
{
    bool drained = true;
    for (int p = 0; p < MG_PRIORITIES && drained; p++) {
        mg_err code = is_drained(stream, stream->jobs_key[p], &drained, err);
        if (code != MG_OK)
            return code;
    }
    *ret = drained;
    return MG_OK;
}

/* INFO needs one right and tells all; CONFIG GET is often forbidden. */
static void judge_server(const char *info, const char *version, char warning[240])
{
    char aof[8] = "", policy[32] = "";
    int major = 0, minor = 0;
    bool has_aof = mg_stream_reply_info(info, "aof_enabled", aof, sizeof aof);
    bool has_policy = mg_stream_reply_info(info, "maxmemory_policy", policy, sizeof policy);
    warning[0] = '\0';
    if (sscanf(version, "%d.%d", &major, &minor) == 2 && (major < 6 || (major == 6 && minor < 2)))
        snprintf(warning, 240, "Redis 6.2 or newer is needed");
    else if (has_policy && strcmp(policy, "noeviction") != 0)
        snprintf(warning, 240,
                 "maxmemory-policy is %s: Redis may throw waiting jobs away; set it to noeviction",
                 policy);
    else if (has_aof && strcmp(aof, "1") != 0)
        snprintf(warning, 240,
                 "appendonly is off: jobs that no worker has read yet are lost when Redis stops; "
                 "set appendonly yes");
}

mg_err mg_stream_server_info(mg_stream *stream, char version[32], char warning[240],
                             mg_errinfo *err)
{
    redisReply *reply = NULL;
    mg_err code = mg_redis_call(stream->redis, 0, (mg_redis_arg[]){text("INFO")}, 1, &reply, err);
    if (code != MG_OK)
        return code;
    if (reply->type != REDIS_REPLY_STRING ||
        !mg_stream_reply_info(reply->str, "redis_version", version, 32))
        code = mg_fail(err, MG_E_UNAVAILABLE, 0, "Redis: INFO does not tell a version");
    else
        judge_server(reply->str, version, warning);
    mg_redis_reply_free(reply);
    return code;
}
