#include "worker/analyser/analyser_frames.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

void mg_frame_reader_init(mg_frame_reader *reader)
{
    *reader = (mg_frame_reader){.payload = MG_BUF_INIT(MG_FRAME_RESULT_MAX)};
}

void mg_frame_reader_done(mg_frame_reader *reader)
{
    mg_buf_done(&reader->payload);
    for (unsigned i = 0; i < MG_FRAME_LOG_KEPT; i++)
        free(reader->log[i]);
    free(reader->result);
    mg_frame_reader_init(reader);
}

static mg_err fault(mg_frame_reader *reader, mg_err code, const char *what)
{
    reader->fault = code;
    if (code == MG_E_NOMEM)
        return mg_fail(&reader->fault_info, code, 0, "out of memory");
    return mg_fail(&reader->fault_info, code, 0, "analyser answered nonsense: %s", what);
}

static uint32_t little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Longest payload of a type; 0 for a type that does not exist. */
static uint32_t payload_max(uint32_t type)
{
    switch (type) {
    case MG_FRAME_PROGRESS:
        return 1;
    case MG_FRAME_LOG:
        return MG_FRAME_LOG_MAX;
    case MG_FRAME_RESULT:
        return MG_FRAME_RESULT_MAX;
    case MG_FRAME_ERROR:
        return MG_FRAME_ERROR_MAX;
    default:
        return 0;
    }
}

static mg_err begin_frame(mg_frame_reader *reader)
{
    reader->type = little_endian(reader->header);
    reader->payload_left = little_endian(reader->header + 4);
    const uint32_t most = payload_max(reader->type);
    if (reader->answer != MG_ANSWER_NONE)
        return fault(reader, MG_E_INTERNAL, "something after the answer");
    if (most == 0)
        return fault(reader, MG_E_INTERNAL, "a frame of unknown type");
    if (reader->payload_left > most)
        return fault(reader, MG_E_INTERNAL, "a frame that is too long");
    if (reader->payload_left == 0)
        return fault(reader, MG_E_INTERNAL, "an empty frame");
    if (++reader->frames > MG_FRAMES_MAX)
        return fault(reader, MG_E_INTERNAL, "too many frames");
    mg_buf_clear(&reader->payload);
    return MG_OK;
}

static mg_err keep_progress(mg_frame_reader *reader)
{
    const unsigned char value = (unsigned char)reader->payload.data[0];
    if (value > 100)
        return fault(reader, MG_E_INTERNAL, "progress over 100");
    if (value > reader->progress)
        reader->progress = value;
    return MG_OK;
}

static mg_err keep_log(mg_frame_reader *reader)
{
    char *line = malloc(MG_FRAME_LOG_MAX + 1);
    if (line == NULL)
        return fault(reader, MG_E_NOMEM, NULL);
    mg_utf8_printable(mg_buf_text(&reader->payload), line, MG_FRAME_LOG_MAX + 1);
    char **slot = &reader->log[reader->log_count++ % MG_FRAME_LOG_KEPT];
    free(*slot);
    *slot = line;
    return MG_OK;
}

static mg_err keep_result(mg_frame_reader *reader)
{
    reader->result_len = reader->payload.len;
    reader->result = mg_buf_steal(&reader->payload);
    reader->answer = MG_ANSWER_RESULT;
    return MG_OK;
}

static mg_err keep_error(mg_frame_reader *reader)
{
    char id[MG_FRAME_ERROR_MAX + 1];
    const char *text = mg_buf_text(&reader->payload);
    const size_t id_len = strcspn(text, "\n");
    memcpy(id, text, id_len);
    id[id_len] = '\0';
    if (!mg_err_from_id(id, &reader->error) || !mg_err_is_reason(reader->error))
        return fault(reader, MG_E_INTERNAL, "a reason that does not exist");
    mg_utf8_printable(text[id_len] == '\n' ? text + id_len + 1 : "", reader->error_text,
                      sizeof reader->error_text);
    reader->answer = MG_ANSWER_ERROR;
    return MG_OK;
}

static mg_err end_frame(mg_frame_reader *reader)
{
    reader->header_len = 0;
    switch (reader->type) {
    case MG_FRAME_PROGRESS:
        return keep_progress(reader);
    case MG_FRAME_LOG:
        return keep_log(reader);
    case MG_FRAME_RESULT:
        return keep_result(reader);
    default:
        return keep_error(reader);
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Takes what it can of one header or one payload; returns the bytes used. */
static size_t take(mg_frame_reader *reader, const unsigned char *data, size_t len)
{
    size_t used;
    if (reader->header_len < MG_FRAME_HEADER_BYTES) {
        used = least(len, MG_FRAME_HEADER_BYTES - reader->header_len);
        memcpy(reader->header + reader->header_len, data, used);
        reader->header_len += used;
        if (reader->header_len == MG_FRAME_HEADER_BYTES)
            (void)begin_frame(reader);
        return used;
    }
    used = least(len, reader->payload_left);
    mg_buf_append(&reader->payload, data, used);
    if (mg_buf_err(&reader->payload) != MG_OK) {
        (void)fault(reader, MG_E_NOMEM, NULL);
        return used;
    }
    reader->payload_left -= (uint32_t)used;
    if (reader->payload_left == 0)
        (void)end_frame(reader);
    return used;
}

static mg_err report(const mg_frame_reader *reader, mg_errinfo *err)
{
    if (reader->fault == MG_OK)
        return MG_OK;
    return mg_fail(err, reader->fault, 0, "%s", reader->fault_info.text);
}

mg_err mg_frame_reader_push(mg_frame_reader *reader, const void *data, size_t len, mg_errinfo *err)
{
    const unsigned char *at = data;
    while (len > 0 && reader->fault == MG_OK) {
        const size_t used = take(reader, at, len);
        at += used;
        len -= used;
    }
    return report(reader, err);
}

mg_err mg_frame_reader_end(mg_frame_reader *reader, mg_errinfo *err)
{
    if (reader->fault == MG_OK && reader->header_len > 0)
        (void)fault(reader, MG_E_INTERNAL, "a frame that is cut off");
    return report(reader, err);
}

char *mg_frame_reader_log(const mg_frame_reader *reader)
{
    mg_buf text = MG_BUF_INIT(MG_FRAME_LOG_KEPT * (MG_FRAME_LOG_MAX + 1));
    const unsigned first =
        reader->log_count > MG_FRAME_LOG_KEPT ? reader->log_count - MG_FRAME_LOG_KEPT : 0;
    for (unsigned i = first; i < reader->log_count; i++) {
        mg_buf_puts(&text, i > first ? "\n" : "");
        mg_buf_puts(&text, reader->log[i % MG_FRAME_LOG_KEPT]);
    }
    if (text.len == 0)
        mg_buf_done(&text);
    return mg_buf_steal(&text);
}
