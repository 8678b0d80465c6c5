/* Clocks. Durations and deadlines use the monotonic one; the wall clock is for what people and
 * other programs read. The ledger has its own clock (the database's) and does not use these. */
#ifndef MG_BASE_CLOCK_H
#define MG_BASE_CLOCK_H

#include <stdint.h>

int64_t mg_mono_ms(void);
int64_t mg_mono_us(void);
/* Milliseconds since 1970-01-01 UTC. */
int64_t mg_wall_ms(void);
/* "2026-03-01T12:34:56.789Z" into out[32]. Years 1970..9999; others print as the nearest of them.
 */
void mg_wall_iso(int64_t wall_ms, char out[32]);

#endif
