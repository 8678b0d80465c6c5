/* The three writers behind report/export.h. */
#ifndef MG_REPORT_EXPORT_FORMS_H
#define MG_REPORT_EXPORT_FORMS_H

#include "base/buf.h"
#include "report/beat_grid.h"

#include <jansson.h>

typedef struct mg_export_track {
    const char *path;     /* absolute */
    const char *name;     /* its last part; points into path */
    char *title;          /* the name without its ending; UTF-8 where the path is */
    size_t number;        /* from 1, in the order added */
    const json_t *result;
    mg_beat_grid grid;    /* times of ours: t = 0 is the gapless start */
    mg_cue cues[MG_CUES_MAX];
    size_t cue_count;
} mg_export_track;

/** "8A, energy 7, -8.4 LUFS, peak 0.3 dBTP": what the programs have no field for. Into out[80]. */
void mg_export_comment(const json_t *result, char out[80]);

/** Where DJ programs will see the path: mixgauge may run beside them in WSL, so that /mnt/c/Music
 *  is C:/Music to them, and on a Mac a disk of its own is below /Volumes.
 *  @param ret_volume   "C:", "DISK", or "" for the root of the file system; out[256]
 *  @param ret_windows  the volume is a drive letter
 *  @return the rest of the path, beginning with a slash; points into path */
const char *mg_export_place(const char *path, char ret_volume[256], bool *ret_windows);

void mg_rekordbox_track(mg_buf *out, const mg_export_track *track);
void mg_rekordbox_document(mg_buf *out, const char *body, size_t count);

void mg_traktor_track(mg_buf *out, const mg_export_track *track);
void mg_traktor_playlist_track(mg_buf *out, const char *path);
void mg_traktor_document(mg_buf *out, const char *body, const char *playlist, size_t count);

void mg_csv_track(mg_buf *out, const mg_export_track *track);
void mg_csv_document(mg_buf *out, const char *body);

#endif
