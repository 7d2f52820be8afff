/*
 * reconcile: reads invoices and usage into cells.
 *
 * A line belongs to the month in which its charge period begins, in the reporting zone (zone_billed). A correction belongs
 * to the month in which it was billed, as cash goes, and to the month that it corrects, as use goes.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/reconcile.h"
#include "daemon/store/query.h"
#include "models/price/provider.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

const char *const charge_class_names[CHARGE_CLASSES] = { "tokens", "unmetered", "fees", "credits", "taxes",
	"adjustments" };

/* ---- names */

/* How invoices sign where usage has a short name; in the spelling of plain_name. */
static const struct {
	const char *invoice, *provider;
} signs[] = {
	{ "amazon-web-services", "aws" },
	{ "amazon-web-services-emea", "aws" },
	{ "microsoft-azure", "azure" },
	{ "azure-openai-service", "azure" },
	{ "google-cloud", "google" },
	{ "google-cloud-platform", "google" },
	{ "google-cloud-emea", "google" },
	{ "openai-ireland", "openai" },
	{ "openai-opco", "openai" },
	{ "anthropic-ireland", "anthropic" },
	{ "mistral-ai", "mistral" },
	{ "together-computer", "together" },
};

static const char *const legal_forms[] = { "inc", "llc", "ltd", "limited", "pbc", "corp", "corporation", "gmbh", "sarl",
	"sas", "bv", "ag", "plc", "co", "company", "lp" };

#define PLAIN_MAX 128

static bool
is_legal_form(const char *word)
{
	for (size_t i = 0; i < sizeof(legal_forms) / sizeof(legal_forms[0]); i++)
		if (strcmp(word, legal_forms[i]) == 0)
			return true;
	return false;
}

/* "OpenAI, L.L.C." is "openai": lower case, words parted by '-', no points, no legal form at the end. */
static void
plain_name(const char *name, char plain[PLAIN_MAX])
{
	size_t n = 0;
	char *last;

	for (; *name != '\0' && n + 1 < PLAIN_MAX; name++) {
		unsigned char c = (unsigned char)*name;

		if (c == '.')
			continue;
		if (isalnum(c) || c >= 0x80)
			plain[n++] = (char)tolower(c);
		else if (n > 0 && plain[n - 1] != '-')
			plain[n++] = '-';
	}
	while (n > 0 && plain[n - 1] == '-')
		n--;
	plain[n] = '\0';
	while ((last = strrchr(plain, '-')) != NULL && is_legal_form(last + 1))
		*last = '\0';
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(plain, signs[i].invoice) == 0)
			memcpy(plain, signs[i].provider, strlen(signs[i].provider) + 1);
}

bool
reconcile_same(const char *a, const char *b)
{
	char x[PLAIN_MAX], y[PLAIN_MAX];

	plain_name(a, x);
	plain_name(b, y);
	return provider_same(text_of(x), text_of(y));
}

/* ---- what a line is */

static bool
holds(struct text text, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= text.n; i++)
		if (strncasecmp(text.p + i, part, n) == 0)
			return true;
	return false;
}

static bool
is(struct text text, const char *word)
{
	return text.n == strlen(word) && strncasecmp(text.p, word, text.n) == 0;
}

/* A charge of use without a unit says by its words what it is; one that says nothing is what the meter counts. */
static bool
is_unmetered(const struct invoice_line *line)
{
	static const char *const words[] = { "request", "search", "tool", "image", "storage", "session", "seat", "hour",
		"container", "training", "grounding", "call" };
	const struct text said[] = { line->sku, line->description, line->service };

	if (line->quantity_unit.n > 0)
		return !holds(line->quantity_unit, "tok");
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (holds(said[i], "token") || provider_of_model(said[i]).n > 0)
			return false;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (holds(said[i], words[k]))
				return true;
	return false;
}

