#include "tests/unit/verdict/fixture.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

void good_mix(mg_measures *ret)
{
    *ret = (mg_measures){0};
    ret->audio = (mg_audio_result){.container = "wav", .codec = "pcm_s24", .sample_rate_hz = 44100,
                                   .channels = 2, .bits_per_sample = 24, .frames = 44100 * 300,
                                   .duration_s = 300.0, .bytes = 79380044,
                                   .bitrate_kbps = mg_some(2116.8)};
    memset(ret->audio.sha256, 'a', 64);
    mg_loudness_result *l = &ret->loudness;
    l->integrated_lufs = mg_some(-8.0);
    l->integrated_dual_mono_lufs = mg_none(MG_WHY_NOT_APPLICABLE);
    l->range_lu = mg_some(6.0);
    l->momentary_max_lufs = mg_some(-5.5);
    l->short_term_max_lufs = mg_some(-6.5);
    l->true_peak_dbtp = mg_some(-1.2);
    l->true_peak_at_s = mg_some(64.5);
    l->true_peak_channels_dbtp[0] = l->true_peak_channels_dbtp[1] = mg_some(-1.2);
    l->sample_peak_dbfs = mg_some(-1.3);
    l->plr_lu = mg_some(6.8);
    l->psr_min_lu = mg_some(6.0);
    l->psr_min_at_s = mg_some(64.0);
    ret->dynamics.crest_factor_db = mg_some(9.0);
    static const double shares[MG_BANDS] = {0.32, 0.50, 0.06, 0.05, 0.04, 0.03};
    for (unsigned b = 0; b < MG_BANDS; b++) {
        ret->spectrum.band_share[b] = ret->spectrum.loudest_band_share[b] = mg_some(shares[b]);
        ret->stereo.bands[b] = (mg_stereo_band){mg_some(0.9), mg_some(0.1), mg_some(0.3)};
    }
    ret->spectrum.tilt_db_per_octave = mg_some(-4.5);
    ret->spectrum.cutoff_hz = mg_none(MG_WHY_UNDECIDED);
    ret->spectrum.lossy_probability = mg_some(0.02);
    ret->spectrum.mp3_frames_contrast = mg_some(4.0);
    ret->spectrum.upsampled_from_hz = mg_none(MG_WHY_NOT_APPLICABLE);
    ret->spectrum.upsampled_confidence = mg_some(0.97);
    ret->stereo.correlation = mg_some(0.8);
    ret->stereo.correlation_min = mg_some(0.4);
    ret->stereo.width = mg_some(0.12);
    ret->stereo.balance_db = mg_some(0.1);
    ret->stereo.mono_loss_db = mg_some(0.8);
    ret->stereo.low_end_mono = true;
    ret->stereo.low_end_mono_loss_db = mg_some(0.1);
    ret->stereo.silent_channel = -1;
    ret->tempo.bpm = mg_some(128.0);
    ret->tempo.confidence = 0.95;
    ret->tempo.constant = true;
    ret->tempo.max_error_ms = mg_some(1.0);
    ret->key.tonic = 9;
    ret->key.mode = MG_MINOR;
    ret->key.confidence = 0.8;
    ret->key.tuning_cents = mg_some(1.0);
    ret->key.tuning_hz = mg_some(440.25);
    ret->technical.channels = 2;
    ret->technical.effective_bits = mg_some(24.0);
    ret->technical.clip_confidence = ret->technical.clip_level_dbfs =
        mg_none(MG_WHY_NOT_APPLICABLE);
    ret->technical.hum_dbfs = ret->technical.hum_hz = mg_none(MG_WHY_NOT_APPLICABLE);
    ret->technical.infrasonic_dbfs = mg_some(-60.0);
    ret->technical.noise_floor_dbfs = mg_some(-40.0);
    ret->technical.hiss_dbfs = mg_none(MG_WHY_NOT_APPLICABLE);
}

mg_profile electronic(const char *purpose)
{
    char name[64];
    snprintf(name, sizeof name, "electronic/%s", purpose);
    const char *json = mg_profile_builtin(name);
    assert_non_null(json);
    mg_profile profile;
    assert_int_equal(mg_profile_parse(json, strlen(json), &profile, NULL), MG_OK);
    return profile;
}
