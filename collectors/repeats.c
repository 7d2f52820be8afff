#include <stdbool.h>
#include <stdlib.h>

#include "collectors/repeats.h"

#define SLOTS_FIRST 1024
#define SLOTS_MAX 524288 /* powers of two; a table is at most three quarters full */

struct slot {
	uint64_t hash;
	int64_t count; /* 0: free */
};

struct repeats {
	uint64_t size, used;
	struct slot *slots;
};

struct repeats *
repeats_open(void)
{
	struct repeats *repeats = malloc(sizeof(*repeats));

	if (repeats == NULL)
		return NULL;
	*repeats = (struct repeats){ .size = SLOTS_FIRST, .slots = calloc(SLOTS_FIRST, sizeof(struct slot)) };
	if (repeats->slots == NULL) {
		free(repeats);
		return NULL;
	}
	return repeats;
}

void
repeats_close(struct repeats *repeats)
{
	if (repeats == NULL)
		return;
	free(repeats->slots);
	free(repeats);
}

/* The slot of the hash, or the free one where it belongs. */
static struct slot *
find_slot(const struct repeats *repeats, uint64_t hash)
{
	uint64_t at = (hash ^ (hash >> 32)) & (repeats->size - 1);

	while (repeats->slots[at].count != 0 && repeats->slots[at].hash != hash)
		at = (at + 1) & (repeats->size - 1);
	return &repeats->slots[at];
}

/* Twice the room; false when that is not to be had, and all is as it was. */
static bool
grow(struct repeats *repeats)
{
	struct repeats larger = { .size = 2 * repeats->size, .used = repeats->used };

	if (repeats->size == SLOTS_MAX)
		return false;
	larger.slots = calloc(larger.size, sizeof(struct slot));
	if (larger.slots == NULL)
		return false;
	for (uint64_t i = 0; i < repeats->size; i++)
		if (repeats->slots[i].count != 0)
			*find_slot(&larger, repeats->slots[i].hash) = repeats->slots[i];
	free(repeats->slots);
	*repeats = larger;
	return true;
}

int64_t
repeats_count(struct repeats *repeats, uint64_t hash)
{
	struct slot *slot = find_slot(repeats, hash);

	if (slot->count != 0)
		return slot->count++;
	if (4 * (repeats->used + 1) > 3 * repeats->size) {
		if (!grow(repeats))
			return -1;
		slot = find_slot(repeats, hash);
	}
	repeats->used++;
	*slot = (struct slot){ .hash = hash, .count = 1 };
	return 0;
}
