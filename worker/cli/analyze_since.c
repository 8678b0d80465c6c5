#include "worker/cli/analyze_since.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/result_view.h"
#include "report/since.h"
#include "worker/cli/text_page.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { OLD_MAX = 16 * 1024 * 1024, LABEL = 9, NAME = 30 };

/* ---- the old result ---- */

static mg_err open_old(const char *file, const char *shown, int *ret, mg_errinfo *err)
{
    struct stat info;
    mg_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return mg_fail(err, MG_E_NOT_FOUND, errno, "--since: there is no file %s", shown);
    if (fd < 0)
        return mg_fail(err, errno == EACCES ? MG_E_PERMISSION : MG_E_IO, errno,
                       "--since: cannot open %s: %s", shown, strerror(errno));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "--since: %s is not a file", shown);
    if (info.st_size > OLD_MAX)
        return mg_fail(err, MG_E_SCHEMA, 0, "--since: %s is too large for a result", shown);
    *ret = mg_steal_fd(&fd);
    return MG_OK;
}

static bool is_result(const json_t *value)
{
    return strcmp(mg_view_text(value, "engine.schema"), "mixgauge.result/1") == 0;
}

static mg_err load(const char *file, json_t **ret, mg_errinfo *err)
{
    char shown[200];
    json_error_t at;
    mg_autoclose int fd = -1;
    mg_utf8_printable(file, shown, sizeof shown);
    mg_err result = open_old(file, shown, &fd, err);
    if (result != MG_OK)
        return result;
    json_t *root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &at);
    if (root == NULL)
        return mg_fail(err, MG_E_SCHEMA, 0, "--since: %s is not one JSON object: line %d", shown,
                       at.line);
    if (!is_result(root) && is_result(json_object_get(root, "result"))) {
        json_t *inner = json_incref(json_object_get(root, "result"));
        json_decref(root);
        root = inner;
    }
    if (!is_result(root)) {
        json_decref(root);
        return mg_fail(err, MG_E_SCHEMA, 0,
                       "--since: %s is not a result of mixgauge analyze --json", shown);
    }
    *ret = root;
    return MG_OK;
}

mg_err mg_analyze_since_begin(mg_analyze_since *since, const char *file, size_t count,
                              mg_errinfo *err)
{
    since->file = file;
    if (file == NULL)
        return MG_OK;
    if (count != 1)
        return mg_fail(err, MG_E_USAGE, 0, "--since compares one file with one old result");
    return load(file, &since->before, err);
}

void mg_analyze_since_done(mg_analyze_since *since)
{
    json_decref(since->before);
    since->before = NULL;
}

/* ---- JSON ---- */

mg_err mg_analyze_since_json(const mg_analyze_since *since, const char *result, size_t len,
                             mg_buf *out)
{
    json_t *now = NULL;
    mg_err code = mg_view_parse(result, len, &now, NULL);
    mg_autofree mg_since *changes = malloc(sizeof *changes);
    if (code == MG_OK && changes == NULL)
        code = MG_E_NOMEM;
    if (code == MG_OK) {
        mg_json json = MG_JSON_INIT(out);
        mg_since_compare(since->before, now, changes);
        /* the bytes of the result stay as they are; its last brace comes after the new key */
        mg_buf_append(out, result, (size_t)((const char *)memrchr(result, '}', len) - result));
        mg_buf_puts(out, ",\"since\":");
        mg_since_write(&json, NULL, changes);
        mg_buf_putc(out, '}');
        code = mg_buf_err(out);
    }
    json_decref(now);
    return code;
}

/* ---- text ---- */

static void print_label(const mg_page *p, const char *colour, const char *label)
{
    fprintf(p->out, "%s%-*s%s ", p->colour ? colour : "", LABEL, label, p->colour ? MG_RESET : "");
}

static void print_message(const mg_page *p, const json_t *item)
{
    mg_page_wrapped(p, mg_view_text(item, "message"), LABEL + 1);
}

static int digits_of(const char *unit)
{
    if (strcmp(unit, "1") == 0)
        return 3;
    return strcmp(unit, "1/min") == 0 || strcmp(unit, "samples") == 0 ? 0 : 2;
}

