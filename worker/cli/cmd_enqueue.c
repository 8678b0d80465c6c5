/* `mixgauge enqueue`: files into the audio store, jobs into the ledger. */
#include "worker/service/audio_store.h"
#include "worker/cli/command.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "queue/message.h"
#include "verdict/profile.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const mg_option options[] = {
    {"user", 0, "U", "whose files these are (required)"},
    {"priority", 0, "P", "high, normal (default) or low"},
    {"profile", 0, "NAME", "target profile; default: the worker's"},
    {"job-id", 0, "UUID", "id of the job, for one file: repeating it changes nothing"},
    {NULL, 0, NULL, NULL},
};

static const char *const settings[] = {"store-url", "audio-url", "data-dir", NULL};

typedef struct enqueue {
    mg_args *args;
    mg_store *store;
    mg_audio_store *audio;
    mg_job_spec base; /* what all files have in common */
    const char *job_id;
} enqueue;

/* ---- options ------------------------------------------------------------------------------- */

static mg_err read_options(enqueue *e, mg_errinfo *err)
{
    const char *user = mg_args_value(e->args, "user");
    const char *priority = mg_args_value(e->args, "priority");
    const char *profile = mg_args_value(e->args, "profile");
    e->job_id = mg_args_value(e->args, "job-id");
    e->base = (mg_job_spec){.priority = MG_PRIORITY_NORMAL, .size = -1};
    if (!user)
        return mg_fail(err, MG_E_USAGE, 0, "--user is required");
    if (e->job_id && e->args->operand_count > 1)
        return mg_fail(err, MG_E_USAGE, 0, "--job-id takes one file");
    if (e->job_id && !mg_uuid_parse(e->job_id, e->base.job_id))
        return mg_fail(err, MG_E_USAGE, 0, "--job-id takes a UUID");
    if (priority) {
        int p = 0;
        while (p < MG_PRIORITIES && strcmp(priority, mg_priority_name[p]) != 0)
            p++;
        if (p == MG_PRIORITIES)
            return mg_fail(err, MG_E_USAGE, 0, "--priority is high, normal or low");
        e->base.priority = (mg_priority)p;
    }
    if (profile && (strlen(profile) > MG_PROFILE_MAX || !mg_profile_builtin(profile)))
        return mg_fail(err, MG_E_NOT_FOUND, 0,
                       "there is no profile of this name; \"mixgauge profiles\" lists them");
    if (profile)
        strcpy(e->base.profile, profile);
    /* The rules of the message decide whether this is a user's id. */
    mg_job_spec probe = e->base;
    mg_errinfo why = {0};
    strcpy(probe.job_id, "00000000-0000-7000-8000-000000000000");
    char segment[3 * MG_USER_ID_MAX + 1];
    if (strlen(user) <= MG_USER_ID_MAX) {
        strcpy(probe.user_id, user);
        mg_user_key_segment(user, segment);
        snprintf(probe.audio_key, sizeof probe.audio_key, "%s/x", segment);
    }
    if (mg_job_spec_check(&probe, &why) != MG_OK)
        return mg_fail(err, MG_E_USAGE, 0, "--user: %s", why.text);
    strcpy(e->base.user_id, user);
    return MG_OK;
}

/* ---- one file ------------------------------------------------------------------------------ */

