#include "dsp/tempo/odf.h"

#include <stdlib.h>
#include <string.h>

void mg_odf_done(mg_odf *odf)
{
    for (size_t i = 0; i < MG_ODF_MAX_CHUNKS; i++)
        free(odf->chunks[i]);
    *odf = MG_ODF_INIT;
}

/* Row values of two neighbouring frames as one: the larger rise and level, the sharper attack. */
static void merge_rows(uint8_t into[MG_ODF_ROWS], const uint8_t next[MG_ODF_ROWS])
{
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        if (r != MG_ODF_ATTACK)
            into[r] = into[r] > next[r] ? into[r] : next[r];
    unsigned a = into[MG_ODF_ATTACK], b = next[MG_ODF_ATTACK];
    unsigned step_a = a % MG_ODF_ATTACK_STEPS / 2;
    unsigned step_b = (MG_ODF_ATTACK_STEPS + b % MG_ODF_ATTACK_STEPS) / 2;
    unsigned level_a = a / MG_ODF_ATTACK_STEPS, level_b = b / MG_ODF_ATTACK_STEPS;
    into[MG_ODF_ATTACK] = level_a >= level_b ? mg_odf_attack_byte(step_a, level_a)
                                             : mg_odf_attack_byte(step_b, level_b);
}

static void load_row(const mg_odf *odf, size_t frame, uint8_t row[MG_ODF_ROWS])
{
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        row[r] = mg_odf_get(odf, r, frame);
}

static void store_row(mg_odf *odf, size_t frame, const uint8_t row[MG_ODF_ROWS])
{
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        mg_odf_set(odf, r, frame, row[r]);
}

static void halve(mg_odf *odf)
{
    for (size_t i = 0; i < odf->frames / 2; i++) {
        uint8_t row[MG_ODF_ROWS], next[MG_ODF_ROWS];
        load_row(odf, 2 * i, row);
        load_row(odf, 2 * i + 1, next);
        merge_rows(row, next);
        store_row(odf, i, row);
    }
    odf->frames /= 2;
    odf->merge *= 2;
}

static mg_err append(mg_odf *odf, const uint8_t row[MG_ODF_ROWS])
{
    size_t chunk = odf->frames / MG_ODF_CHUNK_FRAMES;
    if (odf->chunks[chunk] == NULL) {
        odf->chunks[chunk] = malloc(sizeof(uint8_t[MG_ODF_ROWS][MG_ODF_CHUNK_FRAMES]));
        if (odf->chunks[chunk] == NULL)
            return MG_E_NOMEM;
    }
    store_row(odf, odf->frames++, row);
    if (odf->frames == MG_ODF_MAX_FRAMES)
        halve(odf); /* an even number: nothing is left over, the next frame starts a new group */
    return MG_OK;
}

mg_err mg_odf_push(mg_odf *odf, const uint8_t row[MG_ODF_ROWS])
{
    if (odf->merge == 1)
        return append(odf, row);
    unsigned level = row[MG_ODF_ATTACK] / MG_ODF_ATTACK_STEPS;
    unsigned step = row[MG_ODF_ATTACK] % MG_ODF_ATTACK_STEPS;
    uint8_t attack =
        mg_odf_attack_byte((odf->merged * MG_ODF_ATTACK_STEPS + step) / odf->merge, level);
    if (odf->merged == 0)
        memset(odf->pending, 0, sizeof(odf->pending));
    for (unsigned r = 0; r < MG_ODF_ROWS; r++)
        if (r != MG_ODF_ATTACK && row[r] > odf->pending[r])
            odf->pending[r] = row[r];
    if (odf->merged == 0 || level > odf->pending[MG_ODF_ATTACK] / MG_ODF_ATTACK_STEPS)
        odf->pending[MG_ODF_ATTACK] = attack;
    if (++odf->merged < odf->merge)
        return MG_OK;
    odf->merged = 0;
    return append(odf, odf->pending);
}

mg_odf mg_odf_part(const mg_odf *odf, size_t from, size_t to)
{
    mg_odf part = *odf;
    part.first += from;
    part.frames = to - from;
    return part;
}

double mg_odf_rate_hz(const mg_odf *odf)
{
    return MG_ODF_RATE_HZ / odf->merge;
}

double mg_odf_time_s(const mg_odf *odf, double frame)
{
    return (frame * odf->merge + 0.5 * (odf->merge - 1)) / MG_ODF_RATE_HZ;
}

double mg_odf_frame_at(const mg_odf *odf, double time_s)
{
    return (time_s * MG_ODF_RATE_HZ - 0.5 * (odf->merge - 1)) / odf->merge;
}

unsigned mg_odf_attack(const mg_odf *odf, size_t frame, double *ret_time_s)
{
    unsigned byte = mg_odf_get(odf, MG_ODF_ATTACK, frame);
    /* A frame spans half a hop to either side of its middle. */
    double offset = (byte % MG_ODF_ATTACK_STEPS + 0.5) / MG_ODF_ATTACK_STEPS - 0.5;
    *ret_time_s = mg_odf_time_s(odf, (double)frame + offset);
    return byte / MG_ODF_ATTACK_STEPS;
}
