/* The audio store: nothing leaves its root, nothing is overwritten, nothing is half there. */
#include "worker/service/audio_store.h"
#include "tests/temp_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    char dir[64], root[96], url[112];
    mg_audio_store *store;
} fixture;

static void run(const char *format, const char *path)
{
    char command[300];
    snprintf(command, sizeof command, format, path);
    assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_true(make_temp_dir(f->dir, sizeof f->dir));
    snprintf(f->root, sizeof f->root, "%s/a/root", f->dir);
    snprintf(f->url, sizeof f->url, "file:%s", f->root);
    run("echo outside > %s/secret", f->dir);
    assert_int_equal(mg_audio_store_open(&f->store, f->url, true, NULL), MG_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    mg_audio_store_close(f->store);
    run("rm -rf %s", f->dir);
    free(f);
    return 0;
}

static int source(const char *text)
{
    int fd = memfd_create("source", 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static mg_err put(fixture *f, const char *key, const char *text)
{
    int fd = source(text);
    int64_t bytes = -1;
    mg_err code = mg_audio_store_put(f->store, key, fd, &bytes, NULL);
    assert_int_equal(bytes, code == MG_OK ? (int64_t)strlen(text) : -1);
    close(fd);
    return code;
}

static mg_err get(fixture *f, const char *key, char out[64])
{
    int fd = -1;
    int64_t bytes = -1;
    mg_err code = mg_audio_store_get(f->store, key, &fd, &bytes, NULL);
    if (code != MG_OK) {
        assert_int_equal(fd, -1);
        return code;
    }
    ssize_t len = read(fd, out, 63);
    assert_int_equal(len, bytes);
    out[len] = '\0';
    close(fd);
    return MG_OK;
}

static bool exists(fixture *f, const char *path)
{
    char whole[200];
    struct stat st;
    snprintf(whole, sizeof whole, "%s/%s", f->root, path);
    return lstat(whole, &st) == 0;
}

static void round_trip(void **state)
{
    fixture *f = *state;
    char text[64];
    bool was_there = false;
    assert_int_equal(get(f, "u/x.wav", text), MG_E_AUDIO_MISSING);
    assert_int_equal(put(f, "u/x.wav", "hello"), MG_OK);
    assert_int_equal(put(f, "a%40b/y", ""), MG_OK);
    assert_int_equal(get(f, "u/x.wav", text), MG_OK);
    assert_string_equal(text, "hello");
    assert_int_equal(get(f, "u/y", text), MG_E_AUDIO_MISSING);
    assert_false(exists(f, "u/x.wav.part"));
    struct stat st;
    char path[200];
    snprintf(path, sizeof path, "%s/u/x.wav", f->root);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(mg_audio_store_delete(f->store, "u/x.wav", &was_there, NULL), MG_OK);
    assert_true(was_there);
    assert_false(exists(f, "u/x.wav"));
    assert_int_equal(mg_audio_store_delete(f->store, "u/x.wav", &was_there, NULL), MG_OK);
    assert_false(was_there);
    assert_int_equal(mg_audio_store_delete(f->store, "nobody/x", &was_there, NULL), MG_OK);
    assert_false(was_there);
}

static void keys_are_written_once(void **state)
{
    fixture *f = *state;
    char text[64];
    assert_int_equal(put(f, "u/x", "first"), MG_OK);
    assert_int_equal(put(f, "u/x", "second"), MG_E_REFUSED);
    run("echo busy > %s/u/z.part", f->root); /* another writer is at it */
    assert_int_equal(put(f, "u/z", "mine"), MG_E_REFUSED);
    assert_true(exists(f, "u/z.part"));
    assert_int_equal(get(f, "u/x", text), MG_OK);
    assert_string_equal(text, "first");
}

static void no_key_leaves_the_root(void **state)
{
    fixture *f = *state;
    static const char *const keys[] = {
        "../secret",
        "../../secret",
        "u/../../secret",
        "/etc/passwd",
        "u/../secret",
        "..",
        ".",
        "",
        "u",
        "u/",
        "/u/x",
        "u//x",
        "u/x/y",
        "%2E%2E/x/..",
        "u/.",
        "u/..",
        "u/.hidden",
        "u/x.part",
        "u/x\n",
        "./x",
    };
    char text[64];
    bool was_there = true;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(get(f, keys[i], text), MG_E_STORAGE);
        assert_int_equal(put(f, keys[i], "x"), MG_E_STORAGE);
        if (strcmp(keys[i], "u/x.part") != 0)
            assert_int_equal(mg_audio_store_delete(f->store, keys[i], &was_there, NULL),
                             MG_E_STORAGE);
    }
    char path[100];
    struct stat st;
    snprintf(path, sizeof path, "%s/secret", f->dir);
    assert_int_equal(stat(path, &st), 0);
}

static void links_are_not_followed(void **state)
{
    fixture *f = *state;
    char text[64];
    bool was_there = false;
    assert_int_equal(put(f, "u/x", "x"), MG_OK);
    run("ln -s ../../../secret %s/u/link", f->root);
    run("ln -s .. %s/up", f->root);
    run("ln -s /proc/self/root %s/proc", f->root);
    run("ln -s u %s/alias", f->root);
    assert_int_equal(get(f, "u/link", text), MG_E_STORAGE);
    assert_int_equal(get(f, "up/root", text), MG_E_STORAGE);
    assert_int_equal(get(f, "proc/etc", text), MG_E_STORAGE);
    assert_int_equal(get(f, "alias/x", text), MG_E_STORAGE);
    assert_int_equal(put(f, "u/link", "x"), MG_E_REFUSED);
    assert_int_equal(put(f, "alias/y", "x"), MG_E_STORAGE);
    assert_int_equal(mg_audio_store_delete(f->store, "alias/x", &was_there, NULL), MG_E_STORAGE);
    assert_true(exists(f, "u/x"));
    /* deleting a link takes the link */
    assert_int_equal(mg_audio_store_delete(f->store, "u/link", &was_there, NULL), MG_OK);
    assert_false(exists(f, "u/link"));
    run("test -e %s/secret", f->dir);
}

static void other_things_are_not_audio(void **state)
{
    fixture *f = *state;
    char text[64];
    bool was_there = false;
    assert_int_equal(put(f, "u/x", "x"), MG_OK);
    run("mkfifo %s/u/fifo", f->root);
    run("mkdir %s/u/dir", f->root);
    assert_int_equal(get(f, "u/fifo", text), MG_E_STORAGE); /* and does not hang */
    assert_int_equal(get(f, "u/dir", text), MG_E_STORAGE);
    assert_int_equal(mg_audio_store_delete(f->store, "u/dir", &was_there, NULL), MG_E_STORAGE);
}

typedef struct listing {
    int files, partial;
    int64_t bytes;
    fixture *delete_from;
} listing;

static mg_err count_file(void *context, const mg_audio_file *file, mg_errinfo *err)
{
    (void)err;
    listing *l = context;
    l->files += !file->partial;
    l->partial += file->partial;
    l->bytes += file->bytes;
    assert_true(file->modified_ms > 1700000000000);
    if (l->delete_from) {
        bool was_there = false;
        assert_int_equal(mg_audio_store_delete(l->delete_from->store, file->key, &was_there, NULL),
                         MG_OK);
        assert_true(was_there);
    }
    return MG_OK;
}

static mg_err stop_listing(void *context, const mg_audio_file *file, mg_errinfo *err)
{
    (void)context;
    (void)file;
    return mg_fail(err, MG_E_CANCELLED, 0, "enough");
}

static void lists_keys_and_partials(void **state)
{
    fixture *f = *state;
    listing l = {0};
    int64_t foreign = -1;
    char key[32];
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "u%d/file%d", i % 7, i);
        assert_int_equal(put(f, key, "1234"), MG_OK);
    }
    run("echo x > %s/u1/left.wav.part", f->root);
    run("echo x > %s/stray", f->root);
    run("mkdir '%s/bad name'", f->root);
    run("echo x > '%s/bad name/x'", f->root);
    run("echo x > '%s/u1/bad name'", f->root);
    run("mkdir %s/u1/inner", f->root);
    run("ln -s ../../../secret %s/u1/link", f->root);
    run("ln -s / %s/slash", f->root);
    assert_int_equal(mg_audio_store_list(f->store, count_file, &l, &foreign, NULL), MG_OK);
    assert_int_equal(l.files, 300);
    assert_int_equal(l.partial, 1);
    assert_int_equal(l.bytes, 1202);
    assert_int_equal(foreign, 6);
    assert_int_equal(mg_audio_store_list(f->store, stop_listing, NULL, &foreign, NULL),
                     MG_E_CANCELLED);
    l = (listing){.delete_from = f};
    assert_int_equal(mg_audio_store_list(f->store, count_file, &l, &foreign, NULL), MG_OK);
    assert_int_equal(l.files + l.partial, 301);
    l = (listing){0};
    assert_int_equal(mg_audio_store_list(f->store, count_file, &l, &foreign, NULL), MG_OK);
    assert_int_equal(l.files + l.partial, 0);
}

