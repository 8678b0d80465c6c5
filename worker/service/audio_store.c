#include "worker/service/audio_store.h"

#include "base/cleanup.h"
#include "queue/message.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Error texts name no key: they reach the log and the ledger, and a key holds the user's id. */

enum { OPEN_TRIES = 100 };

struct mg_audio_store {
    int root; /* O_PATH would not do: fsync of the directory is needed */
};

typedef struct key_path {
    char directory[3 * MG_USER_ID_MAX + 1];
    const char *name; /* in the caller's key */
} key_path;

/* ---- opening below the root ---------------------------------------------------------------- */

/* The kernel refuses every way out: "..", absolute paths, symbolic links, /proc links. */
static int open_beneath(int root, const char *path, int flags, mode_t mode)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
        .mode = mode,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd, tries = 0;
    do
        fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    /* EAGAIN: a rename raced with it, which passes; or a lease on the file, which does not */
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < OPEN_TRIES)));
    return fd;
}

/* mkdir -p, for the root alone. */
static bool make_directories(const char *path)
{
    mg_autofree char *copy = strdup(path);
    if (!copy)
        return false;
    for (char *c = copy + 1;; c++) {
        if (*c != '/' && *c != '\0')
            continue;
        char saved = *c;
        *c = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return false;
        *c = saved;
        if (saved == '\0')
            return true;
    }
}

mg_err mg_audio_store_open(mg_audio_store **ret, const char *url, bool create, mg_errinfo *err)
{
    if (strncmp(url, "s3://", 5) == 0)
        return mg_fail(err, MG_E_CONFIG, 0, "audio in S3 is not supported by this build");
    if (strncmp(url, "file:/", 6) != 0)
        return mg_fail(err, MG_E_CONFIG, 0, "the audio store is written file:/ABSOLUTE/DIRECTORY");
    const char *path = url + 5;
    while (path[0] == '/' && path[1] == '/') /* file:///dir is the same directory */
        path++;
    mg_autoclose int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 && errno == ENOENT && create && make_directories(path))
        root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        mg_err code = errno == EACCES || errno == EPERM     ? MG_E_PERMISSION
                      : errno == ENOENT || errno == ENOTDIR ? MG_E_CONFIG
                                                            : MG_E_IO;
        return mg_fail(err, code, errno, "the audio directory cannot be opened: %s",
                       strerror(errno));
    }
    int probe = open_beneath(root, ".", O_PATH | O_DIRECTORY, 0);
    if (probe < 0)
        return mg_fail(err, MG_E_CONFIG, errno,
                       "the kernel or its container refuses openat2 (Linux 5.6): %s",
                       strerror(errno));
    close(probe);
    mg_audio_store *store = malloc(sizeof *store);
    if (!store)
        return MG_E_NOMEM;
    store->root = mg_steal_fd(&root);
    *ret = store;
    return MG_OK;
}

void mg_audio_store_close(mg_audio_store *store)
{
    if (!store)
        return;
    close(store->root);
    free(store);
}

static mg_err storage_error(mg_errinfo *err, const char *what)
{
    return mg_fail(err, MG_E_STORAGE, errno, "%s: %s", what, strerror(errno));
}

/* A key, or the key of an upload under way ("KEY.part") where `partial`. */
static mg_err split(const char *key, bool partial, key_path *ret, mg_errinfo *err)
{
    char whole[MG_AUDIO_KEY_MAX + 8];
    size_t len = strlen(key);
    if (len < sizeof whole) {
        memcpy(whole, key, len + 1);
        if (partial && len > 5 && strcmp(whole + len - 5, ".part") == 0)
            whole[len - 5] = '\0';
        if (mg_audio_key_parse(whole, NULL)) {
            const char *slash = strchr(key, '/');
            memcpy(ret->directory, key, (size_t)(slash - key));
            ret->directory[slash - key] = '\0';
            ret->name = slash + 1;
            return MG_OK;
        }
    }
    return mg_fail(err, MG_E_STORAGE, 0, "not a key of the audio store");
}

/* ---- reading ------------------------------------------------------------------------------- */

