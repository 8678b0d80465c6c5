/* Everything that is measured of one file, as plain numbers.
 *
 * docs/measures.md defines each field; the names and units here are those of the result JSON
 * (schema/result.schema.json). Each group is filled by one measure (dsp/levels/loudness.h, ...).
 * Levels are re full scale 1.0; times are seconds from t = 0, the first frame of the gapless
 * decode. Lists live in fixed arrays where the result caps them, otherwise in arrays owned by the
 * struct; mg_measures_done() frees those.
 */
#ifndef MG_DSP_MEASURES_H
#define MG_DSP_MEASURES_H

#include "dsp/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MG_MAX_CHANNELS = 8,
    MG_BANDS = 6,            /* sub, bass, low_mid, mid, high_mid, high */
    MG_THIRD_OCTAVES = 31,   /* base-10 centres 20 Hz .. 20 kHz */
    MG_TIMELINE_MAX = 6000,
    MG_WAVEFORM_MAX = 2048, /* pixels */
    MG_CLIPPED_RUNS_MAX = 500,
    MG_GAPS_MAX = 200,
    MG_CLICKS_MAX = 200,
    MG_RESONANCES_MAX = 16,
    MG_TEMPO_CANDIDATES_MAX = 8,
    MG_TEMPO_MAP_MAX = 1000,
    MG_BEATS_MAX = 20000,
    MG_KEY_CANDIDATES_MAX = 6,
    MG_KEY_SEGMENTS_MAX = 200,
    MG_SECTIONS_MAX = 200,
    MG_PHASE_SECTIONS_MAX = 50,
};

/* Lower and upper edge of band b in Hz; name as in the result ("low_mid"). */
extern const double mg_band_low_hz[MG_BANDS];
extern const double mg_band_high_hz[MG_BANDS];
extern const char *const mg_band_name[MG_BANDS];
/* Exact base-10 centre of third-octave t: 10^((t + 13) / 10), t = 0 is 20 Hz (19.95). */
double mg_third_octave_hz(unsigned t);

typedef struct mg_loudness_result {
    mg_value integrated_lufs;
    mg_value integrated_dual_mono_lufs; /* mono files only, else not_applicable */
    mg_value range_lu;
    bool range_short; /* under 60 s: the range stands on few values */
    mg_value momentary_max_lufs;
    mg_value momentary_max_at_s; /* start of that window */
    mg_value short_term_max_lufs;
    mg_value short_term_max_at_s;
    mg_value true_peak_dbtp;
    mg_value true_peak_at_s;
    mg_value true_peak_channels_dbtp[MG_MAX_CHANNELS];
    mg_value sample_peak_dbfs;
    mg_value plr_lu;
    mg_value psr_min_lu;
    mg_value psr_min_at_s; /* start of that 3 s window */
    uint64_t inter_sample_overs; /* crests over 0 dBTP whose samples are all below 0 dBFS */
    /* Timeline: value i ends at timeline_start_s + i * timeline_step_s. -HUGE_VAL: under -70. */
    double timeline_step_s;
    double momentary_start_s, short_term_start_s;
    unsigned momentary_count, short_term_count;
    float *momentary_lufs;  /* owned; at most MG_TIMELINE_MAX */
    float *short_term_lufs; /* owned */
} mg_loudness_result;

/* Least and largest sample of each pixel over all channels, in 8-bit steps. */
typedef struct mg_waveform_result {
    uint64_t frames_per_pixel; /* 256 times a power of two */
    unsigned count;
    int8_t low[MG_WAVEFORM_MAX], high[MG_WAVEFORM_MAX];
} mg_waveform_result;

typedef struct mg_dynamics_result {
    mg_value crest_factor_db;
    mg_value dr;
    mg_value rms_dbfs;
    mg_value band_crest_db[MG_BANDS];
} mg_dynamics_result;

/* What is less likely is information, without a part in scores. */
#define MG_RESONANCE_SURE 0.8

