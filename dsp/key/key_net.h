/* The judge of a key, of a whole file or a stretch of it, and of whether there is one: a small
 * network that follows the harmony.
 *
 * The transcribed slots (dsp/key/key_pitch.h) are joined to frames of 0.74 s. For each of the 12
 * tonics the frames are turned so that the tonic comes first, and go through the same network: a
 * layer for each frame, a layer over three neighbouring frames - which hears what follows what: a
 * dominant before its tonic, a riff -, then the mean over time and two weighted means, whose
 * weights the network finds itself, say at cadences. A score for major and one for minor is linear
 * in these and in the sums over the whole file (dsp/key/key_features.h). No key is preferred but
 * for its mode: a transposed file has the same scores in the transposed key. Nor does loudness
 * count. A score for no key at all - drums, noise - comes from the same means, taken over the
 * tonics, and from how tonal the sound is. It is learnt with the others: drums are what gives no
 * key a score to speak of, however tuned a kick may be, and a riff of two notes gives one.
 *
 * The weights (dsp/key/key_net_model.c) are learnt by bench/learn/train_key.py from rendered tracks
 * alone, so that recordings can judge the result: docs/accuracy.md has the figures. A file is heard
 * through dsp/key/key_cells.h; the views here are excerpts to learn from.
 *
 * Objects are not thread-safe, the functions keep nothing elsewhere. Sums are in single precision
 * in a fixed order: the same on every processor.
 */
#ifndef MG_DSP_KEY_KEY_NET_H
#define MG_DSP_KEY_KEY_NET_H

#include "dsp/key/key_features.h"
#include "dsp/key/key_sound.h"

enum {
    /* Of a frame: treble, bass and plain pitch classes, major and minor triads, weight. */
    MG_KEY_NET_INPUTS = 3 * 12 + MG_CHORDS + 1,
    MG_KEY_NET_NOTES = 24,   /* units of the first layer */
    MG_KEY_NET_HARMONY = 32, /* units of the second */
    MG_KEY_NET_SPAN = 3,     /* frames that the second layer sees */
    MG_KEY_NET_FOCI = 2,     /* weighted means */
    MG_KEY_NET_POOLS = (1 + MG_KEY_NET_FOCI) * MG_KEY_NET_HARMONY,
    MG_KEY_NET_SIGNS = MG_KEY_TONAL_SOUND + MG_KEY_NET_POOLS, /* of music without a key */
    MG_KEY_NET_DOUBTS = 16,  /* units that weigh them */
    MG_KEY_NET_FRAMES_MAX = 256, /* heard at a time */
};

/* Weights of one network, [input][output]; modes: 0 major, 1 minor. */
typedef struct mg_key_net {
    float notes[MG_KEY_NET_INPUTS][MG_KEY_NET_NOTES], notes_bias[MG_KEY_NET_NOTES];
    float harmony[MG_KEY_NET_SPAN * MG_KEY_NET_NOTES][MG_KEY_NET_HARMONY];
    float harmony_bias[MG_KEY_NET_HARMONY];
    float focus[MG_KEY_NET_FOCI][MG_KEY_NET_HARMONY];
    float pool[2][MG_KEY_NET_POOLS], bias[2];
    float doubt[MG_KEY_NET_SIGNS][MG_KEY_NET_DOUBTS], doubt_bias[MG_KEY_NET_DOUBTS];
    float none[MG_KEY_NET_DOUBTS], none_bias[1];
    float whole[2][MG_KEY_WHOLE];
    float sound_mean[MG_KEY_TONAL_SOUND], sound_spread[MG_KEY_TONAL_SOUND];
} mg_key_net;

extern const mg_key_net mg_key_net_learnt;
/* By which scores are divided, so that their softmax is a probability: judged on recordings, whole
 * and degraded, and on rendered tracks. */
extern const double mg_key_net_temperature;

/* Sums over all slots of what is judged. */
typedef struct mg_key_sums {
    float whole[MG_KEYS][MG_KEY_WHOLE]; /* 0..11 major on C..B, 12..23 minor */
    float sound[MG_KEY_TONAL_SOUND];
} mg_key_sums;

