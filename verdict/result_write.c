/* The result object, schema mixgauge.result/1: fixed key order, stated digits, null with a reason.
 */
#include "verdict/verdict.h"

#include "verdict/json_group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void write_audio(mg_json *json, const mg_audio_result *a)
{
    group g = open_group(json, "audio");
    mg_json_str(json, "container", a->container);
    mg_json_str(json, "codec", a->codec);
    mg_json_int(json, "sample_rate_hz", a->sample_rate_hz);
    mg_json_int(json, "channels", a->channels);
    if (a->bits_per_sample)
        mg_json_int(json, "bits_per_sample", a->bits_per_sample);
    else
        put_null(&g, "bits_per_sample", MG_WHY_NOT_APPLICABLE);
    put(&g, "bitrate_kbps", a->bitrate_kbps, 1);
    mg_json_int(json, "frames", (int64_t)a->frames);
    mg_json_num(json, "duration_s", a->duration_s, 6);
    mg_json_int(json, "bytes", (int64_t)a->bytes);
    mg_json_str(json, "sha256", a->sha256);
    put(&g, "encoder_delay_samples", a->encoder_delay_samples, 0);
    put(&g, "padding_samples", a->padding_samples, 0);
    mg_json_int(json, "start_offset_samples", (int64_t)a->start_offset_samples);
    if (a->mp3_tag != NULL)
        mg_json_str(json, "mp3_tag", a->mp3_tag);
    else
        put_null(&g, "mp3_tag", MG_WHY_NOT_APPLICABLE);
    mg_json_array(json, "warnings");
    for (unsigned w = 0; w < MG_WARN_COUNT; w++) {
        if (a->warnings & (1u << w))
            mg_json_str(json, NULL, mg_audio_warning_id[w]);
    }
    mg_json_array_end(json);
    close_group(&g);
}

/* Streaming services: what their players do to a programme of this loudness. Targets as listed by
 * the services; `unconfirmed` where they do not publish one. Only Spotify turns quiet tracks up,
 * as far as the peak stays below -1 dBTP. */
static const struct platform {
    const char *name;
    double target_lufs, ceiling_dbtp;
    bool raises, confirmed;
} platforms[] = {
    {"spotify", -14.0, -1.0, true, true},      {"apple_music", -16.0, -1.0, true, true},
    {"youtube", -14.0, -1.0, false, true},     {"tidal", -14.0, -1.0, false, true},
    {"amazon_music", -14.0, -2.0, false, true}, {"deezer", -15.0, -1.0, false, true},
    {"soundcloud", -14.0, -1.0, false, false},
};

static void write_platform(mg_json *json, const struct platform *p, const mg_loudness_result *l,
                           mg_value programme)
{
    mg_value gain = programme, peak_after = l->true_peak_dbtp;
    if (mg_has(programme)) {
        gain.v = p->target_lufs - programme.v;
        if (gain.v > 0.0) {
            double headroom = p->ceiling_dbtp - mg_or(l->true_peak_dbtp, 0.0);
            gain.v = p->raises ? fmax(fmin(gain.v, headroom), 0.0) : 0.0;
        }
        if (mg_has(peak_after))
            peak_after.v += gain.v;
    } else {
        peak_after = programme;
    }
    group g = open_group(json, NULL);
    mg_json_str(json, "name", p->name);
    mg_json_num(json, "target_lufs", p->target_lufs, 1);
    mg_json_bool(json, "confirmed", p->confirmed);
    put(&g, "gain_db", gain, 2);
    put(&g, "peak_after_dbtp", peak_after, 2);
    close_group(&g);
}

static void write_curve(mg_json *json, const char *key, const float *values, unsigned count)
{
    mg_json_array(json, key);
    for (unsigned i = 0; i < count; i++)
        mg_json_num(json, NULL, (double)values[i] < -70.0 ? (double)NAN : (double)values[i], 1);
    mg_json_array_end(json);
}

static void write_timeline(mg_json *json, const mg_loudness_result *l)
{
    mg_json_object(json, "timeline");
    mg_json_num(json, "step_s", l->timeline_step_s, 1);
    mg_json_num(json, "momentary_start_s", l->momentary_start_s, 1);
    write_curve(json, "momentary_lufs", l->momentary_lufs, l->momentary_count);
    mg_json_num(json, "short_term_start_s", l->short_term_start_s, 1);
    write_curve(json, "short_term_lufs", l->short_term_lufs, l->short_term_count);
    mg_json_object_end(json);
}

