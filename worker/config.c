#include "worker/config.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "worker/cli/text_width.h"
#include "worker/config_table.h"

#include <inttypes.h>
#include <pwd.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

const mg_setting mg_settings[MG_SETTING_COUNT] = {
#define ROW(field, name, flag, type, def, min, max, choices, help)                                 \
    {#name, MG_CONFIG_PREFIX #name, flag, type, def, min, max, choices, help,                      \
     offsetof(mg_config, field)},
    MG_SETTING_LIST(ROW)
#undef ROW
};

static bool is_number(const mg_setting *row)
{
    return row->type == MG_SETTING_INT || row->type == MG_SETTING_SIZE ||
           row->type == MG_SETTING_DURATION;
}

static char **text_of(const mg_config *config, const mg_setting *row)
{
    return (char **)((char *)config + row->offset);
}

static int64_t *number_of(const mg_config *config, const mg_setting *row)
{
    return (int64_t *)((char *)config + row->offset);
}

/* ---- values as people write them ---- */

static void print_size(int64_t bytes, char *out, size_t size)
{
    static const char unit[] = {'G', 'M', 'K'};
    for (int i = 0; i < 3; i++) {
        const int64_t factor = (int64_t)1 << (10 * (3 - i));
        if (bytes >= factor && bytes % factor == 0) {
            snprintf(out, size, "%" PRId64 "%c", bytes / factor, unit[i]);
            return;
        }
    }
    snprintf(out, size, "%" PRId64, bytes);
}

static void print_duration(int64_t seconds, char *out, size_t size)
{
    static const struct {
        int64_t factor;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        /* "60s" and "24h" read better than "1m" and "1d" */
        if (seconds > units[i].factor && seconds % units[i].factor == 0) {
            snprintf(out, size, "%" PRId64 "%c", seconds / units[i].factor, units[i].unit);
            return;
        }
    }
    snprintf(out, size, "%" PRId64 "s", seconds);
}

static void print_number(const mg_setting *row, int64_t value, char *out, size_t size)
{
    if (row->type == MG_SETTING_SIZE)
        print_size(value, out, size);
    else if (row->type == MG_SETTING_DURATION)
        print_duration(value, out, size);
    else
        snprintf(out, size, "%" PRId64, value);
}

/* ---- checking and storing ---- */

static bool parse_number(const mg_setting *row, const char *value, int64_t *ret)
{
    switch (row->type) {
    case MG_SETTING_SIZE:
        return mg_parse_size(value, row->min, row->max, ret);
    case MG_SETTING_DURATION:
        return mg_parse_duration(value, row->min, row->max, ret);
    default:
        return mg_parse_i64(value, row->min, row->max, ret);
    }
}

static mg_err refuse_number(const mg_setting *row, const char *value, mg_err code,
                            const char *called, mg_errinfo *err)
{
    static const char *const what[] = {
        [MG_SETTING_INT] = "a whole number",
        [MG_SETTING_SIZE] = "a size such as 512M",
        [MG_SETTING_DURATION] = "a time such as 90s, 15m or 12h",
    };
    char shown[64], low[32], high[32];
    mg_utf8_printable(value, shown, sizeof shown);
    print_number(row, row->min, low, sizeof low);
    print_number(row, row->max, high, sizeof high);
    return mg_fail(err, code, 0, "%s is \"%s\", but it must be %s from %s to %s", called, shown,
                   what[row->type], low, high);
}

static bool is_choice(const char *choices, const char *value)
{
    const size_t len = strlen(value);
    for (const char *at = choices; len > 0;) {
        const size_t word = strcspn(at, "|");
        if (word == len && memcmp(at, value, len) == 0)
            return true;
        if (at[word] == '\0')
            return false;
        at += word + 1;
    }
    return false;
}

static bool has_control(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < 0x20 || *at == 0x7f)
            return true;
    }
    return false;
}

static mg_err check_text(const mg_setting *row, const char *value, mg_err code,
                         const char *called, mg_errinfo *err)
{
    const size_t len = strlen(value);
    if (row->type == MG_SETTING_CHOICE && !is_choice(row->choices, value)) {
        char shown[64];
        mg_utf8_printable(value, shown, sizeof shown);
        return mg_fail(err, code, 0, "%s is \"%s\", but it must be one of %s", called, shown,
                       row->choices);
    }
    /* the value of a secret never goes into a message */
    if (!mg_utf8_valid(value) || has_control(value))
        return mg_fail(err, code, 0, "%s holds characters that are not text", called);
    if (row->max > 0 && (len < (size_t)row->min || len > (size_t)row->max))
        return mg_fail(err, code, 0, "%s must have %" PRId64 " to %" PRId64 " characters, not %zu",
                       called, row->min, row->max, len);
    return MG_OK;
}

