/* Settings: every row of the table, the three places they come from, and what is refused. */
#include "worker/config.h"
#include "worker/config_table.h"
#include "tests/temp_dir.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static void forget(const char *prefix)
{
    for (size_t i = 0; environ[i] != NULL;) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        if (strncmp(name, prefix, strlen(prefix)) != 0 || unsetenv(name) != 0)
            i++;
    }
}

/* Each test starts without any setting and with a home of its own. */
static int set_up(void **state)
{
    char *home = malloc(96);
    if (home == NULL || !make_temp_dir(home, 96))
        return -1;
    forget("MIXGAUGE");
    forget("XDG_");
    setenv("HOME", home, 1);
    *state = home;
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "/bin/rm -rf %s", (char *)*state);
    free(*state);
    return system(command);
}

static mg_config load(void)
{
    mg_config config;
    mg_errinfo err = {0};
    if (mg_config_load(&config, &err) != MG_OK)
        fail_msg("%s", err.text);
    return config;
}

static void expect_refused(const char *what)
{
    mg_config config;
    mg_errinfo err = {0};
    assert_int_equal(mg_config_load(&config, &err), MG_E_CONFIG);
    if (strstr(err.text, what) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", what, err.text);
    mg_config_done(&config);
}

static mg_setting_view view_of(const mg_config *config, unsigned id)
{
    mg_setting_view view;
    mg_config_view(config, id, &view);
    return view;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void names_and_flags_fit(void **state)
{
    (void)state;
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        const mg_setting *row = &mg_settings[id];
        assert_true(mg_config_has_flag(row->flag));
        assert_int_equal(strlen(row->flag), strlen(row->name));
        for (size_t i = 0; row->name[i] != '\0'; i++)
            assert_int_equal(row->flag[i],
                             row->name[i] == '_' ? '-' : tolower((unsigned char)row->name[i]));
        assert_true(row->help[0] != '\0');
        assert_true(row->min <= row->max);
    }
    assert_false(mg_config_has_flag("no-such"));
}

static void every_default_is_valid_and_shown(void **state)
{
    (void)state;
    mg_config config = load();
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++)
        assert_string_equal(view_of(&config, id).origin, "default");
    assert_int_equal(config.lease_s, 60);
    assert_int_equal(config.limit_bytes, (int64_t)4 << 30);
    assert_int_equal(config.limit_seconds, 12 * 3600);
    assert_string_equal(config.queue_url, "");
    assert_string_equal(config.profile, "electronic/streaming");
    mg_config_done(&config);
    mg_config_done(&config);
}

/* A value that is inside for every type, and one that is not. */
static const char *good_value(const mg_setting *row)
{
    switch (row->type) {
    case MG_SETTING_INT:
        return row->max >= 8 ? "8" : "1";
    case MG_SETTING_SIZE:
        return "1G";
    case MG_SETTING_DURATION:
        return row->max >= 1800 ? "20m" : "1200s";
    case MG_SETTING_CHOICE:
        return row->choices[0] == 'd' ? "warn" : "json";
    default:
        return "file:/some/where";
    }
}

static const char *bad_value(const mg_setting *row)
{
    switch (row->type) {
    case MG_SETTING_INT:
        return "1.5";
    case MG_SETTING_SIZE:
        return "1T";
    case MG_SETTING_DURATION:
        return "1 h";
    case MG_SETTING_CHOICE:
        return "info|warn";
    default:
        return "a\nb";
    }
}

static void every_row_takes_variable_file_and_flag(void **state)
{
    const char *home = *state;
    char path[128], line[256];
    snprintf(path, sizeof path, "%s/settings", home);
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        const mg_setting *row = &mg_settings[id];
        const char *value = good_value(row);
        setenv(row->variable, value, 1);
        mg_config config = load();
        const mg_setting_view from_environment = view_of(&config, id);
        assert_string_equal(from_environment.origin, "environment");
        mg_config_done(&config);
        unsetenv(row->variable);

        snprintf(line, sizeof line, "%s=%s\n", row->name, value);
        write_file(path, line);
        setenv("MIXGAUGE_CONFIG", path, 1);
        config = load();
        assert_string_equal(view_of(&config, id).origin, "file");
        assert_string_equal(view_of(&config, id).value, from_environment.value);
        assert_string_equal(config.file, path);
        mg_config_done(&config);
        unsetenv("MIXGAUGE_CONFIG");

        config = load();
        assert_int_equal(mg_config_set(&config, row->flag, value, NULL), MG_OK);
        assert_string_equal(view_of(&config, id).origin, "flag");
        assert_string_equal(view_of(&config, id).value, from_environment.value);
        mg_config_done(&config);
    }
}

