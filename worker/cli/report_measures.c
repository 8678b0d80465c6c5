/* What was measured, a line or two for each subject. For report_text.c only. */
#include "worker/cli/report_measures.h"

#include "report/labels.h"
#include "report/music_words.h"
#include "report/result_view.h"
#include "report/since.h"

#include <math.h>
#include <string.h>

static void print_loudness(const mg_page *p, const json_t *loudness)
{
    const double dual_mono = mg_view_number(loudness, "integrated_dual_mono_lufs");
    mg_page_label(p, "Loudness");
    mg_page_value(p, "", mg_view_number(loudness, "integrated_lufs"), 1, "LUFS");
    mg_page_value(p, ", range ", mg_view_number(loudness, "range_lu"), 1, "LU");
    mg_page_value(p, ", loudest 3 s ", mg_view_number(loudness, "short_term_max_lufs"), 1, "LUFS");
    mg_page_at(p, mg_view_number(loudness, "short_term_max_at_s"));
    fputc('\n', p->out);
    if (!isnan(dual_mono))
        fprintf(p->out, "%*s%.1f LUFS from two loudspeakers\n", MG_PAGE_LABEL + 1, "",
                mg_json_rounded(dual_mono, 1));
    mg_page_label(p, "Peak");
    mg_page_value(p, "", mg_view_number(loudness, "true_peak_dbtp"), 1, "dBTP");
    mg_page_at(p, mg_view_number(loudness, "true_peak_at_s"));
    mg_page_value(p, ", over loudness (PLR) ", mg_view_number(loudness, "plr_lu"), 1, "LU");
    mg_page_value(p, ", least PSR ", mg_view_number(loudness, "psr_min_lu"), 1, "LU");
    fputc('\n', p->out);
}

static void print_dynamics(const mg_page *p, const json_t *dynamics)
{
    mg_page_label(p, "Dynamics");
    mg_page_value(p, "DR ", mg_view_number(dynamics, "dr"), 0, "");
    mg_page_value(p, ", crest ", mg_view_number(dynamics, "crest_factor_db"), 1, "dB");
    mg_page_value(p, ", RMS ", mg_view_number(dynamics, "rms_dbfs"), 1, "dBFS");
    fputc('\n', p->out);
}

/* ", 99 % sure" */
static void print_sure(const mg_page *p, double confidence)
{
    if (!isnan(confidence))
        fprintf(p->out, ", %.0f %% sure", confidence * 100.0);
}

/* "122.0 from 0:00, 173.0 from 1:12" of a mix of several tempos. */
static void print_tempo_steps(const mg_page *p, const json_t *result)
{
    mg_tempo_step steps[MG_TEMPO_STEPS_MAX];
    const size_t count = mg_tempo_steps(result, steps);
    char words[30 * MG_TEMPO_STEPS_MAX] = "", start[32];
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        mg_clock_text(steps[i].start_s, 0, start);
        mg_page_join(words, sizeof words, ", ", "%.1f from %s",
                     mg_json_rounded(steps[i].bpm, 1), start);
    }
    fprintf(p->out, "%*s", MG_PAGE_LABEL + 1, "");
    mg_page_wrapped(p, words, MG_PAGE_LABEL + 1);
}

static void print_tempo(const mg_page *p, const json_t *result)
{
    const json_t *tempo = mg_view(result, "tempo");
    const json_t *grid = mg_view(tempo, "grid");
    char bpm[32];
    mg_tempo_words(tempo, bpm, sizeof bpm);
    mg_page_label(p, "Tempo");
    if (bpm[0] == '\0') {
        fputs("no clear beat\n", p->out);
        return;
    }
    fprintf(p->out, "%s%s BPM%s", mg_page_style(p, MG_CYAN), bpm, mg_page_style(p, MG_RESET));
    print_sure(p, mg_view_number(tempo, "confidence"));
    const bool moving = json_is_false(mg_view(tempo, "constant"));
    fputs(moving ? ", not constant" : "", p->out);
    mg_page_value(p, ", first beat ", mg_view_number(grid, "first_beat_s"), 3, "s");
    if (!moving && !isnan(mg_view_number(grid, "max_error_ms")))
        mg_page_value(p, ", grid within ", mg_view_number(grid, "max_error_ms"), 1, "ms");
    fputc('\n', p->out);
    print_tempo_steps(p, result);
}

