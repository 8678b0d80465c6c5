#include "queue/job.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    bool terminal;
} states[MG_JOB_STATES] = {
#define MG_JOB_STATE_ROW(name, id, terminal) [MG_JOB_##name] = {id, terminal},
    MG_JOB_STATE_LIST(MG_JOB_STATE_ROW)
#undef MG_JOB_STATE_ROW
};

const char *const mg_priority_name[MG_PRIORITIES] = {"high", "normal", "low"};
const unsigned mg_priority_weight[MG_PRIORITIES] = {8, 3, 1};

const char *mg_job_state_name(mg_job_state state)
{
    return (unsigned)state < MG_JOB_STATES ? states[state].name : "unknown";
}

bool mg_job_state_from_name(const char *name, mg_job_state *ret)
{
    for (int i = 0; i < MG_JOB_STATES; i++) {
        if (strcmp(states[i].name, name) == 0) {
            *ret = (mg_job_state)i;
            return true;
        }
    }
    return false;
}

bool mg_job_state_is_terminal(mg_job_state state)
{
    return (unsigned)state < MG_JOB_STATES && states[state].terminal;
}

void mg_priority_order(uint32_t random, mg_priority order[MG_PRIORITIES])
{
    unsigned total = 0;
    for (int i = 0; i < MG_PRIORITIES; i++)
        total += mg_priority_weight[i];
    /* Multiply and shift: the bias against the last value is below 1e-8. */
    unsigned drawn = (unsigned)((uint64_t)random * total >> 32);
    int first = 0;
    while (drawn >= mg_priority_weight[first])
        drawn -= mg_priority_weight[first++];
    size_t used = 0;
    order[used++] = (mg_priority)first;
    for (int i = 0; i < MG_PRIORITIES; i++) {
        if (i != first)
            order[used++] = (mg_priority)i;
    }
}
