/* libpq's functions, without PQ: loaded when the first Postgres ledger is opened
 * (base/library.h). */
#ifndef MG_SCHEMA_LIBPQ_H
#define MG_SCHEMA_LIBPQ_H

#include "base/error.h"

#include <libpq-fe.h>

#define MG_LIBPQ(X)                                                                                \
    X(clear) X(cmdStatus) X(cmdTuples) X(connectPoll) X(connectStartParams)                        \
    X(connectionNeedsPassword) X(conninfoFree) X(conninfoParse) X(consumeInput) X(errorMessage)    \
    X(finish) X(flush) X(getResult) X(getisnull) X(getlength) X(getvalue) X(isBusy)                \
    X(libVersion) X(nfields) X(ntuples) X(resultErrorField) X(resultStatus) X(sendQuery)           \
    X(sendQueryParams) X(setErrorVerbosity) X(setNoticeProcessor) X(setnonblocking) X(socket)      \
    X(status) X(transactionStatus)

#define MG_LIBPQ_MEMBER(name) __typeof__(PQ##name) *name;
typedef struct mg_libpq {
    MG_LIBPQ(MG_LIBPQ_MEMBER)
} mg_libpq;
#undef MG_LIBPQ_MEMBER

/* Nothing may be called before mg_libpq_load() has succeeded. */
extern mg_libpq mg_pq;

/** @return MG_OK; MG_E_CONFIG: libpq is not installed */
mg_err mg_libpq_load(mg_errinfo *err);

#endif
