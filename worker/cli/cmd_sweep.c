/* `mixgauge sweep`: the retention purge, run by cron or a timer. */
#include "worker/cli/command.h"
#include "worker/service/sweep.h"

#include "base/cleanup.h"
#include "base/json_write.h"
#include "base/parse.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const mg_option options[] = {
    {"dry-run", 0, NULL, "only say what would be deleted"},
    {"confirm", 0, "N", "let up to N objects go in this run, however large a part they are"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "queue-url", "queue-prefix",
                                       "audio-url", "data-dir",  "retention-days",
                                       "retention-cap-days",     NULL};

static const char *const kind_names[] = {"retention", "orphan", "partial"};

typedef struct printer {
    bool json, dry_run;
} printer;

static void print_line(mg_buf *line)
{
    mg_buf_putc(line, '\n');
    if (mg_buf_err(line) == MG_OK)
        fwrite(line->data, 1, line->len, stdout);
    mg_buf_done(line);
}

static void print_item(const printer *p, const char *action, const mg_sweep_item *item)
{
    mg_buf line = MG_BUF_INIT(8192);
    if (p->json) {
        mg_json json = MG_JSON_INIT(&line);
        mg_json_object(&json, NULL);
        mg_json_str(&json, "action", action);
        mg_json_str(&json, "kind", kind_names[item->kind]);
        mg_json_str(&json, "key", item->key);
        if (item->bytes >= 0)
            mg_json_int(&json, "bytes", item->bytes);
        else
            mg_json_null(&json, "bytes");
        if (item->why[0])
            mg_json_str(&json, "why", item->why);
        mg_json_object_end(&json);
    } else {
        mg_buf_printf(&line, "%-12s %-9s %s", action, kind_names[item->kind], item->key);
        if (item->why[0])
            mg_buf_printf(&line, ": %s", item->why);
    }
    print_line(&line);
}

static void report(void *context, mg_sweep_step step, const mg_sweep_item *item)
{
    const printer *p = context;
    switch (step) {
    case MG_SWEEP_PLANNED:
        if (p->dry_run)
            print_item(p, "would_delete", item);
        break;
    case MG_SWEEP_DONE:
        print_item(p, item->missing ? "missing" : "deleted", item);
        break;
    case MG_SWEEP_KEPT:
        print_item(p, "kept", item);
        break;
    case MG_SWEEP_FAILED:
        print_item(p, "failed", item);
        break;
    default:
        break;
    }
}

static void print_json_summary(const printer *p, const mg_sweep_result *r)
{
    mg_buf line = MG_BUF_INIT(4096);
    mg_json json = MG_JSON_INIT(&line);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "action", "summary");
    mg_json_str(&json, "run_id", r->run_id);
    mg_json_bool(&json, "dry_run", p->dry_run);
    mg_json_int(&json, "planned", r->planned);
    mg_json_int(&json, "deleted", r->deleted);
    mg_json_int(&json, "missing", r->missing);
    mg_json_int(&json, "kept", r->kept);
    mg_json_int(&json, "failed", r->failed);
    mg_json_int(&json, "bytes", r->bytes);
    mg_json_int(&json, "orphans", r->orphans);
    mg_json_int(&json, "partials", r->partials);
    mg_json_int(&json, "foreign", r->foreign);
    mg_json_int(&json, "directories", r->directories);
    mg_json_bool(&json, "needs_confirm", r->needs_confirm);
    mg_json_bool(&json, "orphans_skipped", r->orphans_skipped);
    mg_json_str(&json, "orphans_why", r->orphans_why);
    mg_json_object_end(&json);
    print_line(&line);
}

static void print_summary(const printer *p, const mg_sweep_result *r)
{
    if (p->json) {
        print_json_summary(p, r);
        return;
    }
    if (p->dry_run)
        printf("%" PRId64 " objects would be deleted%s\n", r->planned,
               r->needs_confirm ? "; so many at once need --confirm" : "");
    else
        printf("%" PRId64 " objects deleted (%" PRId64 " bytes), %" PRId64 " missing, %" PRId64
               " kept, %" PRId64 " failed\n",
               r->deleted, r->bytes, r->missing, r->kept, r->failed);
    if (r->orphans_skipped)
        printf("files that the ledger does not know were not looked for: %s\n", r->orphans_why);
    if (r->foreign > 0)
        printf("%" PRId64 " names in the audio directory are not keys and were left alone\n",
               r->foreign);
}

/* Only whether something waits is asked; nothing is read. */
static mg_err open_stream(const mg_config *config, mg_stream **ret, mg_errinfo *err)
{
    *ret = NULL;
    if (!config->queue_url[0])
        return MG_OK;
    return mg_stream_new(ret, config->queue_url, config->queue_prefix, "mixgauge-sweep", err);
}

static mg_err sweep(mg_args *args, mg_errinfo *err)
{
    const char *confirm = mg_args_value(args, "confirm");
    mg_sweep_options sweep = {.dry_run = mg_args_has(args, "dry-run"), .report = report};
    if (confirm && !mg_parse_i64(confirm, 1, INT64_MAX, &sweep.confirm))
        return mg_fail(err, MG_E_USAGE, 0, "--confirm takes a number of objects");
    printer p = {args->json, sweep.dry_run};
    sweep.context = &p;
    mg_err code = mg_audio_store_open(&sweep.audio, args->config.audio_url, false, err);
    if (code == MG_OK)
        code = mg_command_open_store(&args->config, false, &sweep.store, err);
    if (code == MG_OK && !sweep.dry_run)
        code = mg_command_keep_retention(&args->config, sweep.store, err);
    if (code == MG_OK)
        code = open_stream(&args->config, &sweep.stream, err);
    if (code == MG_OK) {
        mg_sweep_result result;
        code = mg_sweep_run(&sweep, &result, err);
        if (code == MG_OK || result.deleted + result.missing + result.failed > 0)
            print_summary(&p, &result);
    }
    mg_stream_free(sweep.stream);
    mg_store_close(sweep.store);
    mg_audio_store_close(sweep.audio);
    if (fflush(stdout) != 0 && code == MG_OK)
        code = mg_fail(err, MG_E_IO, errno, "cannot write: %s", strerror(errno));
    return code;
}

static int run(mg_args *args)
{
    mg_errinfo err = {0};
    mg_err code = sweep(args, &err);
    return code == MG_OK ? MG_EXIT_OK : mg_command_fail("sweep", code, &err);
}

const mg_command mg_cmd_sweep = {
    .name = "sweep",
    .synopsis = "[--dry-run] [--confirm N]",
    .summary = "delete raw audio whose time has come",
    .text =
        "Deletes the audio whose date has come, files that the ledger does not know (older than "
        "24 hours, and only while nothing waits in the queue) and what dead uploads left, and "
        "records each deletion. Run it once an hour. A run that dies is completed by the next "
        "one; two at once are refused (75).\n"
        "\n"
        "Nothing is deleted when the clocks of this host and of the database are more than five "
        "minutes apart, and more than 100 objects that are more than a fifth of all need "
        "--confirm (75).",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .run = run,
};
