#include "worker/cli/analyze_since.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/labels.h"
#include "report/result_view.h"
#include "report/since.h"
#include "report/since_words.h"
#include "worker/cli/text_page.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { OLD_MAX = 16 * 1024 * 1024, LABEL = 9, NAME = 24, WIDE = 66 };

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

/* "Was -2.7 dB, is -3.6 dB (-0.9)." under the finding. */
static void print_amount(const mg_page *p, const mg_since_item *item)
{
    char before[32], now[32], change[32], unit[40] = " ";
    const char *id = mg_view_text(item->now, "unit");
    const int digits = mg_since_digits(id);
    mg_utf8_printable(mg_unit_label(id), unit + 1, sizeof unit - 1);
    if (unit[1] == '\0')
        unit[0] = '\0';
    mg_since_number(mg_view_number(item->before, "measured"), digits, false, before);
    mg_since_number(mg_view_number(item->now, "measured"), digits, false, now);
    mg_since_number(item->change, digits, true, change);
    fprintf(p->out, "%*s%sWas %s%s, is %s%s (%s).%s\n", LABEL + 1, "", mg_page_style(p, MG_DIM),
            before, unit, now, unit, change, mg_page_style(p, MG_RESET));
}

static void print_kept(const mg_page *p, const mg_since *since, mg_trend trend)
{
    static const char *const colours[] = {MG_GREEN, "", MG_YELLOW};
    for (unsigned i = 0; i < since->kept_count; i++) {
        const mg_since_item *item = &since->kept[i];
        if (item->trend != trend)
            continue;
        print_label(p, colours[trend], mg_trend_name[trend]);
        print_message(p, item->now);
        if (!isnan(item->change) && trend != MG_TREND_SAME)
            print_amount(p, item);
    }
}

/* Found in one of the two results only. */
static void print_items(const mg_page *p, const mg_since_item *items, unsigned count, bool resolved)
{
    for (unsigned i = 0; i < count; i++) {
        const json_t *item = resolved ? items[i].before : items[i].now;
        const char *code = mg_view_text(item, "code");
        const bool remark = strcmp(mg_view_text(item, "severity"), "info") == 0;
        const bool praise = mg_is_praise(code);
        print_label(p, resolved != praise ? MG_GREEN : remark ? MG_CYAN : MG_RED,
                    mg_since_tag(code, resolved));
        print_message(p, item);
    }
}

static void print_warnings(const mg_page *p, const mg_since *since)
{
    const struct {
        bool on;
        const char *id;
    } warnings[] = {{since->same_audio, "same_audio"},
                    {since->other_engine, "other_engine"},
                    {since->other_profile, "other_profile"},
                    {since->other_params, "other_params"}};
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        char sentence[200];
        if (!warnings[i].on)
            continue;
        snprintf(sentence, sizeof sentence, "%s.", mg_since_warning(warnings[i].id));
        print_label(p, MG_YELLOW, "note");
        mg_page_wrapped(p, sentence, LABEL + 1);
    }
}

static void print_measures(const mg_page *p, const mg_since *since)
{
    const int width = p->columns < WIDE ? 7 : 8;
    for (unsigned i = 0; i < since->measure_count; i++) {
        const mg_since_measure *m = &since->measures[i];
        const mg_since_field *field = m->field;
        char before[32], now[32], change[32];
        if (mg_since_is_small(m->now - m->before, field->digits))
            continue;
        mg_since_number(m->before, field->digits, false, before);
        mg_since_number(m->now, field->digits, false, now);
        mg_since_number(m->now - m->before, field->digits, true, change);
        fprintf(p->out, "%-*s %*s -> %*s %*s%s%s\n", NAME, field->words, width, before, width, now,
                width + 1, change, field->unit[0] != '\0' ? " " : "", field->unit);
    }
}

static void print_changes(const mg_page *p, const char *file, const mg_since *since)
{
    char shown[200];
    mg_utf8_printable(file, shown, sizeof shown);
    fprintf(p->out, "%sSince %s%s\n", p->colour ? MG_BOLD : "", shown, p->colour ? MG_RESET : "");
    print_warnings(p, since);
    print_items(p, since->resolved, since->resolved_count, true);
    print_items(p, since->added, since->added_count, false);
    print_kept(p, since, MG_TREND_WORSE);
    print_kept(p, since, MG_TREND_BETTER);
    print_kept(p, since, MG_TREND_SAME);
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
