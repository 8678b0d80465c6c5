/* A command of the program: `mixgauge NAME ...`. Each lives in worker/cmd_NAME.c. */
#ifndef MG_WORKER_CLI_COMMAND_H
#define MG_WORKER_CLI_COMMAND_H

#include "base/error.h"
#include "schema/store.h"
#include "worker/config.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct mg_option {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    const char *arg;  /* NULL: a switch; else the word shown in --help */
    const char *help;
} mg_option;

/* What a command got: its own options in the order given, its operands, the settings. */
typedef struct mg_given {
    const mg_option *option;
    const char *value; /* NULL: a switch */
} mg_given;

typedef struct mg_args {
    mg_config config; /* complete; zeroed for a command with `without_config` */
    bool json;        /* --json */
    mg_given *given;
    size_t given_count;
    char **operands;
    size_t operand_count;
} mg_args;

typedef struct mg_command {
    const char *name;
    const char *synopsis; /* operands and options, e.g. "[OPTIONS] FILE..." */
    const char *summary;  /* a few words, for the list of commands */
    const char *text;     /* paragraphs for --help */
    const mg_option *options;         /* ends with .name == NULL; --help and --json are implied */
    const char *const *setting_flags; /* settings it uses (worker/config.h), NULL-terminated */
    bool takes_json;
    unsigned min_operands, max_operands;
    int (*run)(mg_args *args); /* returns the exit code */
    bool without_config;       /* works whatever the settings say (help, version) */
} mg_command;

/* All commands, in the order of the help; NULL-terminated. */
extern const mg_command *const mg_commands[];

/* True if a switch was given; the last value of an option (NULL: not given). */
bool mg_args_has(const mg_args *args, const char *name);
const char *mg_args_value(const mg_args *args, const char *name);
/** The value of an option that may be given several times. @return NULL: not given so often */
const char *mg_args_value_at(const mg_args *args, const char *name, size_t index);

/** The whole program but main(): find the command, parse, load the settings, run, flush.
 *  @return the exit code */
int mg_program(int argc, char **argv);

/** The command of this name; NULL: none. */
const mg_command *mg_command_find(const char *name);

/** Parse what follows the command's name. Options and operands may be mixed; "--" ends options;
 *  "--name VALUE", "--name=VALUE", "-nVALUE"; setting flags (worker/config.h) are taken by every
 *  command (unless it has an option of that name) and land in *ret_settings (name, value, name,
 * value, ..., NULL; points into argv).
 *  @param ret_help  --help was given: nothing else counts
 *  @return MG_OK; MG_E_USAGE with one sentence that names the option; MG_E_NOMEM */
mg_err mg_args_parse(const mg_command *command, int argc, char **argv, mg_args *ret,
                     const char ***ret_settings, bool *ret_help, mg_errinfo *err);
void mg_args_done(mg_args *args);

/* The list of commands; one command. */
void mg_help_overview(FILE *out);
void mg_help_command(FILE *out, const mg_command *command);

/** "mixgauge NAME: sentence" on standard error; returns the exit code of `err`. */
int mg_command_fail(const char *command, mg_err err, const mg_errinfo *info);

/** Retention is a setting of the ledger, so that the whole fleet agrees on it: where
 *  RETENTION_DAYS or RETENTION_CAP_DAYS was set explicitly, write it there. Holds for jobs that end
 *  from then on. Called by `migrate`, `sweep` and, for a ledger in a file, `work`. */
mg_err mg_command_keep_retention(const mg_config *config, mg_store *store, mg_errinfo *err);

/** Tell the frontends (PREFIX:events) what became of jobs, where a queue is set. Events are hints:
 *  that they could not be told is no error of the command, whose work is in the ledger. */
void mg_command_tell(const mg_config *config, const mg_job_event *events, size_t count);
/** The same for jobs as they stand in the ledger now. */
void mg_command_tell_jobs(const mg_config *config, mg_store *store, char (*ids)[MG_UUID_SIZE],
                          size_t count);

/** Open the ledger of the settings and check its schema. SQLite in the data directory: created and
 *  migrated when missing (`create`), so that one machine needs no set-up. Tries for 5 s. */
mg_err mg_command_open_store(const mg_config *config, bool create, mg_store **ret,
                             mg_errinfo *err);
/** The same without a look at the schema, for `migrate`: an empty ledger is opened too. */
mg_err mg_command_connect(const mg_config *config, bool create, mg_store **ret, mg_errinfo *err);

#endif
