/* Parsing of arguments, help of every command, suggestions. */
#include "worker/cli/command.h"
#include "worker/config_table.h"
#include "worker/cli/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const mg_option options[] = {
    {"user", 'u', "U", "whose"},
    {"dry-run", 'n', NULL, "change nothing"},
    {"verbose", 'v', NULL, "say more"},
    {0},
};
static const mg_command command = {.name = "try", .synopsis = "FILE", .options = options,
                                   .takes_json = true, .min_operands = 1, .max_operands = 2};

typedef struct parsed {
    mg_args args;
    const char **settings;
    bool help;
    mg_errinfo err;
    mg_err result;
} parsed;

/* Words separated by blanks; the caller frees `line`. */
static parsed parse(const mg_command *of, char *line)
{
    static char *argv[32];
    int argc = 0;
    parsed p = {0};
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    p.result = mg_args_parse(of, argc, argv, &p.args, &p.settings, &p.help, &p.err);
    return p;
}

static void done(parsed *p)
{
    mg_args_done(&p->args);
    free(p->settings);
}

static void options_and_operands_mix(void **state)
{
    (void)state;
    char line[] = "a.wav --user=me -nv --lease-s 90 --json -u you --store-url=x=y b.wav";
    parsed p = parse(&command, line);
    assert_int_equal(p.result, MG_OK);
    assert_int_equal(p.args.operand_count, 2);
    assert_string_equal(p.args.operands[0], "a.wav");
    assert_string_equal(p.args.operands[1], "b.wav");
    assert_true(p.args.json);
    assert_true(mg_args_has(&p.args, "dry-run"));
    assert_true(mg_args_has(&p.args, "verbose"));
    assert_false(mg_args_has(&p.args, "nothing"));
    assert_string_equal(mg_args_value(&p.args, "user"), "you"); /* the last one counts */
    assert_null(mg_args_value(&p.args, "nothing"));
    assert_int_equal(p.args.given_count, 4);
    assert_string_equal(p.args.given[0].value, "me");
    assert_string_equal(p.settings[0], "lease-s");
    assert_string_equal(p.settings[1], "90");
    assert_string_equal(p.settings[2], "store-url");
    assert_string_equal(p.settings[3], "x=y");
    assert_null(p.settings[4]);
    done(&p);
}

static void two_dashes_end_options(void **state)
{
    (void)state;
    char line[] = "-v -- --user -";
    parsed p = parse(&command, line);
    assert_int_equal(p.result, MG_OK);
    assert_int_equal(p.args.operand_count, 2);
    assert_string_equal(p.args.operands[0], "--user");
    assert_string_equal(p.args.operands[1], "-");
    done(&p);
    char cluster[] = "-vnume f";
    p = parse(&command, cluster);
    assert_string_equal(mg_args_value(&p.args, "user"), "me");
    done(&p);
}

static void help_beats_all(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help", "-h", "-vh", "a b --help"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s", lines[i]);
        parsed p = parse(&command, line);
        assert_int_equal(p.result, MG_OK);
        assert_true(p.help);
        done(&p);
    }
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"f --usr me", "there is no option --usr; did you mean --user?"},
        {"f --dry", "did you mean --dry-run?"},
        {"f --lease 3", "did you mean --lease-s?"},
        {"f --jsn", "did you mean --json?"},
        {"f --xyzzy", "there is no option --xyzzy"},
        {"f -x", "there is no option -x"},
        {"f -vx", "there is no option -x"},
        {"f --user", "a value is missing after --user"},
        {"f -u", "a value is missing after -u"},
        {"f --lease-s", "a value is missing after --lease-s"},
        {"f --dry-run=yes", "--dry-run takes no value"},
        {"f --json=1", "--json takes no value"},
        {"", "an operand is missing: mixgauge try FILE"},
        {"a b c", "nothing is expected where you wrote c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "%s", cases[i][0]);
        parsed p = parse(&command, line);
        assert_int_equal(p.result, MG_E_USAGE);
        if (strstr(p.err.text, cases[i][1]) == NULL)
            fail_msg("%s: %s", cases[i][0], p.err.text);
        done(&p);
    }
    const mg_command plain = {.name = "plain", .synopsis = "", .max_operands = 0};
    char line[] = "--json";
    parsed p = parse(&plain, line);
    assert_int_equal(p.result, MG_E_USAGE);
    done(&p);
}

