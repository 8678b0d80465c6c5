/* `mixgauge profiles`: target profiles listed, shown, checked and learnt from tracks. */
#include "worker/cli/commands.h"

#include "base/cleanup.h"
#include "base/json_write.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "verdict/profile.h"
#include "worker/cli/analyze_batch.h"
#include "worker/cli/analyze_files.h"
#include "worker/cli/profile_choice.h"
#include "worker/cli/profile_learn.h"
#include "worker/cli/write_file.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOBS_MAX = 256, PROFILE_MAX = 64 * 1024 };

/* ---- list, show, check ---- */

static void print_profile(const char *name)
{
    mg_profile p;
    const char *json = mg_profile_builtin(name);
    if (mg_profile_parse(json, strlen(json), &p, NULL) != MG_OK)
        return;
    printf("%-24s", name);
    if (p.has_integrated)
        printf("%5.1f to %5.1f LUFS", p.integrated_lufs.low, p.integrated_lufs.high);
    else
        printf("%-19s", "any loudness");
    printf("  PSR from %4.1f LU  peak to %4.1f dBTP\n", p.psr_min_lu.low, p.true_peak_info.high);
}

static int list(const mg_args *args)
{
    char name[65];
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(PROFILE_MAX);
    mg_json json = MG_JSON_INIT(&text);
    mg_json_array(&json, NULL);
    for (size_t i = 0; mg_profile_name_at(i, name, sizeof name) > 0; i++) {
        mg_json_str(&json, NULL, name);
        if (!args->json)
            print_profile(name);
    }
    mg_json_array_end(&json);
    if (mg_buf_err(&text) != MG_OK)
        return mg_command_fail("profiles", mg_buf_err(&text), NULL);
    if (args->json)
        puts(mg_buf_text(&text));
    return MG_EXIT_OK;
}

static int show(const char *name)
{
    mg_errinfo err = {0};
    mg_autofree char *json = NULL;
    const mg_err result = mg_profile_choose(name, &json, &err);
    if (result != MG_OK)
        return mg_command_fail("profiles", result, &err);
    fputs(json, stdout);
    return MG_EXIT_OK;
}

static int check(char **files, size_t count)
{
    int code = MG_EXIT_OK;
    for (size_t i = 0; i < count; i++) {
        mg_errinfo err = {0};
        char shown[200];
        mg_profile profile;
        mg_autofree char *json = NULL;
        const mg_err result = mg_profile_choose(files[i], &json, &err);
        if (result != MG_OK) {
            const int failed = mg_command_fail("profiles", result, &err);
            code = code != MG_EXIT_OK ? code : failed;
            continue;
        }
        (void)mg_profile_parse(json, strlen(json), &profile, NULL);
        mg_utf8_printable(files[i], shown, sizeof shown);
        printf("%s: ok, %s\n", shown, profile.name);
    }
    return code;
}

/* ---- learn ---- */

static mg_err find_tracks(char *folder, bool recursive, mg_file_list *ret, mg_errinfo *err)
{
    char shown[200];
    struct stat info;
    mg_utf8_printable(folder, shown, sizeof shown);
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, errno, "there is no folder %s", shown);
    const mg_err result = mg_file_list_expand(&folder, 1, recursive, ret, err);
    if (result == MG_OK && ret->count > MG_LEARN_TRACKS_MAX) {
        mg_file_list_done(ret);
        return mg_fail(err, MG_E_LIMIT, 0, "there are more than %d tracks in %s",
                       MG_LEARN_TRACKS_MAX, shown);
    }
    return result;
}

static mg_err take(mg_learn *learn, mg_batch_item *item)
{
    char shown[200];
    const char *why = NULL;
    mg_err result = item->outcome.err;
    if (result == MG_OK) {
        result = mg_learn_add(learn, item->outcome.result, item->outcome.result_len);
        if (result == MG_E_EMPTY_AUDIO)
            why = "too short or silent, there is nothing to learn from it";
    } else {
        why = item->outcome.detail;
    }
    if (why != NULL) { /* the others are still worth something */
        mg_utf8_printable(item->name, shown, sizeof shown);
        fprintf(stderr, "mixgauge profiles: %s: %s\n", shown, why);
        result = MG_OK;
    }
    mg_analyser_outcome_done(&item->outcome);
    return result;
}

static mg_err analyse_all(const mg_args *args, const char *profile_json, const mg_file_list *files,
                          size_t threads, mg_learn *learn, mg_errinfo *err)
{
    const size_t count = files->count;
    const size_t at_once = threads < count ? threads : count;
    mg_batch batch = {.config = &args->config, .profile_json = profile_json, .wake_fd = -1};
    mg_err result = mg_batch_start(&batch, files->names, count, at_once, err);
    if (result != MG_OK)
        return result;
    while (batch.printed < count && result == MG_OK) {
        uint64_t woken;
        struct pollfd fd = {.fd = batch.wake_fd, .events = POLLIN};
        for (mg_batch_item *item; result == MG_OK && (item = mg_batch_next(&batch)) != NULL;)
            result = take(learn, item);
        if (batch.printed < count && result == MG_OK && poll(&fd, 1, 1000) > 0)
            (void)!read(batch.wake_fd, &woken, sizeof woken);
    }
    if (result != MG_OK)
        mg_batch_stop(&batch);
    mg_batch_end(&batch);
    return result == MG_OK ? MG_OK : mg_fail(err, result, 0, "%s", mg_err_sentence(result));
}

