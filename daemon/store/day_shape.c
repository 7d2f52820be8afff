#include <endian.h>
#include <string.h>

#include "daemon/store/day_shape.h"
#include "daemon/store/fold.h"
#include "models/units/err.h"

static unsigned char *
pack(unsigned char *to, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		*to++ = (unsigned char)(number | 0x80);
	*to++ = (unsigned char)number;
	return to;
}

/*
 * Numbers of up to eight bytes, which are all but the largest, at once: the first byte without a mark ends the number,
 * and its parts of seven bits move together pair by pair.
 */
static inline const unsigned char *
unpack(const unsigned char *from, const unsigned char *end, uint64_t *number)
{
	const uint64_t mark = UINT64_C(0x8080808080808080);
	uint64_t sum = 0, eight, ends;

	if (end - from >= 8) {
		memcpy(&eight, from, 8);
		eight = le64toh(eight);
		ends = ~eight & mark;
		if (ends != 0) {
			eight &= (ends ^ (ends - 1)) & ~mark;
			eight = (eight & UINT64_C(0x7f007f007f007f00)) >> 1 | (eight & UINT64_C(0x007f007f007f007f));
			eight = (eight & UINT64_C(0x3fff00003fff0000)) >> 2 | (eight & UINT64_C(0x00003fff00003fff));
			*number = (eight & UINT64_C(0x0fffffff00000000)) >> 4 | (eight & UINT64_C(0x0fffffff));
			return from + (__builtin_ctzll(ends) + 1) / 8;
		}
	}
	for (int shift = 0; from < end && shift < 64; shift += 7) {
		sum |= (uint64_t)(*from & 0x7f) << shift;
		if (*from++ < 0x80) {
			*number = sum;
			return from;
		}
	}
	return NULL;
}

static inline uint64_t
fold_sign(int64_t whole)
{
	return (uint64_t)whole << 1 ^ (whole < 0 ? UINT64_MAX : 0);
}

static inline int64_t
unfold_sign(uint64_t number)
{
	return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

int
shape_add(struct day_shape *day, const unsigned char *bytes, size_t n, struct err *err)
{
	const unsigned char *end = bytes + n;
	size_t step = 0;

	while (bytes < end) {
		uint64_t number[1 + SHAPE_VALUES];

		for (int i = 0; i < 1 + SHAPE_VALUES; i++)
			if (bytes == NULL || (bytes = unpack(bytes, end, &number[i])) == NULL)
				return err_set(err, ERR_OUTSIDE, "the shape of a day is cut off");
		if (number[0] >= SHAPE_STEPS - step)
			return err_set(err, ERR_OUTSIDE, "the shape of a day is longer than a day");
		step += number[0];
		number[1 + SHAPE_AMOUNT] = (uint64_t)unfold_sign(number[1 + SHAPE_AMOUNT]);
		for (int i = 0; i < SHAPE_VALUES; i++)
			if (__builtin_add_overflow(day->value[step][i], (int64_t)number[1 + i], &day->value[step][i]))
				return err_set(err, ERR_INPUT, "the sums of one step of a day do not fit 64 bits");
		day->held[step++] = true;
	}
	return 0;
}

unsigned char *
shape_pack(unsigned char *to, int64_t gap, const int64_t value[SHAPE_VALUES])
{
	to = pack(to, (uint64_t)gap);
	for (int i = 0; i < SHAPE_AMOUNT; i++)
		to = pack(to, (uint64_t)value[i]);
	return pack(to, fold_sign(value[SHAPE_AMOUNT]));
}

void
shape_values(int64_t value[SHAPE_VALUES], const int64_t *cell)
{
	const int64_t *tokens = cell + CELL_TOKENS, *known = cell + CELL_PRICED_TOKENS;

	value[SHAPE_REQUESTS] = cell[CELL_REQUESTS];
	value[SHAPE_INPUT] =
		tokens[IN_UNCACHED] + tokens[IN_CACHE_READ] + tokens[IN_CACHE_WRITE_5M] + tokens[IN_CACHE_WRITE_1H];
	value[SHAPE_OUTPUT] = tokens[OUT_VISIBLE] + tokens[OUT_REASONING];
	value[SHAPE_UNPRICED] = value[SHAPE_INPUT] + value[SHAPE_OUTPUT] - known[0] - known[1] - known[2];
	value[SHAPE_AMOUNT] = cell[CELL_AMOUNT];
}
