/* `mixgauge migrate`: bring the ledger's schema to the version of this program. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "worker/cli/job_text.h"

static const mg_option options[] = {
    {"to", 0, "N", "the version to reach; default: the newest that this program knows"},
    {"down", 0, NULL,
     "allow going down, which deletes what the older schema cannot hold; without "
     "--to one step"},
    {"status", 0, NULL, "only say which version the ledger has"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "data-dir", "retention-days",
                                       "retention-cap-days", NULL};

static mg_err find_target(const mg_args *args, const mg_migration_state *now, int *ret,
                          mg_errinfo *err)
{
    const char *to = mg_args_value(args, "to");
    const bool down = mg_args_has(args, "down");
    int64_t target = down && now->version > 0 ? now->version - 1 : MG_SCHEMA_VERSION;
    if (down && now->version == 0)
        target = 0;
    if (to && !mg_parse_i64(to, 0, MG_SCHEMA_VERSION, &target))
        return mg_fail(err, MG_E_USAGE, 0, "--to is a version from 0 to %d", MG_SCHEMA_VERSION);
    if (target < now->version && !down && (to || now->version <= MG_SCHEMA_VERSION))
        return mg_fail(err, MG_E_USAGE, 0,
                       "going down from %d to %d deletes data: add --down if that is meant",
                       now->version, (int)target);
    *ret = (int)target;
    return MG_OK;
}

static void print(const mg_args *args, const mg_store *store, const mg_migration_state *before,
                  int version, int applied)
{
    mg_auto(mg_buf_done) mg_buf line = MG_BUF_INIT(1024);
    mg_json json = MG_JSON_INIT(&line);
    if (args->json) {
        mg_json_object(&json, NULL);
        mg_json_str(&json, "store", mg_store_kind(store));
        mg_json_int(&json, "before", before->version);
        mg_json_int(&json, "version", version);
        mg_json_int(&json, "program", MG_SCHEMA_VERSION);
        mg_json_int(&json, "applied", applied);
        mg_json_object_end(&json);
        mg_print_line(&line);
    } else if (applied > 0) {
        printf("schema %d -> %d (%s)\n", before->version, version, mg_store_kind(store));
    } else {
        printf("schema %d (%s); this program brings %d\n", version, mg_store_kind(store),
               MG_SCHEMA_VERSION);
    }
}

static mg_err migrate(const mg_args *args, mg_store *store, mg_errinfo *err)
{
    mg_migration_state before;
    int target = 0, applied = 0;
    mg_err result = mg_migrate_state(store, &before, err);
    if (result != MG_OK)
        return result;
    if (mg_args_has(args, "status")) {
        print(args, store, &before, before.version, 0);
        return MG_OK;
    }
    result = find_target(args, &before, &target, err);
    if (result == MG_OK)
        result = mg_migrate_to(store, target, &applied, err);
    if (result == MG_OK && target > 0)
        result = mg_command_keep_retention(&args->config, store, err);
    if (result == MG_OK)
        print(args, store, &before, target, applied);
    return result;
}

static int run(mg_args *args)
{
    mg_store *store = NULL;
    mg_errinfo err = {0};
    const bool only_look = mg_args_has(args, "status");
    mg_err result = mg_command_connect(&args->config, /* create= */ !only_look, &store, &err);
    if (result == MG_OK)
        result = migrate(args, store, &err);
    mg_store_close(store);
    return result == MG_OK ? MG_EXIT_OK : mg_command_fail("migrate", result, &err);
}

const mg_command mg_cmd_migrate = {
    .name = "migrate",
    .synopsis = "[--to N] [--down] [--status]",
    .summary = "bring the ledger's schema up to date",
    .text = "Each migration is one transaction, and two that run at once wait for each other. A "
            "ledger that is newer than this program is left alone (exit 78). A worker goes on "
            "while the schema is migrated as long as the new schema allows its version.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .run = run,
};
