/* Starting an analyser: where it is, what it may use, what it gets. For analyser_run.c and doctor.
 */
#ifndef MG_WORKER_ANALYSER_ANALYSER_SPAWN_H
#define MG_WORKER_ANALYSER_ANALYSER_SPAWN_H

#include "worker/analyser/analyser_run.h"

#include <sys/types.h>

enum { MG_ANALYSER_PATH_MAX = 4096 };

/** The executable: beside this one (a build tree), else in MG_LIBEXECDIR.
 *  @return MG_OK; MG_E_INTERNAL when there is none that can be executed (*err says where it was
 *          looked for) */
mg_err mg_analyser_find(char out[MG_ANALYSER_PATH_MAX], mg_errinfo *err);

typedef struct mg_analyser_budget {
    int64_t cpu_s;   /* RLIMIT_CPU of the child */
    int64_t wall_ms; /* then it is killed */
} mg_analyser_budget;

/** What a file of this size may cost: 60 s + 0.2 s of CPU and 120 s + 0.5 s of wall time for each
 *  second of 44.1 kHz stereo that could come out of it, at most 60 minutes.
 *
 *  The duration is not known before decoding and a header is not to be trusted, so it is taken
 *  from the bytes, as the most samples that the format can hold: one per byte for uncompressed
 *  files (8 bits, told by the first four bytes), 48 for everything else (MPEG-2 layer III, stereo
 *  at 8 kbit/s). @param file_bytes  -1: not known, the most */
mg_analyser_budget mg_analyser_budget_for(int audio_fd, int64_t file_bytes);

/** And what a reference track may cost beside it; the sum too is at most 60 minutes. */
void mg_analyser_budget_add(mg_analyser_budget *budget, const mg_reference_audio *reference);

typedef struct mg_analyser_child {
    pid_t pid;    /* also its process group */
    int pidfd;    /* -1 where the kernel has none */
    int pipe_fd;  /* read end, non-blocking */
} mg_analyser_child;

/** Start the child. @return MG_OK; MG_E_STORAGE when the audio cannot be handed over; MG_E_INTERNAL
 */
mg_err mg_analyser_spawn(int audio_fd, const mg_analyser_options *options,
                         const mg_analyser_budget *budget, mg_analyser_child *ret,
                         mg_errinfo *err);

#endif
