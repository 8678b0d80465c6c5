/* What each stage costs, against decoding alone: `bench-speed MIXGAUGE TRACK.mp3 FILE...`; what
 * tempo, key and structure add to the rest, as a share of decoding alone: `bench-speed music
 * TRACK.mp3`; what each kernel costs: `bench-speed kernels`.
 *
 * For each file the candidates run in turn, round after round, so that a machine whose speed drifts
 * treats all alike; the median of the rounds is printed, as a table in Markdown. CPU is user +
 * system time, of this process for the stages and of the child with its children for whole
 * programs. The reference of every file is libmpg123 reading TRACK.mp3 as floats and nothing else,
 * with the decoder that it takes on this CPU. Beside it stand the two things that our decoding does
 * and the reference does not: the decoder that gives the same bits on every CPU, and the SHA-256.
 */
#include "base/cleanup.h"
#include "bench/speed_kernels.h"
#include "dsp/analysis.h"
#include "dsp/decode/decode.h"

#include <ebur128.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <mpg123.h>
#include <nettle/sha2.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, CHUNK_FRAMES = 4096 };

extern char **environ;

typedef struct cost {
    double cpu_s;
    double wall_s;
    double peak_mib; /* largest process; 0: this one */
} cost;

typedef struct candidate {
    const char *name;
    bool (*run)(const struct candidate *self, const char *file, cost *ret);
    unsigned stages;
    int base;                /* row whose cost is not this stage's own; -1: none */
    const char *const *argv; /* of a whole program; an empty word stands for the file */
    const char *file;        /* instead of the one that is measured */
} candidate;

enum { MAX_CANDIDATES = 16, MAX_WORDS = 16 };

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* @param decoder  one of libmpg123's; NULL: its choice */
static bool decode_alone(const char *file, const char *decoder)
{
    mpg123_handle *handle = mpg123_new(decoder, NULL);
    if (!handle)
        return false;
    mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_FORCE_FLOAT | MPG123_QUIET, 0.0);
    static unsigned char out[CHUNK_FRAMES * 2 * sizeof(float)];
    size_t done;
    int status = mpg123_open(handle, file);
    while (status == MPG123_OK || status == MPG123_NEW_FORMAT)
        status = mpg123_read(handle, out, sizeof out, &done);
    mpg123_close(handle);
    mpg123_delete(handle);
    return status == MPG123_DONE;
}

static bool decode_mpg123(const candidate *self, const char *file, cost *ret)
{
    (void)self, (void)ret;
    return decode_alone(file, NULL);
}

/* With the decoder that dsp/decode/mp3.c takes. */
static bool decode_portable(const candidate *self, const char *file, cost *ret)
{
    (void)self, (void)ret;
    return decode_alone(file, "x86-64") || decode_alone(file, "generic");
}

static bool hash_file(const candidate *self, const char *file, cost *ret)
{
    (void)self, (void)ret;
    static unsigned char data[1 << 16];
    mg_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct sha256_ctx sha;
    sha256_init(&sha);
    ssize_t n;
    while ((n = read(fd, data, sizeof data)) > 0)
        sha256_update(&sha, (size_t)n, data);
    sha256_digest(&sha, SHA256_DIGEST_SIZE, data);
    return n == 0;
}

typedef mg_err sink(void *context, const float *frames, size_t count);

static mg_err decode_into(mg_decoder *decoder, sink *push, void *context)
{
    static float chunk[CHUNK_FRAMES * MG_MAX_CHANNELS];
    for (;;) {
        size_t frames;
        mg_err err = mg_decoder_read(decoder, chunk, CHUNK_FRAMES, &frames, NULL);
        if (err != MG_OK || frames == 0)
            return err;
        if (push && (err = push(context, chunk, frames)) != MG_OK)
            return err;
    }
}

static mg_err push_analysis(void *context, const float *frames, size_t count)
{
    return mg_analysis_push(context, frames, count);
}

static mg_err push_ebur128(void *context, const float *frames, size_t count)
{
    return ebur128_add_frames_float(context, frames, count) == 0 ? MG_OK : MG_E_INTERNAL;
}

static bool decode_ours(const candidate *self, const char *file, cost *ret)
{
    (void)ret;
    mg_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
    mg_decoder *decoder = NULL;
    mg_measures measures = {0};
    mg_err err = mg_decoder_open_fd(&decoder, fd, NULL, NULL);
    if (err == MG_OK && self->stages) {
        mg_analysis_options options = {.stages = self->stages};
        mg_analysis *analysis = NULL;
        err = mg_analysis_new(&analysis, mg_decoder_info(decoder), &options, NULL);
        if (err == MG_OK)
            err = decode_into(decoder, push_analysis, analysis);
        if (err == MG_OK)
            err = mg_analysis_finish(analysis, &measures);
        mg_analysis_free(analysis);
    } else if (err == MG_OK) {
        err = decode_into(decoder, NULL, NULL);
    }
    mg_value bits;
    if (err == MG_OK)
        err = mg_decoder_finish(decoder, &measures.audio, &bits, NULL);
    mg_decoder_free(decoder);
    mg_measures_done(&measures);
    return err == MG_OK;
}

