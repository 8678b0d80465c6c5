#include "worker/cli/analyze_input.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { WAIT_MS = 100, CHUNK_BYTES = 64 * 1024 };

static mg_err open_spool(int *ret, mg_errinfo *err)
{
    const char *directory = getenv("TMPDIR");
    char name[PATH_MAX];
    if (directory == NULL || directory[0] != '/')
        directory = "/tmp";
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && snprintf(name, sizeof name, "%s/mixgauge.XXXXXX", directory) < PATH_MAX) {
        /* not every file system has nameless files */
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0)
            unlink(name);
    }
    if (fd < 0)
        return mg_fail(err, MG_E_IO, errno, "cannot make a temporary file in %s: %s", directory,
                       strerror(errno));
    *ret = fd;
    return MG_OK;
}

static mg_err write_all(int fd, const char *data, size_t len, mg_errinfo *err)
{
    while (len > 0) {
        const ssize_t put = write(fd, data, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return mg_fail(err, MG_E_IO, errno, "cannot write the temporary copy: %s",
                           strerror(errno));
        data += put;
        len -= (size_t)put;
    }
    return MG_OK;
}

/* Waiting goes through poll(), so that an interrupt is seen while a pipe has nothing to say. */
static mg_err copy_pipe(int from, int to, int64_t limit_bytes, mg_input_go_on *go_on,
                        void *context, int64_t *ret_bytes, mg_errinfo *err)
{
    mg_autofree char *chunk = malloc(CHUNK_BYTES);
    int64_t total = 0;
    if (chunk == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    while (go_on(context)) {
        struct pollfd ready = {.fd = from, .events = POLLIN};
        if (poll(&ready, 1, WAIT_MS) <= 0)
            continue;
        const ssize_t got = read(from, chunk, CHUNK_BYTES);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got < 0)
            return mg_fail(err, MG_E_IO, errno, "cannot read it: %s", strerror(errno));
        if (got == 0) {
            *ret_bytes = total;
            return MG_OK;
        }
        total += got;
        if (total > limit_bytes)
            return mg_fail(err, MG_E_TOO_LARGE, 0, "%s", mg_err_sentence(MG_E_TOO_LARGE));
        mg_err result = write_all(to, chunk, (size_t)got, err);
        if (result != MG_OK)
            return result;
    }
    return mg_fail(err, MG_E_CANCELLED, 0, "interrupted");
}

static mg_err open_named(const char *name, int *ret, mg_errinfo *err)
{
    const bool is_stdin = strcmp(name, "-") == 0;
    /* O_NONBLOCK: a FIFO without a writer must not hold us in open() */
    const int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                            : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0) {
        *ret = fd;
        return MG_OK;
    }
    if (errno == ENOENT || errno == ENOTDIR)
        return mg_fail(err, MG_E_NOT_FOUND, errno, "there is no such file");
    const mg_err code = errno == EACCES || errno == EPERM ? MG_E_PERMISSION : MG_E_IO;
    return mg_fail(err, code, errno, "cannot open it: %s", strerror(errno));
}

mg_err mg_input_open(const char *name, int64_t limit_bytes, mg_input_go_on *go_on, void *context,
                     int *ret_fd, int64_t *ret_bytes, mg_errinfo *err)
{
    mg_autoclose int fd = -1;
    struct stat info;
    mg_err result = open_named(name, &fd, err);
    if (result != MG_OK)
        return result;
    if (fstat(fd, &info) != 0)
        return mg_fail(err, MG_E_IO, errno, "cannot look at it: %s", strerror(errno));
    if (S_ISREG(info.st_mode)) {
        *ret_bytes = info.st_size;
        *ret_fd = mg_steal_fd(&fd);
        return MG_OK;
    }
    if (S_ISDIR(info.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "this is a directory; name the files in it");
    if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "this is a device, not a file");
    mg_autoclose int spool = -1;
    result = open_spool(&spool, err);
    if (result == MG_OK)
        result = copy_pipe(fd, spool, limit_bytes, go_on, context, ret_bytes, err);
    if (result == MG_OK)
        *ret_fd = mg_steal_fd(&spool);
    return result;
}
