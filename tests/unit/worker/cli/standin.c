/* A stand-in for mixgauge-analyser that misbehaves as its file name says: the test makes one
 * symbolic link per kind. It speaks the protocol by itself, with no code of the program. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PIPE = 4, AUDIO = 3, REFERENCE = 5 };

static void put(const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        const ssize_t n = write(PIPE, at, len);
        if (n <= 0)
            _exit(9);
        at += n;
        len -= (size_t)n;
    }
}

static void frame(uint32_t type, const void *data, uint32_t len)
{
    const uint32_t header[2] = {type, len}; /* the tests run on little-endian machines */
    put(header, sizeof header);
    put(data, len);
}

/* The audio that the test hands over is the result that a good analyser would send. */
static void send_result(void)
{
    static char text[1 << 20];
    const ssize_t len = read(AUDIO, text, sizeof text);
    frame(3, text, len > 0 ? (uint32_t)len : 0);
}

static void send_text(uint32_t type, const char *text)
{
    frame(type, text, (uint32_t)strlen(text));
}

static void spin(void)
{
    for (volatile int i = 0;; i++)
        continue;
}

static void answer_environment(void)
{
    extern char **environ;
    char text[256];
    int open_fds = 0, variables = 0;
    for (int fd = 0; fd < 1024; fd++)
        open_fds += fcntl(fd, F_GETFD) >= 0;
    while (environ[variables] != NULL)
        variables++;
    snprintf(text, sizeof text, "internal\nfds %d variables %d offset %ld mode %d group %d",
             open_fds, variables, (long)lseek(AUDIO, 0, SEEK_CUR),
             fcntl(AUDIO, F_GETFL) & O_ACCMODE, getpgrp() == getpid());
    const size_t len = strlen(text);
    if (fcntl(REFERENCE, F_GETFD) >= 0)
        snprintf(text + len, sizeof text - len, " reference %ld mode %d",
                 (long)read(REFERENCE, (char[8]){0}, 8), fcntl(REFERENCE, F_GETFL) & O_ACCMODE);
    send_text(4, text);
}

static void flood(void)
{
    for (;;)
        frame(1, "\1", 1);
}

static void grandchild(void)
{
    if (fork() == 0) {
        /* tells the test who it is, holds the pipe, would live for long */
        char text[64];
        snprintf(text, sizeof text, "pid %d", getpid());
        send_text(2, text);
        sleep(300);
        _exit(0);
    }
    usleep(200000);
    send_result();
}

int main(int argc, char **argv)
{
    const char *kind = strrchr(argv[0], '/');
    kind = kind != NULL ? kind + 1 : argv[0];
    signal(SIGPIPE, SIG_DFL);
    if (argc < 2)
        return 64;
#define IS(name) (strcmp(kind, name) == 0)
    if (IS("good")) {
        frame(1, "\x32", 1);
        usleep(250000);
        send_text(2, "first line");
        send_text(2, "second \x1b[31m line");
        send_result();
    } else if (IS("environment")) {
        answer_environment();
    } else if (IS("segv")) {
        raise(SIGSEGV);
    } else if (IS("abort")) {
        abort();
    } else if (IS("sigsys")) {
        raise(SIGSYS);
    } else if (IS("killed")) {
        raise(SIGKILL);
    } else if (IS("cpu")) {
        setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2});
        spin();
    } else if (IS("hang")) {
        sleep(300);
    } else if (IS("spin")) {
        spin();
    } else if (IS("flood")) {
        flood();
    } else if (IS("nonsense")) {
        put("GET / HTTP/1.1\r\n\r\n", 18);
    } else if (IS("badjson")) {
        send_text(3, "{\"engine\": nope}");
    } else if (IS("tworesults")) {
        send_result();
        lseek(AUDIO, 0, SEEK_SET);
        send_result();
    } else if (IS("errorafter")) {
        send_result();
        send_text(4, "corrupt_audio\nafter all");
    } else if (IS("silent")) {
        return 0;
    } else if (IS("status")) {
        return 3;
    } else if (IS("resultstatus")) {
        send_result();
        return 3;
    } else if (IS("resultcrash")) {
        send_result();
        raise(SIGSEGV);
    } else if (IS("bigframe")) {
        const uint32_t header[2] = {3, 0x7fffffff};
        put(header, sizeof header);
        sleep(300);
    } else if (IS("short")) {
        const uint32_t header[2] = {3, 1000};
        put(header, sizeof header);
        put("{", 1);
    } else if (IS("closes")) {
        close(PIPE);
        sleep(300);
    } else if (IS("lingers")) {
        send_result();
        sleep(300);
    } else if (IS("reason")) {
        send_text(4, "corrupt_audio\nthe \x1b[31mdata is damaged");
    } else if (IS("badreason")) {
        send_text(4, "lease_lost\nnot a reason of a job");
    } else if (IS("grandchild")) {
        grandchild();
    } else if (IS("ignores")) {
        for (int s = 1; s < 32; s++)
            signal(s, SIG_IGN);
        spin();
    } else {
        return 65;
    }
    return 0;
}
