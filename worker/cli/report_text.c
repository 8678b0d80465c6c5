#include "worker/cli/report_text.h"

#include "base/utf8.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { WIDTH = 79, BAR_CELLS = 20, LABEL = 11, FIRST_SCREEN = 5 };

typedef struct page {
    FILE *out;
    bool colour;
} page;

/* ---- reading ---- */

static const json_t *get(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

/* NAN for null, missing or another type. */
static double number(const json_t *object, const char *key)
{
    const json_t *value = get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(get(object, key));
    return value != NULL ? value : "";
}

/* One string of a result, fit for a terminal: an analyser may have written anything. */
typedef struct printable {
    char text[512];
} printable;

static printable show(const char *raw)
{
    printable ret;
    mg_utf8_printable(raw, ret.text, sizeof ret.text);
    return ret;
}

/* ---- writing ---- */

static const char *style(const page *p, const char *code)
{
    return p->colour ? code : "";
}

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define CYAN "\033[36m"
#define RESET "\033[0m"

static void label(const page *p, const char *name)
{
    fprintf(p->out, "%s%-*s%s ", style(p, BOLD), LABEL, name, style(p, RESET));
}

/* A value with its unit, or "-" where there is none. `prefix` may be "". */
static void value(const page *p, const char *prefix, double v, int digits, const char *unit)
{
    const char *space = unit[0] != '\0' ? " " : "";
    if (isnan(v))
        fprintf(p->out, "%s-", prefix);
    else
        fprintf(p->out, "%s%.*f%s%s", prefix, digits, v, space, unit);
}

/* Minutes and seconds; a tenth where it helps to find the place. */
static void clock_text(double seconds, int digits, char out[32])
{
    const double scale = digits > 0 ? 10.0 : 1.0;
    const double rounded = floor(fmax(seconds, 0.0) * scale + 0.5) / scale;
    const unsigned hours = (unsigned)(rounded / 3600.0);
    const unsigned minutes = (unsigned)((rounded - hours * 3600.0) / 60.0);
    const double rest = rounded - hours * 3600.0 - minutes * 60.0;
    const int width = digits > 0 ? 4 : 2;
    if (hours > 0)
        snprintf(out, 32, "%u:%02u:%0*.*f", hours, minutes, width, digits, rest);
    else
        snprintf(out, 32, "%u:%0*.*f", minutes, width, digits, rest);
}

static void at_time(const page *p, double seconds)
{
    char shown[32];
    if (isnan(seconds))
        return;
    clock_text(seconds, 1, shown);
    fprintf(p->out, " at %s", shown);
}

/* Words between the columns `indent` and WIDTH; the cursor stands at `indent`. */
static void wrapped(const page *p, const char *words, int indent)
{
    int column = indent;
    while (*words != '\0') {
        words += strspn(words, " ");
        const int len = (int)strcspn(words, " ");
        if (len == 0)
            break;
        if (column > indent && column + 1 + len > WIDTH) {
            fprintf(p->out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', p->out);
            column++;
        }
        fprintf(p->out, "%.*s", len, words);
        column += len;
        words += len;
    }
    fputc('\n', p->out);
}

/* ---- head ---- */

static void print_title(const page *p, const json_t *audio, const char *title)
{
    char name[256], duration[32];
    const double bits = number(audio, "bits_per_sample"), rate = number(audio, "bitrate_kbps");
    if (title != NULL) {
        mg_utf8_printable(title, name, sizeof name);
        fprintf(p->out, "%s%s%s\n", style(p, BOLD), name, style(p, RESET));
    }
    clock_text(number(audio, "duration_s"), 0, duration);
    fprintf(p->out, "%s%s, %.6g kHz, %.0f channel%s", style(p, DIM),
            show(text(audio, "codec")).text,
            number(audio, "sample_rate_hz") / 1000.0, number(audio, "channels"),
            number(audio, "channels") == 1.0 ? "" : "s");
    if (!isnan(bits))
        fprintf(p->out, ", %.0f bit", bits);
    if (!isnan(rate))
        fprintf(p->out, ", %.0f kbit/s", rate);
    fprintf(p->out, ", %s%s\n", duration, style(p, RESET));
}

static void print_warnings(const page *p, const json_t *audio)
{
    size_t i;
    json_t *warning;
    const json_t *warnings = get(audio, "warnings");
    if (json_array_size(warnings) == 0)
        return;
    fprintf(p->out, "%sabout the file:", style(p, YELLOW));
    json_array_foreach((json_t *)warnings, i, warning) {
        const char *id = json_string_value(warning);
        fprintf(p->out, "%s %s", i > 0 ? "," : "", show(id != NULL ? id : "?").text);
    }
    fprintf(p->out, "%s\n", style(p, RESET));
}

static const char *score_colour(double score)
{
    return score >= 80.0 ? GREEN : score >= 60.0 ? YELLOW : RED;
}

static void print_score(const page *p, const json_t *scores, const char *key, const char *name)
{
    const double score = number(get(scores, key), "value");
    label(p, name);
    if (isnan(score)) {
        fprintf(p->out, "%3s\n", "-");
        return;
    }
    const int full = (int)(score / 100.0 * BAR_CELLS + 0.5);
    fprintf(p->out, "%3.0f  %s", score, style(p, score_colour(score)));
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i < full ? '#' : '.', p->out);
    fprintf(p->out, "%s\n", style(p, RESET));
}

static void print_scores(const page *p, const json_t *scores)
{
    static const char *const parts[][2] = {
        {"loudness", "loudness"}, {"dynamics", "dynamics"}, {"tonal_balance", "tonal"},
        {"low_end", "low end"},   {"stereo", "stereo"},     {"technical", "technical"},
    };
    const json_t *overall = get(scores, "overall");
    const double score = number(overall, "value");
    fputc('\n', p->out);
    label(p, "SCORE");
    if (isnan(score))
        fputs("  -", p->out);
    else
        fprintf(p->out, "%s%s%3.0f%s", style(p, BOLD), style(p, score_colour(score)), score,
                style(p, RESET));
    fprintf(p->out, "  of 100, for %s\n", show(text(overall, "profile")).text);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        print_score(p, scores, parts[i][0], parts[i][1]);
}

/* ---- measures ---- */

static void print_loudness(const page *p, const json_t *loudness)
{
    label(p, "Loudness");
    value(p, "", number(loudness, "integrated_lufs"), 1, "LUFS");
    if (!isnan(number(loudness, "integrated_dual_mono_lufs")))
        value(p, " (as dual mono ", number(loudness, "integrated_dual_mono_lufs"), 1, "LUFS)");
    value(p, ", range ", number(loudness, "range_lu"), 1, "LU");
    value(p, ", loudest 3 s ", number(loudness, "short_term_max_lufs"), 1, "LUFS");
    at_time(p, number(loudness, "short_term_max_at_s"));
    fputc('\n', p->out);
    label(p, "Peak");
    value(p, "", number(loudness, "true_peak_dbtp"), 1, "dBTP");
    at_time(p, number(loudness, "true_peak_at_s"));
    value(p, ", over the loudness (PLR) ", number(loudness, "plr_lu"), 1, "LU");
    value(p, ", least PSR ", number(loudness, "psr_min_lu"), 1, "LU");
    fputc('\n', p->out);
}

static void print_dynamics(const page *p, const json_t *dynamics)
{
    label(p, "Dynamics");
    value(p, "DR ", number(dynamics, "dr"), 0, "");
    value(p, ", crest ", number(dynamics, "crest_factor_db"), 1, "dB");
    value(p, ", RMS ", number(dynamics, "rms_dbfs"), 1, "dBFS");
    fputc('\n', p->out);
}

static void print_tempo(const page *p, const json_t *tempo)
{
    const json_t *grid = get(tempo, "grid");
    const double bpm = number(tempo, "bpm"), confidence = number(tempo, "confidence");
    label(p, "Tempo");
    if (isnan(bpm)) {
        fprintf(p->out, "no clear beat (confidence %.2f)\n", confidence);
        return;
    }
    fprintf(p->out, "%s%.2f BPM%s, confidence %.2f", style(p, CYAN), bpm, style(p, RESET),
            confidence);
    if (json_is_false(get(tempo, "constant")))
        fputs(", not constant", p->out);
    value(p, ", first beat ", number(grid, "first_beat_s"), 3, "s");
    if (!isnan(number(grid, "max_error_ms")))
        value(p, ", grid within ", number(grid, "max_error_ms"), 1, "ms");
    fputc('\n', p->out);
}

static void print_key(const page *p, const json_t *key)
{
    const double cents = number(key, "tuning_cents");
    label(p, "Key");
    if (text(key, "name")[0] == '\0')
        fprintf(p->out, "no clear key (confidence %.2f)", number(key, "confidence"));
    else
        fprintf(p->out, "%s%s%s (%s), confidence %.2f", style(p, CYAN),
                show(text(key, "name")).text, style(p, RESET), show(text(key, "camelot")).text,
                number(key, "confidence"));
    if (!isnan(cents))
        fprintf(p->out, ", tuning A = %.1f Hz (%+.0f cents)", number(key, "tuning_hz"), cents);
    fputc('\n', p->out);
}

static void print_spectrum(const page *p, const json_t *spectrum)
{
    static const char *const names[] = {"sub", "bass", "low mid", "mid", "high mid", "high"};
    const json_t *bands = get(spectrum, "bands");
    label(p, "Spectrum");
    for (size_t b = 0; b < sizeof names / sizeof names[0]; b++) {
        const double share = number(json_array_get(bands, b), "share");
        fprintf(p->out, "%s%s ", b > 0 ? ", " : "", names[b]);
        if (isnan(share))
            fputc('-', p->out);
        else
            fprintf(p->out, "%.*f %%", share < 0.0995 ? 1 : 0, share * 100.0);
    }
    fprintf(p->out, "\n%*s", LABEL + 1, "");
    value(p, "tilt ", number(spectrum, "tilt_db_per_octave"), 1, "dB per octave");
    value(p, ", centre ", number(spectrum, "centroid_hz"), 0, "Hz");
    if (!isnan(number(spectrum, "cutoff_hz")))
        value(p, ", ends at ", number(spectrum, "cutoff_hz"), 0, "Hz");
    fputc('\n', p->out);
}

static void print_stereo(const page *p, const json_t *stereo)
{
    label(p, "Stereo");
    if (isnan(number(stereo, "width")) && isnan(number(stereo, "correlation"))) {
        const char *why = text(get(stereo, "reasons"), "width");
        fprintf(p->out, "%s\n", strcmp(why, "mono") == 0 ? "mono" : "-");
        return;
    }
    value(p, "correlation ", number(stereo, "correlation"), 2, "");
    value(p, ", width ", number(stereo, "width"), 2, "");
    value(p, ", balance ", number(stereo, "balance_db"), 1, "dB");
    value(p, ", loss in mono ", number(stereo, "mono_loss_db"), 1, "dB");
    fputc('\n', p->out);
    const bool alike = json_is_true(get(stereo, "dual_mono"));
    const char *low_end = json_is_true(get(stereo, "low_end_mono")) ? "low end mono" : "";
    const char *said = alike ? "both channels are the same" : low_end;
    if (said[0] != '\0')
        fprintf(p->out, "%*s%s\n", LABEL + 1, "", said);
}

/* ---- feedback ---- */

static const char *severity_colour(const char *severity)
{
    if (strcmp(severity, "critical") == 0 || strcmp(severity, "major") == 0)
        return RED;
    return strcmp(severity, "minor") == 0 ? YELLOW : CYAN;
}

/* The first place, and how many more there are. */
static void print_where(const page *p, const json_t *where)
{
    char start[32], end[32];
    const json_t *first = json_array_get(where, 0);
    const double start_s = number(first, "start_s"), end_s = number(first, "end_s");
    const double low = number(first, "low_hz"), high = number(first, "high_hz");
    if (isnan(start_s) && isnan(low))
        return;
    fprintf(p->out, "%*s%s", LABEL + 1, "", style(p, DIM));
    if (!isnan(start_s)) {
        clock_text(start_s, 1, start);
        clock_text(isnan(end_s) ? start_s : end_s, 1, end);
        fprintf(p->out, "at %s", start);
        if (strcmp(start, end) != 0)
            fprintf(p->out, "-%s", end);
    }
    if (!isnan(low))
        fprintf(p->out, "%s%.0f-%.0f Hz", isnan(start_s) ? "" : ", ", low, high);
    if (json_array_size(where) > 1)
        fprintf(p->out, " and %zu more places", json_array_size(where) - 1);
    fprintf(p->out, "%s\n", style(p, RESET));
}

static void print_finding(const page *p, const json_t *item)
{
    const char *severity = text(item, "severity");
    fprintf(p->out, "%s%-*s%s ", style(p, severity_colour(severity)), LABEL, show(severity).text,
            style(p, RESET));
    wrapped(p, show(text(item, "message")).text, LABEL + 1);
}

static void print_help_for(const page *p, const json_t *item)
{
    print_where(p, get(item, "where"));
    if (text(item, "advice")[0] == '\0')
        return;
    fprintf(p->out, "%*s", LABEL + 1, "");
    wrapped(p, show(text(item, "advice")).text, LABEL + 1);
}

static bool is_info(const json_t *item)
{
    return strcmp(text(item, "severity"), "info") == 0;
}

/* The list has the most important first. A screen holds a few of those in full, and the rest in
 * one sentence each. */
static void print_feedback(const page *p, const json_t *feedback)
{
    size_t i, above = 0;
    json_t *item;
    fputc('\n', p->out);
    if (json_array_size(feedback) == 0) {
        fprintf(p->out, "%sNothing to find fault with.%s\n", style(p, GREEN), style(p, RESET));
        return;
    }
    json_array_foreach((json_t *)feedback, i, item) {
        above += !is_info(item);
        print_finding(p, item);
        if (!is_info(item) && above <= FIRST_SCREEN)
            print_help_for(p, item);
    }
}

bool mg_report_text(FILE *out, const char *json, size_t len, const char *title, bool colour)
{
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
    if (strcmp(text(get(root, "engine"), "schema"), "mixgauge.result/1") != 0) {
        json_decref(root);
        return false;
    }
    const page p = {.out = out, .colour = colour};
    print_title(&p, get(root, "audio"), title);
    print_warnings(&p, get(root, "audio"));
    print_scores(&p, get(root, "scores"));
    fputc('\n', out);
    print_loudness(&p, get(root, "loudness"));
    print_dynamics(&p, get(root, "dynamics"));
    print_tempo(&p, get(root, "tempo"));
    print_key(&p, get(root, "key"));
    print_spectrum(&p, get(root, "spectrum"));
    print_stereo(&p, get(root, "stereo"));
    print_feedback(&p, get(root, "feedback"));
    fputc('\n', out);
    json_decref(root);
    return true;
}
