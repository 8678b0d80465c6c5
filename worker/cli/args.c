/* Parsing of one command's arguments. */
#include "base/cleanup.h"
#include "base/utf8.h"
#include "worker/cli/command.h"
#include "worker/config_table.h"
#include "worker/cli/suggest.h"

#include <stdlib.h>
#include <string.h>

typedef struct parser {
    const mg_command *command;
    int argc, at;
    char **argv;
    mg_args *args;
    const char **settings;
    size_t setting_count;
    bool help;
    mg_errinfo *err;
} parser;

static mg_err wrong(const parser *p, const char *what, const char *word)
{
    char shown[80];
    mg_utf8_printable(word, shown, sizeof shown);
    return mg_fail(p->err, MG_E_USAGE, 0, "%s %s", what, shown);
}

static const mg_option *find_long(const mg_command *command, const char *name)
{
    for (const mg_option *o = command->options; o != NULL && o->name != NULL; o++) {
        if (strcmp(o->name, name) == 0)
            return o;
    }
    return NULL;
}

static const mg_option *find_letter(const mg_command *command, char letter)
{
    for (const mg_option *o = command->options; o != NULL && o->name != NULL; o++) {
        if (o->letter == letter)
            return o;
    }
    return NULL;
}

static mg_err unknown_option(const parser *p, const char *name)
{
    char shown[80];
    mg_suggestion best = {0};
    for (const mg_option *o = p->command->options; o != NULL && o->name != NULL; o++)
        mg_suggest(&best, name, o->name);
    for (size_t i = 0; i < MG_SETTING_COUNT; i++)
        mg_suggest(&best, name, mg_settings[i].flag);
    mg_suggest(&best, name, "help");
    if (p->command->takes_json)
        mg_suggest(&best, name, "json");
    mg_utf8_printable(name, shown, sizeof shown);
    if (best.word != NULL)
        return mg_fail(p->err, MG_E_USAGE, 0, "there is no option --%s; did you mean --%s?", shown,
                       best.word);
    return mg_fail(p->err, MG_E_USAGE, 0, "there is no option --%s", shown);
}

static void keep(parser *p, const mg_option *option, const char *value)
{
    p->args->given[p->args->given_count++] = (mg_given){.option = option, .value = value};
}

/* The value after '=' or the next argument. */
static mg_err need_value(parser *p, const char *name, const char *joined, const char **ret)
{
    if (joined == NULL && p->at + 1 >= p->argc)
        return wrong(p, "a value is missing after", name);
    *ret = joined != NULL ? joined : p->argv[++p->at];
    return MG_OK;
}

static mg_err parse_setting(parser *p, const char *flag, const char *joined)
{
    const char *value = NULL;
    mg_err result = need_value(p, p->argv[p->at], joined, &value);
    if (result != MG_OK)
        return result;
    for (size_t i = 0; i < MG_SETTING_COUNT; i++) {
        if (strcmp(mg_settings[i].flag, flag) == 0) {
            p->settings[p->setting_count++] = mg_settings[i].flag;
            p->settings[p->setting_count++] = value;
        }
    }
    return MG_OK;
}

static mg_err parse_long(parser *p, const char *text)
{
    char name[64];
    const char *value = NULL, *equals = strchr(text, '=');
    const size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
    if (len >= sizeof name)
        return unknown_option(p, text);
    snprintf(name, sizeof name, "%.*s", (int)len, text);
    const char *joined = equals != NULL ? equals + 1 : NULL;
    const mg_option *option = find_long(p->command, name);
    if (option != NULL && option->arg != NULL) {
        mg_err result = need_value(p, p->argv[p->at], joined, &value);
        if (result == MG_OK)
            keep(p, option, value);
        return result;
    }
    if (option == NULL && mg_config_has_flag(name))
        return parse_setting(p, name, joined);
    const bool is_help = strcmp(name, "help") == 0;
    const bool is_json = p->command->takes_json && strcmp(name, "json") == 0;
    if (option == NULL && !is_help && !is_json)
        return unknown_option(p, name);
    if (joined != NULL)
        return mg_fail(p->err, MG_E_USAGE, 0, "--%s takes no value", name);
    p->help = p->help || is_help;
    p->args->json = p->args->json || is_json;
    if (option != NULL)
        keep(p, option, NULL);
    return MG_OK;
}

