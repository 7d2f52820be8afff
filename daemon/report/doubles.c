#include "daemon/report/doubles.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/dictionary.h"
#include "daemon/store/sources.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define DAY_US (DAY_S * SECOND_US)
#define MODEL_MAX 96
#define LINES_FEW 50000 /* read without a question */
#define TELLERS_MAX 64  /* sources that are told apart; beyond, those of one collector are one */

/* What one teller (a source) said of one model on one day. */
struct cell {
	const char *model;
	int64_t day;
	size_t teller;
	int64_t tokens, counted;
};

struct looking {
	const struct request *request;
	struct dictionary dictionary;
	const struct source_tokens *told;
	size_t n_told;
	struct source *tellers;
	size_t n_tellers;
	size_t *teller; /* of each source by its id */
	struct cell *cells;
	size_t n_cells;
	struct doubled **rows;
	size_t *n;
	struct pair {
		int64_t agree, both, tokens[2], counted[2];
	} * pairs;     /* of the model at hand, first teller * n_sources + second */
	size_t *found; /* of each pair: its row, counted from 1 */
};

/* ---- names */

static bool
is_date(const char *text)
{
	static const char *const forms[] = { "20dddddd", "20dd-dd-dd" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t k = 0;

		while (forms[i][k] != '\0' && text[k] != '\0' &&
			(forms[i][k] == 'd' ? isdigit((unsigned char)text[k]) != 0 : forms[i][k] == text[k]))
			k++;
		if (forms[i][k] == '\0' && text[k] == '\0')
			return true;
	}
	return false;
}

void
doubles_model(char *stem, size_t size, const char *model)
{
	const char *slash = strrchr(model, '/');
	size_t n = (size_t)snprintf(stem, size, "%s", slash == NULL ? model : slash + 1);

	n = n < size ? n : size - 1;
	for (size_t i = 0; i < n; i++)
		stem[i] = (char)tolower((unsigned char)stem[i]);
	for (size_t i = 1; i < n; i++)
		if ((stem[i] == '-' || stem[i] == '@') && is_date(stem + i + 1))
			stem[i] = '\0';
}

/* ---- what each told */

static const struct dictionary_entry *
entry_of(const struct dictionary *dictionary, int64_t series)
{
	size_t from = 0, to = dictionary->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (dictionary->entry[middle].id < series)
			from = middle + 1;
		else
			to = middle;
	}
	return from < dictionary->n && dictionary->entry[from].id == series ? &dictionary->entry[from] : NULL;
}

static bool
counts(const struct dictionary *dictionary, const struct dictionary_entry *entry, int64_t at_us)
{
	size_t p = 0;

	while (p + 1 < dictionary->periods && at_us >= dictionary->period[p].to_us)
		p++;
	return attribution_counts(&dictionary->period[p].of[entry - dictionary->entry]);
}

static int
in_order(const void *a, const void *b)
{
	const struct cell *x = a, *y = b;
	int order = strcmp(x->model, y->model);

	if (order != 0)
		return order;
	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return (x->teller > y->teller) - (x->teller < y->teller);
}

static void
make_cells(struct looking *looking)
{
	struct arena *arena = looking->request->arena;
	const struct source_tokens *rows = looking->told;
	size_t kept = 0;

	looking->cells = arena_take(arena, (looking->n_told + 1) * sizeof(*looking->cells));
	for (size_t i = 0; i < looking->n_told; i++) {
		const struct dictionary_entry *entry = entry_of(&looking->dictionary, rows[i].series);
		char stem[MODEL_MAX];

		if (entry == NULL || rows[i].tokens <= 0)
			continue;
		doubles_model(stem, sizeof(stem), entry->said[BY_MODEL]);
		if (stem[0] == '\0')
			continue;
		looking->cells[looking->n_cells++] = (struct cell){ .model = arena_copy(arena, stem, strlen(stem)),
			.day = rows[i].day,
			.teller = looking->teller[rows[i].source],
			.tokens = rows[i].tokens,
			.counted = counts(&looking->dictionary, entry, rows[i].day * DAY_US) ? rows[i].tokens : 0 };
	}
	qsort(looking->cells, looking->n_cells, sizeof(*looking->cells), in_order);
	for (size_t i = 0; i < looking->n_cells; i++) {
		struct cell *cell = &looking->cells[i];

		if (kept > 0 && in_order(&looking->cells[kept - 1], cell) == 0) {
			looking->cells[kept - 1].tokens += cell->tokens;
			looking->cells[kept - 1].counted += cell->counted;
		} else {
			looking->cells[kept++] = *cell;
		}
	}
	looking->n_cells = kept;
}

