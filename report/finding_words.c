#include "report/finding_words.h"

#include "base/json_write.h"
#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct words {
    const char *code, *text;
} words;

static const words known[] = {
    {"loudness.true_peak_over", "true peak over"},
    {"loudness.codec_over", "peaks over once encoded"},
    {"dynamics.over_compressed", "over-compressed"},
    {"stereo.channel_silent", "a silent channel"},
    {"stereo.polarity_inverted", "inverted polarity"},
    {"stereo.mono_loss", "lost in mono"},
    {"stereo.low_end_wide", "wide low end"},
    {"stereo.phase_section", "out of phase"},
    {"stereo.dual_mono", "two equal channels"},
    {"technical.nonfinite", "broken samples"},
    {"technical.clipped_source", "clipped source"},
    {"technical.dc_offset", "DC offset"},
    {"technical.gap", "a gap"},
    {"technical.click", "clicks"},
    {"technical.noise_floor", "hiss"},
    {"technical.silence_head", "silence at the start"},
    {"technical.silence_tail", "silence at the end"},
    {"technical.cut_start", "starts in the middle"},
    {"technical.cut_end", "ends in the middle"},
    {"technical.upsampled", "upsampled"},
    {"technical.low_resolution", "low resolution"},
};

static const words bands[] = {
    {"tonal.sub_", "sub"},   {"tonal.bass_", "bass"},         {"tonal.low_mid_", "low mids"},
    {"tonal.mid_", "mids"},  {"tonal.high_mid_", "high mids"}, {"tonal.high_", "highs"},
};

static const char *band_of(const char *code, const char **ret_side)
{
    for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++) {
        const size_t len = strlen(bands[i].code);
        *ret_side = code + len;
        if (strncmp(code, bands[i].code, len) == 0 &&
            (strcmp(*ret_side, "high") == 0 || strcmp(*ret_side, "low") == 0))
            return bands[i].text;
    }
    return NULL;
}

/* The code without its area, as words. */
static void spelled(const char *code, char *out, size_t size)
{
    const char *dot = strchr(code, '.');
    snprintf(out, size, "%s", dot != NULL ? dot + 1 : code);
    for (char *c = out; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
}

/* How far outside of its target, where the unit is one that everyone adds up. */
static void amount(const json_t *item, char *out, size_t size)
{
    static const char *const units[] = {"dB", "LU", "dBTP", "LUFS"};
    const char *unit = mg_view_text(item, "unit");
    const double delta = fabs(mg_view_number(item, "delta"));
    const size_t used = strlen(out);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i]) == 0 && delta >= 0.05)
            snprintf(out + used, size - used, ", %.1f %s", mg_json_rounded(delta, 1),
                     strncmp(unit, "dB", 2) == 0 ? "dB" : "LU");
    }
}

void mg_finding_words(const json_t *item, char *out, size_t size)
{
    const char *code = mg_view_text(item, "code"), *side;
    const char *band = band_of(code, &side);
    spelled(code, out, size);
    if (band != NULL)
        snprintf(out, size, "%s too %s", band, side[0] == 'h' ? "strong" : "weak");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(code, known[i].code) == 0)
            snprintf(out, size, "%s", known[i].text);
    }
    amount(item, out, size);
}
