/* Traktor's NML, version 19, as Traktor writes collections: no list of the format is published; the
 * elements and units are those that its own files show. One grid marker (CUE_V2 of TYPE 4) and one
 * TEMPO hold a straight grid. One that bends has several markers, each with a GRID of its own
 * tempo, as Traktor 4 writes them (issue 4 of Segolene-Albouy/Traktor-NML-to-Rekordbox-XML shows
 * one); programs that pass over GRID begin to count anew at every marker, in the mean tempo. */
#include "report/export_forms.h"

#include "report/export_offset.h"
#include "report/result_view.h"
#include "report/xml_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { CUE_PLAIN = 0, CUE_GRID = 4, NO_HOTCUE = -1 };

typedef struct place {
    char volume[256];
    const char *folder; /* from its slash on */
    const char *name;
} place;

static place place_of(const char *path)
{
    place p;
    bool windows;
    p.folder = mg_export_place(path, p.volume, &windows);
    p.name = strrchr(p.folder, '/') + 1;
    if (p.volume[0] == '\0')
        strcpy(p.volume, "Macintosh HD");
    return p;
}

/* "/:Users/:me/:Music/:" for "/Users/me/Music/x.mp3". */
static void put_folder(mg_buf *out, const place *p)
{
    for (const char *at = p->folder; at < p->name;) {
        const size_t len = strcspn(at, "/");
        mg_xml_text_n(out, at, len);
        mg_buf_puts(out, "/:");
        at += len + 1;
    }
}

static void put_location(mg_buf *out, const char *path)
{
    const place p = place_of(path);
    mg_buf_puts(out, "      <LOCATION DIR=\"");
    put_folder(out, &p);
    mg_buf_putc(out, '"');
    mg_xml_attribute(out, "FILE", p.name);
    mg_xml_attribute(out, "VOLUME", p.volume);
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

/* @param bpm  from this marker on; 0: that of the track */
static void put_cue(mg_buf *out, const char *name, int type, double at_s, int hotcue, double bpm)
{
    mg_buf_puts(out, "      <CUE_V2");
    mg_xml_attribute(out, "NAME", name);
    mg_buf_printf(out,
                  " DISPL_ORDER=\"0\" TYPE=\"%d\" START=\"%.6f\" LEN=\"0.000000\" REPEATS=\"-1\" "
                  "HOTCUE=\"%d\">",
                  type, at_s * 1000.0, hotcue);
    if (bpm > 0.0)
        mg_buf_printf(out, "<GRID BPM=\"%.6f\"></GRID>", bpm);
    mg_buf_puts(out, "</CUE_V2>\n");
}

/* On downbeats where those are known, because Traktor counts bars from its markers: the first one
 * stands on the first downbeat of its stretch, and what begins between downbeats later gets none.
 */
static void put_markers(mg_buf *out, const mg_beat_grid *grid, double offset_s)
{
    bool placed = false;
    for (size_t i = 0; i < grid->count; i++) {
        const mg_stretch *s = &grid->stretches[i];
        const bool on_bar = grid->downbeat_index < 0 || mg_beat_in_bar(grid, s->beat) == 1;
        const double end_s = i + 1 < grid->count ? s[1].start_s : (double)INFINITY;
        const double at_s = on_bar ? s->start_s : mg_beat_grid_snap(grid, s->start_s);
        if (!on_bar && (placed || at_s > end_s - 0.5 * s->period_s))
            continue;
        put_cue(out, "AutoGrid", CUE_GRID, at_s + offset_s, NO_HOTCUE,
                grid->constant ? 0.0 : 60.0 / s->period_s);
        placed = true;
    }
}

static void put_grid(mg_buf *out, const mg_export_track *track, double offset_s)
{
    const mg_beat_grid *grid = &track->grid;
    if (grid->count == 0) {
        put_key(out, track->result);
        return;
    }
    const double bpm = grid->constant ? 60.0 / grid->stretches[0].period_s
                                      : mg_view_number(track->result, "tempo.bpm");
    mg_buf_printf(out, "      <TEMPO BPM=\"%.6f\" BPM_QUALITY=\"100.000000\"></TEMPO>\n", bpm);
    put_key(out, track->result);
    put_markers(out, grid, offset_s);
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
        put_cue(out, track->cues[i].name, CUE_PLAIN, track->cues[i].at_s + offset_s, (int)i, 0.0);
    mg_buf_puts(out, "    </ENTRY>\n");
}

/* Playlists name their tracks by volume, folder and file in one. */
void mg_traktor_playlist_track(mg_buf *out, const char *path)
{
    const place p = place_of(path);
    mg_buf_puts(out, "            <ENTRY><PRIMARYKEY TYPE=\"TRACK\" KEY=\"");
    mg_xml_text(out, p.volume);
    put_folder(out, &p);
    mg_xml_text(out, p.name);
    mg_buf_puts(out, "\"></PRIMARYKEY></ENTRY>\n");
}

/* Traktor gives each playlist 32 hexadecimal digits; here they follow from what is in it (FNV-1a,
 * 64 bit, from two starts), so that the same run writes the same bytes. */
static void put_uuid(mg_buf *out, const char *playlist)
{
    static const uint64_t prime = 0x100000001b3, basis = 0xcbf29ce484222325;
    for (uint64_t half = 0; half < 2; half++) {
        uint64_t hash = basis ^ half;
        for (const char *c = playlist; *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * prime;
        mg_buf_printf(out, "%016" PRIx64, hash);
    }
}

void mg_traktor_document(mg_buf *out, const char *body, const char *playlist, size_t count)
{
    mg_buf_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>\n"
                  "<NML VERSION=\"19\">\n"
                  "  <HEAD COMPANY=\"mixgauge\" PROGRAM=\"mixgauge %s\"></HEAD>\n"
                  "  <MUSICFOLDERS></MUSICFOLDERS>\n  <COLLECTION ENTRIES=\"%zu\">\n",
                  MG_VERSION, count);
    mg_buf_puts(out, body);
    mg_buf_printf(out,
                  "  </COLLECTION>\n  <SETS ENTRIES=\"0\"></SETS>\n  <PLAYLISTS>\n"
                  "    <NODE TYPE=\"FOLDER\" NAME=\"$ROOT\">\n      <SUBNODES COUNT=\"1\">\n"
                  "        <NODE TYPE=\"PLAYLIST\" NAME=\"mixgauge\">\n"
                  "          <PLAYLIST ENTRIES=\"%zu\" TYPE=\"LIST\" UUID=\"",
                  count);
    put_uuid(out, playlist);
    mg_buf_puts(out, "\">\n");
    mg_buf_puts(out, playlist);
    mg_buf_puts(out, "          </PLAYLIST>\n        </NODE>\n      </SUBNODES>\n    </NODE>\n"
                     "  </PLAYLISTS>\n  <INDEXING></INDEXING>\n</NML>\n");
}
