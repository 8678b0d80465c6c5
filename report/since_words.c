#include "report/since_words.h"

#include "report/labels.h"

#include <stddef.h>
#include <string.h>

const char *mg_since_tag(const char *code, bool resolved)
{
    if (mg_is_praise(code))
        return resolved ? "no longer" : "now good";
    return resolved ? "resolved" : "new";
}

const char *mg_since_warning(const char *id)
{
    static const struct {
        const char *id, *words;
    } warnings[] = {
        {"same_audio", "The file is the same, byte for byte"},
        {"other_engine", "Another version of mixgauge made the old result; numbers may have moved "
                         "by themselves"},
        {"other_profile", "The old result was judged by another profile; scores and feedback have "
                          "other targets"},
        {"other_params", "The old result was made with other options or another content of the "
                         "profile"},
    };
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        if (strcmp(id, warnings[i].id) == 0)
            return warnings[i].words;
    }
    return NULL;
}

int mg_since_digits(const char *unit)
{
    static const char *const whole[] = {"1/min", "samples", "Hz"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        if (strcmp(unit, whole[i]) == 0)
            return 0;
    }
    if (strcmp(unit, "FS") == 0)
        return 4;
    return strcmp(unit, "1") == 0 ? 3 : 1;
}
