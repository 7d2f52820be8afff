/*
 * The bytes of a zone file: RFC 8536 (versions 1 to 3; 4 reads the same but for leap seconds), and
 * the rule of POSIX TZ that ends a file from version 2 on.
 */
#include <string.h>

#include "models/units/calendar.h"
#include "models/units/err.h"

#define HEADER_SIZE 44
#define OFFSET_LIMIT_S (26 * HOUR_S)
#define TYPES_MAX 256
#define TYPE_SIZE 6
#define COUNT_MAX 100000                   /* of anything in a file: keeps the sums below far from overflow */
#define AT_LIMIT_S (INT64_C(1) << 60)      /* compilers of zones write -2^59 for the beginning of time */
#define RULE_TIME_MAX_S (168 * HOUR_S - 1) /* version 3 lets a rule's time be up to 167 hours */

struct bytes {
	const unsigned char *p;
	size_t n;
};

struct block {
	unsigned ut, standard, leaps, times, types, letters;
	const unsigned char *data;
};

static uint32_t
read_32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t
read_time(const unsigned char *p, size_t width)
{
	if (width == 4)
		return (int32_t)read_32(p);
	return (int64_t)((uint64_t)read_32(p) << 32 | read_32(p + 4));
}

/* Read a header and step over the block behind it. -1 when the bytes end before the block does. */
static int
read_block(struct bytes *bytes, size_t width, struct block *block)
{
	unsigned *counts[] = { &block->ut, &block->standard, &block->leaps, &block->times, &block->types,
		&block->letters };
	size_t i, size;

	if (bytes->n < HEADER_SIZE || memcmp(bytes->p, "TZif", 4) != 0)
		return -1;
	for (i = 0; i < 6; i++) {
		*counts[i] = read_32(bytes->p + 20 + 4 * i);
		if (*counts[i] > COUNT_MAX)
			return -1;
	}
	size = block->times * (width + 1) + block->types * (size_t)TYPE_SIZE + block->letters +
		block->leaps * (width + 4) + block->standard + block->ut;
	if (bytes->n - HEADER_SIZE < size)
		return -1;
	block->data = bytes->p + HEADER_SIZE;
	bytes->p += HEADER_SIZE + size;
	bytes->n -= HEADER_SIZE + size;
	return 0;
}

/* ---- the rule at the end: "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45" */

static int
take(struct bytes *bytes, char c)
{
	if (bytes->n == 0 || bytes->p[0] != (unsigned char)c)
		return 0;
	bytes->p++;
	bytes->n--;
	return 1;
}

static int
take_number(struct bytes *bytes, int high, int *number)
{
	size_t i = 0;

	for (*number = 0; i < bytes->n && i < 4 && bytes->p[i] >= '0' && bytes->p[i] <= '9'; i++)
		*number = *number * 10 + (bytes->p[i] - '0');
	bytes->p += i;
	bytes->n -= i;
	return i > 0 && *number <= high ? 0 : -1;
}

/* [+-]hh[:mm[:ss]] */
static int
take_time(struct bytes *bytes, int hours_high, int32_t *seconds)
{
	int negative = take(bytes, '-'), hours, minutes = 0, rest = 0;

	if (!negative)
		take(bytes, '+');
	if (take_number(bytes, hours_high, &hours) != 0)
		return -1;
	if (take(bytes, ':')) {
		if (take_number(bytes, 59, &minutes) != 0)
			return -1;
		if (take(bytes, ':') && take_number(bytes, 59, &rest) != 0)
			return -1;
	}
	*seconds = hours * HOUR_S + minutes * 60 + rest;
	if (negative)
		*seconds = -*seconds;
	return 0;
}

static int
is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
take_name(struct bytes *bytes)
{
	size_t i = 0;

	if (take(bytes, '<')) {
		while (i < bytes->n && bytes->p[i] != '>')
			i++;
		if (i == bytes->n)
			return -1;
		i++;
	} else {
		while (i < bytes->n && is_letter(bytes->p[i]))
			i++;
		if (i < 3)
			return -1;
	}
	bytes->p += i;
	bytes->n -= i;
	return 0;
}

/* Mm.w.d, Jn or n, then perhaps /time. */
static int
take_rule(struct bytes *bytes, struct zone_rule *rule)
{
	*rule = (struct zone_rule){ .time_s = 2 * HOUR_S };
	if (take(bytes, 'M')) {
		if (take_number(bytes, 12, &rule->month) != 0 || rule->month == 0 || !take(bytes, '.') ||
			take_number(bytes, 5, &rule->week) != 0 || rule->week == 0 || !take(bytes, '.') ||
			take_number(bytes, 6, &rule->weekday) != 0)
			return -1;
	} else {
		rule->julian = take(bytes, 'J');
		if (take_number(bytes, 365, &rule->day) != 0 || (rule->julian && rule->day == 0))
			return -1;
	}
	if (take(bytes, '/') && take_time(bytes, RULE_TIME_MAX_S / HOUR_S, &rule->time_s) != 0)
		return -1;
	return 0;
}

