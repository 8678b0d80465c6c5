#include "worker/cli/doctor_checks.h"

#include "base/cleanup.h"
#include "queue/stream.h"
#include "schema/store.h"
#include "verdict/profile.h"
#include "worker/analyser/analyser_run.h"
#include "worker/service/audio_store.h"
#include "worker/cli/command.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

enum { TONE_HZ = 440, TONE_RATE = 44100, TONE_FRAMES = 2 * TONE_RATE, TONE_LIMIT_MS = 30000 };
static const double low_disk = 5.0 * 1024 * 1024 * 1024, empty_disk = 256.0 * 1024 * 1024;

static void __attribute__((format(printf, 2, 3))) say(mg_check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(check->message, sizeof check->message, format, args);
    va_end(args);
}

static void fail(mg_check *check, mg_err err, const mg_errinfo *info, const char *advice)
{
    check->health = MG_HEALTH_FAIL;
    check->err = err;
    say(check, "%s", mg_errinfo_text(info, err));
    snprintf(check->advice, sizeof check->advice, "%s", advice);
}

static void warn(mg_check *check, const char *advice)
{
    check->health = MG_HEALTH_WARN;
    snprintf(check->advice, sizeof check->advice, "%s", advice);
}

/* ---- analyser ---- */

static void put_le(unsigned char **at, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *(*at)++ = (unsigned char)(value >> (8 * i));
}

/* A mono 16-bit WAV of a tone at -20 dBFS in a nameless file. -1 when that fails. */
static int make_tone(int64_t *ret_bytes)
{
    const size_t size = 44 + 2 * (size_t)TONE_FRAMES;
    mg_autofree unsigned char *wav = malloc(size);
    if (wav == NULL)
        return -1;
    unsigned char *at = wav;
    memcpy(at, "RIFF", 4), at += 4;
    put_le(&at, (uint32_t)size - 8, 4);
    memcpy(at, "WAVEfmt ", 8), at += 8;
    put_le(&at, 16, 4), put_le(&at, 1, 2), put_le(&at, 1, 2);
    put_le(&at, TONE_RATE, 4), put_le(&at, 2 * TONE_RATE, 4), put_le(&at, 2, 2), put_le(&at, 16, 2);
    memcpy(at, "data", 4), at += 4;
    put_le(&at, 2 * TONE_FRAMES, 4);
    for (int i = 0; i < TONE_FRAMES; i++) {
        const double x = 0.1 * sin(2.0 * M_PI * TONE_HZ * i / TONE_RATE);
        put_le(&at, (uint32_t)(int32_t)lrint(x * 32767.0), 2);
    }
    mg_autoclose int fd = memfd_create("tone", MFD_CLOEXEC);
    if (fd < 0 || write(fd, wav, size) != (ssize_t)size)
        return -1;
    *ret_bytes = (int64_t)size;
    return mg_steal_fd(&fd);
}

void mg_check_analyser(const mg_config *config, mg_check *ret)
{
    mg_analyser_options options = {.config = config,
                                   .profile_json = mg_profile_builtin("electronic/streaming"),
                                   .wall_limit_ms = TONE_LIMIT_MS};
    mg_auto(mg_analyser_outcome_done) mg_analyser_outcome outcome = {0};
    mg_autoclose int fd = make_tone(&options.file_bytes);
    mg_errinfo err = {0};
    if (fd < 0) {
        (void)mg_fail(&err, MG_E_INTERNAL, errno, "cannot make a test tone: %s", strerror(errno));
        fail(ret, MG_E_INTERNAL, &err, "free some memory");
        return;
    }
    if (mg_analyser_run(fd, &options, NULL, NULL, &outcome) != MG_OK) {
        (void)mg_fail(&err, outcome.err, 0, "%s", outcome.detail);
        fail(ret, outcome.err, &err,
             "install mixgauge-analyser beside mixgauge; raise MIXGAUGE_LIMIT_MEMORY if memory "
             "is short");
        return;
    }
    say(ret, "measured a test tone in %" PRId64 " ms, %" PRId64 " ms of CPU", outcome.wall_ms,
        outcome.cpu_ms);
}

/* ---- ledger ---- */

/* The path of "sqlite:/PATH" or "file:/PATH"; NULL for anything else. */
static const char *path_of(const char *url)
{
    const char *colon = strstr(url, ":/");
    return colon != NULL && colon[2] != '/' ? colon + 1 : NULL;
}