static void every_row_refuses_rubbish_by_name(void **state)
{
    (void)state;
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        const mg_setting *row = &mg_settings[id];
        setenv(row->variable, bad_value(row), 1);
        expect_refused(row->variable);
        unsetenv(row->variable);
        mg_config config = load();
        mg_errinfo err = {0};
        assert_int_equal(mg_config_set(&config, row->flag, bad_value(row), &err), MG_E_USAGE);
        assert_non_null(strstr(err.text, row->flag));
        mg_config_done(&config);
    }
}

static void ranges_are_kept_and_named(void **state)
{
    (void)state;
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        const mg_setting *row = &mg_settings[id];
        const bool number = row->type == MG_SETTING_INT || row->type == MG_SETTING_SIZE ||
                            row->type == MG_SETTING_DURATION;
        char value[32];
        if (!number)
            continue;
        mg_config config = load();
        mg_errinfo err = {0};
        snprintf(value, sizeof value, "%lld", (long long)row->min);
        assert_int_equal(mg_config_set(&config, row->flag, value, NULL), MG_OK);
        snprintf(value, sizeof value, "%lld", (long long)row->max);
        assert_int_equal(mg_config_set(&config, row->flag, value, NULL), MG_OK);
        snprintf(value, sizeof value, "%lld", (long long)row->max + 1);
        assert_int_equal(mg_config_set(&config, row->flag, value, &err), MG_E_USAGE);
        assert_non_null(strstr(err.text, value));
        snprintf(value, sizeof value, "%lld", (long long)row->min - 1);
        assert_int_equal(mg_config_set(&config, row->flag, value, NULL), MG_E_USAGE);
        mg_config_done(&config);
    }
    setenv("MIXGAUGE_LEASE_S", "2h", 1);
    expect_refused("MIXGAUGE_LEASE_S is \"2h\", but it must be a time such as 90s, 15m or 12h "
                   "from 3s to 60m");
}

static void flag_beats_environment_beats_file(void **state)
{
    char path[128];
    snprintf(path, sizeof path, "%s/.config", (char *)*state);
    char command[300];
    snprintf(command, sizeof command, "mkdir -p %s/mixgauge", path);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/.config/mixgauge/config", (char *)*state);
    write_file(path,
               "# a comment\n\n LEASE_S = 90s \r\nMIXGAUGE_DRAIN_S=\"30\"\nPROFILE='house/club'");
    mg_config config = load();
    assert_int_equal(config.lease_s, 90);
    assert_int_equal(config.drain_s, 30);
    assert_string_equal(config.profile, "house/club");
    assert_string_equal(config.file, path);
    mg_config_done(&config);
    setenv("MIXGAUGE_LEASE_S", "100", 1);
    config = load();
    assert_int_equal(config.lease_s, 100);
    assert_int_equal(mg_config_set(&config, "lease-s", "2m", NULL), MG_OK);
    assert_int_equal(config.lease_s, 120);
    mg_config_done(&config);
}

static void mistakes_in_the_file_have_a_line(void **state)
{
    char path[128];
    snprintf(path, sizeof path, "%s/f", (char *)*state);
    setenv("MIXGAUGE_CONFIG", path, 1);
    expect_refused("MIXGAUGE_CONFIG: cannot open");
    write_file(path, "LEASE_S=60\nLEAS_S=60\n");
    expect_refused("/f:2: there is no setting MIXGAUGE_LEAS_S; did you mean MIXGAUGE_LEASE_S?");
    write_file(path, "\n\nlease\n");
    expect_refused("/f:3: this is not KEY=VALUE");
    write_file(path, "LEASE_S=60\nMIXGAUGE_LEASE_S=61\n");
    expect_refused("/f:2: MIXGAUGE_LEASE_S: this setting is given twice");
    write_file(path, "LEASE_S=1\n");
    expect_refused("/f:1: MIXGAUGE_LEASE_S is \"1\"");
}

static void unknown_variables_are_named(void **state)
{
    (void)state;
    setenv("MIXGAUGE_RETENTION_DAY", "3", 1);
    expect_refused("there is no setting MIXGAUGE_RETENTION_DAY; did you mean "
                   "MIXGAUGE_RETENTION_DAYS?");
    setenv("MIXGAUGE_STRICT", "0", 1);
    mg_config config = load();
    assert_non_null(strstr(config.warnings, "MIXGAUGE_RETENTION_DAY"));
    mg_config_done(&config);
    setenv("MIXGAUGE_STRICT", "no", 1);
    expect_refused("MIXGAUGE_STRICT must be 0 or 1");
}

