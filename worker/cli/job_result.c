#include "worker/cli/job_result.h"

#include "worker/cli/job_text.h"

/* What stands in the way of a result. */
static mg_err without_result(const mg_job_row *job, mg_errinfo *err)
{
    const char *id = job->spec.job_id, *state = mg_job_state_name(job->state);
    if (!mg_job_state_is_terminal(job->state))
        return mg_fail(err, MG_E_REFUSED, 0, "job %s has no result yet: it is %s", id, state);
    if (job->reason[0])
        return mg_fail(err, MG_E_NOT_FOUND, 0, "job %s has no result: it is %s, %s", id, state,
                       job->reason);
    return mg_fail(err, MG_E_NOT_FOUND, 0, "job %s has no result: it is %s", id, state);
}

mg_err mg_job_result(const mg_config *config, const char *operand, mg_job_row *ret_job,
                     mg_buf *ret_result, mg_errinfo *err)
{
    mg_store *store = NULL;
    char id[MG_UUID_SIZE];
    mg_err result = mg_job_operand(operand, id, err);
    if (result == MG_OK)
        result = mg_command_open_store(config, /* create= */ false, &store, err);
    if (result == MG_OK)
        result = mg_store_get_job(store, id, ret_job, err);
    if (result == MG_OK) {
        mg_errinfo why = {0};
        result = mg_store_get_result(store, id, ret_result, &why);
        if (result == MG_E_NOT_FOUND)
            result = without_result(ret_job, err);
        else if (result != MG_OK)
            mg_fail(err, result, why.sys_errno, "%s", mg_errinfo_text(&why, result));
    }
    mg_store_close(store);
    return result;
}

const char *mg_job_title(const mg_job_row *job)
{
    return job->spec.filename[0] ? job->spec.filename : job->spec.audio_key;
}