/** @param tuning_strength  mg_chroma_tuning()
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_sums_find(mg_key_sums *sums, const mg_pitch_slot *slots, size_t count,
                        double tuning_strength);

/* How slots become frames: how many go into one, and by what they are divided. */
typedef struct mg_key_framing {
    size_t each;
    float notes, plain; /* medians of the levels of notes and of plain pitch classes */
} mg_key_framing;

/** @return MG_OK; MG_E_NOMEM */
mg_err mg_key_framing_find(mg_key_framing *framing, const mg_pitch_slot *slots, size_t count,
                           double slot_s);
/** Frame f of count slots. */
void mg_key_frame_fill(const mg_key_framing *framing, const mg_pitch_slot *slots, size_t count,
                       size_t f, float ret[MG_KEY_NET_INPUTS]);

/* An excerpt. */
typedef struct mg_key_view {
    mg_key_sums sums;
    size_t count;                       /* up to MG_KEY_NET_FRAMES_MAX; more are left out */
    float (*frame)[MG_KEY_NET_INPUTS];  /* owned */
} mg_key_view;

/* What a network makes of the frames for one tonic; the row before the first frame and the one
 * after the last are silence. */
typedef struct mg_key_net_course {
    float notes[MG_KEY_NET_FRAMES_MAX + 2][MG_KEY_NET_NOTES];
    float harmony[MG_KEY_NET_FRAMES_MAX][MG_KEY_NET_HARMONY];
    float attention[MG_KEY_NET_FOCI][MG_KEY_NET_FRAMES_MAX]; /* adds up to 1 */
    float pool[MG_KEY_NET_POOLS];
} mg_key_net_course;

/* What it makes of the signs that there is no key: the sound, and the pools as a mean of the 12
 * tonics. */
typedef struct mg_key_net_signs {
    float sign[MG_KEY_NET_SIGNS], doubt[MG_KEY_NET_DOUBTS];
} mg_key_net_signs;

/** @param slot_s  length of a slot
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_view_init(mg_key_view *view, const mg_pitch_slot *slots, size_t count,
                        double slot_s, double tuning_strength);
void mg_key_view_done(mg_key_view *view);

/** Where the input `i` of a frame stands when the tonic comes first. */
unsigned mg_key_net_turned(unsigned i, unsigned tonic);
/** The layers: fills notes and harmony of the course.
 *  @param count  up to MG_KEY_NET_FRAMES_MAX */
void mg_key_net_hear(const mg_key_net *net, const float (*frame)[MG_KEY_NET_INPUTS], size_t count,
                     unsigned tonic, mg_key_net_course *course);
/** What a focus says of a frame: the logarithm of its weight. */
float mg_key_net_attend(const mg_key_net *net, unsigned focus,
                        const float harmony[MG_KEY_NET_HARMONY]);
/** Scores of the 24 keys and of none.
 *  @param pool  of each tonic: the mean over time, then those of the foci */
void mg_key_net_score(const mg_key_net *net, const mg_key_sums *sums,
                      const float pool[12][MG_KEY_NET_POOLS], double ret[MG_KEYS + 1]);
/** Those of an excerpt.
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_key_net_judge(const mg_key_net *net, const mg_key_view *view, double ret[MG_KEYS + 1]);
/** Probabilities for scores: softmax of score / temperature. `ret` may be `score`. */
void mg_key_softmax(const double *score, unsigned count, double temperature, double *ret);

/* For who learns. */
/** The course of a tonic, and the scores of its major and minor key. */
void mg_key_net_run(const mg_key_net *net, const mg_key_view *view, unsigned tonic,
                    mg_key_net_course *course, double ret[2]);
/** Score of no key. @param pool  means of the pools of the 12 tonics */
double mg_key_net_none(const mg_key_net *net, const mg_key_sums *sums,
                       const float pool[MG_KEY_NET_POOLS], mg_key_net_signs *signs);

#endif