static void write_loudness(mg_json *json, const mg_loudness_result *l, unsigned channels)
{
    group g = open_group(json, "loudness");
    put(&g, "integrated_lufs", l->integrated_lufs, 2);
    put(&g, "integrated_dual_mono_lufs", l->integrated_dual_mono_lufs, 2);
    put(&g, "range_lu", l->range_lu, 2);
    mg_json_bool(json, "range_short", l->range_short);
    put(&g, "momentary_max_lufs", l->momentary_max_lufs, 2);
    put(&g, "momentary_max_at_s", l->momentary_max_at_s, 2);
    put(&g, "short_term_max_lufs", l->short_term_max_lufs, 2);
    put(&g, "short_term_max_at_s", l->short_term_max_at_s, 2);
    put(&g, "true_peak_dbtp", l->true_peak_dbtp, 2);
    put(&g, "true_peak_at_s", l->true_peak_at_s, 3);
    mg_json_array(json, "true_peak_channels_dbtp");
    for (unsigned c = 0; c < channels; c++)
        mg_json_num(json, NULL, mg_or(l->true_peak_channels_dbtp[c], (double)NAN), 2);
    mg_json_array_end(json);
    put(&g, "sample_peak_dbfs", l->sample_peak_dbfs, 2);
    put(&g, "plr_lu", l->plr_lu, 2);
    put(&g, "psr_min_lu", l->psr_min_lu, 2);
    put(&g, "psr_min_at_s", l->psr_min_at_s, 1);
    write_timeline(json, l);
    mg_json_array(json, "platforms");
    mg_value programme = channels == 1 ? l->integrated_dual_mono_lufs : l->integrated_lufs;
    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++)
        write_platform(json, &platforms[i], l, programme);
    mg_json_array_end(json);
    close_group(&g);
}

static void write_dynamics(mg_json *json, const mg_dynamics_result *d)
{
    group g = open_group(json, "dynamics");
    put(&g, "crest_factor_db", d->crest_factor_db, 2);
    put(&g, "dr", d->dr, 1);
    put(&g, "rms_dbfs", d->rms_dbfs, 2);
    mg_json_array(json, "bands");
    for (unsigned b = 0; b < MG_BANDS; b++) {
        group band = open_group(json, NULL);
        mg_json_str(json, "band", mg_band_name[b]);
        put(&band, "crest_db", d->band_crest_db[b], 2);
        close_group(&band);
    }
    mg_json_array_end(json);
    close_group(&g);
}

static void write_spectrum(mg_json *json, const mg_spectrum_result *s)
{
    group g = open_group(json, "spectrum");
    mg_json_array(json, "third_octave");
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++) {
        group band = open_group(json, NULL);
        mg_json_num(json, "hz", mg_third_octave_hz(t), 1);
        put(&band, "level_db", s->third_octave_db[t], 1);
        close_group(&band);
    }
    mg_json_array_end(json);
    mg_json_array(json, "bands");
    for (unsigned b = 0; b < MG_BANDS; b++) {
        group band = open_group(json, NULL);
        mg_json_str(json, "band", mg_band_name[b]);
        mg_json_num(json, "low_hz", mg_band_low_hz[b], 0);
        mg_json_num(json, "high_hz", mg_band_high_hz[b], 0);
        put(&band, "level_db", s->band_db[b], 1);
        put(&band, "share", s->band_share[b], 4);
        put(&band, "loudest_share", s->loudest_band_share[b], 4);
        close_group(&band);
    }
    mg_json_array_end(json);
    put(&g, "tilt_db_per_octave", s->tilt_db_per_octave, 2);
    put(&g, "centroid_hz", s->centroid_hz, 0);
    put(&g, "rolloff_hz", s->rolloff_hz, 0);
    put(&g, "cutoff_hz", s->cutoff_hz, -2);
    put(&g, "lossy_probability", s->lossy_probability, 2);
    put(&g, "mp3_frames_contrast", s->mp3_frames_contrast, 1);
    put(&g, "upsampled_from_hz", s->upsampled_from_hz, 0);
    put(&g, "upsampled_confidence", s->upsampled_confidence, 2);
    mg_json_array(json, "resonances");
    for (unsigned i = 0; i < s->resonance_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "hz", s->resonances[i].hz, 1);
        mg_json_num(json, "level_db", s->resonances[i].level_db, 1);
        mg_json_num(json, "q", s->resonances[i].q, 1);
        mg_json_num(json, "share", s->resonances[i].share, 2);
        mg_json_num(json, "confidence", s->resonances[i].confidence, 2);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    close_group(&g);
}

