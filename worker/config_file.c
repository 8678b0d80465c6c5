/* Settings from the file, the environment and the files that hold secrets. */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "worker/config_table.h"
#include "worker/cli/suggest.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 64 * 1024, SECRET_MAX_BYTES = 4096 };

extern char **environ;

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends(const char *text, const char *suffix)
{
    const size_t len = strlen(text), tail = strlen(suffix);
    return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

/* The whole of a small file as text. */
static mg_err read_small(const char *path, size_t max_bytes, char **ret, mg_errinfo *err)
{
    char shown[128];
    mg_utf8_printable(path, shown, sizeof shown);
    mg_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return mg_fail(err, MG_E_CONFIG, errno, "cannot open %s: %s", shown, strerror(errno));
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(max_bytes);
    for (;;) {
        char chunk[4096];
        const ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mg_fail(err, MG_E_CONFIG, errno, "cannot read %s: %s", shown, strerror(errno));
        if (got == 0)
            break;
        mg_buf_append(&text, chunk, (size_t)got);
    }
    if (mg_buf_err(&text) == MG_E_NOMEM)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (mg_buf_err(&text) != MG_OK)
        return mg_fail(err, MG_E_CONFIG, 0, "%s is larger than %zu bytes", shown, max_bytes);
    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
        return mg_fail(err, MG_E_CONFIG, 0, "%s is not a text file", shown);
    *ret = text.len > 0 ? mg_buf_steal(&text) : strdup("");
    return *ret != NULL ? MG_OK : mg_fail(err, MG_E_NOMEM, 0, "out of memory");
}

/* ---- names ---- */

/* The setting of a name without the prefix; *ret_is_file for NAME_FILE of a secret. */
static bool find_setting(const char *name, unsigned *ret, bool *ret_is_file)
{
    const size_t len = strlen(name);
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++) {
        const size_t row_len = strlen(mg_settings[id].name);
        if (strncmp(name, mg_settings[id].name, row_len) != 0)
            continue;
        const bool is_file = mg_settings[id].type == MG_SETTING_SECRET_URL &&
                             strcmp(name + row_len, "_FILE") == 0;
        if (len == row_len || is_file) {
            *ret = id;
            *ret_is_file = is_file;
            return true;
        }
    }
    return false;
}

/* What Kubernetes puts into every pod for a service whose name begins with "mixgauge". `name` is
 * without "MIXGAUGE_", whose underscore belongs to the suffixes. */
static bool is_from_kubernetes(const char *name)
{
    char tail[512];
    if (snprintf(tail, sizeof tail, "_%s", name) >= (int)sizeof tail)
        return false;
    const char *port = strstr(tail, "_PORT_");
    if (port != NULL && (strstr(port, "_TCP") != NULL || strstr(port, "_UDP") != NULL))
        return true;
    return ends(tail, "_SERVICE_HOST") || strstr(tail, "_SERVICE_PORT") != NULL ||
           ends(tail, "_PORT");
}

static const char *nearest_name(const char *name)
{
    mg_suggestion best = {0};
    for (unsigned id = 0; id < MG_SETTING_COUNT; id++)
        mg_suggest(&best, name, mg_settings[id].name);
    return best.word;
}

static mg_err unknown(const char *place, const char *name, mg_errinfo *err)
{
    char shown[80];
    mg_utf8_printable(name, shown, sizeof shown);
    const char *near = nearest_name(name);
    if (near != NULL)
        return mg_fail(err, MG_E_CONFIG, 0, "%sthere is no setting " MG_CONFIG_PREFIX
                       "%s; did you mean " MG_CONFIG_PREFIX "%s?", place, shown, near);
    return mg_fail(err, MG_E_CONFIG, 0, "%sthere is no setting " MG_CONFIG_PREFIX "%s", place,
                   shown);
}

static mg_err assign(mg_config *config, unsigned id, bool is_file, const char *value,
                     mg_setting_origin origin, const char *place, mg_errinfo *err)
{
    char called[256];
    snprintf(called, sizeof called, "%s%s%s", place, mg_settings[id].variable,
             is_file ? "_FILE" : "");
    if (is_file && value[0] == '\0')
        return MG_OK;
    if (config->origin[id] == origin)
        return mg_fail(err, MG_E_CONFIG, 0, "%s: this setting is given twice", called);
    if (!is_file)
        return mg_setting_assign(config, id, value, origin, called, err);
    mg_autofree char *secret = NULL;
    mg_errinfo why = {0};
    if (read_small(value, SECRET_MAX_BYTES, &secret, &why) != MG_OK)
        return mg_fail(err, why.code, why.sys_errno, "%s: %s", called, why.text);
    for (size_t len = strlen(secret); len > 0 && strchr("\r\n", secret[len - 1]) != NULL; len--)
        secret[len - 1] = '\0';
    return mg_setting_assign(config, id, secret, origin, called, err);
}

/* ---- the file ---- */

static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
        text[--len] = '\0';
    return text;
}

