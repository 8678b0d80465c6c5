/* From statistics of the tempo stage to probabilities: logistic curves between what renders without
 * a beat and music with one were seen to give. The weights of tempi, phases and bars are
 * probabilities already (softmax of a maximum-likelihood fit, bench/learn/train_tempo.py). */
#ifndef MG_DSP_TEMPO_TEMPO_CONFIDENCE_H
#define MG_DSP_TEMPO_TEMPO_CONFIDENCE_H

/** That there is a beat at all.
 *  @param salience  of the strongest pulse, over the file or window by window, whichever is
 *                   higher (dsp/tempo/tempogram.h): renders of noise, of speech-like bursts and of
 *                   irregular chords stay below 0.1, music with a beat lies above 0.3
 *  @param depth     geometric mean of the RMS of the four bands' onsets, quarters of a dB: steady
 *                   and beating tones stay below 1, most pads below 2.5, music with a beat lies
 *                   above 3.1
 *  @param weight    of the chosen tempo (dsp/tempo/tempo_octave.h): chords that change at leisure
 *                   repeat themselves too, but no tempo stands out from its relatives; music whose
 *                   salience is as low has one that does */
double mg_beat_confidence(double salience, double depth, double weight);

/** That the grid lies on the beats rather than between them.
 *  @param phase_weight  of the chosen phase  @param share  of attacks that the grid meets */
double mg_grid_confidence(double phase_weight, double share);

/** That the chosen beat starts the bar. */
double mg_downbeat_confidence(double bar_weight, double phase_weight);

#endif