void mg_check_ledger(const mg_config *config, mg_check *ret)
{
    char shown[256];
    mg_errinfo err = {0};
    mg_store *store = NULL;
    mg_migration_state state = {0};
    const char *path = path_of(config->store_url);
    mg_config_redact_url(config->store_url, shown, sizeof shown);
    if (path != NULL && access(path, F_OK) != 0 && errno == ENOENT) {
        say(ret, "there is no ledger at %s yet", path);
        warn(ret, "\"mixgauge work\" or \"mixgauge enqueue\" makes it; nothing to do for analyze");
        return;
    }
    mg_err result = mg_command_open_store(config, false, &store, &err);
    if (result == MG_OK)
        result = mg_migrate_state(store, &state, &err);
    if (result != MG_OK)
        fail(ret, result, &err,
             result == MG_E_SCHEMA ? "run \"mixgauge migrate\""
                                   : "check MIXGAUGE_STORE_URL and that the server is up");
    else
        say(ret, "%s, schema %d (this program knows %d)", shown, state.version, MG_SCHEMA_VERSION);
    mg_store_close(store);
}

/* ---- queue ---- */

void mg_check_queue(const mg_config *config, mg_check *ret)
{
    char version[32] = "", warning[240] = "", shown[128];
    mg_errinfo err = {0};
    mg_stream *stream = NULL;
    if (config->queue_url[0] == '\0') {
        say(ret, "none is set: jobs come through the ledger alone");
        return;
    }
    mg_err result = mg_stream_new(&stream, config->queue_url, config->queue_prefix, "doctor", &err);
    if (result == MG_OK)
        result = mg_stream_server_info(stream, version, warning, &err);
    mg_stream_free(stream);
    if (result != MG_OK) {
        fail(ret, result, &err, "check MIXGAUGE_QUEUE_URL and that the server is up");
        return;
    }
    mg_config_redact_url(config->queue_url, shown, sizeof shown);
    say(ret, "%s, Redis %s", shown, version);
    if (warning[0] != '\0')
        warn(ret, warning);
}

/* The nearest directory that exists, since the data directory may not yet. */
static bool nearest_existing(const char *path, char out[PATH_MAX])
{
    if (snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX)
        return false;
    while (access(out, F_OK) != 0) {
        char *slash = strrchr(out, '/');
        if (slash == NULL || slash == out)
            return snprintf(out, PATH_MAX, "/") == 1;
        *slash = '\0';
    }
    return true;
}

/* ---- audio ---- */

void mg_check_audio(const mg_config *config, mg_check *ret)
{
    mg_errinfo err = {0};
    mg_audio_store *store = NULL;
    const char *path = path_of(config->audio_url);
    if (path == NULL) {
        (void)mg_fail(&err, MG_E_CONFIG, 0, "there is no home directory to keep audio in");
        fail(ret, MG_E_CONFIG, &err, "set MIXGAUGE_DATA_DIR or MIXGAUGE_AUDIO_URL");
        return;
    }
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        char place[PATH_MAX];
        if (nearest_existing(path, place) && access(place, W_OK | X_OK) != 0) {
            (void)mg_fail(&err, MG_E_PERMISSION, errno, "cannot make %s: %s", path,
                          strerror(errno));
            fail(ret, MG_E_PERMISSION, &err, "make it, or set MIXGAUGE_DATA_DIR");
            return;
        }
        say(ret, "there is no directory %s yet", path);
        warn(ret, "\"mixgauge work\" or \"mixgauge enqueue\" makes it; nothing to do for analyze");
        return;
    }
    mg_err result = mg_audio_store_open(&store, config->audio_url, false, &err);
    mg_audio_store_close(store);
    if (result == MG_OK && access(path, R_OK | W_OK | X_OK) != 0)
        result = mg_fail(&err, MG_E_PERMISSION, errno, "cannot write to %s: %s", path,
                         strerror(errno));
    if (result != MG_OK)
        fail(ret, result, &err, "give this user the right to read and write there");
    else
        say(ret, "%s can be written", path);
}

void mg_check_disk(const mg_config *config, mg_check *ret)
{
    char place[PATH_MAX];
    struct statvfs info;
    mg_errinfo err = {0};
    const char *path = path_of(config->audio_url);
    if (path == NULL || !nearest_existing(path, place) || statvfs(place, &info) != 0) {
        say(ret, "cannot tell how much room there is for audio");
        warn(ret, "set MIXGAUGE_AUDIO_URL to a directory");
        return;
    }
    const double left = (double)info.f_bavail * (double)info.f_frsize;
    const double gib = left / (1024.0 * 1024.0 * 1024.0);
    if (left < empty_disk) {
        (void)mg_fail(&err, MG_E_IO, ENOSPC, "only %.2f GiB left at %s", gib, place);
        fail(ret, MG_E_IO, &err, "free some space: uploads and results cannot be stored");
        return;
    }
    say(ret, "%.1f GiB left at %s", gib, place);
    if (left < low_disk)
        warn(ret, "free some space before uploads fill it");
}
