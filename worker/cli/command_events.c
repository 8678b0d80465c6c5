/* Events of what a command has done to jobs. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "queue/stream.h"
#include "worker/cli/command.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 256 };

static mg_err publish_some(mg_stream *stream, const mg_job_event *events, size_t count)
{
    mg_event told[AT_ONCE];
    for (size_t i = 0; i < count; i++)
        told[i] = (mg_event){.job_id = events[i].job_id,
                             .user_id = events[i].user_id,
                             .reason = events[i].reason,
                             .attempt = events[i].attempt,
                             .state = events[i].state,
                             .at_ms = mg_wall_ms()};
    return mg_stream_publish(stream, told, count, NULL);
}

void mg_command_tell(const mg_config *config, const mg_job_event *events, size_t count)
{
    mg_stream *stream = NULL;
    if (config->queue_url[0] == '\0' || count == 0 ||
        mg_stream_new(&stream, config->queue_url, config->queue_prefix, "mixgauge", NULL) != MG_OK)
        return;
    mg_err code = MG_OK;
    for (size_t at = 0; at < count && code == MG_OK; at += AT_ONCE)
        code = publish_some(stream, events + at, count - at < AT_ONCE ? count - at : AT_ONCE);
    mg_stream_free(stream);
}

static bool event_of(mg_store *store, const char *job_id, mg_job_event *ret)
{
    mg_job_row job;
    if (mg_store_get_job(store, job_id, &job, NULL) != MG_OK)
        return false;
    *ret = (mg_job_event){.attempt = job.attempts, .state = job.state};
    memcpy(ret->job_id, job.spec.job_id, sizeof ret->job_id);
    memcpy(ret->user_id, job.spec.user_id, sizeof ret->user_id);
    memcpy(ret->reason, job.reason, sizeof ret->reason);
    return true;
}

void mg_command_tell_jobs(const mg_config *config, mg_store *store, char (*ids)[MG_UUID_SIZE],
                          size_t count)
{
    mg_autofree mg_job_event *events = NULL;
    size_t known = 0;
    if (config->queue_url[0] != '\0' && count > 0)
        events = calloc(count, sizeof *events);
    for (size_t i = 0; events != NULL && i < count; i++)
        known += event_of(store, ids[i], &events[known]);
    mg_command_tell(config, events, known);
}