static mg_err open_file(const char *path, int *ret_fd, mg_errinfo *err)
{
    mg_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return mg_fail(err, MG_E_NOT_FOUND, errno, "there is no such file");
    if (fd < 0 || fstat(fd, &st) != 0)
        return mg_fail(err, errno == EACCES ? MG_E_PERMISSION : MG_E_IO, errno,
                       "cannot be opened: %s", strerror(errno));
    if (S_ISDIR(st.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "is a directory; name the files in it");
    if (!S_ISREG(st.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "is not a file");
    *ret_fd = mg_steal_fd(&fd);
    return MG_OK;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* USER/UUID.ext: a new key; the extension only helps people who look into the directory. */
static mg_err make_key(mg_job_spec *spec, const char *name, mg_errinfo *err)
{
    char segment[3 * MG_USER_ID_MAX + 1], upload[MG_UUID_SIZE], extension[10] = "";
    mg_user_key_segment(spec->user_id, segment);
    if (!mg_uuid_v7(upload))
        return mg_fail(err, MG_E_INTERNAL, 0, "no random numbers");
    const char *dot = strrchr(name, '.');
    size_t len = dot ? strlen(dot) : 0;
    if (len > 1 && len < sizeof extension) {
        for (size_t i = 1; i < len; i++) {
            if (!isalnum((unsigned char)dot[i]))
                len = 0;
        }
        for (size_t i = 0; i < len; i++)
            extension[i] = (char)tolower((unsigned char)dot[i]);
    }
    if (strcmp(extension, ".part") == 0)
        extension[0] = '\0';
    snprintf(spec->audio_key, sizeof spec->audio_key, "%s/%s%s", segment, upload, extension);
    return MG_OK;
}

static void print_job(const enqueue *e, const char *file, const mg_job_spec *spec,
                      mg_job_state state, bool repeat)
{
    if (!e->args->json) {
        puts(spec->job_id);
        return;
    }
    mg_buf line = MG_BUF_INIT(16384);
    mg_json json = MG_JSON_INIT(&line);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "file", file);
    mg_json_str(&json, "job_id", spec->job_id);
    mg_json_str(&json, "user_id", spec->user_id);
    mg_json_str(&json, "audio_key", spec->audio_key);
    mg_json_int(&json, "size", spec->size);
    mg_json_str(&json, "state", mg_job_state_name(state));
    mg_json_bool(&json, "repeat", repeat);
    mg_json_object_end(&json);
    mg_buf_putc(&line, '\n');
    if (mg_buf_err(&line) == MG_OK)
        fwrite(line.data, 1, line.len, stdout);
    mg_buf_done(&line);
}

/* A job of this id is there already: say so instead of storing the file again. */
static mg_err repeat_job(const enqueue *e, const char *path, bool *ret_repeat, mg_errinfo *err)
{
    mg_job_row row;
    mg_errinfo why = {0};
    *ret_repeat = false;
    if (!e->job_id)
        return MG_OK;
    mg_err code = mg_store_get_job(e->store, e->base.job_id, &row, &why);
    if (code == MG_E_NOT_FOUND)
        return MG_OK;
    if (code != MG_OK)
        return mg_fail(err, code, 0, "%s", mg_errinfo_text(&why, code));
    if (strcmp(row.spec.user_id, e->base.user_id) != 0)
        return mg_fail(err, MG_E_BAD_MESSAGE, 0, "this job id belongs to another user");
    *ret_repeat = true;
    print_job(e, path, &row.spec, row.state, true);
    return MG_OK;
}

static mg_err take_in(const enqueue *e, const char *path, const mg_job_spec *spec, mg_errinfo *err)
{
    mg_intake_item item = {.spec = spec};
    mg_err code = mg_store_intake(e->store, &item, 1, err);
    /* Whether it was committed is not known: then the file stays, and the sweep takes it one day
     * if it belongs to nothing. */
    if (code == MG_E_UNAVAILABLE)
        return code;
    if (code == MG_OK && item.outcome == MG_INTAKE_ERASED)
        code = mg_fail(err, MG_E_USER_ERASED, 0, "the user's data has been erased");
    else if (code == MG_OK && item.outcome == MG_INTAKE_CONFLICT)
        code = mg_fail(err, MG_E_BAD_MESSAGE, 0, "this job id is another job's");
    if (code != MG_OK) {
        bool was_there;
        mg_audio_store_delete(e->audio, spec->audio_key, &was_there, NULL);
        return code;
    }
    print_job(e, path, spec, item.state, false);
    return MG_OK;
}

static mg_err enqueue_file(const enqueue *e, const char *path, mg_errinfo *err)
{
    mg_autoclose int fd = -1;
    bool repeat = false;
    mg_err code = open_file(path, &fd, err);
    if (code == MG_OK)
        code = repeat_job(e, path, &repeat, err);
    if (code != MG_OK || repeat)
        return code;
    mg_job_spec spec = e->base;
    if (!e->job_id && !mg_uuid_v7(spec.job_id))
        return mg_fail(err, MG_E_INTERNAL, 0, "no random numbers");
    spec.time_ms = mg_wall_ms();
    mg_utf8_printable(base_name(path), spec.filename, sizeof spec.filename);
    code = make_key(&spec, base_name(path), err);
    if (code == MG_OK)
        code = mg_job_spec_check(&spec, err);
    if (code == MG_OK)
        code = mg_audio_store_put(e->audio, spec.audio_key, fd, &spec.size, err);
    return code == MG_OK ? take_in(e, path, &spec, err) : code;
}

/* ---- the command --------------------------------------------------------------------------- */

static void complain(const char *path, mg_err code, const mg_errinfo *err)
{
    char shown[512];
    mg_utf8_printable(path, shown, sizeof shown);
    fprintf(stderr, "mixgauge enqueue: %s: %s\n", shown, mg_errinfo_text(err, code));
}

/* The first error decides how the command ends; the other files are still taken. */
static int enqueue_all(enqueue *e)
{
    int exit_code = MG_EXIT_OK;
    for (size_t i = 0; i < e->args->operand_count; i++) {
        mg_errinfo err = {0};
        mg_err code = enqueue_file(e, e->args->operands[i], &err);
        if (code == MG_OK)
            continue;
        complain(e->args->operands[i], code, &err);
        if (exit_code == MG_EXIT_OK)
            exit_code = mg_err_exit_code(code);
    }
    if (fflush(stdout) != 0 && exit_code == MG_EXIT_OK)
        exit_code = MG_EXIT_IO;
    return exit_code;
}

static int run(mg_args *args)
{
    enqueue e = {.args = args};
    mg_errinfo err = {0};
    mg_err code = read_options(&e, &err);
    if (code == MG_OK)
        code = mg_audio_store_open(&e.audio, args->config.audio_url, true, &err);
    if (code == MG_OK)
        code = mg_command_open_store(&args->config, true, &e.store, &err);
    int exit_code = code == MG_OK ? enqueue_all(&e) : mg_command_fail("enqueue", code, &err);
    mg_store_close(e.store);
    mg_audio_store_close(e.audio);
    return exit_code;
}

const mg_command mg_cmd_enqueue = {
    .name = "enqueue",
    .synopsis = "--user U [OPTIONS] FILE...",
    .summary = "store files and announce them as jobs",
    .text = "Copies each file into the audio store and enters a job for it into the ledger, then "
            "prints the job's id. A worker takes it within a second. With several files a bad one "
            "does not stop the others; the exit code is that of the first.",
    .options = options,
    .setting_flags = settings,
    .takes_json = true,
    .min_operands = 1,
    .max_operands = UINT_MAX,
    .run = run,
};