/* A value in single or double quotes, as env files have it. */
static char *unquoted(char *value)
{
    const size_t len = strlen(value);
    if (len >= 2 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0]) {
        value[len - 1] = '\0';
        return value + 1;
    }
    return value;
}

static mg_err apply_line(mg_config *config, char *line, const char *place, mg_errinfo *err)
{
    line = trimmed(line);
    if (line[0] == '\0' || line[0] == '#')
        return MG_OK;
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return mg_fail(err, MG_E_CONFIG, 0, "%sthis is not KEY=VALUE", place);
    *equals = '\0';
    const char *name = trimmed(line);
    if (begins(name, MG_CONFIG_PREFIX))
        name += strlen(MG_CONFIG_PREFIX);
    unsigned id;
    bool is_file;
    if (!find_setting(name, &id, &is_file))
        return unknown(place, name, err);
    return assign(config, id, is_file, unquoted(trimmed(equals + 1)), MG_FROM_FILE, place, err);
}

static mg_err apply_file(mg_config *config, const char *path, char *text, mg_errinfo *err)
{
    char shown[128], place[160];
    unsigned number = 0;
    mg_utf8_printable(path, shown, sizeof shown);
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        snprintf(place, sizeof place, "%s:%u: ", shown, ++number);
        mg_err result = apply_line(config, line, place, err);
        if (result != MG_OK)
            return result;
    }
    return MG_OK;
}

mg_err mg_config_read_file(mg_config *config, mg_errinfo *err)
{
    const char *given = getenv(MG_CONFIG_PREFIX "CONFIG");
    const bool is_given = given != NULL && given[0] != '\0';
    mg_autofree char *path = is_given ? strdup(given)
                                      : mg_config_home_path("XDG_CONFIG_HOME", "/.config",
                                                            "mixgauge/config");
    if (path == NULL)
        return is_given ? mg_fail(err, MG_E_NOMEM, 0, "out of memory") : MG_OK;
    mg_autofree char *text = NULL;
    mg_errinfo why = {0};
    mg_err result = read_small(path, FILE_MAX_BYTES, &text, &why);
    /* Nobody asked for the default file: a home that is not there or not ours is no error. */
    if (!is_given && (why.sys_errno == ENOENT || why.sys_errno == ENOTDIR ||
                      why.sys_errno == EACCES))
        return MG_OK;
    if (result != MG_OK)
        return mg_fail(err, why.code, why.sys_errno, "%s%s", is_given ? "MIXGAUGE_CONFIG: " : "",
                       why.text);
    result = apply_file(config, path, text, err);
    if (result == MG_OK)
        config->file = mg_steal(path);
    return result;
}

/* ---- the environment ---- */

static mg_err read_strict(bool *ret, mg_errinfo *err)
{
    const char *value = getenv(MG_CONFIG_PREFIX "STRICT");
    *ret = true;
    if (value == NULL || value[0] == '\0' || strcmp(value, "1") == 0)
        return MG_OK;
    *ret = false;
    if (strcmp(value, "0") == 0)
        return MG_OK;
    return mg_fail(err, MG_E_CONFIG, 0, "MIXGAUGE_STRICT must be 0 or 1");
}

static bool is_exempt(const char *name)
{
    return strcmp(name, "CONFIG") == 0 || strcmp(name, "STRICT") == 0 || begins(name, "X_") ||
           is_from_kubernetes(name);
}

static mg_err warn(mg_config *config, const char *text, mg_errinfo *err)
{
    char *joined = NULL;
    const char *before = config->warnings != NULL ? config->warnings : "";
    if (asprintf(&joined, "%s%s%s", before, before[0] != '\0' ? "\n" : "", text) < 0)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    free(config->warnings);
    config->warnings = joined;
    return MG_OK;
}

static mg_err apply_variable(mg_config *config, const char *name, const char *value, bool strict,
                             mg_errinfo *err)
{
    unsigned id;
    bool is_file;
    if (find_setting(name, &id, &is_file))
        return assign(config, id, is_file, value, MG_FROM_ENVIRONMENT, "", err);
    if (is_exempt(name))
        return MG_OK;
    if (strict)
        return unknown("", name, err);
    mg_errinfo text = {0};
    (void)unknown("", name, &text);
    return warn(config, text.text, err);
}

mg_err mg_config_read_environment(mg_config *config, mg_errinfo *err)
{
    bool strict;
    mg_err result = read_strict(&strict, err);
    for (char **at = environ; result == MG_OK && at != NULL && *at != NULL; at++) {
        if (!begins(*at, MG_CONFIG_PREFIX))
            continue;
        mg_autofree char *name = strdup(*at + strlen(MG_CONFIG_PREFIX));
        if (name == NULL)
            return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
        char *equals = strchr(name, '=');
        if (equals == NULL)
            continue;
        *equals = '\0';
        result = apply_variable(config, name, equals + 1, strict, err);
    }
    return result;
}
