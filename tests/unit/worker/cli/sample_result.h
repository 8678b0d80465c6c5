/* A complete result, as small as the check of results allows. */
#ifndef MG_TESTS_SAMPLE_RESULT_H
#define MG_TESTS_SAMPLE_RESULT_H

#define SAMPLE_SCORE(name, value)                                                                  \
    "\"" name "\":{\"value\":" value ",\"profile\":\"house/club\",\"formula\":\"soft/1\",\"parts\":[]}"

#define SAMPLE_RESULT                                                                              \
    "{\"engine\":{\"name\":\"mixgauge\",\"version\":\"0.1.0\",\"schema\":\"mixgauge.result/1\","       \
    "\"params_hash\":\"0123456789abcdef\"},"                                                       \
    "\"audio\":{\"container\":\"wav\",\"codec\":\"pcm_s16\",\"sample_rate_hz\":44100,"                \
    "\"channels\":2,\"bits_per_sample\":16,\"bitrate_kbps\":null,\"duration_s\":245.6,"              \
    "\"sha256\":\"00\",\"warnings\":[\"truncated\"]},"                                             \
    "\"loudness\":{\"integrated_lufs\":-8.42,\"range_lu\":6.10,\"momentary_max_lufs\":-5.00,"        \
    "\"short_term_max_lufs\":-6.31,\"short_term_max_at_s\":83.25,\"true_peak_dbtp\":0.41,"           \
    "\"true_peak_at_s\":90.125,\"plr_lu\":8.83,\"psr_min_lu\":6.20,\"timeline\":{\"step_s\":0.1,"      \
    "\"momentary_lufs\":[null,-9.1],\"short_term_lufs\":[]},\"platforms\":[]},"                      \
    "\"dynamics\":{\"crest_factor_db\":11.20,\"dr\":6.4,\"rms_dbfs\":-10.90},"                       \
    "\"spectrum\":{\"third_octave\":[],\"bands\":[{\"band\":\"sub\",\"share\":0.3100},"                \
    "{\"band\":\"bass\",\"share\":0.4500}],\"tilt_db_per_octave\":-4.40,\"centroid_hz\":1830,"         \
    "\"cutoff_hz\":null,\"resonances\":[]},"                                                       \
    "\"stereo\":{\"correlation\":0.820,\"width\":0.110,\"balance_db\":0.10,\"mono_loss_db\":0.40,"     \
    "\"low_end_mono\":true,\"dual_mono\":false},"                                                  \
    "\"tempo\":{\"bpm\":127.98,\"confidence\":0.93,\"constant\":true,\"tempo_map\":[],"                \
    "\"grid\":{\"first_beat_s\":0.012345,\"max_error_ms\":1.2},\"beats_s\":[]},"                     \
    "\"key\":{\"name\":\"A minor\",\"camelot\":\"8A\",\"confidence\":0.81,\"tuning_hz\":439.19,"       \
    "\"tuning_cents\":-3.2,\"segments\":[]},"                                                      \
    "\"structure\":{\"sections\":[],\"energy\":7},"                                                \
    "\"technical\":{\"clipped_runs\":[],\"gaps\":[],\"clicks\":[]},"                                 \
    "\"waveform\":{\"version\":2,\"channels\":1,\"sample_rate\":44100,"                              \
    "\"samples_per_pixel\":256,\"bits\":8,\"length\":1,\"data\":[-3,4]},"                          \
    "\"scores\":{" SAMPLE_SCORE("overall", "78") "," SAMPLE_SCORE("loudness", "91") ","            \
    SAMPLE_SCORE("dynamics", "70") "," SAMPLE_SCORE("tonal_balance", "84") ","                     \
    SAMPLE_SCORE("low_end", "66") "," SAMPLE_SCORE("stereo", "100") ","                            \
    SAMPLE_SCORE("technical", "null") "},"                                                         \
    "\"feedback\":[{\"code\":\"loudness.true_peak_over\",\"severity\":\"major\","                    \
    "\"message\":\"True peak is 0.4 dBTP.\",\"where\":[{\"start_s\":90.125,\"end_s\":90.125,"          \
    "\"low_hz\":null,\"high_hz\":null,\"channel\":null}],\"advice\":\"Lower the ceiling.\"},"          \
    "{\"code\":\"stereo.narrow\",\"severity\":\"info\",\"message\":\"Narrow.\",\"where\":[],"            \
    "\"advice\":\"\"}],\"feedback_total\":2,\"reference\":null}"

#endif
