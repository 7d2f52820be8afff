/*
 * hash: 64 bits of a run of bytes by folded multiplication. For tables in memory and for the made ids of
 * ledger lines: the same on every machine and for ever, so it must not be changed. Not for secrets.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "models/units/text.h"

__extension__ typedef unsigned __int128 hash_wide;

static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
	hash_wide product = (hash_wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Little-endian whatever the machine is. */
static inline uint64_t
hash_load(const char *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static inline uint64_t
hash_word(uint64_t seed, uint64_t word)
{
	return hash_fold(seed ^ UINT64_C(0xa0761d6478bd642f), word ^ UINT64_C(0xe7037ed1a0b428db));
}

static inline uint64_t
hash_text(uint64_t seed, struct text text)
{
	const char *p = text.p;
	size_t n = text.n;

	seed = hash_word(seed, n);
	for (; n >= 8; p += 8, n -= 8)
		seed = hash_word(seed, hash_load(p, 8));
	return n > 0 ? hash_word(seed, hash_load(p, n)) : seed;
}

#endif