mg_err mg_setting_assign(mg_config *config, unsigned id, const char *value,
                         mg_setting_origin origin, const char *called, mg_errinfo *err)
{
    const mg_setting *row = &mg_settings[id];
    const mg_err code = origin == MG_FROM_FLAG ? MG_E_USAGE : MG_E_CONFIG;
    /* compose files and shells hand over variables that are set to nothing */
    if (value[0] == '\0' && (origin != MG_FROM_FLAG || row->def[0] == '\0'))
        value = row->def;
    if (is_number(row)) {
        if (!parse_number(row, value, number_of(config, row)))
            return refuse_number(row, value, code, called, err);
    } else {
        mg_err result = value[0] == '\0' && row->def[0] == '\0'
                            ? MG_OK
                            : check_text(row, value, code, called, err);
        if (result != MG_OK)
            return result;
        char *copy = strdup(value);
        if (copy == NULL)
            return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
        char **field = text_of(config, row);
        free(*field);
        *field = copy;
    }
    config->origin[id] = origin;
    return MG_OK;
}

mg_err mg_config_load(mg_config *ret, mg_errinfo *err)
{
    mg_config config = {0};
    mg_err result = MG_OK;
    for (unsigned id = 0; id < MG_SETTING_COUNT && result == MG_OK; id++)
        result = mg_setting_assign(&config, id, mg_settings[id].def, MG_FROM_DEFAULT,
                                   mg_settings[id].variable, err);
    if (result == MG_OK)
        result = mg_config_read_file(&config, err);
    if (result == MG_OK)
        result = mg_config_read_environment(&config, err);
    if (result != MG_OK)
        mg_config_done(&config);
    *ret = config;
    return result;
}

void mg_config_done(mg_config *config)
{
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        if (!is_number(&mg_settings[id]))
            free(*text_of(config, &mg_settings[id]));
    }
    free(config->file);
    free(config->warnings);
    *config = (mg_config){0};
}

static bool find_flag(const char *flag, unsigned *ret)
{
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        if (strcmp(mg_settings[id].flag, flag) == 0) {
            *ret = id;
            return true;
        }
    }
    return false;
}

bool mg_config_has_flag(const char *flag)
{
    unsigned id;
    return find_flag(flag, &id);
}

mg_err mg_config_set(mg_config *config, const char *flag, const char *value, mg_errinfo *err)
{
    unsigned id;
    if (!find_flag(flag, &id))
        return mg_fail(err, MG_E_USAGE, 0, "there is no setting --%s", flag);
    char called[64];
    snprintf(called, sizeof called, "--%s", flag);
    return mg_setting_assign(config, id, value, MG_FROM_FLAG, called, err);
}

/* ---- what depends on other settings ---- */

