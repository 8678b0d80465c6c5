#include "worker/cli/profile_learn.h"

#include "base/json_write.h"
#include "verdict/score.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INTEGRATED, SHORT_TERM, PSR, RANGE, FIRST_BAND };

/* Least half width and tolerance of each target; bands share the last row. */
static const struct {
    const char *name;
    double least_half, tolerance, low, high;
} rows[FIRST_BAND + 1] = {
    {"integrated_lufs", 1.0, 2.0, -70.0, 20.0},
    {"short_term_max_lufs", 1.0, 2.0, -70.0, 20.0},
    {"psr_min_lu", 0.5, 2.0, 0.0, 60.0},
    {"range_lu", 1.5, 4.0, 0.0, 80.0},
    {"band_share", 1.5, 3.0, 0.0, 0.0},
};

void mg_learn_done(mg_learn *learn)
{
    for (size_t i = 0; i < MG_LEARN_VALUES; i++)
        free(learn->values[i]);
    *learn = (mg_learn){0};
}

static mg_err keep(mg_learn *learn, size_t which, const json_t *value)
{
    if (!json_is_number(value))
        return MG_OK;
    if (learn->values[which] == NULL)
        learn->values[which] = malloc(MG_LEARN_TRACKS_MAX * sizeof(double));
    if (learn->values[which] == NULL)
        return MG_E_NOMEM;
    double v = json_number_value(value);
    learn->values[which][learn->count[which]++] =
        which >= FIRST_BAND ? mg_share_balance_db(v) : v;
    return MG_OK;
}

mg_err mg_learn_add(mg_learn *learn, const char *result_json, size_t len)
{
    if (learn->tracks == MG_LEARN_TRACKS_MAX)
        return MG_E_LIMIT;
    json_t *root = json_loadb(result_json, len, 0, NULL);
    const json_t *loudness = json_object_get(root, "loudness");
    const json_t *bands = json_object_get(json_object_get(root, "spectrum"), "bands");
    const json_t *integrated = json_object_get(loudness, "integrated_dual_mono_lufs");
    if (!json_is_number(integrated)) /* only mono files have it */
        integrated = json_object_get(loudness, "integrated_lufs");
    mg_err result = json_is_object(loudness) && json_array_size(bands) == MG_BANDS
                        ? MG_OK
                        : MG_E_INTERNAL;
    if (result == MG_OK && !json_is_number(json_object_get(loudness, rows[SHORT_TERM].name)))
        result = MG_E_EMPTY_AUDIO;
    if (result == MG_OK)
        result = keep(learn, INTEGRATED, integrated);
    for (size_t i = SHORT_TERM; i < FIRST_BAND && result == MG_OK; i++)
        result = keep(learn, i, json_object_get(loudness, rows[i].name));
    for (size_t b = 0; b < MG_BANDS && result == MG_OK; b++)
        result = keep(learn, FIRST_BAND + b,
                      json_object_get(json_array_get(bands, b), "loudest_share"));
    json_decref(root);
    learn->tracks += result == MG_OK;
    return result;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

/* Sorts the values; then they become deviations. @return the median */
static double spread_of(double *values, size_t count, double *ret_sigma)
{
    double middle = median(values, count);
    for (size_t i = 0; i < count; i++)
        values[i] = fabs(values[i] - middle);
    *ret_sigma = 1.4826 * median(values, count);
    return middle;
}

static double share_of(double balance_db)
{
    double ratio = pow(10.0, balance_db / 10.0);
    return fmin(fmax(ratio / (1.0 + ratio), 1e-5), 1.0);
}

static void write_source(mg_json *json, double tolerance, const char *evidence,
                         const char *source)
{
    mg_json_num(json, "tolerance", tolerance, 2);
    mg_json_str(json, "evidence", evidence);
    mg_json_str(json, "source", source);
}

static void write_target(mg_json *json, const char *name, size_t which, double *values,
                         size_t count)
{
    size_t row = which < FIRST_BAND ? which : FIRST_BAND;
    double sigma, middle = spread_of(values, count, &sigma);
    double half = fmax(1.28 * sigma, rows[row].least_half);
    char source[120];
    snprintf(source, sizeof source, "%zu track%s%s: median %.1f, standard deviation %.1f%s", count,
             count == 1 ? "" : "s", count < MG_LEARN_TRACKS_FEW ? " (too few to trust)" : "",
             middle, sigma,
             row == FIRST_BAND ? " dB over the other bands" : "");
    mg_json_object(json, name);
    if (row == FIRST_BAND) {
        mg_json_num(json, "low", share_of(middle - half), 5);
        mg_json_num(json, "high", share_of(middle + half), 5);
    } else {
        mg_json_num(json, "low", fmax(middle - half, rows[row].low), 2);
        mg_json_num(json, "high", which == PSR ? NAN : fmin(middle + half, rows[row].high), 2);
    }
    write_source(json, rows[row].tolerance, "measured", source);
    mg_json_object_end(json);
}

static void write_true_peak(mg_json *json, const mg_profile *base)
{
    static const char *const evidence[] = {"measured", "published", "prior"};
    mg_json_object(json, "true_peak");
    mg_json_num(json, "info", base->true_peak_info.high, 2);
    mg_json_num(json, "minor", base->true_peak_minor.high, 2);
    mg_json_num(json, "major", base->true_peak_major.high, 2);
    write_source(json, base->true_peak_info.tolerance, evidence[base->true_peak_info.evidence],
                 base->true_peak_info.source);
    mg_json_object_end(json);
}

mg_err mg_learn_write(const mg_learn *learn, const mg_profile *base, mg_buf *out,
                      mg_errinfo *err)
{
    mg_json json = MG_JSON_INIT(out);
    char name[64];
    for (size_t i = 0; i < MG_LEARN_VALUES; i++) {
        if (learn->count[i] == 0)
            return mg_fail(err, MG_E_EMPTY_AUDIO, 0,
                           "no track has a value for %s; a profile needs music of some seconds",
                           i < FIRST_BAND ? rows[i].name : mg_band_name[i - FIRST_BAND]);
    }
    snprintf(name, sizeof name, "learned/%s", base->purpose);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "name", name);
    mg_json_str(&json, "purpose", base->purpose);
    mg_json_bool(&json, "clipping_intended", base->clipping_intended);
    for (size_t i = base->has_integrated ? INTEGRATED : PSR; i < FIRST_BAND; i++)
        write_target(&json, rows[i].name, i, learn->values[i], learn->count[i]);
    write_true_peak(&json, base);
    mg_json_object(&json, "band_share");
    for (size_t b = 0; b < MG_BANDS; b++)
        write_target(&json, mg_band_name[b], FIRST_BAND + b, learn->values[FIRST_BAND + b],
                     learn->count[FIRST_BAND + b]);
    mg_json_object_end(&json);
    mg_json_object_end(&json);
    mg_buf_putc(out, '\n');
    return mg_buf_err(out);
}
