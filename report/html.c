/* The page: head, parts in order, foot. */
#include "base/cleanup.h"
#include "base/embedded.h"
#include "report/page.h"
#include "report/report.h"

#include <math.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <string.h>

extern const mg_embedded_text mg_embedded_report[];

/* ---- what the parts share ---- */

void mg_page_card(const mg_page *page, const char *class, const char *heading)
{
    mg_buf_printf(page->out, "<section class=\"card %s\"><h2>%s</h2>", class, heading);
}

void mg_page_card_end(const mg_page *page)
{
    mg_buf_puts(page->out, "</section>\n");
}

const char *mg_page_severity(const json_t *item)
{
    static const char *const names[] = {"critical", "major", "minor"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(mg_view_text(item, "severity"), names[i]) == 0)
            return names[i];
    }
    return "info";
}

const char *mg_page_grade(double score)
{
    if (isnan(score))
        return "none";
    return score >= 80.0 ? "good" : score >= 60.0 ? "fair" : "poor";
}

const json_t *mg_page_score_part(const mg_page *page, const char *score, const char *part)
{
    const json_t *parts = mg_view(mg_view(mg_view(page->result, "scores"), score), "parts");
    for (size_t i = 0; i < mg_view_count(parts, ""); i++) {
        if (strcmp(mg_view_text(mg_view_item(parts, i), "name"), part) == 0)
            return mg_view_item(parts, i);
    }
    return NULL;
}

/* ---- the document ---- */

/* The one style sheet is allowed by its hash: nothing that slipped in could style or run. */
static void policy(mg_buf *out, const char *css)
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
    sha256_init(&hash);
    sha256_update(&hash, strlen(css), (const uint8_t *)css);
    sha256_digest(&hash, sizeof digest, digest);
    base64_encode_raw(text, sizeof digest, digest);
    mg_buf_printf(out,
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'sha256-%s'; img-src data:; base-uri 'none'; form-action 'none'\">\n",
                  text);
}

static void begin(mg_buf *out, const char *title)
{
    const char *css = mg_embedded_report[0].text;
    mg_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    policy(out, css);
    mg_buf_puts(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<meta name=\"referrer\" content=\"no-referrer\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n<title>");
    mg_html_text_cut(out, title, 120);
    mg_buf_puts(out, " \xc2\xb7 mixgauge</title>\n<style>");
    mg_buf_puts(out, css);
    mg_buf_puts(out, "</style>\n</head>\n<body>\n");
}

static void end(const mg_page *page)
{
    const json_t *r = page->result;
    mg_buf_puts(page->out, "</main>\n<footer><p>");
    mg_html_text(page->out, mg_view_text(r, "engine.name"));
    mg_buf_putc(page->out, ' ');
    mg_html_text(page->out, mg_view_text(r, "engine.version"));
    mg_buf_puts(page->out, " \xc2\xb7 parameters <code>");
    mg_html_text(page->out, mg_view_text(r, "engine.params_hash"));
    mg_buf_puts(page->out, "</code> \xc2\xb7 formula <code>");
    mg_html_text(page->out, mg_view_text(r, "scores.overall.formula"));
    mg_buf_puts(page->out, "</code></p><p>SHA-256 of the audio file <code class=\"hash\">");
    mg_html_text(page->out, mg_view_text(r, "audio.sha256"));
    mg_buf_puts(page->out, "</code></p></footer>\n</body>\n</html>\n");
}

mg_err mg_report_html(const json_t *result, const char *title, mg_buf *out)
{
    const double duration_s = mg_view_number(result, "audio.duration_s");
    const mg_page page = {.out = out,
                          .result = result,
                          .duration_s = duration_s > 0.0 ? duration_s : 1e-3};
    const char *shown = title != NULL && title[0] != '\0' ? title : "Mix report";
    begin(out, shown);
    mg_page_head(&page, shown);
    mg_buf_puts(out, "<main>\n");
    mg_page_facts(&page);
    mg_page_since(&page);
    mg_page_waveform(&page);
    mg_page_feedback(&page);
    mg_buf_puts(out, "<div class=\"side\">\n");
    mg_page_scores(&page);
    mg_page_tempo_key(&page);
    mg_page_platforms(&page);
    mg_buf_puts(out, "</div>\n");
    mg_page_loudness(&page);
    mg_page_spectrum(&page);
    mg_page_stereo(&page);
    mg_page_since_measures(&page);
    mg_page_reference(&page);
    mg_page_measures(&page);
    end(&page);
    return mg_buf_err(out);
}
