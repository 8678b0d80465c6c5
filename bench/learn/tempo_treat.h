/* What happens to a mix on its way to an analyser, for bench/learn/tempo_histories.c. */
#ifndef MG_BENCH_LEARN_TEMPO_TREAT_H
#define MG_BENCH_LEARN_TEMPO_TREAT_H

#include "bench/tracks/synth.h"

/** Nothing, or one or two of: no bass (a phone), no treble (through a wall), hiss, one channel for
 *  both, hard clipping; all drawn. */
void mg_treat(mg_mix *mix, mg_noise *draw);

#endif
