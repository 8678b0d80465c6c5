/* `mixgauge work`: the worker. */
#include "verdict/profile.h"
#include "worker/analyser/analyser_spawn.h"
#include "worker/service/audio_store.h"
#include "worker/cli/command.h"
#include "worker/service/log.h"
#include "worker/service/supervisor.h"

#include <string.h>
#include <unistd.h>

static const mg_option options[] = {
    {"until-empty", 0, NULL, "end when the queue is empty: nothing due, running or soon due"},
    {"once", 0, NULL, "run one job and end"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {
    "store-url",   "queue-url",     "queue-prefix", "audio-url",      "data-dir",
    "concurrency", "lease-s",       "heartbeat-s",  "drain-s",        "user-inflight",
    "limit-bytes", "limit-seconds", "limit-memory", "limit-channels", "profile",
    "log-level",   "log-format",    "retention-days", "retention-cap-days", NULL,
};

/* The ledger of one machine is made here when it is missing. A server is the threads' business:
 * that it is away is no reason to end, and signals must be answered while it is. */
static mg_err prepare_store(const mg_config *config, mg_errinfo *err)
{
    if (strncmp(config->store_url, "sqlite:", 7) != 0 && config->store_url[0])
        return MG_OK;
    mg_store *store = NULL;
    mg_err code = mg_command_open_store(config, true, &store, err);
    if (code == MG_OK)
        code = mg_command_keep_retention(config, store, err);
    mg_store_close(store);
    return code;
}

static mg_err work(mg_args *args, mg_log *log, mg_errinfo *err)
{
    const mg_config *config = &args->config;
    if (!mg_profile_builtin(config->profile))
        return mg_fail(err, MG_E_CONFIG, 0, "profile: there is no profile of this name");
    /* Without it every job would fail: better none is taken. */
    char analyser[MG_ANALYSER_PATH_MAX];
    mg_errinfo why = {0};
    if (mg_analyser_find(analyser, &why) != MG_OK)
        return mg_fail(err, MG_E_CONFIG, 0, "%s", why.text);
    mg_audio_store *audio = NULL;
    mg_err code = mg_audio_store_open(&audio, config->audio_url, true, err);
    if (code != MG_OK)
        return code;
    code = prepare_store(config, err);
    if (code == MG_OK) {
        mg_supervisor_options run = {
            .config = config,
            .log = log,
            .audio = audio,
            .until_empty = mg_args_has(args, "until-empty"),
            .once = mg_args_has(args, "once"),
        };
        code = mg_supervisor_run(&run, err);
    }
    mg_audio_store_close(audio);
    return code;
}

static int run(mg_args *args)
{
    mg_errinfo err = {0};
    mg_log *log = NULL;
    mg_err code =
        mg_log_new(&log, args->config.log_level, args->config.log_format, STDERR_FILENO, &err);
    if (code == MG_OK)
        code = work(args, log, &err);
    mg_log_free(log);
    return code == MG_OK ? MG_EXIT_OK : mg_command_fail("work", code, &err);
}

const mg_command mg_cmd_work = {
    .name = "work",
    .synopsis = "[OPTIONS]",
    .summary = "take jobs from the queue and analyse them",
    .text =
        "Takes announced jobs into the ledger, runs each in a process of its own and "
        "writes down the results. Any number of workers on any number of machines can share "
        "one queue and ledger.\n"
        "\n"
        "It goes on while a server is away and says so in the log. SIGTERM, SIGINT or SIGHUP: no "
        "more jobs are taken, running ones may take --drain-s, then they are given back without "
        "using up an attempt; a second signal ends at once. SIGTSTP takes no more jobs, SIGCONT "
        "takes them again.\n"
        "\n"
        "--until-empty ends when the queue's streams hold nothing and the ledger no job that "
        "runs, is due or is due within two minutes; jobs set for later do not hold it. --once "
        "waits for one job, runs it and ends; with both it ends without one when there is "
        "none.",
    .options = options,
    .setting_flags = settings,
    .run = run,
};
