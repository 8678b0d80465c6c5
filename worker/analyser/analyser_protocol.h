/* What goes through the pipe from the analyser to its supervisor.
 *
 * A frame is an 8-byte header (type and payload length, both little-endian 32-bit) and the payload.
 * The supervisor treats every byte as hostile: unknown type, too long a payload, a result that is
 * not the schema's or a second result end the job with a reason; nothing is executed or trusted.
 *
 * The analyser is started with descriptor 3 = the track, 4 = the pipe, 5 = the reference track
 * where there is one (then with --reference), standard streams on /dev/null, an empty environment,
 * and its options as arguments.
 */
#ifndef MG_WORKER_ANALYSER_ANALYSER_PROTOCOL_H
#define MG_WORKER_ANALYSER_ANALYSER_PROTOCOL_H

#include <stdint.h>

enum { MG_ANALYSER_FD_AUDIO = 3, MG_ANALYSER_FD_PIPE = 4, MG_ANALYSER_FD_REFERENCE = 5 };

enum mg_frame_type {
    MG_FRAME_PROGRESS = 1, /* one byte, 0..100 */
    MG_FRAME_LOG = 2,      /* text, at most MG_FRAME_LOG_MAX bytes */
    MG_FRAME_RESULT = 3,   /* the result JSON, once, at most MG_FRAME_RESULT_MAX bytes */
    MG_FRAME_ERROR = 4,    /* "reason_id\nsentence", once, instead of a result */
};

enum {
    MG_FRAME_HEADER_BYTES = 8,
    MG_FRAME_LOG_MAX = 512,
    MG_FRAME_ERROR_MAX = 512,
    MG_FRAME_RESULT_MAX = 2 * 1024 * 1024,
    MG_FRAME_LOG_KEPT = 20, /* last lines kept by the supervisor */
};

#endif
