/* A command of the program: `mixgauge NAME ...`. Each lives in worker/cmd_NAME.c. */
#ifndef MG_WORKER_COMMAND_H
#define MG_WORKER_COMMAND_H

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
typedef struct mg_args {
    mg_config config; /* complete */
    bool json;        /* --json */
    struct { const mg_option *option; const char *value; } *given;
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
} mg_command;

/* All commands, in the order of the help. */
extern const mg_command *const mg_commands[];

/* True if a switch was given; the last value of an option (NULL: not given). */
bool mg_args_has(const mg_args *args, const char *name);
const char *mg_args_value(const mg_args *args, const char *name);

/** "mixgauge NAME: sentence" on standard error; returns the exit code of `err`. */
int mg_command_fail(const char *command, mg_err err, const mg_errinfo *info);

/** Open the ledger of the settings and check its schema. SQLite in the data directory: created and
 *  migrated when missing (`create`), so that one machine needs no set-up. Tries for 5 s. */
mg_err mg_command_open_store(const mg_config *config, bool create, mg_store **ret,
                             mg_errinfo *err);

#endif
