#include "worker/cli/report_text.h"

#include "report/labels.h"
#include "report/result_view.h"
#include "worker/cli/report_measures.h"
#include "worker/cli/text_width.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BAR_CELLS = 10,
    FIRST_SCREEN = 5,
    INFO_MAX = 5,
    FULL = 79,       /* columns of the longest line */
    UNBROKEN = 4000, /* wider than any */
};

/* ---- head ---- */

static void print_title(const mg_page *p, const json_t *audio, const char *title)
{
    char name[256], duration[32];
    const double bits = mg_view_number(audio, "bits_per_sample");
    const double rate = mg_view_number(audio, "bitrate_kbps");
    if (title != NULL) {
        mg_text_cut_middle(title, p->columns, name, sizeof name);
        fprintf(p->out, "%s%s%s\n", mg_page_style(p, MG_BOLD), name, mg_page_style(p, MG_RESET));
    }
    const double duration_s = mg_view_number(audio, "duration_s");
    mg_clock_text(duration_s, duration_s < 10.0, duration);
    fprintf(p->out, "%s%s, %.6g kHz, %.0f channel%s", mg_page_style(p, MG_DIM),
            mg_page_show(mg_view_text(audio, "codec")).text,
            mg_view_number(audio, "sample_rate_hz") / 1000.0, mg_view_number(audio, "channels"),
            mg_view_number(audio, "channels") == 1.0 ? "" : "s");
    if (!isnan(bits))
        fprintf(p->out, ", %.0f bit", bits);
    if (!isnan(rate))
        fprintf(p->out, ", %.0f kbit/s", rate);
    fprintf(p->out, ", %s%s\n", duration, mg_page_style(p, MG_RESET));
}

static void print_warnings(const mg_page *p, const json_t *audio)
{
    size_t i;
    json_t *warning;
    const json_t *warnings = mg_view(audio, "warnings");
    if (json_array_size(warnings) == 0)
        return;
    fprintf(p->out, "%sabout the file:", mg_page_style(p, MG_YELLOW));
    json_array_foreach((json_t *)warnings, i, warning) {
        const char *id = json_string_value(warning);
        fprintf(p->out, "%s %s", i > 0 ? "," : "", mg_page_show(id != NULL ? id : "?").text);
    }
    fprintf(p->out, "%s\n", mg_page_style(p, MG_RESET));
}

static const char *score_colour(double score)
{
    return score >= 80.0 ? MG_GREEN : score >= 60.0 ? MG_YELLOW : MG_RED;
}

/* What stands behind it on the line, if something does, begins at the same column always. */
static void print_score(const mg_page *p, const json_t *scores, const char *key, const char *name,
                        bool last)
{
    const double score = mg_view_number(mg_view(scores, key), "value");
    fprintf(p->out, "%-10s ", name);
    if (isnan(score)) {
        fprintf(p->out, "%3s%*s", "-", last ? 0 : BAR_CELLS + 1, "");
        return;
    }
    const int full = (int)(score / 100.0 * BAR_CELLS + 0.5);
    fprintf(p->out, "%3.0f %s", score, mg_page_style(p, score_colour(score)));
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i < full ? '#' : '.', p->out);
    fputs(mg_page_style(p, MG_RESET), p->out);
}

/* The score, and in two lines, or three on a narrow terminal, what it is made of. */
static void print_scores(const mg_page *p, const json_t *scores)
{
    static const char *const parts[][2] = {
        {"loudness", "loudness"}, {"dynamics", "dynamics"}, {"tonal_balance", "tonal"},
        {"low_end", "low end"},   {"stereo", "stereo"},     {"technical", "technical"},
    };
    const json_t *overall = mg_view(scores, "overall");
    const double score = mg_view_number(overall, "value");
    fputc('\n', p->out);
    mg_page_label(p, "SCORE");
    if (isnan(score))
        fprintf(p->out, "  -  %s", mg_no_score(overall));
    else
        fprintf(p->out, "%s%s%3.0f%s  of 100", mg_page_style(p, MG_BOLD),
                mg_page_style(p, score_colour(score)), score, mg_page_style(p, MG_RESET));
    fprintf(p->out, ", for %s\n", mg_page_show(mg_view_text(overall, "profile")).text);
    const size_t each = p->columns < FULL ? 2 : 3;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const bool last = i % each == each - 1;
        print_score(p, scores, parts[i][0], parts[i][1], last);
        fputs(last ? "\n" : "  ", p->out);
    }
}

/* ---- feedback ---- */

static const char *severity_colour(const char *severity)
{
    if (strcmp(severity, "critical") == 0 || strcmp(severity, "major") == 0)
        return MG_RED;
    return strcmp(severity, "minor") == 0 ? MG_YELLOW : MG_CYAN;
}

