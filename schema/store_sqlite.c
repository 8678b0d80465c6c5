/* The SQLite engine: one file on one host, several processes.
 *
 * WAL, so that readers and the writer do not wait for each other; synchronous=FULL, so that what
 * was committed is on the disk; BEGIN IMMEDIATE for every writing transaction, since a transaction
 * that reads first and asks for the write lock later fails at once when another one wrote in
 * between.
 */
#include "schema/store_impl.h"

#include "base/clock.h"
#include "schema/libsqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

static mg_err sqlite_failed(mg_store *store, int code, mg_errinfo *err)
{
    sqlite3 *db = store->connection;
    int sys_errno = db ? mg_sqlite.system_errno(db) : 0;
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
        return mg_fail(err, MG_E_BUSY, 0, "the ledger file is locked by another process");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return mg_fail(err, MG_E_IO, 0,
                       "the ledger file is damaged or not a ledger: restore it from a backup");
    case SQLITE_FULL:
        return mg_fail(err, MG_E_IO, ENOSPC, "the disk that holds the ledger file is full");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return mg_fail(err, MG_E_PERMISSION, sys_errno, "the ledger file may not be written");
    case SQLITE_CANTOPEN:
        return mg_fail(err, sys_errno == EACCES ? MG_E_PERMISSION : MG_E_IO, sys_errno,
                       "the ledger file cannot be opened");
    case SQLITE_NOMEM:
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    case SQLITE_IOERR:
        return mg_fail(err, MG_E_IO, sys_errno, "reading or writing the ledger file failed%s%s",
                       sys_errno ? ": " : "", sys_errno ? strerror(sys_errno) : "");
    default:
        return mg_fail(err, MG_E_INTERNAL, 0, "SQLite: %s",
                       db ? mg_sqlite.errmsg(db) : mg_sqlite.errstr(code));
    }
}

/* ---- rows -------------------------------------------------------------------------------- */

typedef struct collect {
    char *text; /* all cells, one after the other, each with a NUL */
    size_t text_len, text_cap;
    size_t *offset, *len; /* SIZE_MAX: NULL */
    size_t cells, cells_cap;
} collect;

static bool collect_room(collect *c, size_t bytes)
{
    if (c->text_cap - c->text_len < bytes) {
        size_t cap = (c->text_cap + bytes) * 2;
        char *text = realloc(c->text, cap);
        if (!text)
            return false;
        c->text = text;
        c->text_cap = cap;
    }
    if (c->cells == c->cells_cap) {
        size_t cap = c->cells_cap ? c->cells_cap * 2 : 32;
        size_t *offset = realloc(c->offset, cap * sizeof *offset);
        if (offset)
            c->offset = offset;
        size_t *len = realloc(c->len, cap * sizeof *len);
        if (len)
            c->len = len;
        if (!offset || !len)
            return false;
        c->cells_cap = cap;
    }
    return true;
}

static bool collect_cell(collect *c, sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)mg_sqlite.column_text(stmt, column);
    size_t len = text ? (size_t)mg_sqlite.column_bytes(stmt, column) : 0;
    if (!text && mg_sqlite.column_type(stmt, column) != SQLITE_NULL)
        return false; /* no memory for the text */
    if (!collect_room(c, len + 1))
        return false;
    c->offset[c->cells] = text ? c->text_len : SIZE_MAX;
    c->len[c->cells++] = len;
    if (text) {
        memcpy(c->text + c->text_len, text, len);
        c->text[c->text_len + len] = '\0';
        c->text_len += len + 1;
    }
    return true;
}

static void collect_done(collect *c)
{
    free(c->text);
    free(c->offset);
    free(c->len);
}

static mg_err collect_take(collect *c, size_t columns, mg_rows *ret, mg_errinfo *err)
{
    const char **cell = calloc(c->cells ? c->cells : 1, sizeof *cell);
    if (!cell)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (size_t i = 0; i < c->cells; i++)
        cell[i] = c->offset[i] == SIZE_MAX ? NULL : c->text + c->offset[i];
    ret->cell = cell;
    ret->len = mg_steal(c->len);
    ret->columns = columns;
    ret->count = columns ? c->cells / columns : 0;
    ret->owner = mg_steal(c->text);
    ret->release = free;
    return MG_OK;
}

