#include "dsp/decode/channels.h"

enum {
    L = MG_ROLE_LEFT,
    R = MG_ROLE_RIGHT,
    C = MG_ROLE_CENTRE,
    LFE = MG_ROLE_LFE,
    LS = MG_ROLE_SURROUND_LEFT,
    RS = MG_ROLE_SURROUND_RIGHT,
    OTHER = MG_ROLE_OTHER,
};

static const unsigned char roles_by_count[MG_MAX_CHANNELS][MG_MAX_CHANNELS] = {
    {C},
    {L, R},
    {L, R, C},
    {L, R, LS, RS},
    {L, R, C, LS, RS},
    {L, R, C, LFE, LS, RS},
    {L, R, C, LFE, OTHER, LS, RS},
    {L, R, C, LFE, LS, RS, LS, RS},
};

/* SPEAKER_FRONT_LEFT (bit 0) to SPEAKER_SIDE_RIGHT (bit 10); all above are height channels. */
static const unsigned char roles_by_bit[] = {L, R, C, LFE, LS, RS, OTHER, OTHER, OTHER, LS, RS};

void mg_channel_roles(mg_stream_info *info, unsigned channels)
{
    info->channels = channels;
    for (unsigned c = 0; c < channels; c++)
        info->roles[c] = (mg_channel_role)roles_by_count[channels - 1][c];
}

void mg_channel_roles_masked(mg_stream_info *info, unsigned channels, uint32_t mask)
{
    mg_channel_roles(info, channels);
    if (mask == 0 || channels <= 2)
        return;
    unsigned bit = 0;
    for (unsigned c = 0; c < channels; c++) {
        while (bit < 32 && (mask >> bit & 1) == 0)
            bit++;
        bool named = bit < sizeof(roles_by_bit);
        info->roles[c] = named ? (mg_channel_role)roles_by_bit[bit] : MG_ROLE_OTHER;
        bit += bit < 32;
    }
}