/* "F minor (4A) from 0:14, G# minor (1A) from 1:12" of a track that changes its key. */
static void print_key_changes(const mg_page *p, const json_t *key)
{
    const json_t *segments = mg_view(key, "segments");
    const char *before = "";
    char words[400] = "";
    if (mg_key_change_count(key) == 0)
        return;
    for (size_t i = 0; i < mg_view_count(segments, ""); i++) {
        const json_t *segment = mg_view_item(segments, i);
        const char *name = mg_view_text(segment, "name");
        char start[32], camelot[4];
        if (mg_camelot_words(name, camelot) == 0 || strcmp(name, before) == 0)
            continue;
        before = name;
        mg_clock_text(mg_view_number(segment, "start_s"), 0, start);
        mg_page_join(words, sizeof words, ", ", "%.16s (%s) from %s", name, camelot, start);
    }
    fprintf(p->out, "%*s", MG_PAGE_LABEL + 1, "");
    mg_page_wrapped(p, words, MG_PAGE_LABEL + 1);
}

static void print_key(const mg_page *p, const json_t *key)
{
    const double cents = mg_view_number(key, "tuning_cents");
    mg_page_label(p, "Key");
    if (mg_view_text(key, "name")[0] == '\0') {
        fputs("no clear key", p->out);
    } else {
        fprintf(p->out, "%s%s%s (%s)", mg_page_style(p, MG_CYAN),
                mg_page_show(mg_view_text(key, "name")).text, mg_page_style(p, MG_RESET),
                mg_page_show(mg_view_text(key, "camelot")).text);
        print_sure(p, mg_view_number(key, "confidence"));
    }
    if (!isnan(cents)) {
        char shown[32];
        mg_since_number(cents, 0, true, shown);
        fprintf(p->out, ", tuning A = %.1f Hz (%s cent%s)",
                mg_json_rounded(mg_view_number(key, "tuning_hz"), 1), shown,
                fabs(mg_json_rounded(cents, 0)) == 1.0 ? "" : "s");
    }
    fputc('\n', p->out);
    print_key_changes(p, key);
}

static void print_spectrum(const mg_page *p, const json_t *spectrum)
{
    static const char *const names[] = {"sub", "bass", "low mid", "mid", "high mid", "high"};
    const json_t *bands = mg_view(spectrum, "bands");
    mg_page_label(p, "Spectrum");
    if (isnan(mg_view_number(json_array_get(bands, 0), "share"))) {
        fputs("-\n", p->out);
        return;
    }
    for (size_t b = 0; b < sizeof names / sizeof names[0]; b++) {
        const double share = mg_view_number(json_array_get(bands, b), "share");
        char shown[32];
        mg_since_number(share * 100.0, share < 0.0995 ? 1 : 0, false, shown);
        fprintf(p->out, "%s%s %s", b > 0 ? ", " : "", names[b], shown);
    }
    fprintf(p->out, " %%\n%*s", MG_PAGE_LABEL + 1, "");
    mg_page_value(p, "tilt ", mg_view_number(spectrum, "tilt_db_per_octave"), 1, "dB per octave");
    mg_page_value(p, ", centre ", mg_view_number(spectrum, "centroid_hz"), 0, "Hz");
    if (!isnan(mg_view_number(spectrum, "cutoff_hz")))
        mg_page_value(p, ", ends at ", mg_view_number(spectrum, "cutoff_hz"), 0, "Hz");
    fputc('\n', p->out);
}

static void print_stereo(const mg_page *p, const json_t *stereo)
{
    mg_page_label(p, "Stereo");
    if (isnan(mg_view_number(stereo, "width")) && isnan(mg_view_number(stereo, "correlation"))) {
        const char *why = mg_view_text(mg_view(stereo, "reasons"), "width");
        fprintf(p->out, "%s\n", strcmp(why, "mono") == 0 ? "mono" : "-");
        return;
    }
    mg_page_value(p, "correlation ", mg_view_number(stereo, "correlation"), 2, "");
    mg_page_value(p, ", width ", mg_view_number(stereo, "width"), 2, "");
    mg_page_value(p, ", balance ", mg_view_number(stereo, "balance_db"), 1, "dB");
    mg_page_value(p, ", loss in mono ", mg_view_number(stereo, "mono_loss_db"), 1, "dB");
    fputc('\n', p->out);
    const bool alike = json_is_true(mg_view(stereo, "dual_mono"));
    const char *low_end = json_is_true(mg_view(stereo, "low_end_mono")) ? "low end mono" : "";
    const char *said = alike ? "both channels are the same" : low_end;
    if (said[0] != '\0')
        fprintf(p->out, "%*s%s\n", MG_PAGE_LABEL + 1, "", said);
}

/* The label of the section that the contrast is measured from: before the loudest of the drops that
 * do not follow another. */
