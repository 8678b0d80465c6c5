#include "dsp/key/key.h"

#include "base/cleanup.h"
#include "dsp/key/key_segments.h"
#include "dsp/key/tuning.h"

#include <math.h>
#include <stdlib.h>

static const double shortest_s = 1.5;
static const float silence_power = 1e-10f; /* -100 dB */

struct mg_key {
    unsigned sample_rate_hz;
    uint64_t frames;
    mg_chroma *chroma;
    mg_tuning *tuning;
};

mg_err mg_key_new(mg_key **ret, const mg_stream_info *info)
{
    mg_key *key = calloc(1, sizeof(*key));
    if (!key)
        return MG_E_NOMEM;
    key->sample_rate_hz = info->sample_rate_hz;
    mg_err err = mg_chroma_new(&key->chroma, info);
    if (!err)
        err = mg_tuning_new(&key->tuning, info);
    if (err) {
        mg_key_free(key);
        return err;
    }
    *ret = key;
    return MG_OK;
}

void mg_key_free(mg_key *key)
{
    if (!key)
        return;
    mg_chroma_free(key->chroma);
    mg_tuning_free(key->tuning);
    free(key);
}

mg_err mg_key_push(mg_key *key, const mg_block *block, const mg_mono_part *part)
{
    key->frames += part->frames[MG_MONO_FULL];
    if (block)
        mg_tuning_push(key->tuning, block);
    return mg_chroma_push(key->chroma, part);
}

static void set_none(mg_key_result *ret, mg_why why, double confidence)
{
    ret->why = why;
    ret->confidence = confidence;
    ret->other_weight = 1.0;
    ret->tuning_cents = ret->tuning_hz = mg_none(why);
}

static bool is_silent(const mg_chroma *chroma)
{
    const mg_chroma_slot *slot = mg_chroma_slots(chroma);
    for (size_t i = 0; i < mg_chroma_count(chroma); i++) {
        if (slot[i].power > silence_power)
            return false;
    }
    return true;
}

static void set_tuning(mg_key_result *ret, double cents)
{
    ret->tuning_cents = mg_some(cents);
    ret->tuning_hz = mg_some(440.0 * exp2(cents / 1200.0));
}

/* Candidates by falling probability; ties go to the lower key. What the ceiling of the confidence
 * takes from the first is given to the rest in proportion. */
static void set_candidates(mg_key_result *ret, const double *probability)
{
    bool used[MG_KEYS] = {false};
    double rest = 1.0, first = 0, scale = 1.0;
    for (unsigned i = 0; i < MG_KEY_CANDIDATES_MAX; i++) {
        unsigned best = MG_KEYS;
        for (unsigned k = 0; k < MG_KEYS; k++) {
            if (!used[k] && (best == MG_KEYS || probability[k] > probability[best]))
                best = k;
        }
        used[best] = true;
        double weight = probability[best] * scale;
        if (i == 0) {
            first = weight < MG_KEY_CONFIDENCE_MAX ? weight : MG_KEY_CONFIDENCE_MAX;
            scale = weight < 1.0 ? (1.0 - first) / (1.0 - weight) : 0.0;
            weight = first;
        }
        ret->candidates[i] = (mg_key_candidate){
            .tonic = best % 12, .mode = best < 12 ? MG_MAJOR : MG_MINOR, .weight = weight};
        rest -= weight;
    }
    ret->candidate_count = MG_KEY_CANDIDATES_MAX;
    ret->other_weight = rest > 0 ? rest : 0.0;
    ret->tonic = ret->candidates[0].tonic;
    ret->mode = ret->candidates[0].mode;
    ret->confidence = first;
}

static void set_one_segment(mg_key_result *ret, double duration_s)
{
    ret->segment_count = 1;
    ret->segments[0] = (mg_key_segment){.end_s = duration_s,
                                        .known = true,
                                        .tonic = ret->tonic,
                                        .mode = ret->mode,
                                        .confidence = ret->confidence};
}

static mg_err finish_music(mg_key *key, double duration_s, const mg_tempo_result *tempo,
                           mg_key_result *ret)
{
    double mode_cents = 0, strength = 0, probability[MG_KEYS + 1];
    mg_autofree mg_pitch_slot *slots = NULL;
    mg_auto(mg_key_cells_done) mg_key_cells cells = {0};
    size_t count = mg_chroma_count(key->chroma);
    if (!mg_chroma_tuning(key->chroma, &mode_cents, &strength)) {
        set_none(ret, MG_WHY_NO_KEY, MG_KEY_CONFIDENCE_MAX);
        return MG_OK;
    }
    double cents = mg_cents_middle(mg_chroma_cents(key->chroma), mg_tuning_sides(key->tuning));
    mode_cents = cents + remainder(mode_cents - cents, 100.0); /* so that names go with `cents` */
    mg_err err = mg_key_pitch(key->chroma, mode_cents, &slots);
    if (!err)
        err = mg_key_cells_init(&cells, slots, count, mg_chroma_slot_s(key->chroma), strength);
    if (!err)
        err = mg_key_cells_judge(&cells, 0, cells.count, probability);
    if (err)
        return err;
    if (probability[MG_KEYS] > 0.5) {
        set_none(ret, MG_WHY_NO_KEY, fmin(probability[MG_KEYS], MG_KEY_CONFIDENCE_MAX));
        return MG_OK;
    }
    err = mg_key_segments_find(&cells, duration_s, tempo, probability, ret);
    if (err)
        return err;
    set_tuning(ret, cents);
    set_candidates(ret, probability);
    if (ret->segment_count == 0)
        set_one_segment(ret, duration_s);
    return MG_OK;
}

mg_err mg_key_finish(mg_key *key, const mg_tempo_result *tempo, mg_key_result *ret)
{
    double duration_s = (double)key->frames / key->sample_rate_hz;
    mg_err err = mg_chroma_finish(key->chroma);
    if (err)
        return err;
    *ret = (mg_key_result){0};
    if (duration_s < shortest_s) {
        set_none(ret, MG_WHY_TOO_SHORT, 1.0);
        return MG_OK;
    }
    if (is_silent(key->chroma)) {
        set_none(ret, MG_WHY_SILENT, 1.0);
        return MG_OK;
    }
    return finish_music(key, duration_s, tempo, ret);
}
