#include "worker/cli/track_table.h"

#include "base/json_write.h"
#include "worker/cli/text_page.h"
#include "worker/cli/text_width.h"

#include <math.h>
#include <string.h>

enum {
    NUMBERS = 35,  /* columns of score, loudness, peak, tempo and key, with what parts them */
    SET_NUMBERS = 16,
    NAME_MIN = 12,
    TEXT_MIN = 20, /* a sentence that is cut shorter says nothing */
    COLUMNS_MIN = 60,
    NEIGHBOURS = 3,
};

static const char *style(const mg_track_table *table, const char *code)
{
    return table->colour ? code : "";
}

/* Right-aligned; "-" where there is none. */
static void print_number(FILE *out, double value, int width, int digits, bool sign)
{
    if (isnan(value))
        fprintf(out, "%*s", width, "-");
    else
        fprintf(out, sign ? "%+*.*f" : "%*.*f", width, digits, mg_json_rounded(value, digits));
}

/* "134-150" of a track that moves by that much. */
static void print_tempo(FILE *out, const mg_track_summary *track)
{
    char range[32];
    snprintf(range, sizeof range, "%.0f-%.0f", track->bpm_low, track->bpm_high);
    if (track->moves)
        fprintf(out, "%8s", range);
    else
        print_number(out, track->bpm, 8, 2, false);
}

/* Bytes of the directory that all names begin with. */
static size_t common_directory(const mg_track_summary *tracks, size_t count)
{
    const char *first = tracks[0].name, *slash = strrchr(first, '/');
    size_t len = slash != NULL ? (size_t)(slash + 1 - first) : 0;
    for (size_t i = 1; i < count; i++) {
        while (len > 0 && strncmp(tracks[i].name, first, len) != 0) {
            len--;
            while (len > 0 && first[len - 1] != '/')
                len--;
        }
    }
    return len;
}

static int longest_name(const mg_track_summary *tracks, size_t count, size_t skip)
{
    char shown[512];
    int most = NAME_MIN;
    for (size_t i = 0; i < count; i++) {
        mg_text_cut(tracks[i].name + skip, 200, shown, sizeof shown);
        const int columns = mg_text_columns(shown);
        most = columns > most ? columns : most;
    }
    return most;
}

/* Share of the free columns that names get; the rest is for text, or none of it. */
static int name_columns(int longest, int available)
{
    if (available < NAME_MIN + 2 + TEXT_MIN)
        return longest < available ? longest : available;
    const int most = available - 2 - TEXT_MIN < available / 2 ? available - 2 - TEXT_MIN
                                                              : available / 2;
    return longest < most ? longest : most;
}

static const char *score_colour(const mg_track_summary *track)
{
    if (track->critical + track->major > 0 || track->score < 60.0)
        return MG_RED;
    return track->score < 80.0 || track->minor > 0 ? MG_YELLOW : MG_GREEN;
}

static const char *worst(const mg_track_summary *track)
{
    if (track->critical > 0)
        return "critical: ";
    return track->major > 0 ? "major: " : track->minor > 0 ? "minor: " : "";
}

static void print_track(const mg_track_table *table, const mg_track_summary *track, size_t skip,
                        int name_width, int text_width)
{
    FILE *out = table->out;
    char name[512], problem[256], cut[512];
    fputs(style(table, score_colour(track)), out);
    print_number(out, track->score, 5, 0, false);
    fputs(style(table, MG_RESET), out);
    print_number(out, track->lufs, 7, 1, false);
    print_number(out, track->true_peak_dbtp, 7, 1, true);
    print_tempo(out, track);
    fprintf(out, "  %-4s  ", track->camelot[0] != '\0' ? track->camelot : "-");
    mg_text_cut_middle(track->name + skip, name_width, name, sizeof name);
    if (text_width < TEXT_MIN || track->problem[0] == '\0') {
        fprintf(out, "%s\n", name);
        return;
    }
    mg_text_pad(out, name, name_width);
    snprintf(problem, sizeof problem, "%s%s", worst(track), track->problem);
    if (mg_text_columns(problem) > text_width && track->brief[0] != '\0')
        snprintf(problem, sizeof problem, "%s%s", worst(track), track->brief);
    const size_t len = strlen(problem);
    if (len > 0 && problem[len - 1] == '.')
        problem[len - 1] = '\0'; /* a cell of a table is no sentence */
    mg_text_cut(problem, text_width, cut, sizeof cut);
    fprintf(out, "  %s\n", cut);
}

