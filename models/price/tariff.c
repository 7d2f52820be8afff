/*
 * tariff: the items that have prices, and what makes a book of rows sound.
 */
#include "models/price/tariff.h"

#include <inttypes.h>
#include <stdio.h>

#include "models/units/calendar.h"
#include "models/units/err.h"

const char *const price_item_names[PRICE_ITEMS] = {
	"in_uncached",
	"in_cache_read",
	"in_cache_write_5m",
	"in_cache_write_1h",
	"out_visible",
	"out_reasoning",
	"in_audio",
	"in_image",
	"in_video",
	"read_audio",
	"read_image",
	"read_video",
	"out_audio",
	"out_image",
	"out_video",
	"out_citation",
	"requests",
	"web_searches",
};

const char *const price_state_names[PRICE_STATES] = { "unpriced", "priced", "free", "flat" };

/* The class that each part lies in. */
static const int part_class[PRICE_PARTS] = {
	IN_UNCACHED,
	IN_UNCACHED,
	IN_UNCACHED,
	IN_CACHE_READ,
	IN_CACHE_READ,
	IN_CACHE_READ,
	OUT_VISIBLE,
	OUT_VISIBLE,
	OUT_VISIBLE,
	OUT_VISIBLE,
};

int
price_item_find(struct text name)
{
	for (int i = 0; i < PRICE_ITEMS; i++)
		if (text_is(name, price_item_names[i]))
			return i;
	return -1;
}

int
price_part_class(int item)
{
	return part_class[item - USAGE_CLASSES];
}

int
quantities_check(const struct quantities *quantities, struct err *err)
{
	int64_t inside[USAGE_CLASSES] = { 0 };

	if (usage_check(&quantities->usage, err) != 0)
		return -1;
	for (int i = 0; i < PRICE_PARTS; i++) {
		int class = part_class[i];

		if (quantities->parts[i] < 0)
			return err_set(err, ERR_INPUT, "%s is negative: %" PRId64, price_item_names[USAGE_CLASSES + i],
				quantities->parts[i]);
		if (quantities->parts[i] > quantities->usage.tokens[class] - inside[class])
			return err_set(err, ERR_INPUT, "%s is %" PRId64 ", more than what %s has left: %" PRId64,
				price_item_names[USAGE_CLASSES + i], quantities->parts[i], usage_class_names[class],
				quantities->usage.tokens[class] - inside[class]);
		inside[class] += quantities->parts[i];
	}
	if (quantities->requests < 0 || quantities->requests > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "requests is out of range: %" PRId64, quantities->requests);
	if (quantities->web_searches < 0 || quantities->web_searches > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "web_searches is out of range: %" PRId64, quantities->web_searches);
	return 0;
}

/* ---- when rows hold together */

/* Do the daily windows share a second? Both 0 is all day; one that ends before it begins wraps midnight. */
static bool
windows_meet(const struct price_row *a, const struct price_row *b)
{
	if (a->daily_from_s == a->daily_to_s || b->daily_from_s == b->daily_to_s)
		return true;
	for (int i = 0; i < 2; i++) {
		const struct price_row *in = i == 0 ? a : b, *of = i == 0 ? b : a;
		bool wraps = of->daily_to_s < of->daily_from_s;
		bool after = in->daily_from_s >= of->daily_from_s, before = in->daily_from_s < of->daily_to_s;

		if (wraps ? after || before : after && before)
			return true;
	}
	return false;
}

bool
price_rows_clash(const struct price_row *a, const struct price_row *b)
{
	return a->precedence == b->precedence && text_same(a->model, b->model) && text_same(a->provider, b->provider) &&
		text_same(a->service_tier, b->service_tier) && a->from_us < b->to_us && b->from_us < a->to_us &&
		(a->days & b->days) != 0 && windows_meet(a, b);
}

static int
clash(const struct price_row *a, const struct price_row *b, struct err *err)
{
	char at[TIME_MAX] = "the beginning";
	int64_t from = a->from_us > b->from_us ? a->from_us : b->from_us;

	if (from != PRICE_FROM_ALWAYS)
		time_print(at, sizeof at, from);
	return err_set(err, ERR_INPUT, "price rows '%.*s' and '%.*s' overlap in time: both hold from %s on",
		(int)a->id.n, a->id.p, (int)b->id.n, b->id.p, at);
}

static int
check_row(const struct price_row *row, struct err *err)
{
	if (row->from_us >= row->to_us)
		return err_set(err, ERR_INPUT, "price row '%.*s': it ends before it begins", (int)row->id.n, row->id.p);
	for (size_t i = 0; i < row->n; i++) {
		const struct price_component *component = &row->components[i];

		if (component->rate_femto < 0 || component->above_tokens < 0)
			return err_set(err, ERR_INPUT, "price row '%.*s': %s: a negative number", (int)row->id.n,
				row->id.p, price_item_names[component->item]);
		for (size_t k = 0; k < i; k++)
			if (row->components[k].item == component->item &&
				row->components[k].above_tokens == component->above_tokens)
				return err_set(err, ERR_INPUT,
					"price row '%.*s': %s has two prices above %" PRId64 " tokens", (int)row->id.n,
					row->id.p, price_item_names[component->item], component->above_tokens);
	}
	return 0;
}

/* A short number for a row's model and tier, so that few pairs need a closer look. */
static uint32_t
digest(const struct price_row *row)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < row->model.n; i++)
		hash = (hash ^ (uint8_t)row->model.p[i]) * 16777619u;
	for (size_t i = 0; i < row->provider.n; i++)
		hash = (hash ^ (uint8_t)row->provider.p[i]) * 16777619u;
	return hash;
}

#define BLOCK 256

/*
 * Every row against every later one, a block of digests at a time: for some thousand rows that is a few
 * milliseconds, and needs no memory.
 */
int
price_book_check(const struct price_book *book, struct err *err)
{
	for (size_t i = 0; i < book->n; i++)
		if (check_row(&book->rows[i], err) != 0)
			return -1;
	for (size_t from = 0; from < book->n; from += BLOCK) {
		uint32_t digests[BLOCK];
		size_t n = book->n - from < BLOCK ? book->n - from : BLOCK;

		for (size_t i = 0; i < n; i++)
			digests[i] = digest(&book->rows[from + i]);
		for (size_t k = from; k < book->n; k++) {
			const struct price_row *row = &book->rows[k];
			uint32_t mine = digest(row);

			for (size_t i = 0; i < n && from + i < k; i++) {
				if (digests[i] != mine)
					continue;
				if (price_rows_clash(&book->rows[from + i], row))
					return clash(&book->rows[from + i], row, err);
				if (text_same(book->rows[from + i].id, row->id))
					return err_set(err, ERR_INPUT, "price row '%.*s' comes twice", (int)row->id.n,
						row->id.p);
			}
		}
	}
	return 0;
}

int64_t
price_book_checked(const struct price_book *book)
{
	int64_t newest = 0;

	for (size_t i = 0; i < book->n; i++)
		if (book->rows[i].checked_us > newest)
			newest = book->rows[i].checked_us;
	return newest;
}
