#include "dsp/structure/sections.h"

#include <math.h>

static const double drop_within_lu = 2.5;  /* of the loudest section */
static const double low_end_within_db = 4.0;
static const double least_kicks_per_step = 0.009; /* 0.75 a second */
static const double contrast_lu = 2.0;     /* that makes a quieter section a break */
static const double build_rise_lu = 1.0, build_onset_growth = 1.3;

/* What the sections of a file are compared with. */
typedef struct yardstick {
    double loudest, kicks, low_db;
} yardstick;

static double kick_rate(const mg_section_facts *f)
{
    return f->sum.steps > 0 ? f->sum.kicks / f->sum.steps : 0.0;
}

static double low_db(const mg_section_facts *f)
{
    double power = f->sum.band[0] + f->sum.band[1];
    return 10.0 * log10((f->sum.frames > 0 ? power / f->sum.frames : 0.0) + 1e-12);
}

static bool has_kick(const mg_section_facts *f, const yardstick *y)
{
    return kick_rate(f) >= 0.5 * y->kicks && kick_rate(f) >= least_kicks_per_step;
}

static bool is_drop(const mg_section_facts *f, const yardstick *y)
{
    return f->lufs >= y->loudest - drop_within_lu && has_kick(f, y) &&
           low_db(f) >= y->low_db - low_end_within_db;
}

static yardstick measure(const mg_section_facts *facts, unsigned count)
{
    yardstick y = {.loudest = -HUGE_VAL, .low_db = -HUGE_VAL};
    for (unsigned i = 0; i < count; i++) {
        y.loudest = fmax(y.loudest, facts[i].lufs);
        y.kicks = fmax(y.kicks, kick_rate(&facts[i]));
        y.low_db = fmax(y.low_db, low_db(&facts[i]));
    }
    return y;
}

static void set(mg_section *section, mg_section_label label, double confidence)
{
    section->label = label;
    section->confidence = confidence < 0.8 ? confidence : 0.8;
}

static void label_quiet(const mg_section_facts *facts, unsigned i, unsigned count,
                        const yardstick *y, bool drop_before, mg_section *section)
{
    const mg_section_facts *f = &facts[i];
    bool drop_next = i + 1 < count && is_drop(&facts[i + 1], y);
    bool rises = f->rise_lu >= build_rise_lu || f->onset_growth >= build_onset_growth;
    double under = fmin(y->loudest - f->lufs, 12.0);
    if (i == 0)
        set(section, MG_SECTION_INTRO, 0.65);
    else if (i + 1 == count && drop_before)
        set(section, MG_SECTION_OUTRO, 0.65);
    else if (drop_next && rises)
        set(section, MG_SECTION_BUILD, 0.5);
    else if (under >= contrast_lu || !has_kick(f, y))
        set(section, MG_SECTION_BREAK, 0.4 + 0.03 * under);
    else
        set(section, MG_SECTION_OTHER, 0.4);
}

void mg_sections_label(const mg_section_facts *facts, unsigned count, mg_section *section)
{
    yardstick y = measure(facts, count);
    unsigned drops = 0;
    bool contrast = false, drop_before = false;
    for (unsigned i = 0; i < count; i++) {
        drops += is_drop(&facts[i], &y);
        contrast = contrast || facts[i].lufs <= y.loudest - contrast_lu || !has_kick(&facts[i], &y);
    }
    for (unsigned i = 0; i < count; i++) {
        if (drops == 0 || !contrast) {
            set(&section[i], MG_SECTION_OTHER, 0.4);
        } else if (is_drop(&facts[i], &y)) {
            double over = i > 0 ? facts[i].lufs - facts[i - 1].lufs : 0.0;
            set(&section[i], MG_SECTION_DROP, 0.5 + 0.04 * fmin(fmax(over, 0.0), 8.0));
            drop_before = true;
        } else {
            label_quiet(facts, i, count, &y, drop_before, &section[i]);
        }
    }
}
