/* Renders one track of known tempo, key, loudness and fault as WAV and prints its truth as JSON. */
#include "base/parse.h"
#include "bench/tracks/track_truth.h"
#include "dsp/measures.h"

#include <getopt.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *out)
{
    fputs("Usage: make-track [OPTIONS] KIND OUT.wav\n"
          "Renders a track of known tempo, key and loudness and prints the truth as JSON.\n\n"
          "  --bpm N           tempo\n"
          "  --key NAME        e.g. \"F# minor\"\n"
          "  --seconds N       length (60)\n"
          "  --lufs N          integrated loudness before the fault\n"
          "  --cents N         detuning of everything tonal (0)\n"
          "  --first-beat S    time of the first beat (0)\n"
          "  --rate HZ         sample rate (44100)\n"
          "  --bits 16|24|32   16 and 24 integer, 32 float (16)\n"
          "  --seed N          of everything that is drawn (1)\n"
          "  --twist NAME      make a genre's track hard to analyse; may be repeated\n"
          "  --fault NAME      plant a fault\n\nKinds, the same music in every track (128 BPM or "
          "what is"
          "\nusual, A minor, -9 or -18 LUFS):\n",
          out);
    for (int k = 0; k < MG_TRACK_KINDS; k++)
        fprintf(out, "  %-15s %s\n", mg_track_name[k], mg_track_text[k]);
    fputs("\nGenres: tempo, key, sounds, patterns and form drawn, loud masters:\n", out);
    for (unsigned g = 0; g < mg_club_genre_count(); g++)
        fprintf(out, "  %-15s %s\n", mg_club_genre_at(g)->name, mg_club_genre_at(g)->text);
    fputs("\nTwists:\n", out);
    for (int t = 0; t < MG_TWISTS; t++)
        fprintf(out, "  %-15s %s\n", mg_twist_name[t], mg_twist_text[t]);
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
    SF_INFO info = {.samplerate = (int)mix->rate_hz,
                    .channels = 2,
                    .format = SF_FORMAT_WAV | formats[bits / 8 - 2]};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) {
        fprintf(stderr, "make-track: %s: %s\n", path, sf_strerror(NULL));
        return false;
    }
    sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    enum { AT_ONCE = 4096 }; /* libsndfile hands every call on to the kernel */
    float frames[AT_ONCE][2];
    bool ok = true;
    for (size_t i = 0; i < mix->frames && ok;) {
        sf_count_t n = 0;
        for (; n < AT_ONCE && i < mix->frames; n++, i++) {
            frames[n][0] = mix->left[i];
            frames[n][1] = mix->right[i];
        }
        ok = sf_writef_float(file, frames[0], n) == n;
    }
    return sf_close(file) == 0 && ok;
}

static const struct option long_options[] = {
    {"bpm", 1, NULL, 'b'},
    {"key", 1, NULL, 'k'},
    {"seconds", 1, NULL, 's'},
    {"lufs", 1, NULL, 'l'},
    {"cents", 1, NULL, 'c'},
    {"first-beat", 1, NULL, 'f'},
    {"rate", 1, NULL, 'r'},
    {"bits", 1, NULL, 'B'},
    {"seed", 1, NULL, 'S'},
    {"fault", 1, NULL, 'x'},
    {"twist", 1, NULL, 't'},
    {"help", 0, NULL, 'h'},
    {0},
};

/* What was asked for: one of the kinds, or a genre (then `track` holds its options). */
typedef struct request {
    mg_track_recipe track;
    const mg_club_genre *genre; /* NULL: a kind */
    bool twist[MG_TWISTS];
    int64_t bits;
} request;

static bool set_name(const char *value, const char *const *names, int count, int *ret)
{
    int found = find_name(value, names, count);
    if (found >= 0)
        *ret = found;
    return found >= 0;
}