static void write_stereo(mg_json *json, const mg_stereo_result *s)
{
    group g = open_group(json, "stereo");
    put(&g, "correlation", s->correlation, 3);
    put(&g, "correlation_min", s->correlation_min, 3);
    put(&g, "correlation_min_at_s", s->correlation_min_at_s, 1);
    put(&g, "width", s->width, 3);
    put(&g, "balance_db", s->balance_db, 2);
    put(&g, "mono_loss_db", s->mono_loss_db, 2);
    mg_json_array(json, "bands");
    for (unsigned b = 0; b < MG_BANDS; b++) {
        group band = open_group(json, NULL);
        mg_json_str(json, "band", mg_band_name[b]);
        put(&band, "correlation", s->bands[b].correlation, 3);
        put(&band, "width", s->bands[b].width, 3);
        put(&band, "mono_loss_db", s->bands[b].mono_loss_db, 2);
        close_group(&band);
    }
    mg_json_array_end(json);
    put_bool(&g, "low_end_mono", s->low_end_mono, s->bools_why);
    put(&g, "low_end_mono_loss_db", s->low_end_mono_loss_db, 2);
    put_bool(&g, "polarity_inverted", s->polarity_inverted, s->bools_why);
    put_bool(&g, "dual_mono", s->dual_mono, s->bools_why);
    if (s->bools_why == MG_WHY_PRESENT && s->silent_channel >= 0)
        mg_json_int(json, "silent_channel", s->silent_channel);
    else
        put_null(&g, "silent_channel",
                 s->bools_why == MG_WHY_PRESENT ? MG_WHY_NOT_APPLICABLE : s->bools_why);
    mg_json_array(json, "phase_sections");
    for (unsigned i = 0; i < s->phase_section_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "start_s", s->phase_sections[i].start_s, 1);
        mg_json_num(json, "end_s", s->phase_sections[i].end_s, 1);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    close_group(&g);
}

static void write_grid(mg_json *json, const mg_tempo_result *t)
{
    group g = open_group(json, "grid");
    put(&g, "period_s", t->period_s, 9);
    put(&g, "first_beat_s", t->first_beat_s, 6);
    put(&g, "first_audible_beat_s", t->first_audible_beat_s, 6);
    put(&g, "downbeat_index", t->downbeat_index, 0);
    put(&g, "beats_per_bar", t->beats_per_bar, 0);
    put(&g, "downbeat_confidence", t->downbeat_confidence, 2);
    put(&g, "confidence", t->grid_confidence, 2);
    put(&g, "max_error_ms", t->max_error_ms, 1);
    close_group(&g);
}

static void write_tempo(mg_json *json, const mg_tempo_result *t)
{
    group g = open_group(json, "tempo");
    put(&g, "bpm", t->bpm, 2);
    mg_json_num(json, "confidence", t->confidence, 2);
    put(&g, "octave_confidence", t->octave_confidence, 2);
    mg_json_array(json, "candidates");
    for (unsigned i = 0; i < t->candidate_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "bpm", t->candidates[i].bpm, 2);
        mg_json_num(json, "weight", t->candidates[i].weight, 3);
        mg_json_str(json, "relation", mg_tempo_relation_name[t->candidates[i].relation]);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_num(json, "other_weight", t->other_weight, 3);
    put_bool(&g, "constant", t->constant, t->constant_why);
    mg_json_array(json, "tempo_map");
    for (unsigned i = 0; i < t->map_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "start_s", t->map[i].start_s, 3);
        mg_json_num(json, "bpm", t->map[i].bpm, 3);
        mg_json_int(json, "beat", t->map[i].beat);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    write_grid(json, t);
    mg_json_array(json, "beats_s");
    for (unsigned i = 0; i < t->beat_count; i++)
        mg_json_num(json, NULL, t->beats_s[i], 3);
    mg_json_array_end(json);
    mg_json_int(json, "beats_total", (int64_t)t->beats_total);
    close_group(&g);
}

