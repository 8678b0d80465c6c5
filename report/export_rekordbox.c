/* rekordbox XML, the form of "Export Collection in xml format": DJ_PLAYLISTS 1.0.0.
 *
 * The published list of the format names attributes and units: Inizio and Start in seconds, Bpm
 * with decimals, Battito the place in the bar, Type 0 a cue, Num 0.. a hot cue and -1 a memory
 * cue. rekordbox keeps tempi to 0.01 BPM, so a period that is no multiple of that would run away
 * from the music; a further TEMPO anchors the grid anew wherever that would exceed a limit. */
#include "report/export_forms.h"

#include "report/export_offset.h"
#include "report/result_view.h"
#include "report/xml_text.h"

#include <math.h>
#include <string.h>

static const double drift_max_s = 0.002; /* of the written grid against the measured one */

typedef struct colour {
    int red, green, blue;
} colour;

static const colour cue_colours[] = {
    [MG_CUE_MIX_IN] = {40, 226, 20},
    [MG_CUE_DROP] = {230, 40, 40},
    [MG_CUE_MIX_OUT] = {48, 90, 255},
};

/* What a URI may hold without an escape, and the slash (RFC 3986). Any byte can be written. */
static void put_uri(mg_buf *out, const char *path)
{
    for (const char *c = path; *c != '\0'; c++) {
        const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                           (*c >= '0' && *c <= '9') || strchr("-._~/", *c) != NULL;
        if (plain)
            mg_buf_putc(out, *c);
        else
            mg_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
    }
}

static void put_location(mg_buf *out, const char *path)
{
    char volume[256];
    bool windows;
    const char *rest = mg_export_place(path, volume, &windows);
    mg_buf_puts(out, " Location=\"file://localhost");
    if (windows)
        mg_buf_printf(out, "/%s", volume);
    put_uri(out, windows ? rest : path);
    mg_buf_putc(out, '"');
}

static const char *kind_of(const json_t *result)
{
    static const char *const kinds[][2] = {
        {"mp3", "MP3 File"},  {"flac", "FLAC File"}, {"aiff", "AIFF File"},
        {"aifc", "AIFF File"}, {"wav", "WAV File"},   {"rf64", "WAV File"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(mg_view_text(result, "audio.container"), kinds[i][0]) == 0)
            return kinds[i][1];
    }
    return "Unknown File";
}

/* "Am", "F#", "Db": as rekordbox writes classic keys. */
static void put_tonality(mg_buf *out, const json_t *result)
{
    char key[16];
    const bool minor = strcmp(mg_view_text(result, "key.mode"), "minor") == 0;
    snprintf(key, sizeof key, "%.3s%s", mg_view_text(result, "key.tonic"), minor ? "m" : "");
    mg_xml_attribute(out, "Tonality", key);
}

static void put_number(mg_buf *out, const char *name, double value, int digits)
{
    mg_buf_printf(out, " %s=\"%.*f\"", name, digits, isnan(value) ? 0.0 : value);
}

static void put_tempo(mg_buf *out, const mg_beat_grid *grid, double at_s, double bpm, int64_t beat)
{
    mg_buf_printf(out,
                  "      <TEMPO Inizio=\"%.3f\" Bpm=\"%.2f\" Metro=\"%d/4\" Battito=\"%d\"/>\n",
                  at_s, bpm, grid->beats_per_bar, mg_beat_in_bar(grid, beat));
}

/* One straight stretch, up to end_s, in as many TEMPO elements as the rounding needs. */
static void put_stretch(mg_buf *out, const mg_beat_grid *grid, const mg_stretch *s, double end_s,
                        double offset_s)
{
    const double bpm = floor(6000.0 / s->period_s + 0.5) / 100.0;
    const double drift_s = fabs(60.0 / bpm - s->period_s); /* a beat */
    const double beats = (end_s - s->start_s) / s->period_s;
    const int64_t bar = grid->beats_per_bar;
    int64_t step = INT64_MAX;
    if (drift_s * beats > drift_max_s) {
        step = (int64_t)(drift_max_s / drift_s) / bar * bar;
        step = step < bar ? bar : step;
    }
    for (int64_t n = 0; n == 0 || (double)n < beats; n += step) {
        put_tempo(out, grid, s->start_s + (double)n * s->period_s + offset_s, bpm, s->beat + n);
        if (step == INT64_MAX)
            break;
    }
}

