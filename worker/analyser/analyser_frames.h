/* Reading what an analyser sends (worker/analyser/analyser_protocol.h). Every byte is hostile.
 *
 * Bytes go in as they come, in pieces of any size; the reader keeps the last progress, the last
 * log lines and the one answer. Memory is bounded by the caps of the protocol, time by a cap on
 * the number of frames. The first fault sticks. Not thread-safe; never logs.
 */
#ifndef MG_WORKER_ANALYSER_ANALYSER_FRAMES_H
#define MG_WORKER_ANALYSER_ANALYSER_FRAMES_H

#include "base/buf.h"
#include "base/error.h"
#include "worker/analyser/analyser_protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More frames than an hour of honest progress and log lines: a flood. */
enum { MG_FRAMES_MAX = 200000 };

typedef enum mg_answer { MG_ANSWER_NONE, MG_ANSWER_RESULT, MG_ANSWER_ERROR } mg_answer;

typedef struct mg_frame_reader {
    unsigned char header[MG_FRAME_HEADER_BYTES];
    size_t header_len;
    uint32_t type, payload_left;
    mg_buf payload;
    unsigned frames;
    int progress; /* the highest so far, 0..100 */
    char *log[MG_FRAME_LOG_KEPT]; /* ring of printable lines */
    unsigned log_count;           /* lines received in all */
    mg_answer answer;
    char *result; /* MG_ANSWER_RESULT */
    size_t result_len;
    mg_err error; /* MG_ANSWER_ERROR: the reason */
    char error_text[MG_FRAME_ERROR_MAX + 1];
    mg_err fault; /* sticks: MG_E_INTERNAL or MG_E_NOMEM */
    mg_errinfo fault_info;
} mg_frame_reader;

void mg_frame_reader_init(mg_frame_reader *reader);
void mg_frame_reader_done(mg_frame_reader *reader);

/** Take the next bytes. @return MG_OK; MG_E_INTERNAL ("analyser answered nonsense: ...");
 * MG_E_NOMEM */
mg_err mg_frame_reader_push(mg_frame_reader *reader, const void *data, size_t len,
                            mg_errinfo *err);
/** The pipe has ended. @return MG_OK; MG_E_INTERNAL when a frame was cut off */
mg_err mg_frame_reader_end(mg_frame_reader *reader, mg_errinfo *err);
/** The kept log lines with '\n' between; owned by the caller; NULL when there are none or no
 *  memory. */
char *mg_frame_reader_log(const mg_frame_reader *reader);

#endif
