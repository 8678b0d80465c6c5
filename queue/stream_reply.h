/* Answers of Redis about streams -> entries. Pure: no connection. Every shape is checked, since an
 * unexpected one (nil for an entry that was deleted) is an ordinary event. */
#ifndef MG_QUEUE_STREAM_REPLY_H
#define MG_QUEUE_STREAM_REPLY_H

#include "queue/stream.h"

#include <hiredis/hiredis.h>

/** Entries out of an array of [id, fields|nil] (XREADGROUP per stream, XAUTOCLAIM, XRANGE); nil
 *  elements (XAUTOCLAIM of Redis 6.2) are skipped. The fields point into the reply.
 *  @return how many were written, at most max */
size_t mg_stream_reply_entries(const redisReply *list, mg_priority priority,
                               mg_stream_entry *entries, size_t max);

/** Ids of entries that are gone (third element of XAUTOCLAIM): entries without fields. */
size_t mg_stream_reply_deleted(const redisReply *list, mg_priority priority,
                               mg_stream_entry *entries, size_t max);

/** The value after `name` in a flat array of pairs (XINFO); NULL when there is none. */
const redisReply *mg_stream_reply_pair(const redisReply *map, const char *name);

/** The value of a line "name:value" of INFO into out[size]; false when there is none. */
bool mg_stream_reply_info(const char *info, const char *name, char *out, size_t size);

#endif
