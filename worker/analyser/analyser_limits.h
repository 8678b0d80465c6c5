/* Locking the analyser in. Called once, before the first byte of the upload is read; this is the
 * one place where further layers of the sandbox belong. For analyser_main.c only. */
#ifndef MG_WORKER_ANALYSER_ANALYSER_LIMITS_H
#define MG_WORKER_ANALYSER_ANALYSER_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct mg_analyser_limits {
    int64_t memory_bytes; /* address space */
    int64_t cpu_s;
    pid_t parent;         /* 0: not known */
    bool reference;       /* the reference's descriptor stays open too */
} mg_analyser_limits;

/** Die with the parent, be no one's debuggee, gain no privileges, keep no descriptor but those
 *  of the protocol, stay within the limits.
 *  @return NULL, or the name of the step that failed (static), errno set; then nothing may be
 *          analysed */
const char *mg_analyser_lock_in(const mg_analyser_limits *limits);

#endif
