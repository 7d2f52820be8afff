#include "collectors/charges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/listing.h"
#include "collectors/repeats.h"
#include "collectors/table.h"
#include "models/units/err.h"

int
charges_open(struct charges *charges, const struct collect_options *options, struct err *err)
{
	*charges = (struct charges){ .options = options, .repeats = repeats_open() };
	zone_utc(&charges->utc);
	return charges->repeats != NULL ? 0 : err_set(err, ERR_OUTSIDE, "no memory to read an invoice");
}

void
charges_close(struct charges *charges)
{
	repeats_close(charges->repeats);
}

int
charges_table(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct table_shape *shape, struct err *err)
{
	struct charges charges;
	int status;

	if (charges_open(&charges, options, err) != 0)
		return -1;
	status = table_read(input, options, sink, shape, &charges, err);
	charges_close(&charges);
	return status;
}

int
charges_listing(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct listing_shape *shape, struct err *err)
{
	struct charges charges;
	int status;

	if (charges_open(&charges, options, err) != 0)
		return -1;
	status = listing_read(input, options, sink, shape, &charges, err);
	charges_close(&charges);
	return status;
}

static uint64_t
hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	return hash;
}

struct text
charges_id(struct charges *charges, const struct invoice_reading *reading, const struct text *texts, size_t n,
	int64_t line)
{
	int64_t times[] = { reading->period_from_us, reading->period_to_us, reading->charge_from_us,
		reading->charge_to_us };
	uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), times, sizeof(times));
	int64_t before;
	int length;

	hash = hash_bytes(hash, charges->options->account.p, charges->options->account.n);
	for (size_t i = 0; i < n; i++) {
		uint64_t size = texts[i].n;

		hash = hash_bytes(hash_bytes(hash, &size, sizeof(size)), texts[i].p, texts[i].n);
	}
	before = repeats_count(charges->repeats, hash);
	if (before < 0) /* no room to count: the line tells them apart */
		length = snprintf(charges->id, sizeof(charges->id), "%016" PRIx64 "-line-%" PRId64, hash, line);
	else if (before > 0)
		length = snprintf(charges->id, sizeof(charges->id), "%016" PRIx64 "-%" PRId64, hash, before + 1);
	else
		length = snprintf(charges->id, sizeof(charges->id), "%016" PRIx64, hash);
	return (struct text){ charges->id, (size_t)length };
}

void
charges_month(struct charges *charges, struct invoice_reading *reading)
{
	int64_t at_us = reading->charge_from_us;

	if (at_us < charges->month_from_us || at_us >= charges->month_to_us) {
		charges->month_from_us = zone_month(&charges->utc, at_us / SECOND_US, 1, 0) * SECOND_US;
		charges->month_to_us = zone_month(&charges->utc, at_us / SECOND_US, 1, 1) * SECOND_US;
	}
	reading->period_from_us = charges->month_from_us;
	reading->period_to_us = charges->month_to_us;
}

int
charges_currency(struct text text, char code[4], bool *changed)
{
	bool small = false;

	if (text.n != 3)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		char c = text.p[i];

		small = small || (c >= 'a' && c <= 'z');
		code[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		if (code[i] < 'A' || code[i] > 'Z')
			return -1;
	}
	code[3] = '\0';
	if (changed != NULL)
		*changed = small;
	return 0;
}