static const char *before_the_drop(const json_t *sections)
{
    const char *label = "", *found = "section before";
    double loudest = -HUGE_VAL;
    for (size_t i = 0; i < mg_view_count(sections, ""); i++) {
        const json_t *section = mg_view_item(sections, i);
        const double lufs = mg_view_number(section, "loudness_lufs");
        const bool enters = i > 0 && strcmp(mg_view_text(section, "label"), "drop") == 0 &&
                            strcmp(label, "drop") != 0;
        if (enters && lufs > loudest) {
            loudest = lufs;
            found = strcmp(label, "other") != 0 ? label : "section before";
        }
        label = mg_view_text(section, "label");
    }
    return found;
}

/* The sections in order, "drop 0:33"; where the labels change. */
static void print_structure(const mg_page *p, const json_t *structure)
{
    char words[400] = "";
    const char *before = "";
    const json_t *sections = mg_view(structure, "sections");
    const double energy = mg_view_number(structure, "energy");
    const double contrast = mg_view_number(structure, "drop_contrast_lu");
    mg_page_label(p, "Structure");
    for (size_t i = 0; i < mg_view_count(sections, ""); i++) {
        const json_t *section = mg_view_item(sections, i);
        const char *name = mg_view_text(section, "label");
        char start[32];
        if (strcmp(name, before) == 0)
            continue;
        before = name;
        if (strcmp(name, "other") == 0)
            continue; /* there is no word for it */
        mg_clock_text(mg_view_number(section, "start_s"), 0, start);
        mg_page_join(words, sizeof words, ", ", "%.10s %s", name, start);
    }
    if (words[0] == '\0' && mg_view_count(sections, "") > 0 && !isnan(energy))
        mg_page_join(words, sizeof words, "", "no drop or break told apart");
    if (!isnan(contrast))
        mg_page_join(words, sizeof words, "; ", "drop %.1f LU %s the %.14s",
                     fabs(mg_json_rounded(contrast, 1)), contrast < 0.0 ? "under" : "over",
                     before_the_drop(sections));
    if (!isnan(energy))
        mg_page_join(words, sizeof words, "; ", "energy %.0f of 10", energy);
    mg_page_wrapped(p, words[0] != '\0' ? words : "-", MG_PAGE_LABEL + 1);
}

static void print_kick(const mg_page *p, const json_t *result)
{
    const json_t *kick = mg_view(result, "structure.kick");
    char words[80];
    if (isnan(mg_view_number(kick, "hz")))
        return;
    mg_kick_words(result, words, sizeof words);
    mg_page_label(p, "Kick");
    mg_page_value(p, "", mg_view_number(kick, "hz"), 1, "Hz");
    fprintf(p->out, " (%s)", mg_page_show(words).text);
    mg_page_value(p, ", ", mg_view_number(kick, "length_ms"), 0, "ms");
    fputc('\n', p->out);
}

/* By how much the large streaming services turn it down or up; the result has more. */
static void print_streaming(const mg_page *p, const json_t *platforms)
{
    static const char *const names[][2] = {
        {"spotify", "Spotify"},     {"apple_music", "Apple"}, {"youtube", "YouTube"},
        {"tidal", "Tidal"},         {"amazon_music", "Amazon"}};
    char words[300] = "";
    for (size_t i = 0; i < mg_view_count(platforms, ""); i++) {
        const json_t *platform = mg_view_item(platforms, i);
        const double gain = mg_view_number(platform, "gain_db");
        for (size_t n = 0; n < sizeof names / sizeof names[0] && !isnan(gain); n++) {
            if (strcmp(names[n][0], mg_view_text(platform, "name")) == 0)
                mg_page_join(words, sizeof words, ", ", "%s %+.1f", names[n][1],
                             mg_json_rounded(gain, 1));
        }
    }
    if (words[0] == '\0')
        return;
    mg_page_label(p, "Streaming");
    mg_page_join(words, sizeof words, " ", "dB");
    mg_page_wrapped(p, words, MG_PAGE_LABEL + 1);
}

void mg_report_measures(const mg_page *p, const json_t *result)
{
    print_loudness(p, mg_view(result, "loudness"));
    if (!mg_is_premaster(result))
        print_streaming(p, mg_view(result, "loudness.platforms"));
    print_dynamics(p, mg_view(result, "dynamics"));
    print_tempo(p, result);
    print_key(p, mg_view(result, "key"));
    print_structure(p, mg_view(result, "structure"));
    print_kick(p, result);
    print_spectrum(p, mg_view(result, "spectrum"));
    print_stereo(p, mg_view(result, "stereo"));
}

/* ---- the reference ---- */

static double difference(const json_t *reference, const char *name)
{
    const json_t *measures = mg_view(reference, "measures");
    for (size_t i = 0; i < mg_view_count(measures, ""); i++) {
        const json_t *measure = mg_view_item(measures, i);
        if (strcmp(mg_view_text(measure, "name"), name) == 0)
            return mg_view_number(measure, "difference");
    }
    return (double)NAN;
}

