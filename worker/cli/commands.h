/* The commands of the program, one per file worker/cmd_NAME.c; commands.c holds their order. */
#ifndef MG_WORKER_CLI_COMMANDS_H
#define MG_WORKER_CLI_COMMANDS_H

#include "worker/cli/command.h"

extern const mg_command mg_cmd_analyze;
extern const mg_command mg_cmd_work;
extern const mg_command mg_cmd_enqueue;
extern const mg_command mg_cmd_status;
extern const mg_command mg_cmd_list;
extern const mg_command mg_cmd_show;
extern const mg_command mg_cmd_report;
extern const mg_command mg_cmd_explain;
extern const mg_command mg_cmd_requeue;
extern const mg_command mg_cmd_cancel;
extern const mg_command mg_cmd_sweep;
extern const mg_command mg_cmd_migrate;
extern const mg_command mg_cmd_doctor;
extern const mg_command mg_cmd_profiles;
extern const mg_command mg_cmd_version;

#endif
