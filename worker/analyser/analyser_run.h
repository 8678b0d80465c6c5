/* Running one analyser: spawn, watch, collect, kill. Used by `analyze` and by the worker's slots:
 * one path for files and jobs.
 *
 * mg_analyser_run() starts `mixgauge-analyser` (beside this executable, or MG_LIBEXECDIR) with the
 * descriptor of the audio and a pipe, and blocks the calling thread until the child has ended.
 * The child dies with the thread (parent-death signal) and has a process group of its own, which is
 * killed with it. A child that sends nothing for two minutes counts as hung: MG_E_TIMEOUT. Never
 * logs. Thread-safe.
 */
#ifndef MG_WORKER_ANALYSER_ANALYSER_RUN_H
#define MG_WORKER_ANALYSER_ANALYSER_RUN_H

#include "base/error.h"
#include "worker/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Audio to compare with. The limits hold for it as for the track. */
typedef struct mg_reference_audio {
    int fd;        /* read-only, seekable; stays open; each child gets a descriptor of its own */
    int64_t bytes; /* for deadlines; -1: not known */
} mg_reference_audio;

typedef struct mg_analyser_options {
    const mg_config *config;  /* limits */
    const char *profile_json; /* checked profile (verdict/profile.h) */
    bool excerpt;             /* a cut-out: no cut or silence findings */
    int64_t file_bytes;       /* of the audio, for deadlines; -1: not known */
    const mg_reference_audio *reference; /* NULL: none */
    const char *analyser_path; /* NULL: find it; tests name a stand-in */
    int64_t wall_limit_ms;     /* 0: by the size (worker/analyser/analyser_spawn.h) */
} mg_analyser_options;

/* Called in the running thread, at most ten times a second and at least once a second.
 * Return false to kill the child (lease lost, cancel, Ctrl-C): the run ends MG_E_CANCELLED. */
typedef bool mg_analyser_tick(void *context, int progress);

typedef struct mg_analyser_outcome {
    mg_err err;          /* MG_OK: result is set; else the reason */
    char detail[512];    /* one sentence for people, printable */
    char *result;        /* the result JSON as received and checked; owned (free()) */
    size_t result_len;
    bool not_started;    /* there was no child: the machine's fault, not the audio's */
    char *log;           /* last log lines, printable, '\n' between; owned; NULL: none */
    /* Of the child. The peak is at least what this process had when it started the child: Linux
     * carries it over from the vfork. */
    int64_t cpu_ms, wall_ms, peak_rss_bytes;
} mg_analyser_outcome;

/** @param audio_fd  read-only, seekable; stays open; the child gets a descriptor of its own
 *  @return what is in ret->err */
mg_err mg_analyser_run(int audio_fd, const mg_analyser_options *options, mg_analyser_tick *tick,
                       void *context, mg_analyser_outcome *ret);
void mg_analyser_outcome_done(mg_analyser_outcome *outcome);

#endif
