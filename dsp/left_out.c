#include "dsp/left_out.h"

void mg_levels_left_out(mg_measures *m)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    mg_loudness_result *l = &m->loudness;
    l->true_peak_dbtp = l->true_peak_at_s = l->sample_peak_dbfs = none;
    for (unsigned c = 0; c < MG_MAX_CHANNELS; c++)
        l->true_peak_channels_dbtp[c] = none;
    m->dynamics.crest_factor_db = m->dynamics.dr = m->dynamics.rms_dbfs = none;
    for (unsigned b = 0; b < MG_BANDS; b++)
        m->dynamics.band_crest_db[b] = none;
}

void mg_spectrum_left_out(mg_measures *m)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    mg_spectrum_result *s = &m->spectrum;
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        s->third_octave_db[t] = none;
    for (unsigned b = 0; b < MG_BANDS; b++) {
        s->band_db[b] = s->band_share[b] = s->loudest_band_share[b] = none;
        m->stereo.bands[b] = (mg_stereo_band){none, none, none};
    }
    s->tilt_db_per_octave = s->centroid_hz = s->rolloff_hz = s->cutoff_hz = none;
    s->lossy_probability = s->mp3_frames_contrast = none;
    s->upsampled_from_hz = s->upsampled_confidence = none;
    mg_stereo_result *w = &m->stereo;
    w->correlation = w->correlation_min = w->correlation_min_at_s = w->width = none;
    w->balance_db = w->mono_loss_db = none;
    w->bools_why = MG_WHY_NOT_APPLICABLE;
    w->silent_channel = -1;
}

void mg_music_left_out(mg_measures *m)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    mg_tempo_result *t = &m->tempo;
    t->bpm = t->octave_confidence = t->period_s = t->first_beat_s = none;
    t->first_audible_beat_s = t->downbeat_index = t->beats_per_bar = none;
    t->downbeat_confidence = t->grid_confidence = t->max_error_ms = none;
    t->constant_why = MG_WHY_NOT_APPLICABLE;
    m->key.why = MG_WHY_NOT_APPLICABLE;
    m->key.tuning_cents = m->key.tuning_hz = none;
    mg_structure_result *s = &m->structure;
    s->drop_contrast_lu = s->energy = s->kick_hz = s->kick_cents_from_key = none;
    s->kick_length_ms = s->kick_confidence = none;
}

void mg_technical_left_out(mg_technical_result *t)
{
    mg_value none = mg_none(MG_WHY_NOT_APPLICABLE);
    t->clip_confidence = t->clip_level_dbfs = none;
    t->hum_hz = t->hum_dbfs = t->infrasonic_dbfs = none;
    t->noise_floor_dbfs = t->hiss_dbfs = none;
    t->cut_why = MG_WHY_NOT_APPLICABLE;
}