/* ---- statements -------------------------------------------------------------------------- */

static int bind_param(sqlite3_stmt *stmt, int index, const mg_param *param)
{
    if (param->null)
        return mg_sqlite.bind_null(stmt, index);
    switch (param->type) {
    case MG_P_INT:
    case MG_P_BOOL:
        return mg_sqlite.bind_int64(stmt, index, param->i);
    case MG_P_REAL:
        return mg_sqlite.bind_double(stmt, index, param->d);
    case MG_P_TEXT:
    case MG_P_UUID:
        break;
    }
    return mg_sqlite.bind_text64(stmt, index, param->s, param->len, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_all(sqlite3_stmt *stmt, const mg_param *params, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* To SQLite `$1` is a name: its index is where it first stands in the text. */
        char name[24];
        snprintf(name, sizeof name, "$%zu", i + 1);
        int index = mg_sqlite.bind_parameter_index(stmt, name);
        int code = index ? bind_param(stmt, index, &params[i]) : SQLITE_OK;
        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

static mg_err sqlite_query(mg_store *store, mg_rows *ret, mg_errinfo *err, const char *sql,
                           const mg_param *params, size_t count)
{
    sqlite3 *db = store->connection;
    sqlite3_stmt *stmt = NULL;
    mg_auto(collect_done) collect cells = {0};
    mg_err result = MG_OK;
    int before = mg_sqlite.total_changes(db);
    int code = mg_sqlite.prepare_v2(db, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = bind_all(stmt, params, count);
    int columns = stmt ? mg_sqlite.column_count(stmt) : 0;
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = mg_sqlite.step(stmt);
        for (int i = 0; code == SQLITE_ROW && i < columns; i++) {
            if (!collect_cell(&cells, stmt, i))
                code = SQLITE_NOMEM;
        }
    }
    if (code != SQLITE_DONE)
        result = sqlite_failed(store, code, err);
    mg_sqlite.finalize(stmt);
    if (result == MG_OK)
        result = collect_take(&cells, (size_t)columns, ret, err);
    if (result == MG_OK)
        ret->changes = mg_sqlite.total_changes(db) - before;
    return result;
}

static mg_err sqlite_script(mg_store *store, const char *sql, mg_errinfo *err)
{
    int code = mg_sqlite.exec(store->connection, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? MG_OK : sqlite_failed(store, code, err);
}

static int wait_for_lock_ms(const mg_store *store)
{
    int64_t ms = mg_store_remaining_ms(store);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static mg_err sqlite_begin(mg_store *store, mg_tx_kind kind, mg_errinfo *err)
{
    mg_sqlite.busy_timeout(store->connection, wait_for_lock_ms(store));
    mg_err result = sqlite_script(store, kind == MG_TX_READ ? "BEGIN" : "BEGIN IMMEDIATE", err);
    store->now_ms = mg_wall_ms();
    return result;
}

static void sqlite_rollback(mg_store *store)
{
    /* Some errors (a full disk, a failed read) have rolled back already. */
    if (!mg_sqlite.get_autocommit(store->connection))
        mg_sqlite.exec(store->connection, "ROLLBACK", NULL, NULL, NULL);
}

static mg_err sqlite_commit(mg_store *store, mg_errinfo *err)
{
    mg_err result = sqlite_script(store, "COMMIT", err);
    if (result != MG_OK)
        sqlite_rollback(store);
    return result;
}

static void sqlite_close(mg_store *store)
{
    mg_sqlite.close(store->connection);
    store->connection = NULL;
}

/* ---- opening ----------------------------------------------------------------------------- */

/* WAL keeps its index in shared memory: over a network the hosts would not see each other's. */
static const char *network_file_system(long type)
{
    switch ((unsigned long)type & 0xffffffffUL) {
    case NFS_SUPER_MAGIC:
        return "NFS";
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CIFS_SUPER_MAGIC:
        return "SMB";
    case FUSE_SUPER_MAGIC:
        return "FUSE";
    case CODA_SUPER_MAGIC:
        return "Coda";
    case AFS_SUPER_MAGIC:
    case AFS_FS_MAGIC:
        return "AFS";
    case CEPH_SUPER_MAGIC:
        return "Ceph";
    case V9FS_MAGIC:
        return "9p";
    default:
        return NULL;
    }
}

static mg_err check_place(const char *path, mg_errinfo *err)
{
    char *slash = strrchr(path, '/');
    mg_autofree char *directory = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!directory)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    struct statfs fs;
    if (statfs(directory, &fs) != 0)
        return mg_fail(err, errno == EACCES ? MG_E_PERMISSION : MG_E_IO, errno,
                       "the ledger's directory %s: %s", directory, strerror(errno));
    const char *network = network_file_system((long)fs.f_type);
    if (network)
        return mg_fail(err, MG_E_CONFIG, 0,
                       "the ledger %s lies on a network file system (%s), where SQLite loses data: "
                       "use a local disk, or Postgres",
                       path, network);
    return MG_OK;
}

/* Creates an empty file that only its owner can read (SQLite would follow the umask, and gives the
 * WAL the mode of the file). It is made under another name and linked: opening and closing the file
 * itself would drop the locks that other threads of this process hold on it. */
static mg_err create_private(const char *path, mg_errinfo *err)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return MG_OK;
    mg_autofree char *temp = NULL;
    if (asprintf(&temp, "%s.XXXXXX", path) < 0) {
        temp = NULL;
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    }
    int fd = mkostemp(temp, O_CLOEXEC); /* mode 0600 */
    if (fd >= 0)
        close(fd);
    bool made = fd >= 0 && (link(temp, path) == 0 || errno == EEXIST);
    int saved = errno;
    if (fd >= 0)
        unlink(temp);
    if (made)
        return MG_OK;
    return mg_fail(err, saved == EACCES || saved == EROFS ? MG_E_PERMISSION : MG_E_IO, saved,
                   "cannot create the ledger %s: %s", path, strerror(saved));
}

/* SQLite does not wait for its lock while it changes the journal mode, so several processes that
 * meet a new file at once try again here. */
static mg_err enter_wal(mg_store *store, mg_errinfo *err)
{
    for (;;) {
        mg_errinfo info = {0};
        mg_auto(mg_rows_done) mg_rows rows = {0};
        mg_err result = sqlite_query(store, &rows, &info, "PRAGMA journal_mode = WAL", NULL, 0);
        if (result == MG_OK && rows.count == 1 && strcmp(mg_rows_text(&rows, 0, 0), "wal") == 0)
            return MG_OK;
        if (result == MG_OK)
            return mg_fail(err, MG_E_IO, 0, "the file system of %s cannot hold a WAL", store->url);
        if (result != MG_E_BUSY || mg_store_remaining_ms(store) == 0)
            return mg_fail(err, result == MG_E_BUSY ? MG_E_UNAVAILABLE : result, info.sys_errno,
                           "%s", mg_errinfo_text(&info, result));
        struct timespec t = {.tv_nsec = 5000000};
        nanosleep(&t, NULL);
    }
}

static const mg_store_ops sqlite_ops = {
    .kind = "sqlite",
    .for_update = "",
    .skip_locked = "",
    .claim_lock = NULL,
    .migrate_lock = NULL,
    .has_schema = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations')",
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .query = sqlite_query,
    .script = sqlite_script,
    .close = sqlite_close,
};

mg_err mg_sqlite_open(mg_store *store, mg_errinfo *err)
{
    mg_err result = mg_libsqlite_load(err);
    if (result != MG_OK)
        return result;
    store->ops = &sqlite_ops;
    if (store->url[0] != '/')
        return mg_fail(err, MG_E_CONFIG, 0, "the ledger's URL must be sqlite:/ABSOLUTE/PATH");
    result = check_place(store->url, err);
    if (result == MG_OK)
        result = create_private(store->url, err);
    if (result != MG_OK)
        return result;

    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int code = mg_sqlite.open_v2(store->url, &db, flags, NULL);
    store->connection = db;
    if (code != SQLITE_OK)
        return sqlite_failed(store, code, err);
    mg_sqlite.extended_result_codes(db, 1);
    mg_sqlite.busy_timeout(db, wait_for_lock_ms(store));
    result = enter_wal(store, err);
    if (result != MG_OK)
        return result;
    return sqlite_script(store,
                         "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                         "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                         "PRAGMA journal_size_limit = 67108864;",
                         err);
}
