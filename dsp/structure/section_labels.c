#include "dsp/structure/sections.h"

#include <math.h>

static const double drop_within_lu = 2.5;         /* of the loudest section */
static const double least_kicks_per_step = 0.009; /* 0.75 a second */
static const double least_file_s = 12.0;          /* shorter ones have no parts */
/* What a section lacks of the main part, in units that are each worth one: */
static const double lack_band_db = 2.0, lack_lu = 2.0, lack_kick_share = 1.0 / 3.0;
static const double kick_tolerance = 0.25; /* of the share of hits: not counted as lacking */
static const double band_range_db = 15.0;
/* What an intro or outro lacks at least; excerpts and songs begin and end with less of a form. */
static const double least_lack = 1.0, least_lack_short = 2.0, short_file_s = 90.0;
/* Of the file: more of it is no intro, and no outro. */
static const double intro_share = 0.75, outro_share = 0.4;
static const double break_lu = 2.0, break_low_db = 5.0, thin_low_db = 8.0;
static const double break_lack = 2.5; /* of bands and loudness */
static const double no_low_db =
    15.0; /* under the main part's low end: what hits there is no kick */
static const double full_kick = 0.85, full_lu = 4.0, full_low_db = 2.0;
static const double build_rise_lu = 1.0, build_high_rise_db = 3.0, build_bright_db = 2.0;
static const double over_high_db = 2.0;
/* Of what sounds between attacks in the high frequencies: over a build, and behind it */
static const double swell_db = 4.0, swell_line = 0.4, release_db = 2.0;
static const double hats_fall_db = 6.0;
static const double longest_build_s = 36.0;

/* What the sections of a file are compared with: medians of those that may be its main part,
 * weighted by their length. */
typedef struct yardstick {
    double lufs, kicks, low_db, high_db, band_db[MG_BANDS];
} yardstick;

typedef struct judged {
    double lack; /* 0: as full as the main part */
    double kick; /* hits, relative to the main part */
    bool main;
    bool full; /* with all of kick and low end: main, whatever else it lacks */
} judged;

static double kick_rate(const mg_section_facts *f)
{
    return f->sum.steps > 0 ? f->sum.kicks / f->sum.steps : 0.0;
}

static double level_db(const mg_section_facts *f, unsigned first, unsigned end)
{
    double power = 0;
    for (unsigned b = first; b < end; b++)
        power += f->sum.band[b];
    return 10.0 * log10((f->sum.frames > 0 ? power / f->sum.frames : 0.0) + 1e-12);
}

typedef double fact(const mg_section_facts *f, unsigned band);

static double fact_lufs(const mg_section_facts *f, unsigned band)
{
    (void)band;
    return f->lufs;
}

static double fact_kicks(const mg_section_facts *f, unsigned band)
{
    (void)band;
    return kick_rate(f);
}

static double fact_band(const mg_section_facts *f, unsigned band)
{
    return level_db(f, band, band + 1);
}

static double fact_low(const mg_section_facts *f, unsigned band)
{
    (void)band;
    return level_db(f, 0, 2);
}

static double fact_high(const mg_section_facts *f, unsigned band)
{
    (void)band;
    return mg_section_high_db(&f->sum);
}

static bool may_be_main(const mg_section_facts *f, double loudest)
{
    return f->lufs >= loudest - drop_within_lu && kick_rate(f) >= least_kicks_per_step;
}

/* The value under which half of the time of the candidates lies. */
static double median(const mg_section_facts *facts, unsigned count, double loudest, fact *get,
                     unsigned band)
{
    double total = 0, below = 0, at = -HUGE_VAL;
    for (unsigned i = 0; i < count; i++)
        total += may_be_main(&facts[i], loudest) ? facts[i].end_s - facts[i].start_s : 0.0;
    while (below < 0.5 * total) {
        double next = HUGE_VAL;
        for (unsigned i = 0; i < count; i++) {
            double value = get(&facts[i], band);
            if (may_be_main(&facts[i], loudest) && value > at && value < next)
                next = value;
        }
        at = next;
        for (unsigned i = 0; i < count; i++) {
            if (may_be_main(&facts[i], loudest) && get(&facts[i], band) == at)
                below += facts[i].end_s - facts[i].start_s;
        }
    }
    return at;
}

/* @return false without any section that may be the main part */
static bool measure(const mg_section_facts *facts, unsigned count, yardstick *ret)
{
    double loudest = -HUGE_VAL;
    bool any = false;
    for (unsigned i = 0; i < count; i++)
        loudest = fmax(loudest, facts[i].lufs);
    for (unsigned i = 0; i < count; i++)
        any = any || (isfinite(facts[i].lufs) && may_be_main(&facts[i], loudest));
    if (!any)
        return false;
    ret->lufs = median(facts, count, loudest, fact_lufs, 0);
    ret->kicks = median(facts, count, loudest, fact_kicks, 0);
    ret->low_db = median(facts, count, loudest, fact_low, 0);
    ret->high_db = median(facts, count, loudest, fact_high, 0);
    for (unsigned b = 0; b < MG_BANDS; b++)
        ret->band_db[b] = median(facts, count, loudest, fact_band, b);
    return true;
}

