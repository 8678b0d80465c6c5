#include "verdict/content.h"

bool mg_content_is_no_music(const mg_measures *measures)
{
    return measures->tempo.bpm.why == MG_WHY_NO_BEAT && measures->key.why == MG_WHY_NO_KEY;
}
