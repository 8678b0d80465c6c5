#include "report/export.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "report/export_forms.h"
#include "report/result_view.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { BODY_MAX = 1 << 30 };

bool mg_export_form_of(const char *file_name, mg_export_form *ret)
{
    static const char *const endings[] = {
        [MG_EXPORT_REKORDBOX] = ".xml", [MG_EXPORT_TRAKTOR] = ".nml", [MG_EXPORT_CSV] = ".csv"};
    const size_t len = strlen(file_name);
    for (int f = MG_EXPORT_REKORDBOX; f <= MG_EXPORT_CSV; f++) {
        if (len > 4 && strcasecmp(file_name + len - 4, endings[f]) == 0) {
            *ret = (mg_export_form)f;
            return true;
        }
    }
    return false;
}

void mg_export_init(mg_export *export, mg_export_form form)
{
    *export = (mg_export){
        .form = form, .body = MG_BUF_INIT(BODY_MAX), .playlist = MG_BUF_INIT(BODY_MAX)};
}

void mg_export_done(mg_export *export)
{
    mg_buf_done(&export->body);
    mg_buf_done(&export->playlist);
    json_decref(export->paths);
}

/* The name without its ending; a name that is nothing but an ending stays whole. */
static char *title_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && dot != name ? strndup(name, (size_t)(dot - name)) : strdup(name);
}

/* DJ programs know a track by its path: a second entry would be another track of the same file. */
static mg_err remember(mg_export *export, const char *path, bool *ret_new)
{
    if (export->paths == NULL)
        export->paths = json_object();
    *ret_new = json_object_get(export->paths, path) == NULL;
    if (!*ret_new)
        return MG_OK;
    return json_object_set_new_nocheck(export->paths, path, json_true()) == 0 ? MG_OK : MG_E_NOMEM;
}

mg_err mg_export_add(mg_export *export, const char *path, const json_t *result)
{
    bool is_new;
    const char *slash = strrchr(path, '/');
    const mg_err known = remember(export, path, &is_new);
    if (known != MG_OK || !is_new)
        return known;
    mg_autofree mg_export_track *track = calloc(1, sizeof *track);
    if (track == NULL)
        return MG_E_NOMEM;
    track->path = path;
    track->name = slash != NULL ? slash + 1 : path;
    mg_autofree char *title = title_of(track->name);
    if (title == NULL)
        return MG_E_NOMEM;
    track->title = title;
    track->number = export->count + 1;
    track->result = result;
    mg_beat_grid_read(result, &track->grid);
    track->cue_count = mg_cues(result, &track->grid, track->cues);
    switch (export->form) {
    case MG_EXPORT_REKORDBOX:
        mg_rekordbox_track(&export->body, track);
        break;
    case MG_EXPORT_TRAKTOR:
        mg_traktor_track(&export->body, track);
        mg_traktor_playlist_track(&export->playlist, track->path);
        break;
    case MG_EXPORT_CSV:
        mg_csv_track(&export->body, track);
        break;
    }
    export->count++;
    return mg_buf_err(&export->body) != MG_OK ? mg_buf_err(&export->body)
                                              : mg_buf_err(&export->playlist);
}

bool mg_export_holds(mg_export_form form, const char *path)
{
    if (form == MG_EXPORT_REKORDBOX)
        return true;
    for (const char *c = path; *c != '\0' && form == MG_EXPORT_TRAKTOR; c++) {
        if ((unsigned char)*c < 0x20)
            return false;
    }
    return mg_utf8_valid(path);
}

mg_err mg_export_finish(const mg_export *export, mg_buf *out)
{
    const char *body = mg_buf_text(&export->body);
    const char *playlist = mg_buf_text(&export->playlist);
    switch (export->form) {
    case MG_EXPORT_REKORDBOX:
        mg_rekordbox_document(out, body, export->count);
        break;
    case MG_EXPORT_TRAKTOR:
        mg_traktor_document(out, body, playlist, export->count);
        break;
    case MG_EXPORT_CSV:
        mg_csv_document(out, body);
        break;
    }
    return mg_buf_err(&export->body) != MG_OK ? mg_buf_err(&export->body) : mg_buf_err(out);
}

/* ---- what several forms need ---- */

void mg_export_comment(const json_t *result, char out[80])
{
    const double energy = mg_view_number(result, "structure.energy");
    const double lufs = mg_view_number(result, "loudness.integrated_lufs");
    const double peak = mg_view_number(result, "loudness.true_peak_dbtp");
    int len = snprintf(out, 80, "%.7s", mg_view_text(result, "key.camelot"));
    if (!isnan(energy))
        len += snprintf(out + len, 80 - (size_t)len, "%senergy %.0f", len > 0 ? ", " : "", energy);
    if (!isnan(lufs))
        len += snprintf(out + len, 80 - (size_t)len, "%s%.1f LUFS", len > 0 ? ", " : "", lufs);
    if (!isnan(peak))
        snprintf(out + len, 80 - (size_t)len, "%speak %.1f dBTP", len > 0 ? ", " : "", peak);
}

const char *mg_export_place(const char *path, char ret_volume[256], bool *ret_windows)
{
    const char drive = strncmp(path, "/mnt/", 5) == 0 ? path[5] : '\0';
    *ret_windows = ((drive >= 'a' && drive <= 'z') || (drive >= 'A' && drive <= 'Z')) &&
                   path[6] == '/';
    ret_volume[0] = '\0';
    if (*ret_windows) {
        snprintf(ret_volume, 256, "%c:", drive & ~0x20);
        return path + 6;
    }
    const char *rest = strncmp(path, "/Volumes/", 9) == 0 ? strchr(path + 9, '/') : NULL;
    if (rest == NULL || rest - (path + 9) >= 256)
        return path;
    snprintf(ret_volume, 256, "%.*s", (int)(rest - (path + 9)), path + 9);
    return rest;
}
