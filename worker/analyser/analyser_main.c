/* mixgauge-analyser: measures one file, and a reference track where there is one, and ends. Started
 * by worker/analyser/analyser_run.c alone; what it gets and what it sends is said in
 * worker/analyser/analyser_protocol.h. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "dsp/analysis.h"
#include "dsp/decode/decode.h"
#include "dsp/fpenv.h"
#include "verdict/verdict.h"
#include "worker/analyser/analyser_limits.h"
#include "worker/analyser/analyser_protocol.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK_FRAMES = 8192, PROGRESS_MS = 50, STATUS_PROTOCOL = 1, STATUS_USAGE = 64 };

MG_DEFINE_CLEANUP(mg_decoder, mg_decoder_free)
MG_DEFINE_CLEANUP(mg_analysis, mg_analysis_free)

typedef struct task {
    const char *profile_json;
    bool excerpt, reference;
    int64_t seconds, channels, bytes, memory, cpu_s, parent;
    mg_profile profile;
    int64_t progress_at_ms;
    double progress_from, progress_span; /* of the file that is being measured, within 0..1 */
} task;

/* ---- arguments ---- */

static bool parse_option(task *t, const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t max, *target;
    } numbers[] = {
        {"--limit-seconds", 7 * 86400, &t->seconds},
        {"--limit-channels", MG_MAX_CHANNELS, &t->channels},
        {"--limit-bytes", INT64_MAX, &t->bytes},
        {"--limit-memory", INT64_MAX, &t->memory},
        {"--limit-cpu-s", 86400, &t->cpu_s},
        {"--parent", INT32_MAX, &t->parent},
    };
    if (strcmp(name, "--profile-json") == 0) {
        t->profile_json = value;
        return true;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0)
            return mg_parse_i64(value, 1, numbers[i].max, numbers[i].target);
    }
    return false;
}

