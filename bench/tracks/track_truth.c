#include "bench/tracks/track_truth.h"

#include "base/cleanup.h"
#include "base/json_write.h"
#include "dsp/measures.h"

#include <math.h>
#include <stdio.h>

enum { TRUTH_MAX = 1 << 20 };

static const char *key_name(int tonic, bool minor)
{
    return mg_key_name((unsigned)tonic, minor ? MG_MINOR : MG_MAJOR);
}

void mg_track_print_truth(const mg_track_recipe *r, const char *path)
{
    mg_auto(mg_buf_done) mg_buf out = MG_BUF_INIT(4096);
    mg_json json = MG_JSON_INIT(&out);
    bool beat = mg_track_has_beat(r->kind);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "file", path);
    mg_json_str(&json, "kind", mg_track_name[r->kind]);
    mg_json_str(&json, "fault", mg_fault_name[r->fault]);
    mg_json_num(&json, "bpm", beat ? r->bpm : (double)NAN, 4);
    mg_json_num(&json, "first_beat_s", beat ? r->first_beat_s : (double)NAN, 6);
    mg_json_str(&json, "key", mg_track_has_key(r->kind) ? key_name(r->tonic, r->minor) : NULL);
    mg_json_num(&json, "cents", r->cents, 1);
    mg_json_num(&json, "lufs", r->lufs, 2);
    mg_json_num(&json, "seconds", r->seconds, 3);
    mg_json_object_end(&json);
    puts(mg_buf_text(&out));
}

static void add_keys(mg_json *json, const mg_club_truth *t)
{
    mg_json_str(json, "key", t->keys > 0 ? key_name(t->key[0].tonic, t->key[0].minor) : NULL);
    mg_json_array(json, "keys");
    for (unsigned i = 0; i < t->keys; i++) {
        mg_json_object(json, NULL);
        mg_json_num(json, "start_s", t->key[i].start_s, 6);
        mg_json_str(json, "key", key_name(t->key[i].tonic, t->key[i].minor));
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
}

static void add_sections(mg_json *json, const mg_club_truth *t)
{
    mg_json_array(json, "sections");
    for (unsigned i = 0; i < t->sections; i++) {
        mg_json_object(json, NULL);
        mg_json_str(json, "label", t->section[i].label);
        mg_json_num(json, "start_s", t->section[i].start_s, 6);
        mg_json_int(json, "bars", t->section[i].bars);
        mg_json_object_end(json);
    }
    mg_json_array_end(json);
}

static void add_beats(mg_json *json, const mg_club_recipe *r, const mg_club_truth *t)
{
    double none = (double)NAN;
    bool beat = mg_club_has_beat(r->genre);
    mg_json_num(json, "bpm", beat ? t->bpm : none, 6);
    mg_json_num(json, "end_bpm", beat ? t->end_bpm : none, 6);
    mg_json_num(json, "change_s", t->change_s > 0.0 ? t->change_s : none, 6);
    mg_json_bool(json, "constant", t->constant);
    mg_json_bool(json, "octave_fixed", r->genre->octave_fixed);
    mg_json_num(json, "first_beat_s", beat ? t->first_beat_s : none, 6);
    mg_json_num(json, "downbeat_index", beat ? t->downbeat_index : none, 0);
    mg_json_num(json, "swing", t->swing, 3);
    mg_json_array(json, "beats_s");
    for (size_t i = 0; i < t->beats && beat && !t->constant; i++)
        mg_json_num(json, NULL, t->beats_s[i], 6);
    mg_json_array_end(json);
}

void mg_club_print_truth(const mg_club_recipe *r, const mg_club_truth *t, mg_fault fault,
                         const char *path)
{
    mg_auto(mg_buf_done) mg_buf out = MG_BUF_INIT(TRUTH_MAX);
    mg_json json = MG_JSON_INIT(&out);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "file", path);
    mg_json_str(&json, "kind", r->genre->name);
    mg_json_str(&json, "fault", mg_fault_name[fault]);
    add_beats(&json, r, t);
    add_keys(&json, t);
    mg_json_num(&json, "cents", t->cents, 1);
    mg_json_num(&json, "lufs", t->lufs, 2);
    mg_json_num(&json, "seconds", r->seconds, 3);
    mg_json_array(&json, "twists");
    for (unsigned i = 0; i < MG_TWISTS; i++)
        if (r->twist[i])
            mg_json_str(&json, NULL, mg_twist_name[i]);
    mg_json_array_end(&json);
    add_sections(&json, t);
    mg_json_object_end(&json);
    puts(mg_buf_text(&out));
}