static void print_reference_bands(const mg_page *p, const json_t *reference)
{
    static const char *const names[] = {"sub", "bass", "low mid", "mid", "high mid", "high"};
    const json_t *bands = mg_view(reference, "bands");
    char words[200] = "", shown[32];
    for (size_t b = 0; b < sizeof names / sizeof names[0]; b++) {
        mg_since_number(mg_view_number(mg_view_item(bands, b), "level_db"), 1, true, shown);
        mg_page_join(words, sizeof words, ", ", "%s %s", names[b], shown);
    }
    mg_page_join(words, sizeof words, " ", "dB");
    fprintf(p->out, "%*s", MG_PAGE_LABEL + 1, "");
    mg_page_wrapped(p, words, MG_PAGE_LABEL + 1);
}

/* "63 Hz", "12.6 kHz" */
static void hertz_text(double hz, char out[32])
{
    if (hz < 1000.0)
        snprintf(out, 32, "%.0f Hz", hz);
    else
        snprintf(out, 32, "%.3g kHz", hz / 1000.0);
}

/* Stretches of third octaves that differ by 3 dB or more, each with its largest difference. */
static void print_reference_stretches(const mg_page *p, const json_t *reference)
{
    static const double notable_db = 3.0;
    char words[400] = "";
    const json_t *thirds = mg_view(reference, "third_octave");
    const size_t count = mg_view_count(thirds, "");
    for (size_t t = 0; t < count; t++) {
        const double first = mg_view_number(mg_view_item(thirds, t), "level_db");
        double largest = first, level = first;
        size_t last = t;
        char from[32], to[32], shown[32];
        if (!(fabs(first) >= notable_db))
            continue;
        while (last + 1 < count) {
            level = mg_view_number(mg_view_item(thirds, last + 1), "level_db");
            if (!(fabs(level) >= notable_db) || (level > 0.0) != (first > 0.0))
                break;
            largest = fabs(level) > fabs(largest) ? level : largest;
            last++;
        }
        hertz_text(mg_view_number(mg_view_item(thirds, t), "hz"), from);
        hertz_text(mg_view_number(mg_view_item(thirds, last), "hz"), to);
        mg_since_number(largest, 1, true, shown);
        if (last > t)
            mg_page_join(words, sizeof words, "; ", "%s to %s up to %s dB", from, to, shown);
        else
            mg_page_join(words, sizeof words, "; ", "%s %s dB", from, shown);
        t = last;
    }
    if (words[0] == '\0')
        return;
    fprintf(p->out, "%*s", MG_PAGE_LABEL + 1, "");
    mg_page_wrapped(p, words, MG_PAGE_LABEL + 1);
}

static void print_reference_facts(const mg_page *p, const json_t *reference)
{
    static const struct {
        const char *name, *text, *unit;
        int digits;
    } facts[] = {
        {"loudness.range_lu", "range", " LU", 1},
        {"loudness.true_peak_dbtp", "true peak", " dB", 1},
        {"loudness.psr_min_lu", "least PSR", " LU", 1},
        {"stereo.width", "width", "", 2},
        {"stereo.correlation", "correlation", "", 2},
        {"stereo.mono_loss_db", "loss in mono", " dB", 1},
    };
    char words[300] = "";
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        char shown[32];
        const double d = difference(reference, facts[i].name);
        mg_since_number(d, facts[i].digits, true, shown);
        if (!isnan(d) && mg_json_rounded(d, facts[i].digits) != 0.0)
            mg_page_join(words, sizeof words, ", ", "%s %s%s", facts[i].text, shown,
                         facts[i].unit);
    }
    if (words[0] == '\0')
        return;
    fprintf(p->out, "%*s", MG_PAGE_LABEL + 1, "");
    mg_page_wrapped(p, words, MG_PAGE_LABEL + 1);
}

void mg_report_reference(const mg_page *p, const json_t *result)
{
    const json_t *reference = mg_view(result, "reference");
    const double gain = mg_view_number(reference, "gain_db");
    if (reference == NULL)
        return;
    fputc('\n', p->out);
    mg_page_label(p, "Reference");
    if (isnan(gain)) { /* then no level has a difference */
        mg_page_wrapped(p, "cannot be matched: one of the two is too short or silent",
                        MG_PAGE_LABEL + 1);
        return;
    }
    mg_page_value(p, "", mg_view_number(reference, "integrated_lufs"), 1, "LUFS");
    fprintf(p->out, ", matched by %+.1f dB; this track has more (+) or less (-)\n",
            mg_json_rounded(gain, 1));
    print_reference_bands(p, reference);
    print_reference_stretches(p, reference);
    print_reference_facts(p, reference);
}