typedef struct mg_resonance {
    double hz, level_db /* over its surroundings */, q;
    double share;      /* of active time in which it stands out */
    double confidence; /* that it is a resonance, not a note */
} mg_resonance;

typedef struct mg_spectrum_result {
    mg_value third_octave_db[MG_THIRD_OCTAVES];
    mg_value band_db[MG_BANDS];
    mg_value band_share[MG_BANDS];         /* of the gated programme */
    mg_value loudest_band_share[MG_BANDS]; /* of the loudest sections: S >= S max - 4 LU */
    mg_value tilt_db_per_octave;
    mg_value centroid_hz;
    mg_value rolloff_hz;
    mg_value cutoff_hz;
    mg_value lossy_probability;
    mg_value mp3_frames_contrast; /* dsp/spectrum/mp3_frames.h */
    mg_value upsampled_from_hz;    /* the lower rate that it once had; null: none */
    mg_value upsampled_confidence; /* of the value, or that there is none */
    unsigned resonance_count;
    mg_resonance resonances[MG_RESONANCES_MAX];
} mg_spectrum_result;

typedef struct mg_stereo_band {
    mg_value correlation, width, mono_loss_db;
} mg_stereo_band;

typedef struct mg_time_range {
    double start_s, end_s;
} mg_time_range;

typedef struct mg_stereo_result {
    mg_value correlation;
    mg_value correlation_min, correlation_min_at_s; /* over 3 s windows */
    mg_value width;
    mg_value balance_db;
    mg_value mono_loss_db;
    mg_stereo_band bands[MG_BANDS];
    mg_why bools_why; /* PRESENT when the four below mean something */
    bool low_end_mono, polarity_inverted, dual_mono;
    mg_value low_end_mono_loss_db; /* 20..120 Hz; null where that holds under 0.1 % of the power */
    int silent_channel; /* 0 left, 1 right, -1 none */
    unsigned phase_section_count; /* correlation below 0 for more than 3 s */
    mg_time_range phase_sections[MG_PHASE_SECTIONS_MAX];
} mg_stereo_result;

typedef enum mg_tempo_relation { /* to the chosen bpm; names in the result below */
    MG_TEMPO_SAME,               /* "1" */
    MG_TEMPO_THIRD,              /* "1/3" */
    MG_TEMPO_HALF,               /* "1/2" */
    MG_TEMPO_TWO_THIRDS,         /* "2/3" */
    MG_TEMPO_THREE_QUARTERS,     /* "3/4" */
    MG_TEMPO_FOUR_THIRDS,        /* "4/3" */
    MG_TEMPO_THREE_HALVES,       /* "3/2" */
    MG_TEMPO_DOUBLE,             /* "2" */
    MG_TEMPO_TRIPLE,             /* "3" */
    MG_TEMPO_OTHER,              /* "other" */
    MG_TEMPO_RELATIONS
} mg_tempo_relation;

extern const char *const mg_tempo_relation_name[MG_TEMPO_RELATIONS];

typedef struct mg_tempo_candidate {
    double bpm, weight; /* weights and other_weight add up to 1 */
    mg_tempo_relation relation;
} mg_tempo_candidate;

typedef struct mg_tempo_change {
    double start_s, bpm;
    int64_t beat; /* index of the first beat at or after start_s */
} mg_tempo_change;

typedef struct mg_tempo_result {
    mg_value bpm;
    double confidence;        /* of the value, or that there is no beat when bpm is null */
    mg_value octave_confidence;
    unsigned candidate_count;
    mg_tempo_candidate candidates[MG_TEMPO_CANDIDATES_MAX];
    double other_weight;
    mg_why constant_why;
    bool constant;
    mg_value period_s, first_beat_s, first_audible_beat_s;
    mg_value downbeat_index, beats_per_bar, downbeat_confidence;
    mg_value grid_confidence;
    mg_value max_error_ms;
    unsigned map_count;
    mg_tempo_change *map; /* owned; empty when constant */
    unsigned beat_count;
    uint64_t beats_total;
    double *beats_s; /* owned; only when not constant */
} mg_tempo_result;