static enum charge_class
class_of(const struct invoice_line *line)
{
	static const struct {
		const char *category;
		enum charge_class class;
	} categories[] = { { "Tax", CHARGE_TAX }, { "Credit", CHARGE_CREDIT }, { "Adjustment", CHARGE_ADJUSTMENT },
		{ "Purchase", CHARGE_FEE } };

	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		if (is(line->category, categories[i].category))
			return categories[i].class;
	if (is(line->charge_class, "Correction"))
		return CHARGE_ADJUSTMENT;
	if (is(line->commitment_status, "Unused"))
		return CHARGE_FEE;
	return is_unmetered(line) ? CHARGE_UNMETERED : CHARGE_TOKENS;
}

/* ---- cells */

struct filling {
	const struct request *request;
	const struct reconcile_range *range;
	struct reconciling *result;
	size_t room, parties, party_room;
	struct party **party;
};

static int64_t
month_of(const struct filling *filling, int64_t at_us, int moved)
{
	return zone_month(filling->request->zone, at_us / SECOND_US, filling->request->settings->report.month_start,
		       moved) *
		SECOND_US;
}

static void *
grow(struct arena *arena, const void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 32 : 2 * *room;
	void *copy = arena_take(arena, more * size);

	if (n > 0)
		memcpy(copy, array, n * size);
	*room = more;
	return copy;
}

static struct party *
find_party(struct filling *filling, const char *name, bool make)
{
	struct party *party;

	for (size_t i = 0; i < filling->parties; i++) {
		party = filling->party[i];
		if (reconcile_same(name, party->usage != NULL ? party->usage : party->invoice))
			return party;
	}
	if (!make)
		return NULL;
	if (filling->parties == filling->party_room)
		filling->party = grow(filling->request->arena, (const void *)filling->party, filling->parties,
			&filling->party_room, sizeof(struct party *));
	party = arena_take(filling->request->arena, sizeof(*party));
	filling->party[filling->parties++] = party;
	return party;
}

static struct reconcile_cell *
find_cell(struct filling *filling, int64_t from_us, const struct party *party, const char *currency)
{
	struct reconciling *result = filling->result;

	for (size_t i = 0; i < result->n; i++) {
		struct reconcile_cell *cell = &result->cells[i];

		if (cell->from_us == from_us && cell->party == party && strcmp(cell->currency, currency) == 0)
			return cell;
	}
	if (result->n == filling->room)
		result->cells =
			grow(filling->request->arena, result->cells, result->n, &filling->room, sizeof(*result->cells));
	result->cells[result->n] = (struct reconcile_cell){
		.from_us = from_us, .to_us = month_of(filling, from_us, 1), .party = party, .currency = currency
	};
	return &result->cells[result->n++];
}

static bool
in_range(const struct filling *filling, int64_t from_us)
{
	return from_us < filling->range->to_us && month_of(filling, from_us, 1) > filling->range->from_us;
}

static bool
is_asked(const struct filling *filling, const char *name)
{
	return filling->range->provider == NULL || reconcile_same(filling->range->provider, name);
}

static int
read_usage(struct filling *filling, struct err *err)
{
	const struct request *request = filling->request;
	struct usage_query query = { .from_us = TIME_FIRST_US,
		.to_us = TIME_LAST_US,
		.zone = request->zone,
		.month_start_day = request->settings->report.month_start,
		.by = { BY_MONTH, BY_PROVIDER } };
	struct usage_result usage;

	if (query_usage(request->store, &query, request->arena, &usage, err) != 0)
		return -1;
	for (size_t i = 0; i < usage.n; i++) {
		const struct usage_sum *sum = &usage.rows[i].sum;
		int64_t from_us = month_of(filling, usage.rows[i].from_us, 0);
		const char *name = usage.rows[i].name[1];
		struct reconcile_cell *cell;
		struct party *party;

		if (!in_range(filling, from_us) || !is_asked(filling, name))
			continue;
		party = find_party(filling, name, true);
		if (party->usage == NULL)
			party->usage = name;
		cell = find_cell(filling, from_us, party, "USD");
		cell->unknown = (cell->rows == 0 || cell->unknown) && sum->state_rows[PRICE_UNPRICED] == sum->rows;
		cell->rows += sum->rows;
		cell->unpriced += sum->state_tokens[PRICE_UNPRICED];
		cell->metered_nano += sum->amount_nano;
	}
	return 0;
}