static void suggestions_are_near(void **state)
{
    (void)state;
    static const char *const words[] = {"analyze", "work", "sweep", "status", "list", "show"};
    static const char *const cases[][2] = {
        {"analyse", "analyze"}, {"anlayze", "analyze"}, {"wrok", "work"},  {"swep", "sweep"},
        {"stat", "status"},     {"lst", "list"},        {"xyz", NULL},     {"", NULL},
        {"analyzeanalyzeanalyzeanalyzeanalyzeanalyzeanalyzeanalyze", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mg_suggestion best = {0};
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
            mg_suggest(&best, cases[i][0], words[w]);
        if (cases[i][1] == NULL)
            assert_null(best.word);
        else
            assert_string_equal(best.word, cases[i][1]);
    }
}

static char *help_of(const mg_command *of)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (of != NULL)
        mg_help_command(out, of);
    else
        mg_help_overview(out);
    fclose(out);
    return text;
}

static void must_hold(const char *text, const char *what)
{
    if (strstr(text, what) == NULL)
        fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void lines_fit_a_terminal(const char *text)
{
    for (const char *line = text; *line != '\0';) {
        const size_t len = strcspn(line, "\n");
        if (len > 79 && strncmp(line, "Usage:", 6) != 0)
            fail_msg("a line of %zu: %.*s", len, (int)len, line);
        line += len + (line[len] != '\0');
    }
}

static bool lists_setting(const mg_command *of, const char *flag)
{
    for (size_t i = 0; of->setting_flags != NULL && of->setting_flags[i] != NULL; i++) {
        if (strcmp(of->setting_flags[i], flag) == 0)
            return true;
    }
    return false;
}

/* Walks the tables: every option and every setting of every command is in its help. */
static void help_mentions_everything(void **state)
{
    (void)state;
    char word[64];
    char *overview = help_of(NULL);
    lines_fit_a_terminal(overview);
    for (size_t c = 0; mg_commands[c] != NULL; c++) {
        const mg_command *one = mg_commands[c];
        must_hold(overview, one->name);
        must_hold(overview, one->summary);
        assert_ptr_equal(mg_command_find(one->name), one);
        assert_non_null(one->run);
        char *text = help_of(one);
        lines_fit_a_terminal(text);
        must_hold(text, "-h, --help");
        for (const mg_option *o = one->options; o != NULL && o->name != NULL; o++) {
            snprintf(word, sizeof word, "--%s", o->name);
            must_hold(text, word);
            assert_false(lists_setting(one, o->name)); /* the option would hide it */
            assert_true(o->help != NULL && o->help[0] != '\0');
        }
        for (size_t i = 0; one->setting_flags != NULL && one->setting_flags[i] != NULL; i++) {
            assert_true(mg_config_has_flag(one->setting_flags[i]));
            snprintf(word, sizeof word, "--%s", one->setting_flags[i]);
            must_hold(text, word);
        }
        assert_int_equal(strstr(text, "--json") != NULL, one->takes_json);
        free(text);
    }
    free(overview);
    assert_null(mg_command_find("no-such"));
}

static void every_setting_has_its_help(void **state)
{
    (void)state;
    for (size_t i = 0; i < MG_SETTING_COUNT; i++) {
        const char *const flags[] = {mg_settings[i].flag, NULL};
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        mg_config_help(out, flags);
        fclose(out);
        must_hold(text, mg_settings[i].flag);
        must_hold(text, mg_settings[i].variable);
        if (mg_settings[i].def[0] != '\0')
            must_hold(text, mg_settings[i].def);
        lines_fit_a_terminal(text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_mix),
        cmocka_unit_test(two_dashes_end_options),
        cmocka_unit_test(help_beats_all),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(suggestions_are_near),
        cmocka_unit_test(help_mentions_everything),
        cmocka_unit_test(every_setting_has_its_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