char *mg_config_home_path(const char *variable, const char *fallback, const char *path)
{
    const char *base = getenv(variable);
    const char *between = "";
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (base == NULL || base[0] != '/') { /* the XDG rules: a relative path is ignored */
        between = fallback;
        base = getenv("HOME");
        if ((base == NULL || base[0] != '/') &&
            getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
            base = entry.pw_dir;
        if (base == NULL || base[0] != '/')
            return NULL;
    }
    char *ret = NULL;
    return asprintf(&ret, "%s%s/%s", base, between, path) < 0 ? NULL : ret;
}

static mg_err replace_text(mg_config *config, unsigned id, char *taken, mg_errinfo *err)
{
    if (taken == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    char **field = text_of(config, &mg_settings[id]);
    free(*field);
    *field = taken;
    return MG_OK;
}

static char *joined(const char *prefix, const char *directory, const char *name)
{
    char *ret = NULL;
    return asprintf(&ret, "%s%s/%s", prefix, directory, name) < 0 ? NULL : ret;
}

static mg_err complete_data_dir(mg_config *config, mg_errinfo *err)
{
    if (config->data_dir[0] == '\0') {
        char *path = mg_config_home_path("XDG_DATA_HOME", "/.local/share", "mixgauge");
        if (path == NULL)
            return MG_OK;
        config->origin[MG_SETTING_ID_DATA_DIR] = MG_FROM_OTHERS;
        return replace_text(config, MG_SETTING_ID_DATA_DIR, path, err);
    }
    if (config->data_dir[0] == '/')
        return MG_OK;
    mg_autofree char *here = getcwd(NULL, 0);
    if (here == NULL)
        return mg_fail(err, MG_E_CONFIG, errno, "%s is relative, and there is no directory here",
                       mg_settings[MG_SETTING_ID_DATA_DIR].variable);
    return replace_text(config, MG_SETTING_ID_DATA_DIR, joined(here, "", config->data_dir), err);
}

/* A URL below the data directory for a setting that nobody gave. */
static mg_err complete_url(mg_config *config, unsigned id, const char *prefix, const char *name,
                           mg_errinfo *err)
{
    if ((*text_of(config, &mg_settings[id]))[0] != '\0' || config->data_dir[0] == '\0')
        return MG_OK;
    config->origin[id] = MG_FROM_OTHERS;
    return replace_text(config, id, joined(prefix, config->data_dir, name), err);
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static mg_err check_urls(const mg_config *config, mg_errinfo *err)
{
    const char *store = config->store_url, *audio = config->audio_url;
    if (store[0] != '\0' && !begins(store, "sqlite:/") && !begins(store, "postgres://") &&
        !begins(store, "postgresql://"))
        return mg_fail(err, MG_E_CONFIG, 0,
                       "MIXGAUGE_STORE_URL must begin with sqlite:/ or postgres://");
    if (begins(audio, "s3:"))
        return mg_fail(err, MG_E_CONFIG, 0,
                       "MIXGAUGE_AUDIO_URL: this version has no S3 audio store; use file:/PATH");
    if (audio[0] != '\0' && !begins(audio, "file:/"))
        return mg_fail(err, MG_E_CONFIG, 0, "MIXGAUGE_AUDIO_URL must be file:/PATH");
    return MG_OK;
}

static mg_err check_lease(mg_config *config, mg_errinfo *err)
{
    const int64_t most = config->lease_s / 3;
    if (config->heartbeat_s <= most)
        return MG_OK;
    if (config->origin[MG_SETTING_ID_HEARTBEAT_S] != MG_FROM_DEFAULT)
        return mg_fail(err, MG_E_CONFIG, 0,
                       "MIXGAUGE_HEARTBEAT_S is %" PRId64 "s, but with MIXGAUGE_LEASE_S %" PRId64
                       "s it may be at most a third of that, %" PRId64 "s",
                       config->heartbeat_s, config->lease_s, most);
    config->heartbeat_s = most;
    config->origin[MG_SETTING_ID_HEARTBEAT_S] = MG_FROM_OTHERS;
    return MG_OK;
}

mg_err mg_config_complete(mg_config *config, mg_errinfo *err)
{
    mg_err result = complete_data_dir(config, err);
    if (result == MG_OK)
        result = complete_url(config, MG_SETTING_ID_STORE_URL, "sqlite:", "mixgauge.db", err);
    if (result == MG_OK)
        result = complete_url(config, MG_SETTING_ID_AUDIO_URL, "file:", "audio", err);
    if (result == MG_OK)
        result = check_urls(config, err);
    if (result == MG_OK)
        result = check_lease(config, err);
    return result;
}

unsigned mg_usable_cpus(void)
{
    cpu_set_t set;
    /* fails on machines with more CPUs than the fixed set holds: then count what is online */
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

/* ---- showing ---- */

void mg_config_redact_url(const char *url, char *out, size_t size)
{
    char cleaned[1024];
    const char *slashes = strstr(url, "://");
    if (url[0] == '\0') {
        out[0] = '\0';
        return;
    }
    if (begins(url, "sqlite:") || begins(url, "file:")) {
        mg_utf8_printable(url, out, size);
        return;
    }
    if (slashes == NULL) { /* libpq also takes "host=... password=..." */
        snprintf(out, size, "(set)");
        return;
    }
    /* A password may hold any character, so everything up to the last '@' goes, and the whole
     * query, which may hold one too. */
    const char *rest = slashes + 3, *at = strrchr(rest, '@');
    if (at != NULL)
        rest = at + 1;
    const size_t shown = strcspn(rest, "?#");
    snprintf(cleaned, sizeof cleaned, "%.*s://%.*s%s", (int)(slashes - url), url, (int)shown, rest,
             rest[shown] != '\0' ? "?..." : "");
    mg_utf8_printable(cleaned, out, size);
}

void mg_config_view(const mg_config *config, unsigned id, mg_setting_view *ret)
{
    static const char *const origins[] = {
        [MG_FROM_DEFAULT] = "default",         [MG_FROM_FILE] = "file",
        [MG_FROM_ENVIRONMENT] = "environment", [MG_FROM_FLAG] = "flag",
        [MG_FROM_OTHERS] = "other settings",
    };
    const mg_setting *row = &mg_settings[id];
    *ret = (mg_setting_view){
        .name = row->variable, .flag = row->flag, .origin = origins[config->origin[id]]};
    if (is_number(row)) {
        print_number(row, *number_of(config, row), ret->value, sizeof ret->value);
        return;
    }
    const char *text = *text_of(config, row);
    if (row->type == MG_SETTING_SECRET_URL)
        mg_config_redact_url(text, ret->value, sizeof ret->value);
    else
        mg_utf8_printable(text, ret->value, sizeof ret->value);
}

void mg_config_print(const mg_config *config, FILE *out)
{
    static const int name_columns = 28, beside_min = 60;
    /* on a narrow terminal the value stands below its name */
    const bool beside = mg_terminal_columns(out, beside_min) >= beside_min;
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        mg_setting_view view;
        mg_config_view(config, id, &view);
        fprintf(out, "%-*s%s%s  (%s)\n", beside ? name_columns : 0, view.name,
                beside ? " " : "\n  ", view.value[0] != '\0' ? view.value : "-", view.origin);
    }
}