static void prunes_old_empty_directories(void **state)
{
    fixture *f = *state;
    int64_t removed = -1;
    assert_int_equal(put(f, "full/x", "x"), MG_OK);
    run("mkdir %s/empty", f->root);
    run("mkdir '%s/not a user'", f->root);
    run("touch -d '2 days ago' %s/empty", f->root);
    run("touch -d '2 days ago' '%s/not a user'", f->root);
    run("touch -d '2 days ago' %s/full", f->root);
    run("mkdir %s/fresh", f->root);
    assert_int_equal(
        mg_audio_store_prune(f->store, (int64_t)(time(NULL) - 86400) * 1000, &removed, NULL),
        MG_OK);
    assert_int_equal(removed, 1);
    assert_true(!exists(f, "empty") && exists(f, "full") && exists(f, "fresh") &&
                exists(f, "not a user"));
}

/* A file that cannot be written whole leaves nothing: here the limit on file sizes stands for a
 * full disk. */
static void a_failed_write_leaves_nothing(void **state)
{
    fixture *f = *state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {1000, 1000};
        setrlimit(RLIMIT_FSIZE, &limit);
        int64_t bytes;
        int fd = open("/proc/self/exe", O_RDONLY);
        _exit(mg_audio_store_put(f->store, "u/big", fd, &bytes, NULL) == MG_E_STORAGE ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_false(exists(f, "u/big") || exists(f, "u/big.part"));
}

static void urls(void **state)
{
    fixture *f = *state;
    mg_audio_store *store = NULL;
    char url[120];
    static const char *const bad[] = {"", "/tmp", "file:tmp", "s3://bucket/x", "http://x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(mg_audio_store_open(&store, bad[i], true, NULL), MG_E_CONFIG);
    snprintf(url, sizeof url, "file:%s/none", f->dir);
    assert_int_equal(mg_audio_store_open(&store, url, false, NULL), MG_E_CONFIG);
    snprintf(url, sizeof url, "file:%s/secret", f->dir);
    assert_int_equal(mg_audio_store_open(&store, url, true, NULL), MG_E_CONFIG);
    snprintf(url, sizeof url, "file://%s", f->root);
    assert_int_equal(mg_audio_store_open(&store, url, false, NULL), MG_OK);
    mg_audio_store_close(store);
    mg_audio_store_close(NULL);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(round_trip),
        STORE_TEST(keys_are_written_once),
        STORE_TEST(no_key_leaves_the_root),
        STORE_TEST(links_are_not_followed),
        STORE_TEST(other_things_are_not_audio),
        STORE_TEST(lists_keys_and_partials),
        STORE_TEST(prunes_old_empty_directories),
        STORE_TEST(a_failed_write_leaves_nothing),
        STORE_TEST(urls),
    };
    return cmocka_run_group_tests_name("audio_store", tests, NULL, NULL);
}
