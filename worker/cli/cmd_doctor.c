#include "base/cleanup.h"
#include "base/json_write.h"
#include "worker/cli/commands.h"
#include "worker/cli/doctor_checks.h"
#include "worker/cli/text_page.h"
#include "worker/cli/text_width.h"

static const char *const health_name[] = {
    [MG_HEALTH_OK] = "ok", [MG_HEALTH_WARN] = "warn", [MG_HEALTH_FAIL] = "fail"};

static const struct check_row {
    const char *name;
    mg_check_run *run;
} rows[] = {
    {"analyser", mg_check_analyser}, {"ledger", mg_check_ledger}, {"queue", mg_check_queue},
    {"audio", mg_check_audio},       {"disk", mg_check_disk},
};
enum { CHECKS = sizeof rows / sizeof rows[0] };

enum { ONE_LINE = 100000 };

static void print_text(const mg_config *config, const mg_check *checks)
{
    /* elsewhere than on a terminal a check stays one line, for grep */
    const mg_page page = {.out = stdout, .columns = mg_terminal_columns(stdout, ONE_LINE)};
    printf("Settings (file: %s)\n", config->file != NULL ? config->file : "none");
    mg_config_print(config, stdout);
    puts("\nChecks");
    for (int i = 0; i < CHECKS; i++) {
        const int column = printf("%-4s  %-9s ", health_name[checks[i].health], checks[i].name);
        mg_page_wrapped(&page, checks[i].message, column);
        if (checks[i].advice[0] != '\0') {
            printf("%*s-> ", column, "");
            mg_page_wrapped(&page, checks[i].advice, column + 3);
        }
    }
}

static void write_settings(mg_json *json, const mg_config *config)
{
    mg_json_array(json, "settings");
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        mg_setting_view view;
        mg_config_view(config, id, &view);
        mg_json_object(json, NULL);
        mg_json_str(json, "name", view.name);
        mg_json_str(json, "value", view.value);
        mg_json_str(json, "from", view.origin);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
}

static int print_json(const mg_config *config, const mg_check *checks, int code)
{
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(256 * 1024);
    mg_json json = MG_JSON_INIT(&text);
    mg_json_object(&json, NULL);
    mg_json_int(&json, "exit", code);
    mg_json_array(&json, "checks");
    for (int i = 0; i < CHECKS; i++) {
        mg_json_object(&json, NULL);
        mg_json_str(&json, "name", checks[i].name);
        mg_json_str(&json, "status", health_name[checks[i].health]);
        mg_json_str(&json, "message", checks[i].message);
        mg_json_str(&json, "advice", checks[i].advice[0] != '\0' ? checks[i].advice : NULL);
        mg_json_object_end(&json);
    }
    mg_json_array_end(&json);
    mg_json_str(&json, "file", config->file);
    write_settings(&json, config);
    mg_json_object_end(&json);
    if (mg_buf_err(&text) != MG_OK)
        return mg_command_fail("doctor", mg_buf_err(&text), NULL);
    puts(mg_buf_text(&text));
    return code;
}

static int run(mg_args *args)
{
    mg_check checks[CHECKS] = {0};
    int code = MG_EXIT_OK;
    for (int i = 0; i < CHECKS; i++) {
        checks[i].name = rows[i].name;
        rows[i].run(&args->config, &checks[i]);
        if (checks[i].health == MG_HEALTH_FAIL && code == MG_EXIT_OK)
            code = mg_err_exit_code(checks[i].err);
    }
    if (args->json)
        return print_json(&args->config, checks, code);
    print_text(&args->config, checks);
    return code;
}

static const char *const setting_flags[] = {"store-url", "queue-url", "queue-prefix", "audio-url",
                                            "data-dir",  "limit-memory", NULL};

const mg_command mg_cmd_doctor = {
    .name = "doctor",
    .synopsis = "[OPTIONS]",
    .summary = "check settings, servers, analyser and disk, and say what to do",
    .text = "Shows every setting with its value (secrets left out) and where it came from, then "
            "checks what the program depends on: ok, warn (works, but read the advice) or fail. "
            "Changes nothing. The exit code is 0, or that of the first thing that fails.",
    .setting_flags = setting_flags,
    .takes_json = true,
    .run = run,
};