static void write_key(mg_json *json, const mg_key_result *k)
{
    group g = open_group(json, "key");
    if (k->why == MG_WHY_PRESENT) {
        mg_json_str(json, "name", mg_key_name(k->tonic, k->mode));
        mg_json_str(json, "tonic", mg_key_tonic_name(k->tonic, k->mode));
        mg_json_str(json, "mode", k->mode == MG_MINOR ? "minor" : "major");
        mg_json_str(json, "camelot", mg_key_camelot(k->tonic, k->mode));
        mg_json_str(json, "open_key", mg_key_open_key(k->tonic, k->mode));
    } else {
        static const char *const fields[] = {"name", "tonic", "mode", "camelot", "open_key"};
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
            put_null(&g, fields[i], k->why);
    }
    mg_json_num(json, "confidence", k->confidence, 2);
    mg_json_array(json, "candidates");
    for (unsigned i = 0; i < k->candidate_count; i++) {
        const mg_key_candidate *c = &k->candidates[i];
        mg_json_object(json, NULL);
        mg_json_str(json, "name", mg_key_name(c->tonic, c->mode));
        mg_json_str(json, "camelot", mg_key_camelot(c->tonic, c->mode));
        mg_json_num(json, "weight", c->weight, 3);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_num(json, "other_weight", k->other_weight, 3);
    put(&g, "tuning_hz", k->tuning_hz, 2);
    put(&g, "tuning_cents", k->tuning_cents, 1);
    mg_json_array(json, "segments");
    for (unsigned i = 0; i < k->segment_count; i++) {
        const mg_key_segment *s = &k->segments[i];
        group segment = open_group(json, NULL);
        mg_json_num(json, "start_s", s->start_s, 3);
        mg_json_num(json, "end_s", s->end_s, 3);
        if (s->known)
            mg_json_str(json, "name", mg_key_name(s->tonic, s->mode));
        else
            put_null(&segment, "name", MG_WHY_NO_KEY);
        mg_json_num(json, "confidence", s->confidence, 2);
        close_group(&segment);
    }
    mg_json_array_end(json);
    close_group(&g);
}

static void write_section(mg_json *json, const mg_section *s)
{
    group g = open_group(json, NULL);
    mg_json_num(json, "start_s", s->start_s, 3);
    mg_json_num(json, "end_s", s->end_s, 3);
    mg_json_str(json, "label", mg_section_label_name[s->label]);
    mg_json_num(json, "confidence", s->confidence, 2);
    mg_json_int(json, "energy", s->energy);
    put(&g, "loudness_lufs", s->loudness_lufs, 1);
    mg_json_array(json, "bands_db");
    for (unsigned b = 0; b < MG_BANDS; b++)
        mg_json_num(json, NULL, mg_or(s->band_db[b], (double)NAN), 1);
    mg_json_array_end(json);
    put(&g, "correlation", s->correlation, 3);
    close_group(&g);
}

static void write_structure(mg_json *json, const mg_structure_result *s)
{
    group g = open_group(json, "structure");
    mg_json_array(json, "sections");
    for (unsigned i = 0; i < s->section_count; i++)
        write_section(json, &s->sections[i]);
    mg_json_array_end(json);
    put(&g, "drop_contrast_lu", s->drop_contrast_lu, 1);
    put(&g, "energy", s->energy, 0);
    group kick = open_group(json, "kick");
    put(&kick, "hz", s->kick_hz, 1);
    if (mg_has(s->kick_hz))
        mg_json_str(json, "note", mg_key_tonic_name(s->kick_note, MG_MAJOR));
    else
        put_null(&kick, "note", s->kick_hz.why);
    put(&kick, "cents_from_key", s->kick_cents_from_key, 0);
    put(&kick, "length_ms", s->kick_length_ms, 0);
    put(&kick, "confidence", s->kick_confidence, 2);
    close_group(&kick);
    close_group(&g);
}

static void write_technical_lists(mg_json *json, const mg_technical_result *t)
{
    mg_json_array(json, "clipped_runs");
    for (unsigned i = 0; i < t->clipped_run_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "start_s", t->clipped_runs[i].start_s, 6);
        mg_json_int(json, "channel", t->clipped_runs[i].channel);
        mg_json_int(json, "samples", t->clipped_runs[i].samples);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_int(json, "clipped_runs_total", (int64_t)t->clipped_runs_total);
    mg_json_array(json, "gaps");
    for (unsigned i = 0; i < t->gap_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "start_s", t->gaps[i].start_s, 3);
        mg_json_num(json, "end_s", t->gaps[i].end_s, 3);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_int(json, "gaps_total", (int64_t)t->gaps_total);
    mg_json_array(json, "clicks");
    for (unsigned i = 0; i < t->click_count; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "at_s", t->clicks[i].at_s, 6);
        mg_json_int(json, "channel", t->clicks[i].channel);
        mg_json_num(json, "peak_dbfs", t->clicks[i].peak_dbfs, 1);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
    mg_json_int(json, "clicks_total", (int64_t)t->clicks_total);
}

static void write_technical(mg_json *json, const mg_measures *measures)
{
    const mg_technical_result *t = &measures->technical;
    group g = open_group(json, "technical");
    mg_json_int(json, "clipped_samples", (int64_t)t->clipped_samples);
    mg_json_num(json, "clipped_per_minute_loudest", t->clipped_per_minute_loudest, 0);
    mg_json_str(json, "clip_kind", mg_clip_kind_name[t->clip_kind]);
    put(&g, "clip_confidence", t->clip_confidence, 2);
    put(&g, "clip_level_dbfs", t->clip_level_dbfs, 2);
    write_technical_lists(json, t);
    mg_json_int(json, "inter_sample_overs", (int64_t)measures->loudness.inter_sample_overs);
    mg_json_array(json, "dc_offset");
    for (unsigned c = 0; c < measures->audio.channels; c++)
        mg_json_num(json, NULL, t->dc_offset[c], 6);
    mg_json_array_end(json);
    mg_json_num(json, "silence_head_s", t->silence_head_s, 3);
    mg_json_num(json, "silence_tail_s", t->silence_tail_s, 3);
    mg_json_num(json, "silent_share", t->silent_share, 3);
    put_bool(&g, "cut_start", t->cut_start, t->cut_why);
    put_bool(&g, "cut_end", t->cut_end, t->cut_why);
    put(&g, "hum_hz", t->hum_hz, 0);
    put(&g, "hum_dbfs", t->hum_dbfs, 1);
    put(&g, "infrasonic_dbfs", t->infrasonic_dbfs, 1);
    put(&g, "noise_floor_dbfs", t->noise_floor_dbfs, 1);
    put(&g, "hiss_dbfs", t->hiss_dbfs, 1);
    put(&g, "effective_bits", t->effective_bits, 0);
    mg_json_int(json, "nonfinite_samples", (int64_t)t->nonfinite_samples);
    close_group(&g);
}

/* The object is itself a document of audiowaveform's format, version 2. */
static void write_waveform(mg_json *json, const mg_measures *measures)
{
    const mg_waveform_result *w = &measures->waveform;
    mg_json_object(json, "waveform");
    mg_json_int(json, "version", 2);
    mg_json_int(json, "channels", 1);
    mg_json_int(json, "sample_rate", measures->audio.sample_rate_hz);
    mg_json_int(json, "samples_per_pixel", (int64_t)w->frames_per_pixel);
    mg_json_int(json, "bits", 8);
    mg_json_int(json, "length", w->count);
    mg_json_array(json, "data");
    for (unsigned i = 0; i < w->count; i++) {
        mg_json_int(json, NULL, w->low[i]);
        mg_json_int(json, NULL, w->high[i]);
    }
    mg_json_array_end(json);
    mg_json_object_end(json);
}

static void write_bound(mg_json *json, const char *key, double bound, int digits)
{
    mg_json_num(json, key, bound, digits); /* NAN, an open side, becomes null */
}

static void write_score(mg_json *json, const mg_score *score, const char *name,
                        const mg_profile *profile)
{
    group g = open_group(json, name);
    put(&g, "value", score->exact, 0);
    mg_json_str(json, "profile", profile->name);
    mg_json_str(json, "formula", MG_SCORE_FORMULA);
    mg_json_array(json, "parts");
    for (unsigned i = 0; i < score->part_count; i++) {
        const mg_score_part *part = &score->parts[i];
        group p = open_group(json, NULL);
        mg_json_str(json, "name", part->name);
        put(&p, "measured", part->measured, 4);
        mg_json_object(json, "target");
        write_bound(json, "low", part->low, 4);
        write_bound(json, "high", part->high, 4);
        mg_json_object_end(json);
        mg_json_str(json, "unit", part->unit);
        put(&p, "score", part->score, 0);
        mg_json_num(json, "weight", part->weight, 2);
        close_group(&p);
    }
    mg_json_array_end(json);
    close_group(&g);
}

static void write_where(mg_json *json, const mg_where *where)
{
    mg_json_object(json, NULL);
    mg_json_num(json, "start_s", where->start_s, 3);
    mg_json_num(json, "end_s", where->end_s, 3);
    mg_json_num(json, "low_hz", where->low_hz, 0);
    mg_json_num(json, "high_hz", where->high_hz, 0);
    if (where->channel >= 0)
        mg_json_int(json, "channel", where->channel);
    else
        mg_json_null(json, "channel");
    mg_json_object_end(json);
}

/* Measured minus the nearest bound, from the rounded figures, so that the three agree on paper. */
static double item_delta(const mg_feedback_item *item)
{
    if (!mg_has(item->measured))
        return (double)NAN;
    double value = mg_json_rounded(item->measured.v, item->digits);
    double from_low = value - mg_json_rounded(item->low, item->digits);
    double from_high = value - mg_json_rounded(item->high, item->digits);
    if (isnan(item->low))
        return from_high;
    if (isnan(item->high))
        return from_low;
    return fabs(from_low) < fabs(from_high) ? from_low : from_high;
}

static void write_item(mg_json *json, const mg_feedback_item *item)
{
    static const char *const evidence[] = {"measured", "published", "prior"};
    group g = open_group(json, NULL);
    mg_json_str(json, "code", item->code);
    mg_json_str(json, "severity", mg_severity_name[item->severity]);
    mg_json_str(json, "message", item->message);
    put(&g, "measured", item->measured, item->digits);
    mg_json_object(json, "target");
    write_bound(json, "low", item->low, item->digits);
    write_bound(json, "high", item->high, item->digits);
    mg_json_object_end(json);
    mg_json_num(json, "delta", item_delta(item), item->digits);
    mg_json_str(json, "unit", item->unit);
    mg_json_array(json, "where");
    for (unsigned i = 0; i < item->where_count; i++)
        write_where(json, &item->where[i]);
    mg_json_array_end(json);
    mg_json_str(json, "advice", item->advice);
    mg_json_num(json, "confidence", item->confidence, 2);
    mg_json_array(json, "also");
    for (unsigned i = 0; i < item->also_count; i++)
        mg_json_str(json, NULL, item->also[i]);
    mg_json_array_end(json);
    mg_json_str(json, "evidence", evidence[item->evidence]);
    mg_json_str(json, "source", item->source[0] ? item->source : NULL);
    close_group(&g);
}

mg_err mg_result_write(const mg_measures *measures, const mg_verdict *verdict,
                       const mg_profile *profile, const char *params_hash, mg_buf *out)
{
    mg_json writer = MG_JSON_INIT(out), *json = &writer;
    mg_json_object(json, NULL);
    mg_json_object(json, "engine");
    mg_json_str(json, "name", "mixgauge");
    mg_json_str(json, "version", MG_VERSION);
    mg_json_str(json, "schema", "mixgauge.result/1");
    mg_json_str(json, "params_hash", params_hash);
    mg_json_object_end(json);
    write_audio(json, &measures->audio);
    write_loudness(json, &measures->loudness, measures->audio.channels);
    write_dynamics(json, &measures->dynamics);
    write_spectrum(json, &measures->spectrum);
    write_stereo(json, &measures->stereo);
    write_tempo(json, &measures->tempo);
    write_key(json, &measures->key);
    write_structure(json, &measures->structure);
    write_technical(json, measures);
    write_waveform(json, measures);
    mg_json_object(json, "scores");
    for (unsigned s = 0; s < MG_SCORE_COUNT; s++)
        write_score(json, &verdict->scores.score[s], mg_score_name[s], profile);
    mg_json_object_end(json);
    mg_json_array(json, "feedback");
    for (unsigned i = 0; i < verdict->feedback.count; i++)
        write_item(json, &verdict->feedback.items[i]);
    mg_json_array_end(json);
    mg_json_int(json, "feedback_total", verdict->feedback.total);
    if (verdict->has_reference)
        mg_reference_write(json, "reference", &verdict->reference);
    else
        mg_json_null(json, "reference");
    mg_json_object_end(json);
    return mg_buf_err(out);
}
