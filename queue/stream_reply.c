#include "queue/stream_reply.h"

#include <string.h>

static bool is_text(const redisReply *reply)
{
    return reply && (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS);
}

static bool take_id(const redisReply *id, mg_priority priority, mg_stream_entry *ret)
{
    if (!is_text(id) || id->len >= sizeof ret->id)
        return false;
    *ret = (mg_stream_entry){.priority = priority};
    memcpy(ret->id, id->str, id->len);
    return true;
}

static void take_fields(const redisReply *list, mg_stream_entry *entry)
{
    size_t bytes = 0;
    for (size_t i = 0; i + 1 < list->elements; i += 2) {
        const redisReply *name = list->element[i], *value = list->element[i + 1];
        if (!is_text(name) || !is_text(value))
            continue;
        bytes += name->len + value->len;
        if (bytes > MG_MESSAGE_MAX_BYTES || entry->field_count == MG_MESSAGE_MAX_FIELDS) {
            entry->oversized = true;
            if (entry->field_count > 0)
                return;
        }
        entry->fields[entry->field_count++] =
            (mg_field){name->str, value->str, name->len, value->len};
    }
}

size_t mg_stream_reply_entries(const redisReply *list, mg_priority priority,
                               mg_stream_entry *entries, size_t max)
{
    size_t count = 0;
    if (!list || list->type != REDIS_REPLY_ARRAY)
        return 0;
    for (size_t i = 0; i < list->elements && count < max; i++) {
        const redisReply *item = list->element[i];
        if (!item || item->type != REDIS_REPLY_ARRAY || item->elements < 1 ||
            !take_id(item->element[0], priority, &entries[count]))
            continue;
        if (item->elements > 1 && item->element[1]->type == REDIS_REPLY_ARRAY)
            take_fields(item->element[1], &entries[count]);
        count++;
    }
    return count;
}

size_t mg_stream_reply_deleted(const redisReply *list, mg_priority priority,
                               mg_stream_entry *entries, size_t max)
{
    size_t count = 0;
    if (!list || list->type != REDIS_REPLY_ARRAY)
        return 0;
    for (size_t i = 0; i < list->elements && count < max; i++) {
        if (take_id(list->element[i], priority, &entries[count]))
            count++;
    }
    return count;
}

const redisReply *mg_stream_reply_pair(const redisReply *map, const char *name)
{
    if (!map || map->type != REDIS_REPLY_ARRAY)
        return NULL;
    for (size_t i = 0; i + 1 < map->elements; i += 2) {
        if (is_text(map->element[i]) && strcmp(map->element[i]->str, name) == 0)
            return map->element[i + 1];
    }
    return NULL;
}

bool mg_stream_reply_info(const char *info, const char *name, char *out, size_t size)
{
    size_t len = strlen(name);
    for (const char *line = info; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) != 0 || line[len] != ':')
            continue;
        const char *value = line + len + 1;
        size_t value_len = strcspn(value, "\r\n");
        if (value_len >= size)
            return false;
        memcpy(out, value, value_len);
        out[value_len] = '\0';
        return true;
    }
    return false;
}