static void variables_of_others_are_let_be(void **state)
{
    (void)state;
    static const char *const names[] = {
        "MIXGAUGE_SERVICE_HOST", "MIXGAUGE_SERVICE_PORT", "MIXGAUGE_SERVICE_PORT_HTTP",
        "MIXGAUGE_PORT", "MIXGAUGE_PORT_9464_TCP", "MIXGAUGE_PORT_9464_TCP_ADDR",
        "MIXGAUGE_PORT_53_UDP_PROTO", "MIXGAUGE_WORKER_SERVICE_HOST", "MIXGAUGE_WORKER_PORT",
        "MIXGAUGE_X_ANYTHING", "MIXGAUGEX", "mixgauge_lease_s"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        setenv(names[i], "tcp://10.0.0.1:9464", 1);
    mg_config config = load();
    assert_null(config.warnings);
    mg_config_done(&config);
    setenv("MIXGAUGE_EXPORT", "1", 1);
    expect_refused("MIXGAUGE_EXPORT");
}

static void an_empty_variable_is_the_default(void **state)
{
    (void)state;
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++)
        setenv(mg_settings[id].variable, "", 1);
    mg_config config = load();
    assert_int_equal(config.lease_s, 60);
    assert_string_equal(config.store_url, "");
    mg_config_done(&config);
}

static void secrets_come_from_files_and_stay_secret(void **state)
{
    char path[128];
    snprintf(path, sizeof path, "%s/secret", (char *)*state);
    write_file(path, "postgres://me:hunter2@db/mix?password=hunter2\n");
    setenv("MIXGAUGE_STORE_URL_FILE", path, 1);
    mg_config config = load();
    assert_string_equal(config.store_url, "postgres://me:hunter2@db/mix?password=hunter2");
    assert_string_equal(view_of(&config, MG_SETTING_ID_STORE_URL).value, "postgres://db/mix?...");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    mg_config_print(&config, out);
    fclose(out);
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "MIXGAUGE_STORE_URL"));
    free(text);
    mg_config_done(&config);
    setenv("MIXGAUGE_STORE_URL", "sqlite:/x", 1);
    expect_refused("given twice");
    unsetenv("MIXGAUGE_STORE_URL");
    setenv("MIXGAUGE_STORE_URL_FILE", "/nonexistent", 1);
    expect_refused("MIXGAUGE_STORE_URL_FILE: cannot open /nonexistent");
    unsetenv("MIXGAUGE_STORE_URL_FILE");
    setenv("MIXGAUGE_PROFILE_FILE", path, 1); /* not a secret */
    expect_refused("MIXGAUGE_PROFILE_FILE");
    unsetenv("MIXGAUGE_PROFILE_FILE");
    setenv("MIXGAUGE_STORE_URL", "postgres://u:hunter2\x01@db", 1);
    mg_errinfo err = {0};
    assert_int_equal(mg_config_load(&config, &err), MG_E_CONFIG);
    assert_null(strstr(err.text, "hunter2"));
}

static void redaction_never_shows_a_password(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"redis://:pw@host:6379/0", "redis://host:6379/0"},
        {"redis://user:p/w@x@host", "redis://host"},
        {"postgres://u:p?w@host/db", "postgres://host/db"},
        {"postgres://host/db?user=u&password=pw", "postgres://host/db?..."},
        {"unix:///run/redis.sock?db=1", "unix:///run/redis.sock?..."},
        {"host=db password=pw", "(set)"},
        {"sqlite:/data/my.db", "sqlite:/data/my.db"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char shown[64];
        mg_config_redact_url(cases[i][0], shown, sizeof shown);
        assert_string_equal(shown, cases[i][1]);
    }
}

static mg_err complete(const char *flag, const char *value, mg_config *ret, mg_errinfo *err)
{
    *ret = load();
    if (flag != NULL)
        assert_int_equal(mg_config_set(ret, flag, value, NULL), MG_OK);
    return mg_config_complete(ret, err);
}

