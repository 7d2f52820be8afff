/*
 * limit: how often somebody may fail in a minute. Fixed memory, no locks; addresses share slots by chance,
 * which can only make it stricter.
 */
#ifndef SERVE_LIMIT_H
#define SERVE_LIMIT_H

#include <stdatomic.h>
#include <stdint.h>

#define LIMIT_SLOTS 256
#define LIMIT_A_MINUTE 20

/* All zero at first. */
struct limit {
	_Atomic uint64_t slot[LIMIT_SLOTS]; /* minute << 32 | failures in it */
};

/* Count a failure of that address (NULL: one more that nobody knows). The failures of this minute with it. */
uint32_t limit_count(struct limit *limit, const char *address, int64_t now_us);

/* Seconds until the minute is over, 1 to 60. */
int limit_wait_s(int64_t now_us);

#endif
