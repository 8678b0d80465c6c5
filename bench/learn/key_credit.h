/* What a key that is not quite the right one is worth. */
#ifndef MG_BENCH_LEARN_KEY_CREDIT_H
#define MG_BENCH_LEARN_KEY_CREDIT_H

/** 1 for the right key, 0.5 a fifth off, 0.3 the relative, 0.2 the parallel (as MIREX counts).
 *  Keys: 0..11 major on C..B, 12..23 minor. */
double mg_key_credit(unsigned found, unsigned truth);

#endif