/* The first place, and how many more there are. */
static void print_where(const mg_page *p, const json_t *where)
{
    char start[32], end[32];
    const json_t *first = json_array_get(where, 0);
    const double start_s = mg_view_number(first, "start_s");
    const double end_s = mg_view_number(first, "end_s");
    const double low = mg_view_number(first, "low_hz"), high = mg_view_number(first, "high_hz");
    if (isnan(start_s) && (isnan(low) || json_array_size(where) == 1))
        return; /* one stretch of frequencies stands in the advice */
    fprintf(p->out, "%*s%s", MG_PAGE_LABEL + 1, "", mg_page_style(p, MG_DIM));
    if (!isnan(start_s)) {
        mg_clock_text(start_s, 1, start);
        mg_clock_text(isnan(end_s) ? start_s : end_s, 1, end);
        fprintf(p->out, "at %s", start);
        if (strcmp(start, end) != 0)
            fprintf(p->out, "-%s", end);
    }
    if (!isnan(low))
        fprintf(p->out, "%s%.0f-%.0f Hz", isnan(start_s) ? "" : ", ", low, high);
    if (json_array_size(where) > 1)
        fprintf(p->out, " and %zu more places", json_array_size(where) - 1);
    fprintf(p->out, "%s\n", mg_page_style(p, MG_RESET));
}

static void print_finding(const mg_page *p, const json_t *item)
{
    const char *severity = mg_view_text(item, "severity");
    fprintf(p->out, "%s%-*s%s ", mg_page_style(p, severity_colour(severity)), MG_PAGE_LABEL,
            mg_page_show(severity).text, mg_page_style(p, MG_RESET));
    mg_page_wrapped(p, mg_view_text(item, "message"), MG_PAGE_LABEL + 1);
}

static void print_help_for(const mg_page *p, const json_t *item)
{
    print_where(p, mg_view(item, "where"));
    if (mg_view_text(item, "advice")[0] == '\0')
        return;
    fprintf(p->out, "%*s", MG_PAGE_LABEL + 1, "");
    mg_page_wrapped(p, mg_view_text(item, "advice"), MG_PAGE_LABEL + 1);
}

static bool is_info(const json_t *item)
{
    return strcmp(mg_view_text(item, "severity"), "info") == 0;
}

/* The list has the most important first. A screen holds a few of those in full, the rest in one
 * sentence each, and not every remark. */
static void print_feedback(const mg_page *p, const json_t *feedback)
{
    const size_t count = mg_view_count(feedback, "");
    size_t above = 0, remarks = 0;
    fputc('\n', p->out);
    if (count == 0) {
        fprintf(p->out, "%sNothing to find fault with.%s\n", mg_page_style(p, MG_GREEN),
                mg_page_style(p, MG_RESET));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = mg_view_item(feedback, i);
        if (is_info(item) && ++remarks > INFO_MAX)
            continue;
        above += !is_info(item);
        print_finding(p, item);
        if (!is_info(item) && above <= FIRST_SCREEN)
            print_help_for(p, item);
    }
    if (remarks > INFO_MAX)
        fprintf(p->out, "%*sand %zu more remarks; --json has them all\n", MG_PAGE_LABEL + 1, "",
                remarks - INFO_MAX);
}

/* ---- measures ---- */

/* A line of measures, whose label or blanks take the first columns, broken where it must. */
static void print_broken(const mg_page *p, const char *line)
{
    char label[MG_PAGE_LABEL + 1];
    if (line[0] == '\0') {
        fputc('\n', p->out);
        return;
    }
    snprintf(label, sizeof label, "%s", line);
    mg_page_label(p, line[0] == ' ' ? "" : label);
    mg_page_wrapped(p, line + strnlen(line, MG_PAGE_LABEL), MG_PAGE_LABEL + 1);
}

/* On a terminal narrower than its lines: without colours, which the breaking would count. */
static void print_measures_narrow(const mg_page *p, const json_t *root)
{
    char *text = NULL, *line, *rest;
    size_t size = 0;
    mg_page wide = {.columns = UNBROKEN};
    wide.out = open_memstream(&text, &size);
    if (wide.out == NULL)
        return;
    mg_report_measures(&wide, root);
    mg_report_reference(&wide, root);
    if (fclose(wide.out) == 0) {
        for (rest = text; (line = strsep(&rest, "\n")) != NULL && rest != NULL;)
            print_broken(p, line);
    }
    free(text);
}

bool mg_report_text(FILE *out, const char *json, size_t len, const char *title, bool colour)
{
    json_t *root = NULL;
    if (mg_view_parse(json, len, &root, NULL) != MG_OK)
        return false;
    const mg_page p = {.out = out, .columns = mg_page_columns(out), .colour = colour};
    print_title(&p, mg_view(root, "audio"), title);
    print_warnings(&p, mg_view(root, "audio"));
    print_scores(&p, mg_view(root, "scores"));
    fputc('\n', out);
    if (p.columns < FULL) {
        print_measures_narrow(&p, root);
    } else {
        mg_report_measures(&p, root);
        mg_report_reference(&p, root);
    }
    print_feedback(&p, mg_view(root, "feedback"));
    fputc('\n', out);
    json_decref(root);
    return true;
}
