#include "redis_server.h"
#include "tests/temp_dir.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

void redis_server_init(redis_server *server)
{
    *server = (redis_server){.pid = -1};
    assert_true(make_temp_dir(server->dir, sizeof server->dir));
    snprintf(server->socket, sizeof server->socket, "%s/s", server->dir);
    snprintf(server->url, sizeof server->url, "unix://%s", server->socket);
}

static void exec_server(const redis_server *server)
{
    const char *args[40] = {"redis-server", "--port",           "0",       "--unixsocket",
                            server->socket, "--unixsocketperm", "700",     "--dir",
                            server->dir,    "--save",           "",        "--appendonly",
                            "no",           "--loglevel",       "warning", "--logfile",
                            "log"};
    size_t n = 17;
    for (size_t i = 0; server->extra[i]; i++)
        args[n++] = server->extra[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* no server outlives its test */
    execvp(args[0], (char **)args);
    _exit(127);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

void redis_server_start(redis_server *server)
{
    unlink(server->socket);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        exec_server(server);
    for (int i = 0; i < 1000; i++) {
        redisContext *c = redisConnectUnix(server->socket);
        redisReply *reply = c && !c->err ? redisCommand(c, "PING") : NULL;
        bool up = reply && (reply->type == REDIS_REPLY_STATUS || strncmp(reply->str, "NO", 2) == 0);
        if (reply)
            freeReplyObject(reply);
        if (c)
            redisFree(c);
        if (up)
            return;
        assert_int_equal(waitpid(server->pid, NULL, WNOHANG), 0); /* is redis-server installed? */
        nap();
    }
    fail_msg("redis-server does not answer");
}

void redis_server_kill(redis_server *server)
{
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    server->pid = -1;
}

void redis_server_done(redis_server *server)
{
    static const char *const names[] = {"s", "log", "dump.rdb"};
    redis_server_kill(server);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", server->dir, names[i]);
        unlink(path);
    }
    rmdir(server->dir);
}

static redisReply *do_v(redis_server *server, const char *format, va_list args)
{
    redisContext *c = redisConnectUnix(server->socket);
    assert_true(c && !c->err);
    redisReply *reply = redisvCommand(c, format, args);
    assert_non_null(reply);
    redisFree(c);
    return reply;
}

redisReply *redis_server_do(redis_server *server, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = do_v(server, format, args);
    va_end(args);
    return reply;
}

long long redis_server_int(redis_server *server, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    redisReply *reply = do_v(server, format, args);
    va_end(args);
    long long value = reply->type == REDIS_REPLY_INTEGER ? reply->integer
                      : reply->type == REDIS_REPLY_ARRAY ? (long long)reply->elements
                      : reply->type == REDIS_REPLY_ERROR ? -1
                                                         : 0;
    freeReplyObject(reply);
    return value;
}
