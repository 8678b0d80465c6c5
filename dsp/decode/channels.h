/* Which loudspeaker each channel of a file belongs to. */
#ifndef MG_DSP_DECODE_CHANNELS_H
#define MG_DSP_DECODE_CHANNELS_H

#include "dsp/block.h"

/* Roles by count alone, in the order of WAVE files: M; L R; L R C; L R Ls Rs; L R C Ls Rs;
 * 5.1; 6.1 (the back centre is MG_ROLE_OTHER: BS.1770 gives it weight 1.0); 7.1.
 * channels: 1..MG_MAX_CHANNELS. */
void mg_channel_roles(mg_stream_info *info, unsigned channels);

/* Roles by the mask of WAVE_FORMAT_EXTENSIBLE (bit 0 front left, bit 1 front right, ...).
 * Without a mask, and for one or two channels, whose masks are often wrong, by count. */
void mg_channel_roles_masked(mg_stream_info *info, unsigned channels, uint32_t mask);

#endif
