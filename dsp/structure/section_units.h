/* The units of time that sections are made of, bars or 2 s, and what each of them sounds like. */
#ifndef MG_DSP_STRUCTURE_SECTION_UNITS_H
#define MG_DSP_STRUCTURE_SECTION_UNITS_H

#include "dsp/structure/structure_cells.h"

/* Levels under the highest of the file, at least -3, in steps of 10 dB; rates of 4 attacks and of
 * 1 kick a second are 1. */
enum {
    MG_UNIT_BAND,                               /* of each band but the highest */
    MG_UNIT_HIGH = MG_UNIT_BAND + MG_BANDS - 1, /* of the high frequencies */
    MG_UNIT_FLOOR,                              /* of what sounds between attacks in them */
    MG_UNIT_ATTACKS,
    MG_UNIT_KICKS,
    MG_UNIT_FEATURES,
};

typedef struct mg_section_units {
    double first_s, unit_s; /* unit 0 ends at first_s */
    size_t count;
    bool bars;                           /* units are bars */
    mg_cell *sum;                        /* owned */
    double (*feature)[MG_UNIT_FEATURES]; /* owned */
} mg_section_units;

/** Bars where `tempo` (which may be NULL) has a constant grid, else 2 s; longer ones in a very long
 *  file.
 *  @return MG_OK; MG_E_NOMEM, then what there is has to be freed as well */
mg_err mg_section_units_init(mg_section_units *units, const mg_cells *cells, double duration_s,
                             const mg_tempo_result *tempo);
void mg_section_units_done(mg_section_units *units);

/** When unit i begins, 0 <= i <= count; 0 for the first. */
double mg_section_unit_start_s(const mg_section_units *units, size_t i);

/** Level of the high frequencies: of the differences of samples. */
double mg_section_high_db(const mg_cell *sum);

#endif