mg_err mg_audio_store_get(mg_audio_store *store, const char *key, int *ret_fd, int64_t *ret_bytes,
                          mg_errinfo *err)
{
    key_path path;
    mg_err code = split(key, false, &path, err);
    if (code != MG_OK)
        return code;
    /* O_NONBLOCK: a FIFO in place of a file must not hold the slot. */
    mg_autoclose int fd = open_beneath(store->root, key, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return mg_fail(err, MG_E_AUDIO_MISSING, errno, "the audio is not in the store");
    if (fd < 0)
        return storage_error(err, "the audio cannot be opened");
    struct stat st;
    if (fstat(fd, &st) != 0)
        return storage_error(err, "the audio cannot be looked at");
    if (!S_ISREG(st.st_mode))
        return mg_fail(err, MG_E_STORAGE, 0, "what lies in the audio's place is not a file");
    *ret_bytes = st.st_size;
    *ret_fd = mg_steal_fd(&fd);
    return MG_OK;
}

/* ---- writing ------------------------------------------------------------------------------- */

static mg_err copy(int from, int to, int64_t *ret_bytes, mg_errinfo *err)
{
    enum { CHUNK = 256 * 1024 };
    mg_autofree char *chunk = malloc(CHUNK);
    if (!chunk)
        return MG_E_NOMEM;
    int64_t total = 0;
    for (;;) {
        ssize_t got = pread(from, chunk, CHUNK, total);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mg_fail(err, MG_E_IO, errno, "the file cannot be read: %s", strerror(errno));
        if (got == 0)
            break;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, chunk + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return storage_error(err, "the audio cannot be written");
            done += put > 0 ? put : 0;
        }
        total += got;
    }
    if (fsync(to) != 0)
        return storage_error(err, "the audio cannot be made durable");
    *ret_bytes = total;
    return MG_OK;
}

static int open_user_directory(int root, const char *name, bool create)
{
    int fd = open_beneath(root, name, O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0 || errno != ENOENT || !create)
        return fd;
    if (mkdirat(root, name, 0700) != 0 && errno != EEXIST)
        return -1;
    fsync(root); /* the new directory's name; its file is synced below it */
    return open_beneath(root, name, O_RDONLY | O_DIRECTORY, 0);
}

/* Gives the finished file its name unless something has it: never overwrites. */
static mg_err publish(int directory, const char *part, const char *name, mg_errinfo *err)
{
    int result = renameat2(directory, part, directory, name, RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) { /* file system without the flag */
        result = linkat(directory, part, directory, name, 0);
        if (result == 0)
            result = unlinkat(directory, part, 0);
    }
    if (result != 0 && errno == EEXIST)
        return mg_fail(err, MG_E_REFUSED, errno, "the key exists already; keys are written once");
    if (result != 0)
        return storage_error(err, "the audio cannot be given its name");
    if (fsync(directory) != 0)
        return storage_error(err, "the directory cannot be made durable");
    return MG_OK;
}

