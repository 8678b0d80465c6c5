#include "worker/service/log.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 4096,
    VALUE_MAX_BYTES = 1024,
    PIECE_BYTES = 4096, /* a pipe that is ready for writing takes so much without blocking */
    WAIT_MS = 100,      /* for a reader that is behind */
};

static const char *const level_names[] = {"debug", "info", "warn", "error"};

struct mg_log {
    mg_log_level level;
    bool json;
    int fd;
    pthread_mutex_t lock; /* of what follows, and of writing */
    bool stuck;           /* the reader was behind last time: no waiting for it again */
    bool cut;             /* half a line stands at the end */
    int64_t dropped;      /* lines since then */
};

mg_err mg_log_new(mg_log **ret, const char *level, const char *format, int fd, mg_errinfo *err)
{
    size_t index = 0;
    while (index < sizeof level_names / sizeof level_names[0] &&
           strcmp(level, level_names[index]) != 0)
        index++;
    if (index == sizeof level_names / sizeof level_names[0])
        return mg_fail(err, MG_E_CONFIG, 0, "unknown log level");
    bool json = strcmp(format, "json") == 0;
    if (!json && strcmp(format, "text") != 0)
        return mg_fail(err, MG_E_CONFIG, 0, "unknown log format");
    mg_log *log = malloc(sizeof *log);
    if (!log)
        return MG_E_NOMEM;
    *log = (mg_log){.level = (mg_log_level)index, .json = json, .fd = fd};
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return MG_E_NOMEM;
    }
    *ret = log;
    return MG_OK;
}

void mg_log_free(mg_log *log)
{
    if (log)
        pthread_mutex_destroy(&log->lock);
    free(log);
}

/* One character, or one byte that is none; anything that could disturb a terminal, a line or a
 * field is escaped. */
static size_t append_escaped(mg_buf *line, const char *c)
{
    size_t len = mg_utf8_length_at(c);
    char one[5] = "", shown[5];
    memcpy(one, c, len ? len : 1);
    mg_utf8_printable(one, shown, sizeof shown);
    if (len && strcmp(one, shown) == 0) {
        if (*c == '"' || *c == '\\')
            mg_buf_putc(line, '\\');
        mg_buf_append(line, c, len);
        return len;
    }
    len = len ? len : 1;
    if (*c == '\n')
        mg_buf_puts(line, "\\n");
    else if (*c == '\t')
        mg_buf_puts(line, "\\t");
    else {
        for (size_t i = 0; i < len; i++)
            mg_buf_printf(line, "\\x%02x", (unsigned char)c[i]);
    }
    return len;
}

static bool is_plain(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len < VALUE_MAX_BYTES &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+-") ==
               len;
}

static void append_value(mg_buf *line, const char *text)
{
    if (is_plain(text)) {
        mg_buf_puts(line, text);
        return;
    }
    mg_buf_putc(line, '"');
    size_t start = line->len;
    while (*text && line->len - start < VALUE_MAX_BYTES)
        text += append_escaped(line, text);
    mg_buf_puts(line, *text ? "...\"" : "\"");
}

static void write_text(mg_buf *line, const char *time, mg_log_level level, const char *event,
                       const mg_log_field *fields)
{
    mg_buf_printf(line, "%s %s %s", time, level_names[level], event);
    for (; fields->key; fields++) {
        mg_buf_printf(line, " %s=", fields->key);
        if (fields->text)
            append_value(line, fields->text);
        else
            mg_buf_printf(line, "%" PRId64, fields->number);
    }
}

static void write_json(mg_buf *line, const char *time, mg_log_level level, const char *event,
                       const mg_log_field *fields)
{
    mg_json json = MG_JSON_INIT(line);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "time", time);
    mg_json_str(&json, "level", level_names[level]);
    mg_json_str(&json, "event", event);
    for (; fields->key; fields++) {
        char cut[VALUE_MAX_BYTES];
        if (fields->text) {
            mg_utf8_printable(fields->text, cut, sizeof cut);
            mg_json_str(&json, fields->key, cut);
        } else {
            mg_json_int(&json, fields->key, fields->number);
        }
    }
    mg_json_object_end(&json);
}

/* The whole line with its end. @return MG_OK; MG_E_NOMEM or MG_E_LIMIT */
static mg_err format_line(const mg_log *log, mg_log_level level, const char *event,
                          const mg_log_field *fields, mg_buf *line)
{
    char time[32];
    mg_wall_iso(mg_wall_ms(), time);
    if (log->json)
        write_json(line, time, level, event, fields);
    else
        write_text(line, time, level, event, fields);
    if (mg_buf_err(line) == MG_OK && !log->json && line->len > LINE_MAX_BYTES)
        line->len = LINE_MAX_BYTES;
    mg_buf_putc(line, '\n');
    return mg_buf_err(line);
}

static bool wait_for_room(mg_log *log)
{
    struct pollfd out = {.fd = log->fd, .events = POLLOUT};
    int ready;
    do
        ready = poll(&out, 1, log->stuck ? 0 : WAIT_MS);
    while (ready < 0 && errno == EINTR);
    log->stuck = ready == 0;
    return ready != 0; /* what is wrong with it, write() tells */
}

/* @return false when nothing of it was written */
static bool put(mg_log *log, const char *text, size_t len)
{
    size_t done = 0;
    while (done < len && wait_for_room(log)) {
        size_t piece = len - done < PIECE_BYTES ? len - done : PIECE_BYTES;
        ssize_t n = write(log->fd, text + done, piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (done > 0)
        log->cut = done < len;
    return done > 0;
}

/* Says first how much is missing before this line. */
static void put_line(mg_log *log, const mg_buf *line)
{
    mg_auto(mg_buf_done) mg_buf notice = MG_BUF_INIT(LINE_MAX_BYTES);
    const mg_log_field fields[] = {MG_LOG_INT("lines", log->dropped), {.key = NULL}};
    bool ok = !log->cut || put(log, "\n", 1);
    if (ok && log->dropped > 0 &&
        format_line(log, MG_LOG_WARN, "log_dropped", fields, &notice) == MG_OK) {
        ok = put(log, notice.data, notice.len);
        if (ok)
            log->dropped = 0;
    }
    if (!ok || !put(log, line->data, line->len))
        log->dropped++;
}

void mg_log_event(mg_log *log, mg_log_level level, const char *event, const mg_log_field *fields)
{
    if (level < log->level)
        return;
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(4 * LINE_MAX_BYTES);
    if (format_line(log, level, event, fields, &line) != MG_OK)
        return;
    pthread_mutex_lock(&log->lock);
    put_line(log, &line);
    pthread_mutex_unlock(&log->lock);
}