typedef enum mg_mode { MG_MAJOR, MG_MINOR } mg_mode;

typedef struct mg_key_candidate {
    unsigned tonic; /* 0 = C .. 11 = B */
    mg_mode mode;
    double weight;
} mg_key_candidate;

typedef struct mg_key_segment {
    double start_s, end_s;
    bool known; /* false: no key in this stretch */
    unsigned tonic;
    mg_mode mode;
    double confidence;
} mg_key_segment;

typedef struct mg_key_result {
    mg_why why; /* PRESENT when tonic and mode are known */
    unsigned tonic;
    mg_mode mode;
    double confidence;
    unsigned candidate_count;
    mg_key_candidate candidates[MG_KEY_CANDIDATES_MAX];
    double other_weight;
    mg_value tuning_cents, tuning_hz;
    unsigned segment_count;
    mg_key_segment segments[MG_KEY_SEGMENTS_MAX];
} mg_key_result;

/* "A minor", "8A", "1m" (Open Key). Static strings; tonic 0..11. */
const char *mg_key_name(unsigned tonic, mg_mode mode);
const char *mg_key_tonic_name(unsigned tonic, mg_mode mode);
const char *mg_key_camelot(unsigned tonic, mg_mode mode);
const char *mg_key_open_key(unsigned tonic, mg_mode mode);

typedef enum mg_section_label {
    MG_SECTION_INTRO,
    MG_SECTION_BUILD,
    MG_SECTION_DROP,
    MG_SECTION_BREAK,
    MG_SECTION_VERSE,
    MG_SECTION_CHORUS,
    MG_SECTION_OUTRO,
    MG_SECTION_OTHER,
    MG_SECTION_LABELS
} mg_section_label;

extern const char *const mg_section_label_name[MG_SECTION_LABELS];

typedef struct mg_section {
    double start_s, end_s; /* end exclusive; the sections cover the file without holes */
    mg_section_label label;
    double confidence;
    int energy; /* 1..10 */
    mg_value loudness_lufs;
    mg_value band_db[MG_BANDS];
    mg_value correlation;
} mg_section;

typedef struct mg_structure_result {
    unsigned section_count;
    mg_section sections[MG_SECTIONS_MAX];
    mg_value drop_contrast_lu;
    mg_value energy; /* 1..10 */
    mg_value kick_hz, kick_cents_from_key, kick_length_ms;
    unsigned kick_note; /* 0..11, with kick_hz */
    mg_value kick_confidence;
} mg_structure_result;

typedef enum mg_clip_kind { /* how the tops of the waves end; names in the result below */
    MG_CLIP_NONE,    /* "none" */
    MG_CLIP_HARD,    /* "hard": cut flat, with corners */
    MG_CLIP_LIMITED, /* "limited": round, at one level */
    MG_CLIP_OVER,    /* "over": beyond full scale, for a player to cut */
    MG_CLIP_KINDS
} mg_clip_kind;

extern const char *const mg_clip_kind_name[MG_CLIP_KINDS];

typedef struct mg_clipped_run {
    double start_s;
    unsigned channel;
    uint32_t samples;
} mg_clipped_run;

typedef struct mg_click {
    double at_s;
    unsigned channel;
    double peak_dbfs;
} mg_click;

