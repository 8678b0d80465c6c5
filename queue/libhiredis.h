/* hiredis' functions: loaded for the first connection (base/library.h). */
#ifndef MG_QUEUE_LIBHIREDIS_H
#define MG_QUEUE_LIBHIREDIS_H

#include "base/error.h"

#include <hiredis/hiredis.h>

#define MG_LIBHIREDIS(X)                                                                           \
    X(freeReplyObject) X(redisAppendCommandArgv) X(redisConnectUnixWithTimeout)                    \
    X(redisConnectWithTimeout) X(redisEnableKeepAlive) X(redisFree) X(redisGetReply)               \
    X(redisSetTimeout)

#define MG_LIBHIREDIS_MEMBER(name) __typeof__(name) *name;
typedef struct mg_libhiredis {
    MG_LIBHIREDIS(MG_LIBHIREDIS_MEMBER)
} mg_libhiredis;
#undef MG_LIBHIREDIS_MEMBER

/* Nothing may be called before mg_libhiredis_load() has succeeded. */
extern mg_libhiredis mg_hiredis;

/** @return MG_OK; MG_E_CONFIG: hiredis is not installed */
mg_err mg_libhiredis_load(mg_errinfo *err);

#endif
