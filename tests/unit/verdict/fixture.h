/* The measures of a good club-leaning mix, to be bent by each test, and the built-in profile. */
#ifndef MG_TESTS_UNIT_VERDICT_FIXTURE_H
#define MG_TESTS_UNIT_VERDICT_FIXTURE_H

#include "verdict/verdict.h"

void good_mix(mg_measures *ret);
mg_profile electronic(const char *purpose);

#endif
