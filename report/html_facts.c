/* The head of the page: what was measured, the overall score, and the figures everyone asks for. */
#include "report/labels.h"
#include "report/music_words.h"
#include "report/page.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By how much the score moved since an earlier version. */
static void moved(const mg_page *page)
{
    const json_t *measures = mg_view(page->result, "since.measures");
    for (size_t i = 0; i < mg_view_count(measures, ""); i++) {
        const json_t *m = mg_view_item(measures, i);
        const double change = mg_view_number(m, "change");
        if (strcmp(mg_view_text(m, "name"), "scores.overall") != 0 || isnan(change))
            continue;
        mg_buf_printf(page->out, "<p class=\"ring-moved\"><span class=\"tag t-%s\">",
                      change > 0.0 ? "good" : "bad");
        mg_html_signed(page->out, change, 0);
        mg_buf_puts(page->out, "</span></p>");
    }
}

static void ring(const mg_page *page)
{
    const json_t *overall = mg_view(page->result, "scores.overall");
    const double score = mg_view_number(overall, "value");
    mg_buf_printf(page->out,
                  "<div class=\"ring\"><svg viewBox=\"0 0 120 120\" width=\"132\" height=\"132\" "
                  "role=\"img\" aria-labelledby=\"score-t\"><title id=\"score-t\">Overall score ");
    mg_html_number(page->out, score, 0);
    mg_buf_printf(page->out,
                  " of 100</title><circle class=\"ring-rail\" cx=\"60\" cy=\"60\" r=\"52\"/>"
                  "<circle class=\"ring-arc g-%s\" cx=\"60\" cy=\"60\" r=\"52\" pathLength=\"100\" "
                  "transform=\"rotate(-90 60 60)\" stroke-dasharray=\"",
                  mg_page_grade(score));
    mg_svg_number(page->out, isnan(score) ? 0.0 : score);
    mg_buf_puts(page->out, " 100\"/><text class=\"ring-score\" x=\"60\" y=\"70\">");
    mg_html_number(page->out, score, 0);
    mg_buf_printf(page->out, "</text><text class=\"ring-of\" x=\"60\" y=\"89\">%s</text></svg>",
                  isnan(score) ? mg_no_score(overall) : "of 100");
    moved(page);
    mg_buf_puts(page->out, "</div>\n");
}

static void upper(mg_buf *out, const char *text)
{
    char word[32];
    size_t i = 0;
    for (; text[i] != '\0' && i + 1 < sizeof word; i++)
        word[i] = (char)toupper((unsigned char)text[i]);
    word[i] = '\0';
    mg_html_text(out, word);
}

static void channels(const mg_page *page, double count)
{
    if (count == 1.0 || count == 2.0) {
        mg_buf_puts(page->out, count == 1.0 ? "mono" : "stereo");
    } else {
        mg_html_number(page->out, count, 0);
        mg_buf_puts(page->out, " channels");
    }
}

static void format_line(const mg_page *page)
{
    static const char between[] = " <span class=\"dot\" aria-hidden=\"true\">\xc2\xb7</span> ";
    const json_t *audio = mg_view(page->result, "audio");
    const double bits = mg_view_number(audio, "bits_per_sample");
    const double rate = mg_view_number(audio, "bitrate_kbps");
    mg_buf_puts(page->out, "<p class=\"format\">");
    upper(page->out, mg_view_text(audio, "container"));
    mg_buf_puts(page->out, between);
    mg_html_hz(page->out, mg_view_number(audio, "sample_rate_hz"));
    mg_buf_puts(page->out, between);
    channels(page, mg_view_number(audio, "channels"));
    if (!isnan(bits) || !isnan(rate)) {
        mg_buf_puts(page->out, between);
        mg_html_value(page->out, isnan(bits) ? rate : bits, 0, isnan(bits) ? "kbit/s" : "bit");
    }
    mg_buf_puts(page->out, "<span class=\"for\">");
    mg_buf_puts(page->out, between);
    mg_buf_puts(page->out, "profile <b>");
    mg_html_text(page->out, mg_view_text(page->result, "scores.overall.profile"));
    mg_buf_puts(page->out, "</b></span></p>");
}

static void warnings(const mg_page *page)
{
    const json_t *list = mg_view(page->result, "audio.warnings");
    if (mg_view_count(list, "") == 0)
        return;
    mg_buf_puts(page->out, "<p class=\"format warn\">About the file: ");
    for (size_t i = 0; i < mg_view_count(list, ""); i++) {
        const char *id = json_string_value(mg_view_item(list, i));
        mg_buf_puts(page->out, i > 0 ? ", " : "");
        mg_html_name(page->out, id != NULL ? id : "?");
    }
    mg_buf_puts(page->out, "</p>");
}

/* How many findings of each severity. */
static void verdict(const mg_page *page)
{
    static const char *const severities[] = {"critical", "major", "minor", "info"};
    const json_t *feedback = mg_view(page->result, "feedback");
    bool any = false;
    mg_buf_puts(page->out, "<p class=\"verdict\">");
    for (size_t s = 0; s < sizeof severities / sizeof severities[0]; s++) {
        size_t count = 0;
        for (size_t i = 0; i < mg_view_count(feedback, ""); i++)
            count += strcmp(mg_page_severity(mg_view_item(feedback, i)), severities[s]) == 0;
        if (count > 0)
            mg_buf_printf(page->out, "<span class=\"pill %s\">%zu %s</span> ", severities[s],
                          count, severities[s]);
        any = any || count > 0;
    }
    if (!any)
        mg_buf_puts(page->out, "<span class=\"pill fine\">nothing found</span>");
    mg_buf_puts(page->out, "</p>");
}