/* The provider who bills; where usage does not know that one, the maker of what was used. */
static struct party *
party_of(struct filling *filling, const struct invoice_line *line)
{
	struct arena *arena = filling->request->arena;
	const char *provider = arena_copy(arena, line->provider.n == 0 ? "" : line->provider.p, line->provider.n);
	const char *publisher = arena_copy(arena, line->publisher.n == 0 ? "" : line->publisher.p, line->publisher.n);
	struct party *party = find_party(filling, provider, false);

	if (!is_asked(filling, provider) && !is_asked(filling, publisher))
		return NULL;
	if ((party == NULL || party->usage == NULL) && publisher[0] != '\0') {
		struct party *maker = find_party(filling, publisher, false);

		if (maker != NULL && maker->usage != NULL)
			party = maker;
	}
	if (party == NULL)
		party = find_party(filling, provider, true);
	if (party->invoice == NULL)
		party->invoice = provider;
	return party;
}

static int
take_line(void *ctx, const struct invoice_line *line, struct err *err)
{
	struct filling *filling = ctx;
	const struct zone *zone = filling->request->zone;
	enum charge_class class = class_of(line);
	bool late = is(line->charge_class, "Correction") && !filling->range->effective;
	int64_t at_us = late ? zone_billed(zone, line->period_from_us, line->period_from_us)
			     : zone_billed(zone, line->charge_from_us, line->charge_to_us);
	int64_t from_us = month_of(filling, at_us, 0);
	struct reconcile_cell *cell;
	struct party *party;

	(void)err;
	if (!in_range(filling, from_us) || (party = party_of(filling, line)) == NULL)
		return 0;
	cell = find_cell(filling, from_us, party,
		arena_copy(filling->request->arena, line->currency.n == 0 ? "" : line->currency.p, line->currency.n));
	cell->lines++;
	if (class <= CHARGE_UNMETERED && zone_billed(zone, line->charge_to_us, line->charge_from_us) > cell->to_us)
		filling->result->longer++;
	cell->billed.nano[class] += line->billed_nano;
	cell->billed.without += !line->has_billed;
	cell->effective.nano[class] += line->effective_nano;
	cell->effective.without += !line->has_effective;
	return 0;
}

static const char *
name_of(const struct party *party)
{
	return party->invoice != NULL ? party->invoice : party->usage;
}

static int
by_place(const void *a, const void *b)
{
	const struct reconcile_cell *x = a, *y = b;
	int order;

	if (x->from_us != y->from_us)
		return x->from_us < y->from_us ? -1 : 1;
	order = strcasecmp(name_of(x->party), name_of(y->party));
	return order != 0 ? order : strcmp(x->currency, y->currency);
}

int
reconcile_read(
	const struct request *request, const struct reconcile_range *range, struct reconciling *result, struct err *err)
{
	struct filling filling = { .request = request, .range = range, .result = result };
	struct usage_query whole = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = request->zone };
	struct coverage coverage;

	*result = (struct reconciling){ .cells = NULL };
	if (query_coverage(request->store, &whole, &coverage, err) != 0 || read_usage(&filling, err) != 0 ||
		query_invoice_lines(request->store, take_line, &filling, err) != 0)
		return -1;
	result->first_us = coverage.any ? coverage.first_us : 0;
	if (result->n > 0)
		qsort(result->cells, result->n, sizeof(*result->cells), by_place);
	return 0;
}
