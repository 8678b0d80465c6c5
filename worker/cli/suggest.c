#include "worker/cli/suggest.h"

#include <string.h>

enum { WORD_MAX = 48 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment on three rows; words longer than the bound never match. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    const size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            const size_t differs = a[i - 1] != b[j - 1];
            now[j] = least(least(before[j] + 1, now[j - 1] + 1), before[j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void mg_suggest(mg_suggestion *best, const char *typed, const char *candidate)
{
    const size_t len = strlen(typed);
    const size_t near = len / 3 > 0 ? len / 3 : 1;
    size_t distance = edit_distance(typed, candidate);
    if (len >= 3 && strncmp(typed, candidate, len) == 0)
        distance = least(distance, 1);
    if (distance > near || (best->word != NULL && distance >= best->distance))
        return;
    *best = (mg_suggestion){.word = candidate, .distance = distance};
}