/* The whole of the text between the line ends that enclose it. */
static int
read_rules(struct zone *zone, struct bytes bytes)
{
	int32_t west;

	if (bytes.n == 0)
		return 0;
	if (take_name(&bytes) != 0 || take_time(&bytes, 24, &west) != 0)
		return -1;
	zone->standard_offset_s = -west;
	if (bytes.n == 0) {
		if (zone->transitions == 0)
			zone->first_offset_s = -west;
		return 0;
	}
	if (take_name(&bytes) != 0)
		return -1;
	zone->summer_offset_s = zone->standard_offset_s + HOUR_S;
	if (bytes.n > 0 && bytes.p[0] != ',') {
		if (take_time(&bytes, 24, &west) != 0)
			return -1;
		zone->summer_offset_s = -west;
	}
	if (!take(&bytes, ',') || take_rule(&bytes, &zone->summer_from) != 0 || !take(&bytes, ',') ||
		take_rule(&bytes, &zone->summer_to) != 0 || bytes.n != 0)
		return -1;
	zone->has_rule = 1;
	return 0;
}

/* ---- the table of transitions */

static int
read_offset(const unsigned char *types, unsigned type, int32_t *offset_s)
{
	*offset_s = (int32_t)read_32(types + (size_t)type * TYPE_SIZE);
	return *offset_s > -OFFSET_LIMIT_S && *offset_s < OFFSET_LIMIT_S ? 0 : -1;
}

/* NULL, or what is wrong. */
static const char *
read_transitions(struct zone *zone, const struct block *block, size_t width)
{
	const unsigned char *times = block->data, *kinds = times + block->times * width, *types = kinds + block->times;
	int64_t last = -AT_LIMIT_S - 1;
	unsigned i;

	if (block->types == 0 || block->types > TYPES_MAX)
		return "the count of its local times is wrong";
	if (block->leaps > 0)
		return "it counts leap seconds";
	if (block->times > ZONE_TRANSITIONS)
		return "it has more transitions than there is room for";
	if (read_offset(types, 0, &zone->first_offset_s) != 0)
		return "an offset is over 26 hours";
	for (i = 0; i < block->times; i++) {
		int64_t at = read_time(times + i * width, width);

		if (at <= last || at > AT_LIMIT_S)
			return "its transitions do not rise";
		if (kinds[i] >= block->types)
			return "a transition is to a local time that it does not have";
		if (read_offset(types, kinds[i], zone->offset_s + i) != 0)
			return "an offset is over 26 hours";
		zone->at_s[i] = last = at;
	}
	zone->transitions = (int)block->times;
	return NULL;
}

int
zone_read(struct zone *zone, const char *name, const void *data, size_t size, struct err *err)
{
	struct bytes bytes = { data, size };
	const unsigned char *end;
	struct block block;
	size_t width = 4;
	const char *wrong;
	struct zone read = { 0 };

	if (strlen(name) >= sizeof(read.name))
		return err_set(err, ERR_INPUT, "time zone '%.80s...': the name is longer than %zu bytes", name,
			sizeof(read.name) - 1);
	memcpy(read.name, name, strlen(name) + 1);
	if (read_block(&bytes, 4, &block) != 0)
		return err_set(err, ERR_INPUT, "time zone '%s': not a zone file, or a part of one", name);
	if (((const unsigned char *)data)[4] >= '2') {
		width = 8;
		if (read_block(&bytes, 8, &block) != 0)
			return err_set(err, ERR_INPUT, "time zone '%s': the zone file is cut off", name);
	}
	wrong = read_transitions(&read, &block, width);
	if (wrong != NULL)
		return err_set(err, ERR_INPUT, "time zone '%s': the zone file is wrong: %s", name, wrong);
	if (width == 8) {
		if (!take(&bytes, '\n') || (end = memchr(bytes.p, '\n', bytes.n)) == NULL)
			return err_set(err, ERR_INPUT, "time zone '%s': the zone file is cut off", name);
		bytes.n = (size_t)(end - bytes.p);
		if (read_rules(&read, bytes) != 0)
			return err_set(err, ERR_INPUT,
				"time zone '%s': the zone file ends in a rule that is none: '%.*s'", name,
				(int)(bytes.n < 60 ? bytes.n : 60), (const char *)bytes.p);
	}
	*zone = read;
	return 0;
}
