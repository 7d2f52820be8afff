#include <stdlib.h>

#include "collectors/repeats.h"

#define SLOTS 524288 /* a power of two */

struct repeats {
	int used;
	struct slot {
		uint64_t hash;
		int64_t count; /* 0: free */
	} slots[SLOTS];
};

struct repeats *
repeats_open(void)
{
	/* Pages that no row touches are never made, so a short file costs little. */
	return calloc(1, sizeof(struct repeats));
}

void
repeats_close(struct repeats *repeats)
{
	free(repeats);
}

int64_t
repeats_count(struct repeats *repeats, uint64_t hash)
{
	uint64_t at = (hash ^ (hash >> 32)) & (SLOTS - 1);

	while (repeats->slots[at].count != 0) {
		if (repeats->slots[at].hash == hash)
			return repeats->slots[at].count++;
		at = (at + 1) & (SLOTS - 1);
	}
	if (repeats->used == REPEATS_MAX)
		return -1;
	repeats->used++;
	repeats->slots[at] = (struct slot){ .hash = hash, .count = 1 };
	return 0;
}
