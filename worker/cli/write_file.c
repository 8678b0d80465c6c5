#include "worker/cli/write_file.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static mg_err failed(const char *path, mg_errinfo *err)
{
    char shown[256];
    const int number = errno;
    mg_err code = number == ENOENT || number == ENOTDIR ? MG_E_NOT_FOUND : MG_E_IO;
    if (number == EACCES || number == EPERM)
        code = MG_E_PERMISSION;
    mg_utf8_printable(path, shown, sizeof shown);
    return mg_fail(err, code, number, "cannot write %s: %s", shown, strerror(number));
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        const ssize_t put = write(fd, data, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data += put;
        len -= (size_t)put;
    }
    return true;
}

/* mkstemp makes files for the owner alone; a document gets what open() would have given it. */
static bool open_to_others(int fd)
{
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask) == 0;
}

static mg_err write_beside(const char *path, const char *data, size_t len, mg_errinfo *err)
{
    mg_autofree char *name = NULL;
    if (asprintf(&name, "%s.XXXXXX", path) < 0) {
        name = NULL;
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    }
    mg_autoclose int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return failed(path, err);
    if (open_to_others(fd) && write_all(fd, data, len) && fsync(fd) == 0 && rename(name, path) == 0)
        return MG_OK;
    const mg_err result = failed(path, err);
    unlink(name);
    return result;
}

/* Whoever reads at the other end of a pipe may never come, or stop reading: no signal is held back
 * while we wait for that. Nothing of ours lies about that would have to go first. */
static mg_err write_through(const char *path, const char *data, size_t len, mg_errinfo *err)
{
    sigset_t none, before;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, &before);
    mg_autoclose int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    const mg_err result = fd >= 0 && write_all(fd, data, len) ? MG_OK : failed(path, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

mg_err mg_write_file(const char *path, const void *data, size_t len, mg_errinfo *err)
{
    struct stat info;
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) {
        mg_autofree char *target = realpath(path, NULL); /* a link stays, what it names is new */
        return write_beside(target ? target : path, data, len, err);
    }
    return write_through(path, data, len, err);
}

mg_err mg_write_file_check(const char *path, mg_errinfo *err)
{
    struct stat info;
    mg_autofree char *target = realpath(path, NULL);
    const char *place = target ? target : path, *slash = strrchr(place, '/');
    const bool regular = stat(path, &info) != 0 || S_ISREG(info.st_mode);
    if (!regular)
        return access(path, W_OK) == 0 ? MG_OK : failed(path, err);
    /* a new file is written beside it: its folder has to take one */
    mg_autofree char *folder =
        slash == NULL ? strdup(".") : strndup(place, (size_t)(slash - place) + 1);
    if (folder == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (stat(folder, &info) != 0 || access(folder, W_OK | X_OK) != 0)
        return failed(path, err);
    return MG_OK;
}
