#include "worker/cli/commands.h"

const mg_command *const mg_commands[] = {
    &mg_cmd_analyze, &mg_cmd_work,    &mg_cmd_enqueue, &mg_cmd_status,  &mg_cmd_list,
    &mg_cmd_show,    &mg_cmd_report,  &mg_cmd_explain, &mg_cmd_requeue, &mg_cmd_cancel,
    &mg_cmd_sweep,   &mg_cmd_migrate, &mg_cmd_doctor,  &mg_cmd_profiles,
    &mg_cmd_version, NULL,
};