void mg_page_head(const mg_page *page, const char *title)
{
    mg_buf_puts(page->out, "<header><div class=\"about\"><p class=\"brand\">mixgauge "
                           "<span>report</span></p><h1><bdi>");
    mg_html_text_cut(page->out, title, 120);
    mg_buf_puts(page->out, "</bdi></h1>");
    format_line(page);
    warnings(page);
    verdict(page);
    mg_buf_puts(page->out, "</div>");
    ring(page);
    mg_buf_puts(page->out, "</header>\n");
}

/* ---- figures ---- */

static void fact(const mg_page *page, const char *name, double value, int digits, const char *unit)
{
    mg_buf_printf(page->out, "<div class=\"fact\"><dt>%s</dt><dd><b>", name);
    mg_html_number(page->out, value, digits);
    mg_buf_puts(page->out, "</b>");
    if (!isnan(value))
        mg_buf_printf(page->out, " %s", unit);
    mg_buf_puts(page->out, "</dd>");
}

static void small_value(const mg_page *page, const char *before, double value, int digits,
                        const char *unit)
{
    mg_buf_printf(page->out, "<dd class=\"small\">%s", before);
    mg_html_value(page->out, value, digits, unit);
    mg_buf_puts(page->out, "</dd>");
}

/* How sure a value is; NAN: there is none, `none` says so. */
static void sure(const mg_page *page, const char *before, double percent, const char *none)
{
    if (isnan(percent))
        mg_buf_printf(page->out, "<dd class=\"small\">%s</dd>", none);
    else
        small_value(page, before, percent, 0, "% sure");
}

static void fact_end(const mg_page *page)
{
    mg_buf_puts(page->out, "</div>\n");
}

static void key_fact(const mg_page *page)
{
    const json_t *key = mg_view(page->result, "key");
    const char *name = mg_view_text(key, "name"), *camelot = mg_view_text(key, "camelot");
    const double confidence = mg_view_number(key, "confidence") * 100.0;
    mg_buf_puts(page->out, "<div class=\"fact\"><dt>Key</dt><dd><b>");
    mg_html_text(page->out, name[0] != '\0' ? name : "\xe2\x80\x93");
    mg_buf_puts(page->out, "</b>");
    if (camelot[0] != '\0') {
        const long place = strtol(camelot, NULL, 10);
        mg_buf_printf(page->out, " <span class=\"camelot h%ld\">",
                      place >= 1 && place <= 12 ? place : 0);
        mg_html_text(page->out, camelot);
        mg_buf_puts(page->out, "</span>");
    }
    mg_buf_puts(page->out, "</dd>");
    sure(page, mg_key_change_count(key) > 0 ? "it changes, " : "",
         name[0] != '\0' ? confidence : (double)NAN, "no clear key");
    fact_end(page);
}

/* Of a track that moves its tempos: their mean is none of them. */
static void tempo_fact(const mg_page *page)
{
    const json_t *tempo = mg_view(page->result, "tempo");
    double low, high;
    if (!mg_tempo_range(tempo, &low, &high)) {
        fact(page, "Tempo", mg_view_number(tempo, "bpm"), 2, "BPM");
        return;
    }
    mg_buf_puts(page->out, "<div class=\"fact\"><dt>Tempo</dt><dd><b>");
    const int digits = high - low >= 2.0 ? 0 : 1;
    mg_html_number(page->out, low, digits);
    mg_buf_puts(page->out, "\xe2\x80\x93");
    mg_html_number(page->out, high, digits);
    mg_buf_puts(page->out, "</b> BPM</dd>");
}

void mg_page_facts(const mg_page *page)
{
    const json_t *r = page->result;
    const double bpm = mg_view_number(r, "tempo.bpm");
    const double dual_mono = mg_view_number(r, "loudness.integrated_dual_mono_lufs");
    mg_buf_puts(page->out, "<section class=\"figures-row\" aria-label=\"Key figures\">"
                           "<dl class=\"facts\">\n");
    tempo_fact(page);
    sure(page, mg_view_false(r, "tempo.constant") ? "it moves, " : "",
         isnan(bpm) ? (double)NAN : mg_view_number(r, "tempo.confidence") * 100.0, "no clear beat");
    fact_end(page);
    key_fact(page);
    fact(page, "Loudness", mg_view_number(r, "loudness.integrated_lufs"), 1, "LUFS");
    if (isnan(dual_mono))
        small_value(page, "range ", mg_view_number(r, "loudness.range_lu"), 1, "LU");
    else
        small_value(page, "from two loudspeakers ", dual_mono, 1, "LUFS");
    fact_end(page);
    fact(page, "True peak", mg_view_number(r, "loudness.true_peak_dbtp"), 1, "dBTP");
    small_value(page, "samples ", mg_view_number(r, "loudness.sample_peak_dbfs"), 1, "dBFS");
    fact_end(page);
    fact(page, "Dynamics", mg_view_number(r, "loudness.psr_min_lu"), 1, "LU PSR");
    small_value(page, "DR ", mg_view_number(r, "dynamics.dr"), 0, "");
    fact_end(page);
    mg_buf_puts(page->out, "<div class=\"fact\"><dt>Length</dt><dd><b>");
    const double duration_s = mg_view_number(r, "audio.duration_s");
    mg_html_time(page->out, duration_s, duration_s < 10.0);
    mg_buf_puts(page->out, "</b></dd>");
    small_value(page, "energy ", mg_view_number(r, "structure.energy"), 0, "of 10");
    fact_end(page);
    mg_buf_puts(page->out, "</dl></section>\n");
}
