/* Objects of the result that say why their fields are null. For the writers of the result only. */
#ifndef MG_VERDICT_JSON_GROUP_H
#define MG_VERDICT_JSON_GROUP_H

#include "base/json_write.h"
#include "dsp/value.h"

enum { REASONS_MAX = 32 };

static inline const char *why_id(mg_why why)
{
    static const char *const ids[MG_WHY_COUNT] = {
        [MG_WHY_PRESENT] = "",
#define WHY_ID(name, id) [MG_WHY_##name] = id,
        MG_WHY_LIST(WHY_ID)
#undef WHY_ID
    };
    return ids[why];
}

/* An object that collects why its fields are null and writes `reasons` when it closes. */
typedef struct group {
    mg_json *json;
    unsigned count;
    struct {
        const char *key;
        mg_why why;
    } reasons[REASONS_MAX];
} group;

static inline group open_group(mg_json *json, const char *key)
{
    mg_json_object(json, key);
    return (group){.json = json};
}

static inline void add_reason(group *g, const char *key, mg_why why)
{
    if (g->count < REASONS_MAX) {
        g->reasons[g->count].key = key;
        g->reasons[g->count++].why = why;
    }
}

static inline void put_null(group *g, const char *key, mg_why why)
{
    mg_json_null(g->json, key);
    add_reason(g, key, why);
}

static inline void put(group *g, const char *key, mg_value value, int digits)
{
    if (mg_has(value))
        mg_json_num(g->json, key, value.v, digits);
    else
        put_null(g, key, value.why);
}

static inline void put_bool(group *g, const char *key, bool value, mg_why why)
{
    if (why == MG_WHY_PRESENT)
        mg_json_bool(g->json, key, value);
    else
        put_null(g, key, why);
}

static inline void close_group(group *g)
{
    if (g->count > 0) {
        mg_json_object(g->json, "reasons");
        for (unsigned i = 0; i < g->count; i++)
            mg_json_str(g->json, g->reasons[i].key, why_id(g->reasons[i].why));
        mg_json_object_end(g->json);
    }
    mg_json_object_end(g->json);
}

#endif
