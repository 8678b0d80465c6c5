/* Dynamics of the whole file: RMS, crest factor, DR after the DR14 method, crest per band.
 *
 * DR: blocks of 3.0 s; of each channel the power mean of the loudest 20 % of its blocks' RMS (times
 * sqrt 2, so that a sine reads its peak) against its second-highest block peak; the mean over the
 * channels that are not silent, at least 0. The last, incomplete block is left out.
 *
 * One object per stream; not thread-safe. The history takes 4 bytes per channel and 3 s.
 */
#ifndef MG_DSP_LEVELS_DYNAMICS_H
#define MG_DSP_LEVELS_DYNAMICS_H

#include "base/error.h"
#include "dsp/signal/scan.h"

typedef struct mg_dynamics mg_dynamics;

mg_err mg_dynamics_new(mg_dynamics **ret, const mg_stream_info *info);
void mg_dynamics_free(mg_dynamics *dynamics);
/** Feed the next block with its scan. @return MG_OK; MG_E_NOMEM */
mg_err mg_dynamics_push(mg_dynamics *dynamics, const mg_block *block, const mg_scan *scan);
mg_err mg_dynamics_finish(mg_dynamics *dynamics, mg_dynamics_result *result);

#endif
