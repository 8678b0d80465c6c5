#include "worker/analyser/analyser_limits.h"

#include "worker/analyser/analyser_protocol.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    DESCRIPTORS = 8,
    CPU_GRACE_S = 5, /* between SIGXCPU and SIGKILL */
};

/* AddressSanitizer reserves terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define LIMITS_ADDRESS_SPACE false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIMITS_ADDRESS_SPACE false
#endif
#endif
#ifndef LIMITS_ADDRESS_SPACE
#define LIMITS_ADDRESS_SPACE true
#endif

static bool limit(int what, int64_t soft, int64_t hard)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) != 0)
        return false;
    /* never ask for more than is allowed already: that would fail for ordinary users */
    struct rlimit wanted = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};
    if (now.rlim_max != RLIM_INFINITY && wanted.rlim_max > now.rlim_max)
        wanted.rlim_max = now.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max)
        wanted.rlim_cur = wanted.rlim_max;
    return setrlimit((__rlimit_resource_t)what, &wanted) == 0;
}

/* The signal is tied to the thread that started us; if that is gone already it will never come. */
static bool die_with_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return false;
    if (parent != 0 && getppid() != parent) {
        errno = ESRCH;
        return false;
    }
    return true;
}

static bool close_others(bool reference)
{
    const unsigned last = reference ? MG_ANALYSER_FD_REFERENCE : MG_ANALYSER_FD_PIPE;
    return syscall(SYS_close_range, last + 1, ~0U, 0) == 0 ||
           errno == ENOSYS; /* the supervisor has closed them too */
}

const char *mg_analyser_lock_in(const mg_analyser_limits *limits)
{
    if (!die_with_parent(limits->parent))
        return "parent-death signal";
    if (!close_others(limits->reference))
        return "close_range";
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return "PR_SET_DUMPABLE";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return "PR_SET_NO_NEW_PRIVS";
    if (LIMITS_ADDRESS_SPACE && !limit(RLIMIT_AS, limits->memory_bytes, limits->memory_bytes))
        return "RLIMIT_AS";
    if (!limit(RLIMIT_CPU, limits->cpu_s, limits->cpu_s + CPU_GRACE_S))
        return "RLIMIT_CPU";
    if (!limit(RLIMIT_FSIZE, 0, 0) || !limit(RLIMIT_CORE, 0, 0))
        return "RLIMIT_FSIZE or RLIMIT_CORE";
    if (!limit(RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS) || !limit(RLIMIT_NPROC, 0, 0))
        return "RLIMIT_NOFILE or RLIMIT_NPROC";
    return NULL;
}
