#include "daemon/base/hash.h"
#include "models/units/calendar.h"

#include "daemon/serve/limit.h"

#define MINUTE_US (60 * SECOND_US)

uint32_t
limit_count(struct limit *limit, const char *address, int64_t now_us)
{
	_Atomic uint64_t *slot = &limit->slot[hash_text(0, text_of(address)) % LIMIT_SLOTS];
	uint64_t minute = (uint64_t)(now_us / MINUTE_US) << 32, old = atomic_load(slot), new;

	do {
		new = (old & ~(uint64_t)UINT32_MAX) == minute ? old + ((uint32_t)old < UINT32_MAX) : minute | 1;
	} while (!atomic_compare_exchange_weak(slot, &old, new));
	return (uint32_t) new;
}

int
limit_wait_s(int64_t now_us)
{
	return (int)(60 - now_us / SECOND_US % 60);
}