/* ---- pairs */

static void
compare(struct looking *looking, const struct cell *a, const struct cell *b)
{
	const struct source *x = &looking->tellers[a->teller], *y = &looking->tellers[b->teller];
	struct pair *pair = &looking->pairs[a->teller * looking->n_tellers + b->teller];
	int64_t most = a->tokens > b->tokens ? a->tokens : b->tokens;
	int64_t off = a->tokens > b->tokens ? a->tokens - b->tokens : b->tokens - a->tokens;

	if (strcmp(x->collector, y->collector) == 0)
		return;
	pair->both++;
	if (off > most / DOUBLES_OFF)
		return;
	pair->agree++;
	pair->tokens[0] += a->tokens;
	pair->tokens[1] += b->tokens;
	pair->counted[0] += a->counted;
	pair->counted[1] += b->counted;
}

/* An account that all calls of one have, and no call of the other. */
static const char *
account_of(const struct looking *looking, size_t a, size_t b)
{
	for (int turn = 0; turn < 2; turn++) {
		size_t one = turn == 0 ? a : b, other = turn == 0 ? b : a;
		const char *account = NULL;
		bool tells = true;

		for (size_t k = 0; k < looking->n_told && tells; k++) {
			const struct dictionary_entry *entry = entry_of(&looking->dictionary, looking->told[k].series);

			if (entry == NULL || looking->teller[looking->told[k].source] != one)
				continue;
			tells = account == NULL || strcmp(account, entry->said[BY_ACCOUNT]) == 0;
			account = entry->said[BY_ACCOUNT];
		}
		for (size_t k = 0; k < looking->n_told && tells && account != NULL; k++) {
			const struct dictionary_entry *entry = entry_of(&looking->dictionary, looking->told[k].series);

			tells = entry == NULL || looking->teller[looking->told[k].source] != other ||
				strcmp(entry->said[BY_ACCOUNT], account) != 0;
		}
		if (tells && account != NULL && account[0] != '\0')
			return account;
	}
	return NULL;
}

static void
tell(struct looking *looking, size_t a, size_t b, const char *model)
{
	const struct pair *pair = &looking->pairs[a * looking->n_tellers + b];
	const struct source *x = &looking->tellers[a], *y = &looking->tellers[b];
	size_t *found = &looking->found[a * looking->n_tellers + b];
	struct doubled *row;

	if (*found == 0) {
		*found = ++*looking->n;
		(*looking->rows)[*found - 1] = (struct doubled){ .name = { x->name, y->name },
			.collector = { x->collector, y->collector },
			.account = account_of(looking, a, b),
			.models = model };
	}
	row = &(*looking->rows)[*found - 1];
	if (row->models != model)
		row->models = arena_format(looking->request->arena, "%s, %s", row->models, model);
	row->days = pair->agree > row->days ? pair->agree : row->days;
	for (int i = 0; i < 2; i++) {
		row->tokens[i] += pair->tokens[i];
		row->counted[i] += pair->counted[i];
	}
}

/* The cells of one model, by day. */
static void
compare_model(struct looking *looking, size_t from, size_t to)
{
	size_t n = looking->n_tellers;

	memset(looking->pairs, 0, n * n * sizeof(*looking->pairs));
	for (size_t i = from; i < to; i++)
		for (size_t k = i + 1; k < to && looking->cells[k].day == looking->cells[i].day; k++)
			compare(looking, &looking->cells[i], &looking->cells[k]);
	for (size_t a = 0; a < n; a++)
		for (size_t b = a + 1; b < n; b++) {
			const struct pair *pair = &looking->pairs[a * n + b];

			if (pair->agree >= DOUBLES_DAYS_LEAST && 3 * pair->agree >= 2 * pair->both)
				tell(looking, a, b, looking->cells[from].model);
		}
}

/* ---- all of it */

