#include "worker/cli/job_text.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

void mg_span_text(int64_t span_ms, char out[24])
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}};
    int64_t ms = span_ms < 0 ? 0 : span_ms;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        /* "90 min" says more than "1 h". */
        if (ms >= 2 * units[i].ms || (i == 3 && ms >= 1000)) {
            snprintf(out, 24, "%" PRId64 " %s", ms / units[i].ms, units[i].unit);
            return;
        }
    }
    snprintf(out, 24, "%" PRId64 " ms", ms);
}

void mg_when_text(int64_t at_ms, int64_t now_ms, char out[32])
{
    char span[24];
    if (at_ms == 0) {
        strcpy(out, "-");
        return;
    }
    int64_t away_ms = at_ms - now_ms;
    if (away_ms > -1000 && away_ms < 1000) {
        strcpy(out, "now");
        return;
    }
    mg_span_text(away_ms < 0 ? -away_ms : away_ms, span);
    snprintf(out, 32, away_ms < 0 ? "%s ago" : "in %s", span);
}

void mg_json_when(mg_json *json, const char *key, int64_t at_ms)
{
    char iso[32];
    mg_wall_iso(at_ms, iso);
    mg_json_str(json, key, at_ms ? iso : NULL);
}

static void json_text(mg_json *json, const char *key, const char *text)
{
    mg_json_str(json, key, text[0] ? text : NULL);
}

void mg_json_job(mg_json *json, const char *key, const mg_job_row *job)
{
    const mg_job_spec *spec = &job->spec;
    mg_json_object(json, key);
    mg_json_str(json, "job_id", spec->job_id);
    mg_json_str(json, "user_id", spec->user_id);
    mg_json_str(json, "state", mg_job_state_name(job->state));
    mg_json_str(json, "priority", mg_priority_name[spec->priority]);
    mg_json_str(json, "audio_key", spec->audio_key);
    json_text(json, "reference_key", spec->reference_key);
    json_text(json, "filename", spec->filename);
    if (spec->size >= 0)
        mg_json_int(json, "size", spec->size);
    else
        mg_json_null(json, "size");
    json_text(json, "profile", spec->profile);
    mg_json_int(json, "attempts", job->attempts);
    mg_json_int(json, "progress", job->progress);
    mg_json_bool(json, "cancel_requested", job->cancel_requested);
    json_text(json, "reason", job->reason);
    json_text(json, "detail", job->detail);
    json_text(json, "worker", job->worker);
    mg_json_when(json, "created_at", job->created_at_ms);
    mg_json_when(json, "run_at", spec->run_at_ms);
    mg_json_when(json, "expires_at", spec->expires_at_ms);
    mg_json_when(json, "started_at", job->started_at_ms);
    mg_json_when(json, "ended_at", job->ended_at_ms);
    mg_json_when(json, "lease_until", job->lease_until_ms);
    json_text(json, "traceparent", spec->traceparent);
    mg_json_object_end(json);
}

bool mg_print_line(mg_buf *line)
{
    mg_buf_putc(line, '\n');
    bool fits = mg_buf_err(line) == MG_OK;
    if (fits)
        fwrite(line->data, 1, line->len, stdout);
    mg_buf_clear(line);
    return fits;
}

mg_err mg_job_operand(const char *text, char ret[MG_UUID_SIZE], mg_errinfo *err)
{
    char shown[64];
    if (mg_uuid_parse(text, ret))
        return MG_OK;
    mg_utf8_printable(text, shown, sizeof shown);
    return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no job %s: a job's id is a UUID", shown);
}
