/* Renders one track of known tempo, key, loudness and fault as WAV and prints its truth as JSON. */
#include "base/cleanup.h"
#include "base/json_write.h"
#include "base/parse.h"
#include "bench/track.h"
#include "dsp/measures.h"

#include <getopt.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *out)
{
    fputs("Usage: make-track [OPTIONS] KIND OUT.wav\n"
          "Renders a track of known tempo, key and loudness and prints the truth as JSON.\n\n"
          "  --bpm N           tempo\n"
          "  --key NAME        e.g. \"F# minor\" (A minor)\n"
          "  --seconds N       length (60)\n"
          "  --lufs N          integrated loudness before the fault\n"
          "  --cents N         detuning of everything tonal (0)\n"
          "  --first-beat S    time of the first beat (0)\n"
          "  --rate HZ         sample rate (44100)\n"
          "  --bits 16|24|32   16 and 24 integer, 32 float (16)\n"
          "  --seed N          of the noise (1)\n"
          "  --fault NAME      plant a fault\n\nKinds:\n",
          out);
    for (int k = 0; k < MG_TRACK_KINDS; k++)
        fprintf(out, "  %-15s %s\n", mg_track_name[k], mg_track_text[k]);
    fputs("\nFaults:\n", out);
    for (int f = 0; f < MG_FAULTS; f++)
        fprintf(out, "  %-15s %s\n", mg_fault_name[f], mg_fault_text[f]);
}

static bool parse_key(const char *text, mg_track_recipe *recipe)
{
    for (unsigned tonic = 0; tonic < 12; tonic++) {
        for (int mode = MG_MAJOR; mode <= MG_MINOR; mode++) {
            if (strcmp(text, mg_key_name(tonic, (mg_mode)mode)) == 0) {
                recipe->tonic = (int)tonic;
                recipe->minor = mode == MG_MINOR;
                return true;
            }
        }
    }
    return false;
}

static int find_name(const char *text, const char *const *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0)
            return i;
    }
    return -1;
}

static bool write_wav(const char *path, const mg_mix *mix, int bits)
{
    static const int formats[] = {SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_FLOAT};
    SF_INFO info = {.samplerate = (int)mix->rate_hz, .channels = 2,
                    .format = SF_FORMAT_WAV | formats[bits / 8 - 2]};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) {
        fprintf(stderr, "make-track: %s: %s\n", path, sf_strerror(NULL));
        return false;
    }
    sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    bool ok = true;
    for (size_t i = 0; i < mix->frames && ok; i++) {
        const float frame[2] = {mix->left[i], mix->right[i]};
        ok = sf_writef_float(file, frame, 1) == 1;
    }
    return sf_close(file) == 0 && ok;
}

static void print_truth(const mg_track_recipe *r, const char *path)
{
    mg_auto(mg_buf_done) mg_buf out = MG_BUF_INIT(4096);
    mg_json json = MG_JSON_INIT(&out);
    bool beat = mg_track_has_beat(r->kind);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "file", path);
    mg_json_str(&json, "kind", mg_track_name[r->kind]);
    mg_json_str(&json, "fault", mg_fault_name[r->fault]);
    mg_json_num(&json, "bpm", beat ? r->bpm : (double)NAN, 4);
    mg_json_num(&json, "first_beat_s", beat ? r->first_beat_s : (double)NAN, 6);
    mg_json_str(&json, "key",
                mg_track_has_key(r->kind)
                    ? mg_key_name((unsigned)r->tonic, r->minor ? MG_MINOR : MG_MAJOR)
                    : NULL);
    mg_json_num(&json, "cents", r->cents, 1);
    mg_json_num(&json, "lufs", r->lufs, 2);
    mg_json_num(&json, "seconds", r->seconds, 3);
    mg_json_object_end(&json);
    puts(mg_buf_text(&out));
}

static const struct option long_options[] = {
    {"bpm", 1, NULL, 'b'},  {"key", 1, NULL, 'k'},  {"seconds", 1, NULL, 's'},
    {"lufs", 1, NULL, 'l'}, {"cents", 1, NULL, 'c'}, {"first-beat", 1, NULL, 'f'},
    {"rate", 1, NULL, 'r'}, {"bits", 1, NULL, 'B'}, {"seed", 1, NULL, 'S'},
    {"fault", 1, NULL, 'x'}, {"help", 0, NULL, 'h'}, {0},
};

static bool set_option(int letter, const char *value, mg_track_recipe *r, int64_t *bits)
{
    int64_t number;
    switch (letter) {
    case 'b':
        return mg_parse_double(value, 20.0, 400.0, &r->bpm);
    case 'k':
        return parse_key(value, r);
    case 's':
        return mg_parse_double(value, 0.1, 43200.0, &r->seconds);
    case 'l':
        return mg_parse_double(value, -60.0, 0.0, &r->lufs);
    case 'c':
        return mg_parse_double(value, -100.0, 100.0, &r->cents);
    case 'f':
        return mg_parse_double(value, 0.0, 600.0, &r->first_beat_s);
    case 'r':
        if (!mg_parse_i64(value, 8000, 192000, &number))
            return false;
        r->rate_hz = (unsigned)number;
        return true;
    case 'B':
        return mg_parse_i64(value, 16, 32, bits) && *bits % 8 == 0;
    case 'S':
        if (!mg_parse_i64(value, 0, INT64_MAX, &number))
            return false;
        r->seed = (uint64_t)number;
        return true;
    case 'x': {
        int fault = find_name(value, mg_fault_name, MG_FAULTS);
        r->fault = fault < 0 ? MG_FAULT_NONE : (mg_fault)fault;
        return fault >= 0;
    }
    default:
        return false;
    }
}

/* Options may set what a kind's defaults would overwrite, so the kind is read first. */
static mg_track_kind kind_of(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int kind = find_name(argv[i], mg_track_name, MG_TRACK_KINDS);
        if (kind >= 0)
            return (mg_track_kind)kind;
    }
    return MG_TRACK_FOUR_ON_FLOOR;
}

int main(int argc, char **argv)
{
    mg_track_recipe recipe = mg_track_defaults(kind_of(argc, argv));
    int64_t bits = 16;
    int letter, index = 0;
    while ((letter = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
        if (letter == 'h') {
            usage(stdout);
            return MG_EXIT_OK;
        }
        if (letter == '?')
            return MG_EXIT_USAGE;
        if (!set_option(letter, optarg, &recipe, &bits)) {
            fprintf(stderr, "make-track: --%s: cannot use \"%s\"\n", long_options[index].name,
                    optarg);
            return MG_EXIT_USAGE;
        }
    }
    if (argc - optind != 2 || find_name(argv[optind], mg_track_name, MG_TRACK_KINDS) < 0) {
        fputs("make-track: give a KIND and the name of the file to write (see --help)\n", stderr);
        return MG_EXIT_USAGE;
    }
    mg_mix mix;
    if (mg_track_render(&recipe, &mix) != MG_OK) {
        fputs("make-track: out of memory\n", stderr);
        return MG_EXIT_INTERNAL;
    }
    bool ok = write_wav(argv[optind + 1], &mix, (int)bits);
    mg_mix_done(&mix);
    if (!ok)
        return MG_EXIT_IO;
    print_truth(&recipe, argv[optind + 1]);
    return MG_EXIT_OK;
}
