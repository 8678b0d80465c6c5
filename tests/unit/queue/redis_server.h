/* A private redis-server on a unix socket in its own directory under /tmp. */
#ifndef MG_TESTS_REDIS_SERVER_H
#define MG_TESTS_REDIS_SERVER_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct redis_server {
    char dir[64], socket[96], url[128];
    const char *extra[8]; /* more arguments, NULL-terminated */
    pid_t pid;
} redis_server;

/* Makes the directory; does not start. */
void redis_server_init(redis_server *server);
/* Starts (again) and waits until the socket answers; fails the test when it does not. */
void redis_server_start(redis_server *server);
/* kill -9 */
void redis_server_kill(redis_server *server);
/* Kills and removes the directory. */
void redis_server_done(redis_server *server);
/* A command on a connection of its own; the reply is the caller's. */
redisReply *redis_server_do(redis_server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for an integer answer (or the number of elements, -1 for an error). */
long long redis_server_int(redis_server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
