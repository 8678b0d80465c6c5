/* Errors: one table for the code, the stable id, the exit code and the sentence.
 *
 * Every function that can fail returns an mg_err. Details for a person go to a caller-owned
 * mg_errinfo, which may be NULL; the first error wins, later ones do not overwrite it. Libraries
 * return errors and never log them. Ids are never renamed or reused: they stand in databases, in
 * events and in other people's programs.
 */
#ifndef MG_BASE_ERROR_H
#define MG_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* Exit codes of the commands (the numbers of sysexits.h, which Linux users already know). */
enum mg_exit {
    MG_EXIT_OK = 0,
    MG_EXIT_USAGE = 64,       /* wrong option or argument */
    MG_EXIT_BAD_INPUT = 65,   /* the audio cannot be analysed */
    MG_EXIT_NO_INPUT = 66,    /* no such file, job or profile */
    MG_EXIT_UNAVAILABLE = 69, /* a server cannot be reached */
    MG_EXIT_INTERNAL = 70,    /* a fault of this program */
    MG_EXIT_IO = 74,          /* reading or writing failed */
    MG_EXIT_TRY_LATER = 75,   /* another process is at it, or a guard refused */
    MG_EXIT_NO_PERM = 77,     /* sandbox or permission */
    MG_EXIT_CONFIG = 78,      /* configuration or schema */
};

/* X(SUFFIX, "stable_id", exit code, "sentence")
 * The first block are the reasons a job can end with; the second block never reaches a job. */
#define MG_ERR_LIST(X)                                                                             \
    X(UNSUPPORTED_FORMAT, "unsupported_format", MG_EXIT_BAD_INPUT,                                 \
      "this is not audio in a supported format (WAV, MP3, AIFF, FLAC)")                            \
    X(CORRUPT_AUDIO, "corrupt_audio", MG_EXIT_BAD_INPUT, "the audio data is damaged")              \
    X(EMPTY_AUDIO, "empty_audio", MG_EXIT_BAD_INPUT, "the file holds no audio")                    \
    X(TOO_LONG, "too_long", MG_EXIT_BAD_INPUT, "the audio is longer than the limit")               \
    X(TOO_LARGE, "too_large", MG_EXIT_BAD_INPUT, "the file is larger than the limit")              \
    X(LIMITS_EXCEEDED, "limits_exceeded", MG_EXIT_BAD_INPUT,                                       \
      "sample rate or channel count is outside what is analysed")                                  \
    X(CHECKSUM_MISMATCH, "checksum_mismatch", MG_EXIT_BAD_INPUT,                                   \
      "the audio is not the one that was announced")                                               \
    X(UNSUPPORTED_VERSION, "unsupported_version", MG_EXIT_BAD_INPUT,                               \
      "the message has a version that this program does not know")                                 \
    X(BAD_MESSAGE, "bad_message", MG_EXIT_BAD_INPUT, "the job message is malformed")               \
    X(USER_ERASED, "user_erased", MG_EXIT_BAD_INPUT, "the user's data has been erased")            \
    X(TIMEOUT, "timeout", MG_EXIT_INTERNAL, "the analysis took too long")                          \
    X(MEMORY_LIMIT, "memory_limit", MG_EXIT_INTERNAL, "the analysis needed too much memory")       \
    X(DECODER_CRASH, "decoder_crash", MG_EXIT_INTERNAL, "the analyser crashed")                    \
    X(SANDBOX_VIOLATION, "sandbox_violation", MG_EXIT_NO_PERM,                                     \
      "the analyser tried something that it must not do")                                          \
    X(INTERNAL, "internal", MG_EXIT_INTERNAL, "internal error")                                    \
    X(WORKER_LOST, "worker_lost", MG_EXIT_INTERNAL, "the worker died or lost its lease")           \
    X(AUDIO_MISSING, "audio_missing", MG_EXIT_NO_INPUT, "the audio is not in the store")           \
    X(STORAGE, "storage", MG_EXIT_IO, "the audio could not be read from the store")                \
    /* ---- not reasons of a job ---- */                                                           \
    X(USAGE, "usage", MG_EXIT_USAGE, "wrong option or argument")                                   \
    X(NOT_FOUND, "not_found", MG_EXIT_NO_INPUT, "no such thing")                                   \
    X(UNAVAILABLE, "unavailable", MG_EXIT_UNAVAILABLE, "a server cannot be reached")               \
    X(IO, "io", MG_EXIT_IO, "reading or writing failed")                                           \
    X(BUSY, "busy", MG_EXIT_TRY_LATER, "another process is at it")                                 \
    X(REFUSED, "refused", MG_EXIT_TRY_LATER, "not possible in this state")                         \
    X(PERMISSION, "permission", MG_EXIT_NO_PERM, "permission denied")                              \
    X(CONFIG, "config", MG_EXIT_CONFIG, "wrong configuration")                                     \
    X(SCHEMA, "schema", MG_EXIT_CONFIG, "the database schema does not fit this program")           \
    X(LEASE_LOST, "lease_lost", MG_EXIT_INTERNAL, "the lease on the job was lost")                 \
    X(LIMIT, "limit", MG_EXIT_INTERNAL, "a fixed limit was reached")                               \
    X(NOMEM, "out_of_memory", MG_EXIT_INTERNAL, "out of memory")                                   \
    X(CANCELLED, "cancelled", MG_EXIT_TRY_LATER, "interrupted")

typedef enum mg_err {
    MG_OK = 0,
#define MG_ERR_ENUM(name, id, exit_code, text) MG_E_##name,
    MG_ERR_LIST(MG_ERR_ENUM)
#undef MG_ERR_ENUM
        MG_ERR_COUNT
} mg_err;

/* The last error that can be the reason of a job. */
#define MG_ERR_LAST_REASON MG_E_STORAGE

typedef struct mg_errinfo {
    mg_err code;
    int sys_errno;  /* 0 when no system call failed */
    char text[240]; /* one sentence without a full stop; valid UTF-8, no control characters */
} mg_errinfo;

/* Stable id ("too_long"); "ok" for MG_OK, "internal" for values outside the enum. Static. */
const char *mg_err_id(mg_err err);
/* One sentence for people. Static. */
const char *mg_err_sentence(mg_err err);
/* The exit code of a command that ends with this error. */
int mg_err_exit_code(mg_err err);
/* The code of a stable id; false when there is none. */
bool mg_err_from_id(const char *id, mg_err *ret);
/* True for the reasons a job can end with. */
bool mg_err_is_reason(mg_err err);

/* Sets *info unless it is NULL or already holds an error; returns err, so that
 * `return mg_fail(info, MG_E_IO, errno, "cannot read %s", name);` is one statement.
 * Control characters in the formatted text become '?'. */
mg_err mg_fail(mg_errinfo *info, mg_err err, int sys_errno, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What to show: the detail where there is one, else the sentence of `err`. */
const char *mg_errinfo_text(const mg_errinfo *info, mg_err err);

#endif
