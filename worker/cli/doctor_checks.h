/* What doctor looks at, one function per thing. For cmd_doctor.c only. */
#ifndef MG_WORKER_CLI_DOCTOR_CHECKS_H
#define MG_WORKER_CLI_DOCTOR_CHECKS_H

#include "worker/config.h"

typedef enum mg_health { MG_HEALTH_OK, MG_HEALTH_WARN, MG_HEALTH_FAIL } mg_health;

typedef struct mg_check {
    const char *name; /* static */
    mg_health health;
    mg_err err;       /* of a failure: its exit code is the command's */
    char message[320];
    char advice[240]; /* what to do; "" when all is well */
} mg_check;

/* Each fills *ret (name is set by the caller) and changes nothing in the world. */
typedef void mg_check_run(const mg_config *config, mg_check *ret);

mg_check_run mg_check_analyser; /* measures two seconds of a generated tone */
mg_check_run mg_check_ledger;
mg_check_run mg_check_queue;
mg_check_run mg_check_audio;
mg_check_run mg_check_disk;

#endif
