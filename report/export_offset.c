#include "report/export_offset.h"

#include "report/result_view.h"

#include <math.h>
#include <string.h>

/* Does the program play the frame that holds the tag, as silence? By the kind of tag
 * (audio.mp3_tag). After the differences between rekordbox and Traktor that the users of
 * dj-data-converter measured (its issue 3: 26 ms for tags without LAME's or with a wrong checksum,
 * else none) and those between rekordbox and three decoders that Mixxx corrects for (its pull
 * request 2119). `lame_bad` is a LAME tag whose checksum does not fit. A tag by Fraunhofer (vbri)
 * is in neither; it is taken for skipped. */
static const struct tag_rule {
    const char *tag;
    bool rekordbox, traktor;
} tag_rules[] = {
    {"none", false, false}, {"vbri", false, false}, {"xing", false, true},
    {"lavc", false, true},  {"lame", true, true},   {"lame_bad", false, true},
};

static bool has_warning(const json_t *result, const char *id)
{
    const json_t *warnings = mg_view(result, "audio.warnings");
    for (size_t i = 0; i < mg_view_count(warnings, ""); i++) {
        const char *warning = json_string_value(mg_view_item(warnings, i));
        if (warning != NULL && strcmp(warning, id) == 0)
            return true;
    }
    return false;
}

static bool plays_tag(mg_dj_program program, const json_t *result)
{
    const char *tag = mg_view_text(result, "audio.mp3_tag");
    if (strcmp(tag, "lame") == 0 && has_warning(result, "tag_crc_mismatch"))
        tag = "lame_bad";
    for (size_t i = 0; i < sizeof tag_rules / sizeof tag_rules[0]; i++) {
        if (strcmp(tag_rules[i].tag, tag) == 0)
            return program == MG_DJ_REKORDBOX ? tag_rules[i].rekordbox : tag_rules[i].traktor;
    }
    return false;
}

double mg_export_offset_s(mg_dj_program program, const json_t *result)
{
    const double rate_hz = mg_view_number(result, "audio.sample_rate_hz");
    const double delay = mg_view_number(result, "audio.start_offset_samples");
    if (strcmp(mg_view_text(result, "audio.codec"), "mp3") != 0 || !(rate_hz > 0.0))
        return 0.0;
    /* layer III: 1152 samples a frame in MPEG-1 (32 kHz and more), 576 in MPEG-2 and 2.5 */
    const double frame = rate_hz >= 32000.0 ? 1152.0 : 576.0;
    return (fmax(delay, 0.0) + (plays_tag(program, result) ? frame : 0.0)) / rate_hz;
}