static mg_err write_profile(const mg_learn *learn, const mg_profile *base, const char *out_path,
                            mg_errinfo *err)
{
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(PROFILE_MAX);
    mg_profile profile;
    mg_err result = mg_learn_write(learn, base, &text, err);
    if (result == MG_OK) /* what we write must be what we read */
        result = mg_profile_parse(text.data, text.len, &profile, err);
    if (result == MG_OK)
        result = mg_write_file(out_path, text.data, text.len, err);
    return result;
}

static mg_err learn_from(const mg_args *args, char *folder, const char *out_path,
                         size_t threads, size_t *ret_tracks, mg_errinfo *err)
{
    mg_profile base;
    mg_learn learn = {0};
    mg_file_list files = {0};
    mg_autofree char *profile_json = NULL;
    mg_err result = mg_profile_choose(args->config.profile, &profile_json, err);
    if (result == MG_OK)
        result = mg_profile_parse(profile_json, strlen(profile_json), &base, err);
    if (result == MG_OK)
        result = find_tracks(folder, mg_args_has(args, "recursive"), &files, err);
    if (result != MG_OK)
        return result;
    result = analyse_all(args, profile_json, &files, threads, &learn, err);
    if (result == MG_OK)
        result = write_profile(&learn, &base, out_path, err);
    *ret_tracks = learn.tracks;
    mg_learn_done(&learn);
    mg_file_list_done(&files);
    return result;
}

static int learn(const mg_args *args, char *folder)
{
    mg_errinfo err = {0};
    size_t tracks = 0;
    int64_t threads = mg_usable_cpus();
    const char *out_path = mg_args_value(args, "output"), *jobs = mg_args_value(args, "jobs");
    mg_err result = MG_OK;
    if (out_path == NULL)
        result = mg_fail(&err, MG_E_USAGE, 0, "say where the profile goes with -o FILE.json");
    else if (jobs != NULL && !mg_parse_i64(jobs, 1, JOBS_MAX, &threads))
        result = mg_fail(&err, MG_E_USAGE, 0, "--jobs must be a whole number from 1 to %d",
                         JOBS_MAX);
    if (result == MG_OK)
        result = learn_from(args, folder, out_path, (size_t)threads, &tracks, &err);
    if (result != MG_OK)
        return mg_command_fail("profiles", result, &err);
    if (tracks < MG_LEARN_TRACKS_FEW)
        fprintf(stderr, "mixgauge profiles: %zu track%s little; take at least %d\n", tracks,
                tracks == 1 ? " says" : "s say", MG_LEARN_TRACKS_FEW);
    return MG_EXIT_OK;
}

static int run(mg_args *args)
{
    const char *what = args->operand_count > 0 ? args->operands[0] : "list";
    char **rest = args->operands + 1;
    mg_errinfo err = {0};
    if (strcmp(what, "list") == 0 && args->operand_count <= 1)
        return list(args);
    if (strcmp(what, "show") == 0 && args->operand_count == 2)
        return show(rest[0]);
    if (strcmp(what, "check") == 0 && args->operand_count >= 2)
        return check(rest, args->operand_count - 1);
    if (strcmp(what, "learn") == 0 && args->operand_count == 2)
        return learn(args, rest[0]);
    (void)mg_fail(&err, MG_E_USAGE, 0,
                  "say list, show NAME, check FILE... or learn FOLDER -o FILE.json");
    return mg_command_fail("profiles", MG_E_USAGE, &err);
}

static const mg_option options[] = {
    {"output", 'o', "FILE.json", "where `learn` writes the profile"},
    {"recursive", 'r', NULL, "of the folder to learn from, the files below it too"},
    {"jobs", 'j', "N", "files at once for `learn` (default: one per usable CPU)"},
    {0},
};

static const char *const setting_flags[] = {"profile",      "limit-bytes",    "limit-seconds",
                                            "limit-memory", "limit-channels", NULL};

const mg_command mg_cmd_profiles = {
    .name = "profiles",
    .synopsis = "[list | show NAME | check FILE... | learn FOLDER -o FILE.json]",
    .summary = "list, show, check and learn target profiles",
    .text = "A profile holds the targets of a genre and a purpose, each with its source. `show` "
            "prints one as JSON: a pattern for your own, which `analyze --profile FILE.json` "
            "takes. `check` says in one sentence what is wrong with a file, and exits 78 then.\n\n"
            "`learn` analyses the tracks of a folder as `analyze` does and writes a profile whose "
            "targets stand around their medians, as wide as they spread. What it cannot learn (the "
            "purpose and the ceilings of the true peak) it takes from --profile.",
    .options = options,
    .setting_flags = setting_flags,
    .takes_json = true,
    .max_operands = 1u << 20,
    .run = run,
};