/* The first stretch begins with the first beat of the program's time, which may lie before ours. */
static mg_stretch lead_in(const mg_stretch *first, double offset_s)
{
    const double earlier = floor((first->start_s + offset_s) / first->period_s);
    return (mg_stretch){.start_s = first->start_s - earlier * first->period_s,
                        .period_s = first->period_s,
                        .beat = first->beat - (int64_t)earlier};
}

static void put_grid(mg_buf *out, const mg_beat_grid *grid, double offset_s)
{
    for (size_t i = 0; i < grid->count; i++) {
        const double end_s = i + 1 < grid->count ? grid->stretches[i + 1].start_s : grid->end_s;
        const mg_stretch s =
            i == 0 ? lead_in(&grid->stretches[0], offset_s) : grid->stretches[i];
        put_stretch(out, grid, &s, end_s, offset_s);
    }
}

static void put_cue(mg_buf *out, const mg_cue *cue, double offset_s, int number)
{
    const colour *c = &cue_colours[cue->kind];
    mg_buf_puts(out, "      <POSITION_MARK");
    mg_xml_attribute(out, "Name", cue->name);
    mg_buf_printf(out, " Type=\"0\" Start=\"%.3f\" Num=\"%d\"", cue->at_s + offset_s, number);
    if (number >= 0)
        mg_buf_printf(out, " Red=\"%d\" Green=\"%d\" Blue=\"%d\"", c->red, c->green, c->blue);
    mg_buf_puts(out, "/>\n");
}

void mg_rekordbox_track(mg_buf *out, const mg_export_track *track)
{
    char comment[80];
    const json_t *result = track->result;
    const double offset_s = mg_export_offset_s(MG_DJ_REKORDBOX, result);
    mg_export_comment(result, comment);
    mg_buf_printf(out, "    <TRACK TrackID=\"%zu\"", track->number);
    mg_xml_attribute(out, "Name", track->title);
    mg_xml_attribute(out, "Kind", kind_of(result));
    put_number(out, "Size", mg_view_number(result, "audio.bytes"), 0);
    put_number(out, "TotalTime", floor(mg_view_number(result, "audio.duration_s")), 0);
    put_number(out, "AverageBpm", mg_view_number(result, "tempo.bpm"), 2);
    put_number(out, "BitRate", mg_view_number(result, "audio.bitrate_kbps"), 0);
    put_number(out, "SampleRate", mg_view_number(result, "audio.sample_rate_hz"), 0);
    mg_xml_attribute(out, "Comments", comment);
    put_tonality(out, result);
    put_location(out, track->path);
    mg_buf_puts(out, ">\n");
    put_grid(out, &track->grid, offset_s);
    for (size_t i = 0; i < track->cue_count; i++)
        put_cue(out, &track->cues[i], offset_s, (int)i);
    for (size_t i = 0; i < track->cue_count; i++)
        put_cue(out, &track->cues[i], offset_s, -1);
    mg_buf_puts(out, "    </TRACK>\n");
}

void mg_rekordbox_document(mg_buf *out, const char *body, size_t count)
{
    mg_buf_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DJ_PLAYLISTS Version=\"1.0.0\">\n"
                  "  <PRODUCT Name=\"mixgauge\" Version=\"%s\" Company=\"\"/>\n"
                  "  <COLLECTION Entries=\"%zu\">\n",
                  MG_VERSION, count);
    mg_buf_puts(out, body);
    mg_buf_printf(out,
                  "  </COLLECTION>\n  <PLAYLISTS>\n    <NODE Type=\"0\" Name=\"ROOT\" "
                  "Count=\"1\">\n      <NODE Name=\"mixgauge\" Type=\"1\" KeyType=\"0\" "
                  "Entries=\"%zu\">\n",
                  count);
    for (size_t i = 1; i <= count; i++)
        mg_buf_printf(out, "        <TRACK Key=\"%zu\"/>\n", i);
    mg_buf_puts(out, "      </NODE>\n    </NODE>\n  </PLAYLISTS>\n</DJ_PLAYLISTS>\n");
}
