/*
 * mapping: usage rows of a file that nobody foresaw: which column (or member) is what, said by a person.
 *
 *     at = created               a column of a CSV file, or a member of JSON lines ("call.created")
 *     provider = "=openai"       what begins with = is the same in all rows
 *     in_uncached = prompt_k     the fields of the usage event; input and output are totals of which cache reads and
 *                                writes, and reasoning, are parts
 *     unit = thousands           of token counts: tokens, thousands, millions
 *     time = "%d.%m.%Y %H:%M"    rfc3339 (or Unix seconds), seconds, milliseconds, microseconds, nanoseconds, or a
 *                                pattern of %Y %m %d %H %M %S %f %z
 *     zone = Europe/Berlin       of times that say none
 *     format = csv               csv, jsonl, or by the first letter
 *     separator = ";"            of a CSV file, else found out
 */
#ifndef COLLECTORS_MAPPING_H
#define COLLECTORS_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/usage_event.h"
#include "models/units/text.h"

struct err;
struct zone;

enum mapping_field { MAPPING_INPUT = EVENT_FIELDS, MAPPING_OUTPUT, MAPPING_FIELDS };

#define MAPPING_NAME 128

enum mapping_time { MAPPED_RFC3339, MAPPED_UNIX, MAPPED_PATTERN };

struct mapping {
	const char *name;                          /* for sentences; borrowed */
	char column[MAPPING_FIELDS][MAPPING_NAME]; /* "": not told; "=text": a constant */
	enum mapping_time time;
	int time_digits; /* MAPPED_UNIX: digits of a second in a unit: 0, 3, 6, 9 */
	char pattern[MAPPING_NAME];
	char zone_name[64];      /* "": that of the import */
	const struct zone *zone; /* who reads the mapping loads it; NULL: that of the import */
	int unit_digits;         /* of token counts: 0, 3, 6 */
	char separator;          /* 0: found out */
	char form;               /* 'c', 'j', 0: by the first letter */
};

/* Set one line of a mapping. ERR_INPUT names the key and the nearest right one, or the value and what is allowed. */
int mapping_set(struct mapping *mapping, const char *key, const char *value, struct err *err);

/* Whether it says enough to read anything. */
int mapping_check(const struct mapping *mapping, struct err *err);

/* An instant as the mapping says it is written. zone: of times that say none. */
int mapping_instant(
	const struct mapping *mapping, const struct zone *zone, struct text text, int64_t *at_us, struct err *err);

#endif
