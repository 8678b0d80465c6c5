#include "worker/cli/command.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "worker/cli/suggest.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

const mg_command *mg_command_find(const char *name)
{
    for (size_t i = 0; mg_commands[i] != NULL; i++) {
        if (strcmp(mg_commands[i]->name, name) == 0)
            return mg_commands[i];
    }
    return NULL;
}

int mg_command_fail(const char *command, mg_err err, const mg_errinfo *info)
{
    fprintf(stderr, "mixgauge %s: %s\n", command, mg_errinfo_text(info, err));
    return mg_err_exit_code(err);
}

static int unknown_command(const char *name)
{
    char shown[80];
    mg_suggestion best = {0};
    for (size_t i = 0; mg_commands[i] != NULL; i++)
        mg_suggest(&best, name, mg_commands[i]->name);
    mg_utf8_printable(name, shown, sizeof shown);
    fprintf(stderr, "mixgauge: there is no %s %s", name[0] == '-' ? "option" : "command", shown);
    if (best.word != NULL)
        fprintf(stderr, "; did you mean \"%s\"?\n", best.word);
    else
        fputs("; \"mixgauge --help\" lists the commands\n", stderr);
    return MG_EXIT_USAGE;
}

static int help(int argc, char **argv)
{
    if (argc == 0) {
        mg_help_overview(stdout);
        return MG_EXIT_OK;
    }
    const mg_command *command = mg_command_find(argv[0]);
    if (command == NULL)
        return unknown_command(argv[0]);
    mg_help_command(stdout, command);
    return MG_EXIT_OK;
}

static mg_err configure(mg_config *ret, const char *const *settings, mg_errinfo *err)
{
    mg_err result = mg_config_load(ret, err);
    for (size_t i = 0; result == MG_OK && settings[i] != NULL; i += 2)
        result = mg_config_set(ret, settings[i], settings[i + 1], err);
    if (result == MG_OK)
        result = mg_config_complete(ret, err);
    if (result == MG_OK && ret->warnings != NULL)
        fprintf(stderr, "mixgauge: %s\n", ret->warnings);
    return result;
}

static int run_command(const mg_command *command, int argc, char **argv)
{
    mg_errinfo err = {0};
    mg_auto(mg_args_done) mg_args args = {0};
    mg_autofree const char **settings = NULL;
    bool wants_help;
    mg_err result = mg_args_parse(command, argc, argv, &args, &settings, &wants_help, &err);
    if (result != MG_OK)
        return mg_command_fail(command->name, result, &err);
    if (wants_help) {
        mg_help_command(stdout, command);
        return MG_EXIT_OK;
    }
    if (!command->without_config)
        result = configure(&args.config, settings, &err);
    if (result != MG_OK)
        return mg_command_fail(command->name, result, &err);
    return command->run(&args);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        fputs("mixgauge: which command? \"mixgauge --help\" lists them\n", stderr);
        return MG_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return help(argc - 2, argv + 2);
    if (strcmp(name, "--version") == 0)
        name = "version";
    const mg_command *command = mg_command_find(name);
    if (command == NULL)
        return unknown_command(name);
    return run_command(command, argc - 2, argv + 2);
}

/* A closed standard stream would lend its number to the next file we open. One that fails on use
 * takes its place. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/* errno may be another failure's by the time we ask. */
static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int mg_program(int argc, char **argv)
{
    hold_standard_streams();
    /* A server that hangs up must not kill us; who reads our output and goes away may, below. */
    signal(SIGPIPE, SIG_IGN);
    const int code = dispatch(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (reader_is_gone()) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    fputs("mixgauge: cannot write to standard output\n", stderr);
    return code != MG_EXIT_OK ? code : MG_EXIT_IO;
}