static judged judge(const mg_section_facts *f, const yardstick *y)
{
    double missing_db = 0, kick = kick_rate(f) / y->kicks;
    double under = fmin(fmax(y->lufs - f->lufs, 0.0), 20.0);
    double low_less = y->low_db - level_db(f, 0, 2);
    kick = low_less < no_low_db ? kick : 0.0;
    for (unsigned b = 0; b < MG_BANDS; b++) {
        double less = y->band_db[b] - level_db(f, b, b + 1);
        missing_db += fmin(fmax(less, 0.0), band_range_db) / MG_BANDS;
    }
    double thin = missing_db / lack_band_db + under / lack_lu;
    bool full = under <= full_lu && kick >= full_kick && low_less <= full_low_db;
    return (judged){
        .lack = thin + fmax(1.0 - kick_tolerance - kick, 0.0) / lack_kick_share,
        .kick = kick,
        .main = full || !(under >= break_lu || low_less > thin_low_db || thin >= break_lack ||
                          (kick < 0.5 && low_less > break_low_db)),
        .full = full,
    };
}

/* Noise or a roll that swells to the border and is gone behind it, or what lacks something and
 * gets louder or brighter, up to a main part. */
static bool builds(const mg_section_facts *f, const judged *j, const yardstick *y)
{
    double swell = f->floor_end_db - f->floor_start_db;
    if (f->end_s - f->start_s > longest_build_s)
        return false;
    if (swell >= swell_db && f->floor_line >= swell_line &&
        f->floor_end_db - f[1].floor_start_db >= release_db)
        return true;
    if (f->high_rise_db >= build_high_rise_db && f->high_end_db >= y->high_db + over_high_db)
        return true;
    bool brighter = f->high_rise_db >= build_high_rise_db,
         louder = f->rise_lu >= build_rise_lu && fmax(f->high_rise_db, swell) >= build_bright_db;
    return j->lack >= 1.0 && !j->full && (brighter || louder);
}

static void set(mg_section *section, mg_section_label label, double confidence)
{
    section->label = label;
    section->confidence = confidence < 0.8 ? confidence : 0.8;
}

void mg_sections_no_label(unsigned count, mg_section *section)
{
    for (unsigned i = 0; i < count; i++)
        set(&section[i], MG_SECTION_OTHER, 0.4);
}

/* Sections before the first main part: the intro; where its drums stop again, a break. */
static void label_start(const mg_section_facts *facts, const judged *j, unsigned end,
                        mg_section *section)
{
    double drums_hats_db = -HUGE_VAL; /* of the sections with a kick so far */
    for (unsigned i = 0; i < end; i++) {
        double hats_db = level_db(&facts[i], MG_BANDS - 1, MG_BANDS);
        bool drums = isfinite(drums_hats_db);
        bool stops = drums && (j[i].kick < 0.35 || hats_db < drums_hats_db - hats_fall_db);
        set(&section[i], stops ? MG_SECTION_BREAK : MG_SECTION_INTRO, 0.45 + 0.1 * j[i].lack);
        if (j[i].kick >= 0.45)
            drums_hats_db = fmax(drums_hats_db, hats_db);
    }
}

/* Sections after the last main part: the outro, but a break where the beat comes back. */
static void label_end(const judged *j, unsigned from, unsigned count, mg_section *section)
{
    bool beat = false;
    for (unsigned i = count; i-- > from;) {
        bool stops = beat && j[i].kick < 0.35 && j[i].lack >= 2.0;
        set(&section[i], stops ? MG_SECTION_BREAK : MG_SECTION_OUTRO, 0.45 + 0.1 * j[i].lack);
        beat = beat || j[i].kick >= 0.45;
    }
}

static void label_middle(const mg_section_facts *facts, const judged *j, unsigned from,
                         unsigned end, mg_section *section)
{
    for (unsigned i = from; i < end; i++) {
        double over = i > 0 ? facts[i].lufs - facts[i - 1].lufs : 0.0;
        if (j[i].main)
            set(&section[i], MG_SECTION_DROP, 0.5 + 0.04 * fmin(fmax(over, 0.0), 8.0));
        else
            set(&section[i], MG_SECTION_BREAK, 0.4 + 0.06 * j[i].lack);
    }
}

/* Whether a section at the start or end of the file is none of the main part. Behind the first
 * such section, one that is full begins it. */
static bool is_edge(const judged *j, double least, bool behind)
{
    return !j->main || (j->lack >= least && !(behind && j->full));
}

void mg_sections_label(const mg_section_facts *facts, unsigned count, mg_section *section)
{
    judged j[MG_SECTIONS_MAX];
    yardstick y;
    unsigned first = 0, end = count;
    bool contrast = false;
    if (count == 0 || facts[count - 1].end_s < least_file_s || !measure(facts, count, &y)) {
        mg_sections_no_label(count, section);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        j[i] = judge(&facts[i], &y);
    double least = facts[count - 1].end_s < short_file_s ? least_lack_short : least_lack;
    while (first < count && is_edge(&j[first], least, first > 0))
        first++;
    while (end > first && is_edge(&j[end - 1], least, end < count))
        end--;
    for (unsigned i = 0; i < count; i++)
        contrast = contrast || i < first || i >= end || !j[i].main;
    double length_s = facts[count - 1].end_s;
    if (first == end || !contrast || facts[first].start_s > intro_share * length_s ||
        length_s - facts[end - 1].end_s > outro_share * length_s) {
        mg_sections_no_label(count, section);
        return;
    }
    label_start(facts, j, first, section);
    label_middle(facts, j, first, end, section);
    label_end(j, end, count, section);
    for (unsigned i = 1; i + 1 < end; i++) {
        if (section[i + 1].label == MG_SECTION_DROP && builds(&facts[i], &j[i], &y))
            set(&section[i], MG_SECTION_BUILD, 0.6);
    }
}