/* Sources that tell something; where they are many, one of each collector stands for all of it. */
static void
choose_tellers(struct looking *looking, const struct source *sources, size_t n)
{
	struct arena *arena = looking->request->arena;
	int64_t ids = 1;
	size_t telling = 0;
	bool *tells;

	for (size_t i = 0; i < n; i++)
		ids = sources[i].id >= ids ? sources[i].id + 1 : ids;
	tells = arena_take(arena, (size_t)ids * sizeof(*tells));
	looking->teller = arena_take(arena, (size_t)ids * sizeof(*looking->teller));
	looking->tellers = arena_take(arena, (n + 1) * sizeof(*looking->tellers));
	for (size_t k = 0; k < looking->n_told; k++)
		tells[looking->told[k].source] = true;
	for (size_t i = 0; i < n; i++)
		telling += tells[sources[i].id];
	for (size_t i = 0; i < n; i++) {
		size_t at = telling <= TELLERS_MAX ? looking->n_tellers : 0;

		if (!tells[sources[i].id])
			continue;
		while (at < looking->n_tellers && strcmp(looking->tellers[at].collector, sources[i].collector) != 0)
			at++;
		looking->teller[sources[i].id] = at;
		if (at < looking->n_tellers) {
			looking->tellers[at].name = "all";
			continue;
		}
		looking->tellers[looking->n_tellers++] = sources[i];
	}
}

/*
 * Whether the lines of a range are worth reading: where they are many, an hour of each day, in which buckets of hours and
 * days begin, must have lines of two collectors. 1, 0, -1.
 */
static int
is_worth_reading(const struct request *request, const struct dictionary_wish *range, const struct source *sources,
	size_t n, struct err *err)
{
	struct usage_query query = { .from_us = range->from_us, .to_us = range->to_us, .zone = request->zone };
	struct usage_result usage;
	const char *first = NULL;

	if (query_usage(request->store, &query, request->arena, &usage, err) != 0)
		return -1;
	if (usage.total.rows <= LINES_FEW)
		return 1;
	for (int64_t from_us = range->from_us; from_us < range->to_us; from_us += DAY_US) {
		struct source_tokens *told;
		size_t n_told;

		if (source_tokens_list(request->store, from_us, from_us + HOUR_S * SECOND_US, request->arena, &told,
			    &n_told, err) != 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n_told; k++) {
				if (told[k].source != sources[i].id)
					continue;
				if (first != NULL && strcmp(first, sources[i].collector) != 0)
					return 1;
				first = sources[i].collector;
			}
	}
	return 0;
}

int
doubles_find(const struct request *request, struct doubled **rows, size_t *n, struct err *err)
{
	struct looking looking = { .request = request, .rows = rows, .n = n };
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = request->zone };
	struct dictionary_wish wish = { .attribute = true };
	struct source_tokens *told;
	struct source *sources;
	struct coverage coverage;
	size_t n_sources, pairs;
	int worth;

	*rows = NULL;
	*n = 0;
	if (query_coverage(request->store, &query, &coverage, err) != 0)
		return -1;
	if (!coverage.any)
		return 0;
	wish.to_us = (coverage.last_us / DAY_US + 1) * DAY_US;
	wish.from_us = wish.to_us - DOUBLES_DAYS * DAY_US;
	if (source_list(request->store, request->arena, &sources, &n_sources, err) != 0 ||
		(worth = is_worth_reading(request, &wish, sources, n_sources, err)) < 0)
		return -1;
	if (!worth)
		return 0;
	if (source_tokens_list(request->store, wish.from_us, wish.to_us, request->arena, &told, &looking.n_told, err) !=
			0 ||
		dictionary_load(request->store, &wish, request->arena, &looking.dictionary, err) != 0)
		return -1;
	looking.told = told;
	choose_tellers(&looking, sources, n_sources);
	make_cells(&looking);
	pairs = looking.n_tellers * looking.n_tellers;
	looking.pairs = arena_take(request->arena, (pairs + 1) * sizeof(*looking.pairs));
	looking.found = arena_take(request->arena, (pairs + 1) * sizeof(*looking.found));
	*rows = arena_take(request->arena, (pairs + 1) * sizeof(**rows));
	for (size_t from = 0, to; from < looking.n_cells; from = to) {
		to = from + 1;
		while (to < looking.n_cells && strcmp(looking.cells[to].model, looking.cells[from].model) == 0)
			to++;
		compare_model(&looking, from, to);
	}
	return 0;
}