static bool set_option(int letter, const char *value, request *q)
{
    mg_track_recipe *r = &q->track;
    int64_t number;
    int found;
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
        return mg_parse_i64(value, 16, 32, &q->bits) && q->bits % 8 == 0;
    case 'S':
        if (!mg_parse_i64(value, 0, INT64_MAX, &number))
            return false;
        r->seed = (uint64_t)number;
        return true;
    case 'x':
        if (!set_name(value, mg_fault_name, MG_FAULTS, &found))
            return false;
        r->fault = (mg_fault)found;
        return true;
    case 't':
        if (q->genre == NULL || !set_name(value, mg_twist_name, MG_TWISTS, &found))
            return false;
        q->twist[found] = true;
        return true;
    default:
        return false;
    }
}

/* Options may set what a kind's defaults would overwrite, so the kind is read first. */
static request request_of(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int kind = find_name(argv[i], mg_track_name, MG_TRACK_KINDS);
        if (kind >= 0)
            return (request){.track = mg_track_defaults((mg_track_kind)kind), .bits = 16};
    }
    for (int i = 1; i < argc; i++) {
        const mg_club_genre *genre = mg_club_genre_find(argv[i]);
        if (genre != NULL)
            return (request){.genre = genre,
                             .bits = 16,
                             .track = {.tonic = -1, .seconds = 60.0, .rate_hz = 44100, .seed = 1}};
    }
    return (request){.track = mg_track_defaults(MG_TRACK_FOUR_ON_FLOOR), .bits = 16};
}

static mg_club_recipe club_of(const request *q)
{
    mg_club_recipe r = mg_club_defaults(q->genre, q->track.seed);
    r.bpm = q->track.bpm;
    r.tonic = q->track.tonic;
    r.minor = q->track.minor;
    r.cents = q->track.cents;
    r.seconds = q->track.seconds;
    r.lufs = q->track.lufs;
    r.first_beat_s = q->track.first_beat_s;
    r.rate_hz = q->track.rate_hz;
    memcpy(r.twist, q->twist, sizeof(r.twist));
    return r;
}

static int make(const request *q, const char *path)
{
    mg_club_recipe club = q->genre != NULL ? club_of(q) : (mg_club_recipe){0};
    mg_club_truth truth = {0};
    mg_mix mix;
    mg_err err =
        q->genre != NULL ? mg_club_render(&club, &mix, &truth) : mg_track_render(&q->track, &mix);
    if (err != MG_OK) {
        fputs("make-track: out of memory\n", stderr);
        return MG_EXIT_INTERNAL;
    }
    if (q->genre != NULL)
        mg_track_plant(&mix, q->track.fault);
    bool ok = write_wav(path, &mix, (int)q->bits);
    mg_mix_done(&mix);
    if (ok && q->genre != NULL)
        mg_club_print_truth(&club, &truth, q->track.fault, path);
    else if (ok)
        mg_track_print_truth(&q->track, path);
    free(truth.beats_s);
    return ok ? MG_EXIT_OK : MG_EXIT_IO;
}

int main(int argc, char **argv)
{
    request q = request_of(argc, argv);
    int letter, index = 0;
    while ((letter = getopt_long(argc, argv, "h", long_options, &index)) != -1) {
        if (letter == 'h') {
            usage(stdout);
            return MG_EXIT_OK;
        }
        if (letter == '?')
            return MG_EXIT_USAGE;
        if (!set_option(letter, optarg, &q)) {
            fprintf(stderr, "make-track: --%s: cannot use \"%s\"\n", long_options[index].name,
                    optarg);
            return MG_EXIT_USAGE;
        }
    }
    bool known =
        argc - optind == 2 && (find_name(argv[optind], mg_track_name, MG_TRACK_KINDS) >= 0 ||
                               mg_club_genre_find(argv[optind]) != NULL);
    if (!known) {
        fputs("make-track: give a KIND and the name of the file to write (see --help)\n", stderr);
        return MG_EXIT_USAGE;
    }
    return make(&q, argv[optind + 1]);
}