static void what_depends_on_others_is_filled_in(void **state)
{
    char expected[256];
    mg_config config;
    assert_int_equal(complete(NULL, NULL, &config, NULL), MG_OK);
    snprintf(expected, sizeof expected, "%s/.local/share/mixgauge", (char *)*state);
    assert_string_equal(config.data_dir, expected);
    assert_string_equal(view_of(&config, MG_SETTING_ID_DATA_DIR).origin, "other settings");
    mg_config_done(&config);
    setenv("XDG_DATA_HOME", "/xdg", 1);
    assert_int_equal(complete(NULL, NULL, &config, NULL), MG_OK);
    assert_string_equal(config.data_dir, "/xdg/mixgauge");
    assert_string_equal(config.store_url, "sqlite:/xdg/mixgauge/mixgauge.db");
    assert_string_equal(config.audio_url, "file:/xdg/mixgauge/audio");
    assert_int_equal(config.concurrency, 0);
    mg_config_done(&config);
    assert_int_equal(chdir("/tmp"), 0);
    assert_int_equal(complete("data-dir", "here", &config, NULL), MG_OK);
    assert_string_equal(config.data_dir, "/tmp/here");
    assert_string_equal(config.store_url, "sqlite:/tmp/here/mixgauge.db");
    mg_config_done(&config);
    assert_true(mg_usable_cpus() >= 1);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"audio-url", "s3://bucket/x", "no S3 audio store"},
        {"audio-url", "/plain/path", "MIXGAUGE_AUDIO_URL must be file:/PATH"},
        {"store-url", "mysql://x", "MIXGAUGE_STORE_URL must begin with"},
        {"heartbeat-s", "21", "MIXGAUGE_HEARTBEAT_S is 21s"},
    };
    mg_config config;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mg_errinfo err = {0};
        assert_int_equal(complete(cases[i][0], cases[i][1], &config, &err), MG_E_CONFIG);
        if (strstr(err.text, cases[i][2]) == NULL)
            fail_msg("%s", err.text);
        mg_config_done(&config);
    }
    assert_int_equal(complete("heartbeat-s", "20", &config, NULL), MG_OK);
    mg_config_done(&config);
    /* nobody asked for 15 s: a shorter lease takes the heartbeat along */
    assert_int_equal(complete("lease-s", "3", &config, NULL), MG_OK);
    assert_int_equal(config.heartbeat_s, 1);
    mg_config_done(&config);
}

/* What docs/operations.md says of a setting: the default as it is written, the help as it is. */
static void put_row(char **out, const mg_setting *row)
{
    char help[512] = "", *to = help;
    for (const char *c = row->help; *c != '\0'; c++) { /* a bar would end the cell */
        if (*c == '|')
            *to++ = '\\';
        *to++ = *c;
    }
    *to = '\0';
    *out += sprintf(*out, "| `%s` | %s%s%s | %s", row->name, row->def[0] ? "`" : "", row->def,
                    row->def[0] ? "`" : "", help);
    if (row->choices != NULL) {
        *out += sprintf(*out, ": ");
        for (const char *c = row->choices; *c != '\0'; c++)
            *out += *c == '|' ? sprintf(*out, ", ") : sprintf(*out, "%c", *c);
    }
    *out += sprintf(*out, " |\n");
}

static void the_documentation_has_the_same_table(void **state)
{
    (void)state;
    static const char begin[] = "<!-- settings:begin -->\n", end[] = "<!-- settings:end -->";
    static char expected[16384], text[65536];
    char *out = expected;
    out += sprintf(out, "| setting | default | meaning |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < MG_SETTING_COUNT; i++)
        put_row(&out, &mg_settings[i]);
    assert_non_null(getenv("MG_OPERATIONS"));
    FILE *file = fopen(getenv("MG_OPERATIONS"), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    char *from = strstr(text, begin), *to = strstr(text, end);
    assert_true(from != NULL && to != NULL && from < to);
    *to = '\0';
    assert_string_equal(from + strlen(begin), expected);
}

int main(void)
{
#define RUN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RUN_TEST(names_and_flags_fit),
        RUN_TEST(every_default_is_valid_and_shown),
        RUN_TEST(every_row_takes_variable_file_and_flag),
        RUN_TEST(every_row_refuses_rubbish_by_name),
        RUN_TEST(ranges_are_kept_and_named),
        RUN_TEST(flag_beats_environment_beats_file),
        RUN_TEST(mistakes_in_the_file_have_a_line),
        RUN_TEST(unknown_variables_are_named),
        RUN_TEST(variables_of_others_are_let_be),
        RUN_TEST(an_empty_variable_is_the_default),
        RUN_TEST(secrets_come_from_files_and_stay_secret),
        RUN_TEST(redaction_never_shows_a_password),
        RUN_TEST(what_depends_on_others_is_filled_in),
        RUN_TEST(contradictions_are_refused),
        RUN_TEST(the_documentation_has_the_same_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