static bool meter_ebur128(const candidate *self, const char *file, cost *ret)
{
    (void)self;
    (void)ret;
    mg_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
    mg_decoder *decoder = NULL;
    if (mg_decoder_open_fd(&decoder, fd, NULL, NULL) != MG_OK)
        return false;
    const mg_stream_info *info = mg_decoder_info(decoder);
    ebur128_state *meter = ebur128_init(info->channels, info->sample_rate_hz,
                                        EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
    bool ok = meter && decode_into(decoder, push_ebur128, meter) == MG_OK;
    double value;
    if (ok) {
        ebur128_loudness_global(meter, &value);
        ebur128_loudness_range(meter, &value);
    }
    if (meter)
        ebur128_destroy(&meter);
    mg_decoder_free(decoder);
    return ok;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec * 1e-6;
}

static bool whole_program(const candidate *self, const char *file, cost *ret)
{
    char *argv[MAX_WORDS] = {NULL};
    for (int i = 0; i < MAX_WORDS - 1 && self->argv[i]; i++)
        argv[i] = (char *)(self->argv[i][0] ? self->argv[i] : file);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = -1;
    struct rusage used; /* with the analysers that the child waited for */
    if (failed || wait4(pid, &status, 0, &used) != pid)
        return false;
    ret->cpu_s = seconds_of(&used.ru_utime) + seconds_of(&used.ru_stime);
    ret->peak_mib = (double)used.ru_maxrss / 1024.0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool measure(const candidate *c, const char *file, cost *ret)
{
    *ret = (cost){0};
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    bool ok = c->run(c, file, ret);
    ret->wall_s = seconds(CLOCK_MONOTONIC) - wall;
    if (c->run != whole_program)
        ret->cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return ok;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(const cost *rounds, size_t offset)
{
    double values[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        memcpy(&values[i], (const char *)&rounds[i] + offset, sizeof values[i]);
    qsort(values, ROUNDS, sizeof values[0], compare_doubles);
    return values[ROUNDS / 2];
}

static double duration_of(const char *file)
{
    mg_autoclose int fd = open(file, O_RDONLY | O_CLOEXEC);
    mg_decoder *decoder = NULL;
    mg_audio_result audio = {0};
    mg_value bits;
    if (mg_decoder_open_fd(&decoder, fd, NULL, NULL) == MG_OK &&
        decode_into(decoder, NULL, NULL) == MG_OK)
        mg_decoder_finish(decoder, &audio, &bits, NULL);
    mg_decoder_free(decoder);
    return audio.duration_s;
}

static void print_machine(void)
{
    char line[256], model[128] = "unknown CPU";
    FILE *info = fopen("/proc/cpuinfo", "re");
    while (info && fgets(line, sizeof line, info)) {
        if (sscanf(line, "model name : %127[^\n]", model) == 1)
            break;
    }
    if (info)
        fclose(info);
    struct utsname name;
    uname(&name);
    printf("%s, %ld CPUs, Linux %s, mixgauge %s, %s build, gcc %s\n", model,
           sysconf(_SC_NPROCESSORS_ONLN), name.release, MG_VERSION,
#ifdef __OPTIMIZE__
           "optimised",
#else
           "debug",
#endif
           __VERSION__);
}

static void print_table(const candidate *candidates, size_t count, cost costs[][ROUNDS],
                        double length_s)
{
    puts("| | CPU s | of libmpg123 alone | times real time | wall s | peak MiB |\n"
         "| --- | --- | --- | --- | --- | --- |");
    double reference = median(costs[0], offsetof(cost, cpu_s));
    for (size_t i = 0; i < count; i++) {
        double cpu = median(costs[i], offsetof(cost, cpu_s));
        double wall = median(costs[i], offsetof(cost, wall_s));
        double peak = median(costs[i], offsetof(cost, peak_mib));
        int base = candidates[i].base;
        if (base >= 0) {
            cpu -= median(costs[base], offsetof(cost, cpu_s));
            wall -= median(costs[base], offsetof(cost, wall_s));
        }
        printf("| %s | %.3f | %.2f | %.0f | %.3f | ", candidates[i].name, cpu, cpu / reference,
               length_s / cpu, wall);
        printf(peak > 0.0 ? "%.1f |\n" : "|\n", peak);
    }
}

static bool run_rounds(const candidate *candidates, size_t count, const char *file,
                       cost ret_costs[][ROUNDS])
{
    for (int round = -1; round < ROUNDS; round++) { /* the first one only warms up */
        for (size_t i = 0; i < count; i++) {
            cost one;
            const candidate *c = &candidates[i];
            if (!measure(c, c->file ? c->file : file, &one)) {
                fprintf(stderr, "bench-speed: %s failed on %s\n", c->name, file);
                return false;
            }
            if (round >= 0)
                ret_costs[i][round] = one;
        }
    }
    return true;
}

static bool run_file(const candidate *candidates, size_t count, const char *file)
{
    cost costs[MAX_CANDIDATES][ROUNDS];
    if (!run_rounds(candidates, count, file, costs))
        return false;
    double length_s = duration_of(file);
    const char *name = strrchr(file, '/');
    printf("\n%s, %.1f s of audio, median of %d rounds in turn:\n\n", name ? name + 1 : file,
           length_s, ROUNDS);
    print_table(candidates, count, costs, length_s);
    return true;
}

/* The share of decoding alone by which everything is dearer than everything but tempo, key and
 * structure: one number, from the quietest of fifteen rounds, since a difference suffers more from
 * what else runs on the machine than a sum. */
static bool run_music(const char *file)
{
    enum { DECODE, WITHOUT, WITH, CANDIDATES };
    const candidate candidates[CANDIDATES] = {
        [DECODE] = {"libmpg123 alone", decode_mpg123, 0, -1, NULL, NULL},
        [WITHOUT] = {"without", decode_ours, MG_STAGE_ALL & ~(unsigned)MG_STAGE_MUSIC, -1, NULL,
                     NULL},
        [WITH] = {"with", decode_ours, MG_STAGE_ALL, -1, NULL, NULL},
    };
    enum { PASSES = 3 };
    double least_s[CANDIDATES] = {INFINITY, INFINITY, INFINITY};
    for (int pass = 0; pass < PASSES; pass++) {
        cost costs[CANDIDATES][ROUNDS];
        if (!run_rounds(candidates, CANDIDATES, file, costs))
            return false;
        for (int i = 0; i < CANDIDATES * ROUNDS; i++)
            least_s[i / ROUNDS] = fmin(least_s[i / ROUNDS], costs[i / ROUNDS][i % ROUNDS].cpu_s);
    }
    printf("%.3f\n", (least_s[WITH] - least_s[WITHOUT]) / least_s[DECODE]);
    return true;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "kernels") == 0) {
        print_machine();
        mg_bench_kernels();
        return MG_EXIT_OK;
    }
    if (argc < 3) {
        fputs("Usage: bench-speed MIXGAUGE TRACK.mp3 [FILE...]\n"
              "       bench-speed music TRACK.mp3\n"
              "       bench-speed kernels\n",
              stderr);
        return MG_EXIT_USAGE;
    }
    mpg123_init();
    if (strcmp(argv[1], "music") == 0)
        return run_music(argv[2]) ? MG_EXIT_OK : MG_EXIT_INTERNAL;
    print_machine();
    const char *const analyze[] = {argv[1], "analyze", "--json", "", NULL};
    const char *const one_by_one[] = {argv[1], "analyze", "--json", "-j1", "", "", NULL};
    const char *const at_once[] = {argv[1], "analyze", "--json", "-j2", "", "", NULL};
    const char *const ffmpeg[] = {"ffmpeg", "-nostdin",          "-v", "error", "-i", "",
                                  "-af",    "ebur128=peak=true", "-f", "null",  "-",  NULL};
    enum { DECODE = 3, LEVELS };
    const unsigned levels = MG_STAGE_LEVELS;
    const candidate candidates[] = {
        {"libmpg123 alone", decode_mpg123, 0, -1, NULL, argv[2]},
        {"libmpg123 alone, same bits on every CPU", decode_portable, 0, -1, NULL, argv[2]},
        {"reading and SHA-256 alone", hash_file, 0, -1, NULL, NULL},
        [DECODE] = {"decode, with SHA-256", decode_ours, 0, -1, NULL, NULL},
        [LEVELS] = {"+ loudness, peaks, dynamics", decode_ours, levels, DECODE, NULL, NULL},
        {"+ spectrum, stereo", decode_ours, levels | MG_STAGE_SPECTRUM, LEVELS, NULL, NULL},
        {"+ tempo, key, structure", decode_ours, levels | MG_STAGE_MUSIC, LEVELS, NULL, NULL},
        {"+ technical checks", decode_ours, levels | MG_STAGE_TECHNICAL, LEVELS, NULL, NULL},
        {"decode and everything, in process", decode_ours, MG_STAGE_ALL, -1, NULL, NULL},
        {"whole `mixgauge analyze --json`", whole_program, 0, -1, analyze, NULL},
        {"the file twice, `-j1`", whole_program, 0, -1, one_by_one, NULL},
        {"the file twice, `-j2`", whole_program, 0, -1, at_once, NULL},
        {"libebur128 I, LRA, TP, without decoding", meter_ebur128, 0, DECODE, NULL, NULL},
        {"ffmpeg ebur128 with true peak", whole_program, 0, -1, ffmpeg, NULL},
    };
    for (int i = 2; i < argc; i++) {
        if (!run_file(candidates, sizeof candidates / sizeof candidates[0], argv[i]))
            return MG_EXIT_INTERNAL;
    }
    return MG_EXIT_OK;
}