/* One argument with one dash: any number of switches, the last may be an option with a value. */
static mg_err parse_letters(parser *p, const char *letters)
{
    for (const char *at = letters; *at != '\0'; at++) {
        const char name[] = {'-', *at, '\0'};
        const mg_option *option = find_letter(p->command, *at);
        if (option == NULL && *at == 'h') {
            p->help = true;
            continue;
        }
        if (option == NULL)
            return wrong(p, "there is no option", (unsigned char)*at < 0x80 ? name : letters - 1);
        if (option->arg != NULL) {
            const char *value = NULL;
            mg_err result = need_value(p, name, at[1] != '\0' ? at + 1 : NULL, &value);
            if (result == MG_OK)
                keep(p, option, value);
            return result;
        }
        keep(p, option, NULL);
    }
    return MG_OK;
}

static mg_err parse_all(parser *p)
{
    bool options_ended = false;
    mg_err result = MG_OK;
    for (p->at = 0; p->at < p->argc && result == MG_OK; p->at++) {
        char *text = p->argv[p->at];
        if (options_ended || text[0] != '-' || text[1] == '\0')
            p->args->operands[p->args->operand_count++] = text;
        else if (strcmp(text, "--") == 0)
            options_ended = true;
        else if (text[1] == '-')
            result = parse_long(p, text + 2);
        else
            result = parse_letters(p, text + 1);
    }
    return result;
}

static mg_err check_operands(const parser *p)
{
    const mg_command *command = p->command;
    const size_t count = p->args->operand_count;
    if (count < command->min_operands)
        return mg_fail(p->err, MG_E_USAGE, 0, "an operand is missing: mixgauge %s %s",
                       command->name, command->synopsis);
    if (count > command->max_operands)
        return wrong(p, "nothing is expected where you wrote",
                     p->args->operands[command->max_operands]);
    return MG_OK;
}

/* Each argument can at most be one thing, a cluster of letters as many as it is long. */
static size_t most_given(int argc, char **argv)
{
    size_t most = 1;
    for (int i = 0; i < argc; i++)
        most += strlen(argv[i]) < 2 ? 1 : strlen(argv[i]);
    return most;
}

mg_err mg_args_parse(const mg_command *command, int argc, char **argv, mg_args *ret,
                     const char ***ret_settings, bool *ret_help, mg_errinfo *err)
{
    mg_args args = {0};
    mg_autofree const char **settings = calloc(2 * (size_t)argc + 2, sizeof *settings);
    args.given = calloc(most_given(argc, argv), sizeof *args.given);
    args.operands = calloc((size_t)argc + 1, sizeof *args.operands);
    parser p = {.command = command, .argc = argc, .argv = argv, .args = &args,
                .settings = settings, .err = err};
    mg_err result = MG_OK;
    if (settings == NULL || args.given == NULL || args.operands == NULL)
        result = mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (result == MG_OK)
        result = parse_all(&p);
    if (result == MG_OK && !p.help)
        result = check_operands(&p);
    if (result != MG_OK) {
        mg_args_done(&args);
        return result;
    }
    *ret = args;
    *ret_settings = mg_steal(settings);
    *ret_help = p.help;
    return MG_OK;
}

void mg_args_done(mg_args *args)
{
    mg_config_done(&args->config);
    free(args->given);
    free(args->operands);
    *args = (mg_args){0};
}

bool mg_args_has(const mg_args *args, const char *name)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, name) == 0)
            return true;
    }
    return false;
}

const char *mg_args_value(const mg_args *args, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, name) == 0)
            value = args->given[i].value;
    }
    return value;
}

const char *mg_args_value_at(const mg_args *args, const char *name, size_t index)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].option->name, name) == 0 && index-- == 0)
            return args->given[i].value;
    }
    return NULL;
}
