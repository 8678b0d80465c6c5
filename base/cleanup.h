/* Cleanup attributes, so that every return path of a function frees what it owns.
 *
 *     mg_autofree char *text = mg_strdup(...);
 *     mg_autoclose int fd = open(...);
 *     mg_auto(mg_buf_done) mg_buf buf = MG_BUF_INIT(4096);
 *     return mg_steal(text);
 *
 * The helpers keep errno, so that a caller still sees why the function failed.
 */
#ifndef MG_BASE_CLEANUP_H
#define MG_BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* `done` takes a pointer to the variable. */
#define mg_auto(done) __attribute__((cleanup(done)))
#define mg_autofree mg_auto(mg_freep)
#define mg_autoclose mg_auto(mg_closep)

/* Hands the value over and leaves NULL behind. */
#define mg_steal(var)                                                                              \
    ({                                                                                             \
        __typeof__(var) mg_stolen_ = (var);                                                        \
        (var) = NULL;                                                                              \
        mg_stolen_;                                                                                \
    })

static inline int mg_steal_fd(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

static inline void mg_freep(void *var)
{
    int saved = errno;
    free(*(void **)var);
    errno = saved;
}

static inline void mg_closep(int *fd)
{
    int saved = errno;
    if (*fd >= 0)
        close(*fd);
    errno = saved;
}

/* Defines NAMEp(TYPE **), which frees *var with free_fn: for mg_auto() on owning pointers. */
#define MG_DEFINE_CLEANUP(type, free_fn)                                                           \
    static inline void free_fn##p(type **var)                                                      \
    {                                                                                              \
        int saved = errno;                                                                         \
        free_fn(*var);                                                                             \
        errno = saved;                                                                             \
    }

#endif