static void print_kept(const mg_page *p, const mg_since_item *item)
{
    static const char *const colours[] = {MG_GREEN, "", MG_YELLOW};
    char before[32], now[32], change[32], unit[32];
    const int digits = digits_of(mg_view_text(item->now, "unit"));
    const bool plain = strcmp(mg_view_text(item->now, "unit"), "1") == 0;
    mg_utf8_printable(plain ? "" : mg_view_text(item->now, "unit"), unit, sizeof unit);
    print_label(p, colours[item->trend], mg_trend_name[item->trend]);
    if (isnan(item->change) || item->trend == MG_TREND_SAME) {
        print_message(p, item->now);
        return;
    }
    mg_since_number(mg_view_number(item->before, "measured"), digits, false, before);
    mg_since_number(mg_view_number(item->now, "measured"), digits, false, now);
    mg_since_number(item->change, digits, true, change);
    char code[80];
    mg_utf8_printable(mg_view_text(item->now, "code"), code, sizeof code);
    fprintf(p->out, "%s: %s -> %s%s%s (%s)\n%*s", code, before, now, unit[0] != '\0' ? " " : "",
            unit, change, LABEL + 1, "");
    print_message(p, item->now);
}

static void print_warnings(const mg_page *p, const mg_since *since)
{
    const struct {
        bool on;
        const char *text;
    } warnings[] = {
        {since->same_audio, "the file is the same, byte for byte"},
        {since->other_engine, "another version of mixgauge made the old result; numbers may have "
                              "moved by themselves"},
        {since->other_profile, "the old result was judged by another profile; scores and feedback "
                               "have other targets"},
        {since->other_params, "the old result was made with other options or another content of "
                              "the profile"},
    };
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        if (warnings[i].on) {
            print_label(p, MG_YELLOW, "note");
            mg_page_wrapped(p, warnings[i].text, LABEL + 1);
        }
    }
}

/* Changes of the last digit alone are for machines. */
static bool is_small(const mg_since_measure *m)
{
    return m->digits > 0 && fabs(m->now - m->before) < 4.5 * pow(10.0, -m->digits);
}

static void print_measures(const mg_page *p, const mg_since *since)
{
    for (unsigned i = 0; i < since->measure_count; i++) {
        const mg_since_measure *m = &since->measures[i];
        char before[32], now[32], change[32];
        if (is_small(m))
            continue;
        mg_since_number(m->before, m->digits, false, before);
        mg_since_number(m->now, m->digits, false, now);
        mg_since_number(m->now - m->before, m->digits, true, change);
        fprintf(p->out, "%-*s %9s -> %9s  %9s%s%s\n", NAME, m->name, before, now, change,
                m->unit[0] != '\0' ? " " : "", m->unit);
    }
}

static void print_changes(const mg_page *p, const char *file, const mg_since *since)
{
    char shown[200];
    mg_utf8_printable(file, shown, sizeof shown);
    fprintf(p->out, "%sSince %s%s\n", p->colour ? MG_BOLD : "", shown, p->colour ? MG_RESET : "");
    print_warnings(p, since);
    for (unsigned i = 0; i < since->resolved_count; i++) {
        print_label(p, MG_GREEN, "resolved");
        print_message(p, since->resolved[i].before);
    }
    for (unsigned i = 0; i < since->added_count; i++) {
        print_label(p, MG_RED, "new");
        print_message(p, since->added[i].now);
    }
    for (unsigned i = 0; i < since->kept_count; i++)
        print_kept(p, &since->kept[i]);
    if (since->measure_count > 0)
        fputc('\n', p->out);
    print_measures(p, since);
    fputc('\n', p->out);
}

bool mg_analyze_since_text(const mg_analyze_since *since, const char *result, size_t len,
                           FILE *out, bool colour)
{
    json_t *now = NULL;
    if (mg_view_parse(result, len, &now, NULL) != MG_OK)
        return false;
    mg_autofree mg_since *changes = malloc(sizeof *changes);
    if (changes != NULL) {
        const mg_page p = {.out = out, .columns = mg_page_columns(out), .colour = colour};
        mg_since_compare(since->before, now, changes);
        print_changes(&p, since->file, changes);
    }
    json_decref(now);
    return changes != NULL;
}