typedef struct mg_technical_result {
    uint64_t clipped_samples;
    uint64_t clipped_runs_total;
    unsigned clipped_run_count; /* longest first, ties by time */
    mg_clipped_run clipped_runs[MG_CLIPPED_RUNS_MAX];
    mg_clip_kind clip_kind;
    mg_value clip_confidence;   /* that the kind is right; null: none */
    mg_value clip_level_dbfs;   /* level at which samples pile up; null: they do not */
    double clipped_per_minute_loudest; /* clipped samples a minute in the loudest sections */
    unsigned channels;
    double dc_offset[MG_MAX_CHANNELS];
    double silence_head_s, silence_tail_s; /* the whole file when all is silent */
    double silent_share; /* 0..1 under -60 dBFS peak at the ends or for a second and more */
    bool cut_start, cut_end;
    bool starts_on_hit; /* what looks like a cut start may be a drum on the first beat */
    mg_why cut_why;
    uint64_t gaps_total;
    unsigned gap_count;
    mg_time_range gaps[MG_GAPS_MAX];
    uint64_t clicks_total;
    unsigned click_count;
    mg_click clicks[MG_CLICKS_MAX];
    mg_value hum_hz, hum_dbfs;     /* mains hum: fundamental and level; null: none */
    mg_value infrasonic_dbfs;      /* level below 20 Hz */
    mg_value noise_floor_dbfs;     /* 5th percentile of 100 ms RMS over what is not digital zero */
    mg_value hiss_dbfs;            /* steady noise in the quiet parts; null: none */
    mg_value effective_bits;
    uint64_t nonfinite_samples;
} mg_technical_result;

/* Warnings about the file itself; ids are stable. */
#define MG_AUDIO_WARNING_LIST(X)                                                                   \
    X(TRUNCATED, "truncated")               /* ends before its header says */                      \
    X(JUNK_BYTES, "junk_bytes")             /* bytes that are neither audio nor a known tag */     \
    X(WRONG_HEADER_SIZE, "wrong_header_size") /* header sizes that the data contradict */          \
    X(STREAMING_SIZE, "streaming_size")     /* size 0 or 0xFFFFFFFF, as written to a pipe */       \
    X(CORRUPT_FRAMES, "corrupt_frames")     /* frames skipped or concealed by the decoder */       \
    X(RATE_CHANGE, "rate_change")           /* frames of another rate or channel count dropped */  \
    X(NO_GAPLESS_INFO, "no_gapless_info")   /* MP3 without a tag: delay and padding unknown */     \
    X(TAG_CRC_MISMATCH, "tag_crc_mismatch") /* LAME tag whose checksum does not fit */             \
    X(NONFINITE_SAMPLES, "nonfinite_samples")

typedef enum mg_audio_warning {
#define MG_AUDIO_WARNING_ENUM(name, id) MG_WARN_##name,
    MG_AUDIO_WARNING_LIST(MG_AUDIO_WARNING_ENUM)
#undef MG_AUDIO_WARNING_ENUM
        MG_WARN_COUNT
} mg_audio_warning;

extern const char *const mg_audio_warning_id[MG_WARN_COUNT];

typedef struct mg_audio_result {
    const char *container; /* "wav", "rf64", "bw64", "aiff", "aifc", "flac", "mp3"; static */
    const char *codec;     /* "pcm_s16", "pcm_f32", "flac", "mp3", ...; static */
    unsigned sample_rate_hz;
    unsigned channels;
    unsigned bits_per_sample; /* 0: not known (MP3) */
    mg_value bitrate_kbps;
    uint64_t frames;   /* decoded */
    double duration_s; /* frames / sample_rate_hz */
    uint64_t bytes;    /* of the file */
    char sha256[65];   /* lower-case hex of the file's bytes */
    mg_value encoder_delay_samples, padding_samples;
    uint64_t start_offset_samples;
    const char *mp3_tag; /* "none", "vbri", "xing", "lavc", "lame"; NULL: not an MP3; static */
    uint32_t warnings; /* bit MG_WARN_x */
} mg_audio_result;

typedef struct mg_measures {
    mg_audio_result audio;
    mg_loudness_result loudness;
    mg_dynamics_result dynamics;
    mg_spectrum_result spectrum;
    mg_stereo_result stereo;
    mg_tempo_result tempo;
    mg_key_result key;
    mg_structure_result structure;
    mg_technical_result technical;
    mg_waveform_result waveform;
} mg_measures;

/* Frees what the struct owns and zeroes it. */
void mg_measures_done(mg_measures *measures);

#endif
