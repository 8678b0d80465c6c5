#include "bench/learn/key_credit.h"

double mg_key_credit(unsigned found, unsigned truth)
{
    unsigned up = (found + 24 - truth) % 12; /* semitones over the true tonic */
    if (found == truth)
        return 1.0;
    if (found / 12 == truth / 12)
        return up == 7 || up == 5 ? 0.5 : 0.0;
    if (up == 0)
        return 0.2;
    return up == (truth < 12 ? 9 : 3) ? 0.3 : 0.0;
}
