/* Opening the ledger for a command. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "worker/cli/command.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { TRY_MS = 5000, PAUSE_MS = 250, CALL_MS = 5000, DAY_MS = 86400000 };

/* mkdir -p of everything above the last '/', private to this user. */
static mg_err make_parents(const char *path, mg_errinfo *err)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
        return mg_fail(err, MG_E_CONFIG, 0, "the path of the ledger is too long");
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST) {
            const mg_err code = errno == EACCES || errno == EPERM ? MG_E_PERMISSION : MG_E_IO;
            return mg_fail(err, code, errno, "cannot make the directory %s: %s", copy,
                           strerror(errno));
        }
        *slash = '/';
    }
    return MG_OK;
}

/* A ledger in a file: make its directory, or say that there is none. */
static mg_err prepare_file(const char *path, bool create, mg_errinfo *err)
{
    if (create)
        return make_parents(path, err);
    if (access(path, F_OK) == 0)
        return MG_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return mg_fail(err, MG_E_SCHEMA, errno,
                       "there is no ledger at %s yet; \"mixgauge enqueue\" or \"mixgauge work\" "
                       "makes it",
                       path);
    return mg_fail(err, MG_E_PERMISSION, errno, "cannot reach the ledger %s: %s", path,
                   strerror(errno));
}

static mg_err open_patiently(const char *url, mg_store **ret, mg_errinfo *err)
{
    const int64_t until = mg_mono_ms() + TRY_MS;
    for (;;) {
        mg_errinfo why = {0};
        mg_err result = mg_store_open(ret, url, CALL_MS, &why);
        if (result == MG_OK)
            return MG_OK;
        if (result != MG_E_UNAVAILABLE || mg_mono_ms() + PAUSE_MS >= until)
            return mg_fail(err, result, why.sys_errno, "%s", mg_errinfo_text(&why, result));
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
    }
}

mg_err mg_command_connect(const mg_config *config, bool create, mg_store **ret, mg_errinfo *err)
{
    const char *url = config->store_url;
    if (url[0] == '\0')
        return mg_fail(err, MG_E_CONFIG, 0,
                       "there is no home directory to keep the ledger in; set MIXGAUGE_DATA_DIR");
    mg_err result = MG_OK;
    if (strncmp(url, "sqlite:", 7) == 0)
        result = prepare_file(url + 7, create, err);
    return result == MG_OK ? open_patiently(url, ret, err) : result;
}

mg_err mg_command_open_store(const mg_config *config, bool create, mg_store **ret, mg_errinfo *err)
{
    mg_store *store = NULL;
    mg_err result = mg_command_connect(config, create, &store, err);
    if (result == MG_OK && create && strcmp(mg_store_kind(store), "sqlite") == 0) {
        mg_migration_state state;
        result = mg_migrate_state(store, &state, err);
        if (result == MG_OK && state.version < MG_SCHEMA_VERSION)
            result = mg_migrate_to(store, MG_SCHEMA_VERSION, NULL, err);
    }
    if (result == MG_OK)
        result = mg_store_check_schema(store, err);
    if (result != MG_OK) {
        mg_store_close(store);
        return result;
    }
    *ret = store;
    return MG_OK;
}

mg_err mg_command_keep_retention(const mg_config *config, mg_store *store, mg_errinfo *err)
{
    bool days_set = config->origin[MG_SETTING_ID_RETENTION_DAYS] != MG_FROM_DEFAULT;
    bool cap_set = config->origin[MG_SETTING_ID_RETENTION_CAP_DAYS] != MG_FROM_DEFAULT;
    mg_retention kept;
    if (!days_set && !cap_set)
        return MG_OK;
    mg_err result = mg_store_get_retention(store, &kept, err);
    if (result != MG_OK)
        return result;
    mg_retention wanted = kept;
    if (days_set)
        wanted.retention_ms = config->retention_days * DAY_MS;
    if (cap_set)
        wanted.retention_cap_ms = config->retention_cap_days * DAY_MS;
    if (wanted.retention_ms == kept.retention_ms &&
        wanted.retention_cap_ms == kept.retention_cap_ms)
        return MG_OK;
    return mg_store_set_retention(store, &wanted, err);
}
