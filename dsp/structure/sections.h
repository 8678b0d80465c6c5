/* Where a track changes, and what its parts are: the steps behind dsp/structure/structure.h. */
#ifndef MG_DSP_STRUCTURE_SECTIONS_H
#define MG_DSP_STRUCTURE_SECTIONS_H

#include "dsp/levels/loudness.h"
#include "dsp/structure/section_units.h"

/* A section with what the labels are judged by. */
typedef struct mg_section_facts {
    double start_s, end_s;
    mg_cell sum;
    double lufs;         /* mean of its momentary loudness; -HUGE_VAL: silent */
    double rise_lu;      /* loudness of the second half minus the first */
    double high_rise_db; /* level of the high frequencies, second half minus first */
    double high_end_db;  /* the same of the second half */
    /* Of what sounds between attacks in the high frequencies, on a straight line through the units,
     * to 30 dB under the highest of the file, and the share of their variance that the line
     * explains. */
    double floor_start_db, floor_end_db, floor_line;
} mg_section_facts;

/** Cuts the file and names its parts.
 *  @param ret  receives 1..MG_SECTIONS_MAX sections that cover 0..duration_s
 *  @param section  receives label and confidence of each
 *  @param ret_count  their number
 *  @return MG_OK; MG_E_NOMEM */
mg_err mg_sections_find(const mg_cells *cells, double duration_s, const mg_loudness *loudness,
                        const mg_tempo_result *tempo, mg_section_facts *ret, mg_section *section,
                        unsigned *ret_count);

/** Names the sections; fills label and confidence of section[0..count-1]. */
void mg_sections_label(const mg_section_facts *facts, unsigned count, mg_section *section);

/** Names them all `other`: of a file without parts that could be told apart. */
void mg_sections_no_label(unsigned count, mg_section *section);

/* 10 log10 of the mean power of the momentary loudness between two times; -HUGE_VAL: none. */
double mg_sections_lufs(const mg_loudness *loudness, double start_s, double end_s);

#endif