mg_err mg_audio_store_put(mg_audio_store *store, const char *key, int source_fd, int64_t *ret_bytes,
                          mg_errinfo *err)
{
    key_path path;
    mg_err code = split(key, false, &path, err);
    if (code != MG_OK)
        return code;
    mg_autoclose int directory = open_user_directory(store->root, path.directory, true);
    if (directory < 0)
        return storage_error(err, "the user's directory cannot be opened");
    if (faccessat(directory, path.name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return mg_fail(err, MG_E_REFUSED, 0, "the key exists already; keys are written once");
    char part[MG_KEY_NAME_MAX + 8];
    snprintf(part, sizeof part, "%s.part", path.name);
    mg_autoclose int fd = open_beneath(directory, part, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 && errno == EEXIST)
        return mg_fail(err, MG_E_REFUSED, errno, "the key is being written");
    if (fd < 0)
        return storage_error(err, "the audio cannot be created");
    int64_t bytes = 0;
    code = copy(source_fd, fd, &bytes, err);
    if (code == MG_OK)
        code = publish(directory, part, path.name, err);
    if (code != MG_OK) {
        unlinkat(directory, part, 0);
        return code;
    }
    *ret_bytes = bytes;
    return MG_OK;
}

/* ---- deleting ------------------------------------------------------------------------------ */

mg_err mg_audio_store_delete(mg_audio_store *store, const char *key, bool *ret_was_there,
                             mg_errinfo *err)
{
    key_path path;
    mg_err code = split(key, true, &path, err);
    if (code != MG_OK)
        return code;
    mg_autoclose int directory = open_user_directory(store->root, path.directory, false);
    if (directory < 0 && errno == ENOENT) {
        *ret_was_there = false;
        return MG_OK;
    }
    if (directory < 0)
        return storage_error(err, "the user's directory cannot be opened");
    bool was_there = unlinkat(directory, path.name, 0) == 0;
    if (!was_there && errno != ENOENT)
        return storage_error(err, "the audio cannot be deleted");
    if (was_there && fsync(directory) != 0)
        return storage_error(err, "the deletion cannot be made durable");
    struct stat st;
    if (fstatat(directory, path.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return mg_fail(err, MG_E_STORAGE, 0, "the audio is still there after its deletion");
    if (errno != ENOENT)
        return storage_error(err, "it cannot be proved that the audio is gone");
    *ret_was_there = was_there;
    return MG_OK;
}

/* ---- listing ------------------------------------------------------------------------------- */

static int64_t modified_ms(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static DIR *open_list(int root, const char *path)
{
    int fd = open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    return dir;
}

static void close_list(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/* The next name; NULL at the end (errno 0) or on an error. */
static const char *next_name(DIR *dir)
{
    struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(dir);
    } while (entry && is_dots(entry->d_name));
    return entry ? entry->d_name : NULL;
}

static mg_err visit_file(int directory, const char *user, const char *name, mg_audio_visit *visit,
                         void *context, int64_t *foreign, mg_errinfo *err)
{
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? MG_OK : storage_error(err, "a file cannot be looked at");
    char key[3 * MG_USER_ID_MAX + 300], plain[sizeof key];
    int len = snprintf(key, sizeof key, "%s/%s", user, name);
    snprintf(plain, sizeof plain, "%s", key);
    bool partial = len > 5 && strcmp(plain + len - 5, ".part") == 0;
    if (partial)
        plain[len - 5] = '\0';
    if (!S_ISREG(st.st_mode) || !mg_audio_key_parse(plain, NULL)) {
        (*foreign)++;
        return MG_OK;
    }
    mg_audio_file file = {key, st.st_size, modified_ms(&st), partial};
    return visit(context, &file, err);
}

static mg_err visit_directory(int root, const char *user, mg_audio_visit *visit, void *context,
                              int64_t *foreign, mg_errinfo *err)
{
    mg_auto(close_list) DIR *dir = open_list(root, user);
    if (!dir) {
        if (errno == ENOENT)
            return MG_OK;
        if (errno == ENOTDIR || errno == ELOOP || errno == EXDEV) { /* a file, a link */
            (*foreign)++;
            return MG_OK;
        }
        return storage_error(err, "a directory cannot be listed");
    }
    const char *name;
    while ((name = next_name(dir))) {
        mg_err code = visit_file(dirfd(dir), user, name, visit, context, foreign, err);
        if (code != MG_OK)
            return code;
    }
    return errno ? storage_error(err, "a directory cannot be listed") : MG_OK;
}

mg_err mg_audio_store_list(mg_audio_store *store, mg_audio_visit *visit, void *context,
                           int64_t *ret_foreign, mg_errinfo *err)
{
    int64_t foreign = 0;
    mg_auto(close_list) DIR *dir = open_list(store->root, ".");
    if (!dir)
        return storage_error(err, "the audio directory cannot be listed");
    const char *name;
    while ((name = next_name(dir))) {
        if (strlen(name) > 3 * MG_USER_ID_MAX) {
            foreign++;
            continue;
        }
        mg_err code = visit_directory(store->root, name, visit, context, &foreign, err);
        if (code != MG_OK)
            return code;
    }
    if (errno)
        return storage_error(err, "the audio directory cannot be listed");
    *ret_foreign = foreign;
    return MG_OK;
}

mg_err mg_audio_store_prune(mg_audio_store *store, int64_t before_ms, int64_t *ret_removed,
                            mg_errinfo *err)
{
    int64_t removed = 0;
    mg_auto(close_list) DIR *dir = open_list(store->root, ".");
    if (!dir)
        return storage_error(err, "the audio directory cannot be listed");
    const char *name;
    while ((name = next_name(dir))) {
        char key[3 * MG_USER_ID_MAX + 4];
        struct stat st;
        if (strlen(name) > 3 * MG_USER_ID_MAX ||
            fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode) ||
            modified_ms(&st) >= before_ms)
            continue;
        snprintf(key, sizeof key, "%s/x", name);
        /* The kernel refuses a directory that is not empty. */
        if (mg_audio_key_parse(key, NULL) && unlinkat(dirfd(dir), name, AT_REMOVEDIR) == 0)
            removed++;
    }
    *ret_removed = removed;
    return MG_OK;
}