static int usable_columns(const mg_track_table *table)
{
    return table->columns > COLUMNS_MIN ? table->columns : COLUMNS_MIN;
}

void mg_track_table_print(const mg_track_table *table, mg_track_summary *tracks, size_t count)
{
    if (count == 0)
        return;
    const size_t skip = common_directory(tracks, count);
    const int available = usable_columns(table) - NUMBERS;
    const int names = name_columns(longest_name(tracks, count, skip), available);
    mg_tracks_sort(tracks, count);
    fprintf(table->out, "%s%5s%7s%7s%8s  %-4s  %-*s%s%s\n", style(table, MG_BOLD), "score", "LUFS",
            "dBTP", "BPM", "key", names, "file",
            available - names - 2 < TEXT_MIN ? "" : "  to mend first", style(table, MG_RESET));
    for (size_t i = 0; i < count; i++)
        print_track(table, &tracks[i], skip, names, available - names - 2);
}

/* ---- the set ---- */

static void print_neighbours(const mg_track_table *table, const mg_track_summary *tracks,
                             size_t count, size_t index, size_t skip, int columns)
{
    size_t found[NEIGHBOURS];
    const size_t neighbours = mg_set_neighbours(tracks, count, index, found, NEIGHBOURS);
    for (size_t i = 0; i < neighbours; i++) {
        const mg_track_summary *other = &tracks[found[i]];
        char name[128], fact[64];
        const double change = mg_tempo_change_percent(tracks[index].bpm, other->bpm);
        snprintf(fact, sizeof fact, " (%s, %+.1f %%)", other->camelot, mg_json_rounded(change, 1));
        const int facts = mg_text_columns(fact) + (i > 0 ? 2 : 0);
        if (columns - facts < NAME_MIN)
            return;
        mg_text_cut_middle(other->name + skip, columns - facts, name, sizeof name);
        fprintf(table->out, "%s%s%s", i > 0 ? ", " : "  ", name, fact);
        columns -= facts + mg_text_columns(name);
    }
}

static void print_wrapped(const mg_track_table *table, const char *words)
{
    const mg_page page = {.out = table->out, .columns = usable_columns(table),
                          .colour = table->colour};
    mg_page_wrapped(&page, words, 0);
}

static void print_spread(const mg_track_table *table, const mg_set_loudness *loudness)
{
    char words[200];
    snprintf(words, sizeof words,
             "As a set: %zu tracks from %.1f to %.1f LUFS, %.1f LU apart; the middle is %.1f LUFS.",
             loudness->count, mg_json_rounded(loudness->lowest, 1),
             mg_json_rounded(loudness->highest, 1),
             mg_json_rounded(loudness->highest - loudness->lowest, 1),
             mg_json_rounded(loudness->middle, 1));
    fputc('\n', table->out);
    print_wrapped(table, words);
    fputc('\n', table->out);
}

void mg_track_table_set(const mg_track_table *table, const mg_track_summary *tracks, size_t count)
{
    FILE *out = table->out;
    mg_set_loudness loudness;
    mg_set_loudness_of(tracks, count, &loudness);
    if (loudness.count < 2)
        return;
    const size_t skip = common_directory(tracks, count);
    const int available = usable_columns(table) - SET_NUMBERS;
    const int names = name_columns(longest_name(tracks, count, skip), available);
    print_spread(table, &loudness);
    fprintf(out, "%s%6s%8s  %-*s  %s%s\n", style(table, MG_BOLD), "gain", "then", names, "file",
            "mixes with", style(table, MG_RESET));
    for (size_t i = 0; i < count; i++) {
        char name[512];
        const double gain = loudness.middle - tracks[i].lufs;
        mg_text_cut_middle(tracks[i].name + skip, names, name, sizeof name);
        print_number(out, gain, 6, 1, true);
        print_number(out, tracks[i].true_peak_dbtp + gain, 8, 1, true);
        fputs("  ", out);
        size_t any;
        if (mg_set_neighbours(tracks, count, i, &any, 1) > 0)
            mg_text_pad(out, name, names);
        else
            fputs(name, out);
        print_neighbours(table, tracks, count, i, skip, available - names - 2);
        fputc('\n', out);
    }
    fputc('\n', out);
    print_wrapped(table, "gain: dB to the middle; then: true peak after it, dBTP. Tracks mix whose "
                         "Camelot key is the same, one hour apart or relative, and whose tempo is "
                         "within 6 %; in brackets their key and the change that brings their tempo "
                         "to this one's.");
}
