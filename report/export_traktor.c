/* Traktor's NML, version 19, as Traktor writes collections: no list of the format is published; the
 * elements and units are those that its own files show. One grid marker (CUE_V2 of TYPE 4) and one
 * TEMPO hold the grid: this version has no grids that bend. */
#include "report/export_forms.h"

#include "report/export_offset.h"
#include "report/result_view.h"
#include "report/xml_text.h"

#include <math.h>
#include <string.h>

enum { CUE_PLAIN = 0, CUE_GRID = 4, NO_HOTCUE = -1 };

/* DIR is "/:Users/:me/:Music/:" for "/Users/me/Music/x.mp3". */
static void put_location(mg_buf *out, const char *path)
{
    char volume[256];
    bool windows;
    const char *rest = mg_export_place(path, volume, &windows);
    const char *name = strrchr(rest, '/') + 1;
    mg_buf_puts(out, "      <LOCATION DIR=\"");
    for (const char *at = rest; at < name;) {
        const size_t len = strcspn(at, "/");
        mg_xml_text_n(out, at, len);
        mg_buf_puts(out, "/:");
        at += len + 1;
    }
    mg_buf_putc(out, '"');
    mg_xml_attribute(out, "FILE", name);
    mg_xml_attribute(out, "VOLUME", volume[0] != '\0' ? volume : "Macintosh HD");
    mg_buf_puts(out, "></LOCATION>\n");
}

static void put_info(mg_buf *out, const json_t *result)
{
    char comment[80];
    const double kbps = mg_view_number(result, "audio.bitrate_kbps");
    const double duration_s = mg_view_number(result, "audio.duration_s");
    const double kib = mg_view_number(result, "audio.bytes") / 1024.0;
    mg_export_comment(result, comment);
    mg_buf_puts(out, "      <INFO");
    if (!isnan(kbps))
        mg_buf_printf(out, " BITRATE=\"%.0f\"", kbps * 1000.0);
    mg_xml_attribute(out, "COMMENT", comment);
    mg_xml_attribute(out, "KEY", mg_view_text(result, "key.open_key"));
    if (!isnan(duration_s))
        mg_buf_printf(out, " PLAYTIME=\"%.0f\" PLAYTIME_FLOAT=\"%.6f\"", floor(duration_s),
                      duration_s);
    if (!isnan(kib))
        mg_buf_printf(out, " FILESIZE=\"%.0f\"", floor(kib));
    mg_buf_puts(out, "></INFO>\n");
}

/* Traktor counts semitones from C: major keys 0..11, minor keys 12..23. */
static void put_key(mg_buf *out, const json_t *result)
{
    static const char *const tonics[12][2] = {
        {"C", "C"},   {"Db", "C#"}, {"D", "D"},   {"Eb", "D#"}, {"E", "E"},   {"F", "F"},
        {"F#", "Gb"}, {"G", "G"},   {"Ab", "G#"}, {"A", "A"},   {"Bb", "A#"}, {"B", "B"}};
    const char *tonic = mg_view_text(result, "key.tonic");
    const bool minor = strcmp(mg_view_text(result, "key.mode"), "minor") == 0;
    for (int i = 0; i < 12; i++) {
        if (strcmp(tonic, tonics[i][0]) == 0 || strcmp(tonic, tonics[i][1]) == 0)
            mg_buf_printf(out, "      <MUSICAL_KEY VALUE=\"%d\"></MUSICAL_KEY>\n",
                          i + (minor ? 12 : 0));
    }
}

static void put_cue(mg_buf *out, const char *name, int type, double at_s, int hotcue)
{
    mg_buf_puts(out, "      <CUE_V2");
    mg_xml_attribute(out, "NAME", name);
    mg_buf_printf(out,
                  " DISPL_ORDER=\"0\" TYPE=\"%d\" START=\"%.6f\" LEN=\"0.000000\" REPEATS=\"-1\" "
                  "HOTCUE=\"%d\"></CUE_V2>\n",
                  type, at_s * 1000.0, hotcue);
}

/* The marker stands on a downbeat where one is known: Traktor counts bars from it. */
static void put_grid(mg_buf *out, const mg_export_track *track, double offset_s)
{
    const mg_beat_grid *grid = &track->grid;
    if (grid->count == 0) {
        put_key(out, track->result);
        return;
    }
    const double bpm = grid->constant ? 60.0 / grid->stretches[0].period_s
                                      : mg_view_number(track->result, "tempo.bpm");
    const double marker_s = mg_beat_grid_snap(grid, grid->stretches[0].start_s);
    mg_buf_printf(out, "      <TEMPO BPM=\"%.6f\" BPM_QUALITY=\"100.000000\"></TEMPO>\n", bpm);
    put_key(out, track->result);
    put_cue(out, "AutoGrid", CUE_GRID, marker_s + offset_s, NO_HOTCUE);
}

void mg_traktor_track(mg_buf *out, const mg_export_track *track)
{
    const double offset_s = mg_export_offset_s(MG_DJ_TRAKTOR, track->result);
    mg_buf_puts(out, "    <ENTRY");
    mg_xml_attribute(out, "TITLE", track->title);
    mg_buf_puts(out, " ARTIST=\"\">\n");
    put_location(out, track->path);
    mg_buf_puts(out, "      <MODIFICATION_INFO AUTHOR_TYPE=\"user\"></MODIFICATION_INFO>\n");
    put_info(out, track->result);
    put_grid(out, track, offset_s);
    for (size_t i = 0; i < track->cue_count; i++)
        put_cue(out, track->cues[i].name, CUE_PLAIN, track->cues[i].at_s + offset_s, (int)i);
    mg_buf_puts(out, "    </ENTRY>\n");
}

void mg_traktor_document(mg_buf *out, const char *body, size_t count)
{
    mg_buf_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>\n"
                  "<NML VERSION=\"19\">\n"
                  "  <HEAD COMPANY=\"mixgauge\" PROGRAM=\"mixgauge %s\"></HEAD>\n"
                  "  <MUSICFOLDERS></MUSICFOLDERS>\n  <COLLECTION ENTRIES=\"%zu\">\n",
                  MG_VERSION, count);
    mg_buf_puts(out, body);
    mg_buf_puts(out, "  </COLLECTION>\n</NML>\n");
}