static bool parse_arguments(task *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--excerpt") == 0)
            t->excerpt = true;
        else if (strcmp(argv[i], "--reference") == 0)
            t->reference = true;
        else if (i + 1 >= argc || !parse_option(t, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return t->profile_json != NULL && t->seconds && t->channels && t->bytes && t->memory &&
           t->cpu_s;
}

/* ---- sending ---- */

static void put_little_endian(unsigned char *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

static bool write_all(const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        const ssize_t put = write(MG_ANALYSER_FD_PIPE, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        len -= (size_t)put;
    }
    return true;
}

static bool send_frame(enum mg_frame_type type, const void *payload, size_t len)
{
    unsigned char header[MG_FRAME_HEADER_BYTES];
    put_little_endian(header, type);
    put_little_endian(header + 4, (uint32_t)len);
    return write_all(header, sizeof header) && write_all(payload, len);
}

static bool send_progress(task *t, double share)
{
    const int64_t now = mg_mono_ms();
    share = t->progress_from + share * t->progress_span;
    if (now - t->progress_at_ms < PROGRESS_MS)
        return true;
    t->progress_at_ms = now;
    const unsigned char percent = share >= 1.0 ? 100 : share > 0.0 ? (unsigned char)(share * 100.0)
                                                                   : 0;
    return send_frame(MG_FRAME_PROGRESS, &percent, 1);
}

/* What went wrong as a reason that a job can end with. */
static mg_err as_reason(mg_err err)
{
    if (mg_err_is_reason(err))
        return err;
    if (err == MG_E_NOMEM)
        return MG_E_MEMORY_LIMIT;
    return err == MG_E_IO ? MG_E_STORAGE : MG_E_INTERNAL;
}

static bool send_error(mg_err err, const mg_errinfo *info)
{
    char text[MG_FRAME_ERROR_MAX];
    const mg_err reason = as_reason(err);
    const int len = snprintf(text, sizeof text, "%s\n%s", mg_err_id(reason),
                             err == MG_E_NOMEM ? mg_err_sentence(reason)
                                               : mg_errinfo_text(info, reason));
    return send_frame(MG_FRAME_ERROR, text, (size_t)len);
}

/* ---- measuring ---- */

static mg_err open_audio(const task *t, int fd, mg_decoder **ret, mg_errinfo *err)
{
    mg_decode_limits limits = mg_decode_default_limits;
    limits.bytes = t->bytes;
    limits.seconds = (double)t->seconds;
    limits.channels = (unsigned)t->channels;
    /* the offset may be shared with whoever read the file before */
    if (lseek(fd, 0, SEEK_SET) != 0)
        return mg_fail(err, MG_E_STORAGE, errno, "the audio cannot be read from its start: %s",
                       strerror(errno));
    return mg_decoder_open_fd(ret, fd, &limits, err);
}

static mg_err pump(task *t, mg_decoder *decoder, mg_analysis *analysis, mg_errinfo *err)
{
    const unsigned channels = mg_decoder_info(decoder)->channels;
    mg_autofree float *chunk = malloc(sizeof *chunk * CHUNK_FRAMES * channels);
    if (chunk == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    for (;;) {
        size_t frames;
        mg_err result = mg_decoder_read(decoder, chunk, CHUNK_FRAMES, &frames, err);
        if (result != MG_OK || frames == 0)
            return result;
        result = mg_analysis_push(analysis, chunk, frames);
        if (result != MG_OK)
            return mg_fail(err, result, 0, "%s", mg_err_sentence(result));
        if (!send_progress(t, mg_decoder_progress(decoder)))
            return mg_fail(err, MG_E_INTERNAL, errno, "the pipe is closed");
    }
}

static mg_err measure(task *t, int fd, mg_measures *ret, mg_errinfo *err)
{
    mg_auto(mg_decoder_freep) mg_decoder *decoder = NULL;
    mg_auto(mg_analysis_freep) mg_analysis *analysis = NULL;
    const mg_analysis_options options = {.tempo_low_bpm = t->profile.tempo_low_bpm,
                                         .tempo_high_bpm = t->profile.tempo_high_bpm};
    mg_value effective_bits = {0};
    mg_err result = open_audio(t, fd, &decoder, err);
    if (result == MG_OK)
        result = mg_analysis_new(&analysis, mg_decoder_info(decoder), &options, err);
    if (result == MG_OK)
        result = pump(t, decoder, analysis, err);
    if (result == MG_OK)
        result = mg_decoder_finish(decoder, &ret->audio, &effective_bits, err);
    if (result != MG_OK)
        return result;
    result = mg_analysis_finish(analysis, ret);
    if (result != MG_OK)
        return mg_fail(err, result, 0, "%s", mg_err_sentence(result));
    ret->technical.effective_bits = effective_bits;
    if (ret->technical.nonfinite_samples > 0)
        ret->audio.warnings |= 1u << MG_WARN_NONFINITE_SAMPLES;
    return MG_OK;
}

/* The reference's own errors are told apart from the track's. */
static mg_err compare(task *t, const mg_measures *measures, mg_verdict *verdict, mg_errinfo *err)
{
    mg_errinfo inner = {0};
    mg_autofree mg_measures *reference = calloc(1, sizeof *reference);
    if (reference == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    t->progress_from = 0.5;
    const mg_err result = measure(t, MG_ANALYSER_FD_REFERENCE, reference, &inner);
    if (result == MG_OK)
        mg_reference_compare(measures, reference, &verdict->reference);
    verdict->has_reference = result == MG_OK;
    mg_measures_done(reference);
    if (result != MG_OK)
        return mg_fail(err, result, 0, "the reference: %s", mg_errinfo_text(&inner, result));
    return MG_OK;
}

static mg_err judge(task *t, const mg_measures *measures, mg_buf *out, mg_errinfo *err)
{
    const mg_verdict_options options = {.excerpt = t->excerpt};
    char params_hash[17];
    mg_autofree mg_verdict *verdict = calloc(1, sizeof *verdict);
    if (verdict == NULL)
        return MG_E_NOMEM;
    mg_params_hash(t->profile_json, &options, params_hash);
    mg_verdict_judge(measures, &t->profile, &options, verdict);
    if (t->reference) {
        const mg_err result = compare(t, measures, verdict, err);
        if (result != MG_OK)
            return result;
    }
    return mg_result_write(measures, verdict, &t->profile, params_hash, out);
}

static bool run(task *t)
{
    mg_errinfo err = {0};
    mg_auto(mg_buf_done) mg_buf out = MG_BUF_INIT(MG_FRAME_RESULT_MAX);
    mg_autofree mg_measures *measures = calloc(1, sizeof *measures);
    mg_err result = measures == NULL ? MG_E_NOMEM : MG_OK;
    t->progress_span = t->reference ? 0.5 : 1.0;
    if (result == MG_OK)
        result = mg_profile_parse(t->profile_json, strlen(t->profile_json), &t->profile, &err);
    if (result == MG_OK)
        result = measure(t, MG_ANALYSER_FD_AUDIO, measures, &err);
    if (result == MG_OK)
        result = judge(t, measures, &out, &err);
    if (measures != NULL)
        mg_measures_done(measures);
    if (result != MG_OK)
        return send_error(result, &err);
    return send_frame(MG_FRAME_RESULT, out.data, out.len);
}

int main(int argc, char **argv)
{
    task t = {0};
    if (!parse_arguments(&t, argc, argv)) {
        /* standard error is closed when a supervisor starts us: this is for a curious person */
        fputs("mixgauge-analyser is started by mixgauge; use \"mixgauge analyze FILE\"\n", stderr);
        return STATUS_USAGE;
    }
    const mg_analyser_limits limits = {
        .memory_bytes = t.memory, .cpu_s = t.cpu_s, .parent = (pid_t)t.parent,
        .reference = t.reference};
    const char *failed = mg_analyser_lock_in(&limits);
    if (failed != NULL) {
        mg_errinfo err = {0};
        (void)mg_fail(&err, MG_E_INTERNAL, errno, "cannot lock the analyser in (%s): %s", failed,
                      strerror(errno));
        _exit(send_error(MG_E_INTERNAL, &err) ? 0 : STATUS_PROTOCOL);
    }
    (void)mg_fpenv_enter();
    /* no destructors of libraries: the answer is out, the kernel takes the memory back */
    _exit(run(&t) ? 0 : STATUS_PROTOCOL);
}
