#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/price_list.h"
#include "daemon/base/arena.h"
#include "daemon/base/hash.h"
#include "daemon/ingest/catalogue.h"
#include "daemon/ingest/ingest.h"
#include "daemon/store/audit.h"
#include "daemon/store/prices.h"
#include "daemon/store/sources.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define HEAD (64u << 10)
#define LISTED 1000

const char *const catalogue_kind_names[CATALOGUE_KINDS] = { "new", "changed", "corrected", "ended" };

void
catalogue_plan_free(struct catalogue_plan *plan)
{
	price_list_free(plan->list);
	prices_free(plan->prices);
	plan->list = NULL;
	plan->prices = NULL;
}

/* ---- reading it */

struct reading {
	struct catalogue_plan *plan;
};

static int
take_price(void *ctx, struct place place, const struct price_row *row, struct err *err)
{
	struct reading *reading = ctx;

	(void)place;
	return price_list_add(reading->plan->list, row, err);
}

static void
refuse(void *ctx, struct place place, const char *reason)
{
	struct catalogue_plan *plan = ((struct reading *)ctx)->plan;

	if (plan->refused++ > 0)
		return;
	if (place.line > 0)
		snprintf(plan->refusal, sizeof(plan->refusal), "line %" PRId64 ": %s", place.line, reason);
	else
		snprintf(plan->refusal, sizeof(plan->refusal), "%s%s%s", place.path == NULL ? "" : place.path,
			place.path == NULL ? "" : ": ", reason);
}

static void
ignore(void *ctx, struct place place, const char *reason)
{
	(void)ctx, (void)place, (void)reason;
}

static const struct collector *
find_collector(const struct catalogue_given *given, struct err *err)
{
	const struct collector *collector;

	if (given->collector != NULL && strcmp(given->collector, "auto") != 0)
		collector = collector_find(given->collector, err);
	else if ((collector = collector_recognise(given->bytes, given->n < HEAD ? given->n : HEAD, err)) == NULL)
		err_in(err, "%s", given->name);
	if (collector != NULL && collector->kind != COLLECTS_PRICES) {
		err_set(err, ERR_INPUT, "%s: this is no price catalogue: it looks like %s (%s)", given->name,
			collector->name, collector->title);
		return NULL;
	}
	return collector;
}

static int
read_catalogue(const struct catalogue_given *given, struct arena *arena, struct catalogue_plan *plan, struct err *err)
{
	struct ingest_memory memory = { .bytes = given->bytes, .n = given->n };
	const struct collector *collector = find_collector(given, err);
	struct reading reading = { plan };
	const struct sink sink = { .ctx = &reading, .price = take_price, .refuse = refuse, .warn = ignore };
	struct zone utc;
	struct collect_options options = {
		.provider = text_of(given->provider), .zone = &utc, .now_us = given->now_us
	};
	struct price_book book;
	struct input input;

	if (collector == NULL)
		return -1;
	if ((plan->list = price_list_new()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the catalogue");
	zone_utc(&utc);
	ingest_memory_input(&memory, given->name, &input);
	plan->collector = collector->name;
	plan->rank = strcmp(collector->name, "prices-csv") == 0 ? RANK_OWN : RANK_IMPORTED;
	if (collector->parse(&input, &options, &sink, err) != 0)
		return err_about(err, given->name);
	book = price_list_book(plan->list);
	if (book.n == 0)
		return err_set(err, ERR_INPUT, "%s: the catalogue holds no price%s%s", given->name,
			plan->refused > 0 ? "; " : "", plan->refusal);
	plan->book = arena_copy(arena, book.rows[0].source.p, book.rows[0].source.n);
	for (size_t i = 1; i < book.n; i++)
		if (!text_is(book.rows[i].source, plan->book))
			return err_set(err, ERR_INPUT,
				"%s: its rows are of two sources, '%s' and '%.*s'; review them as two files",
				given->name, plan->book, (int)book.rows[i].source.n, book.rows[i].source.p);
	return 0;
}

/* ---- setting it against its book */

/* Whether two rows are about the same thing at the same times of day. */
static bool
same_slot(const struct price_row *a, const struct price_row *b)
{
	return text_same(a->model, b->model) && text_same(a->provider, b->provider) &&
		text_same(a->service_tier, b->service_tier) && a->daily_from_s == b->daily_from_s &&
		a->daily_to_s == b->daily_to_s && a->days == b->days && a->precedence == b->precedence;
}

/* Without dates of its own: it says what holds now. */
static bool
is_undated(const struct price_row *row)
{
	return row->from_us == PRICE_FROM_ALWAYS && row->to_us == PRICE_TO_ALWAYS;
}

static bool
holds(const struct price_row *row, int64_t at_us)
{
	return row->from_us <= at_us && at_us < row->to_us;
}

static void
add_change(struct catalogue_plan *plan, struct catalogue_change change)
{
	plan->count[change.kind]++;
	plan->changes[plan->n++] = change;
}

static const struct price_row *
find_slot(const struct price_book *stored, const struct price_row *row, int64_t at_us, bool *met)
{
	for (size_t i = 0; i < stored->n; i++)
		if (holds(&stored->rows[i], at_us) && same_slot(&stored->rows[i], row)) {
			met[i] = true;
			return &stored->rows[i];
		}
	return NULL;
}

static const struct price_row *
find_name(const struct price_book *stored, const struct price_row *row, bool *met)
{
	for (size_t i = 0; i < stored->n; i++)
		if (text_same(stored->rows[i].id, row->id)) {
			met[i] = true;
			return &stored->rows[i];
		}
	return NULL;
}

static void
compare_row(struct catalogue_plan *plan, const struct price_book *stored, const struct price_row *row, int64_t at_us,
	bool *met)
{
	bool undated = is_undated(row);
	const struct price_row *before = undated ? find_slot(stored, row, at_us, met) : find_name(stored, row, met);
	struct catalogue_change change = { .before = before, .after = row, .kind = CATALOGUE_CHANGED };

	if (undated && before == NULL) /* it ended before, and is back */
		change.before = before = find_name(stored, row, met);
	if (before != NULL)
		change.before_id = prices_row(plan->prices, before);
	if (before == NULL)
		change.kind = CATALOGUE_NEW;
	else if (price_same_rates(before, row) &&
		(undated ? holds(before, at_us) : before->from_us == row->from_us && before->to_us == row->to_us)) {
		plan->unchanged++;
		return;
	} else if (!undated)
		change.kind = CATALOGUE_CORRECTED;
	add_change(plan, change);
}

/* Of some formats a file is of one provider: what it does not speak of at all does not end with it. */
static bool
is_spoken_of(const struct price_book *rows, const struct price_row *row)
{
	for (size_t i = 0; i < rows->n; i++)
		if (text_same(rows->rows[i].provider, row->provider))
			return true;
	return false;
}

static int
compare(struct store *store, int64_t at_us, struct arena *arena, struct catalogue_plan *plan, struct err *err)
{
	struct price_book rows = price_list_book(plan->list), stored = { NULL, 0 };
	bool *met;

	if ((plan->prices = prices_load(store, err)) == NULL)
		return -1;
	for (size_t i = 0; i < prices_books(plan->prices); i++) {
		struct book_info info;
		const struct price_book *book = prices_book(plan->prices, i, &info);

		if (info.rank == plan->rank && strcmp(info.name, plan->book) == 0)
			stored = *book;
	}
	plan->changes = arena_take(arena, (rows.n + stored.n + 1) * sizeof(*plan->changes));
	met = arena_take(arena, stored.n + 1);
	for (size_t i = 0; i < rows.n; i++)
		compare_row(plan, &stored, &rows.rows[i], at_us, met);
	for (size_t i = 0; plan->refused == 0 && i < stored.n; i++)
		if (!met[i] && holds(&stored.rows[i], at_us) && is_spoken_of(&rows, &stored.rows[i]))
			add_change(plan,
				(struct catalogue_change){ .kind = CATALOGUE_ENDED,
					.before = &stored.rows[i],
					.before_id = prices_row(plan->prices, &stored.rows[i]) });
	return 0;
}

static int
make_plan(struct store *store, const struct catalogue_given *given, int64_t at_us, struct arena *arena,
	struct catalogue_plan *plan, struct err *err)
{
	*plan = (struct catalogue_plan){ .n = 0 };
	if (read_catalogue(given, arena, plan, err) == 0 && compare(store, at_us, arena, plan, err) == 0)
		return 0;
	catalogue_plan_free(plan);
	return -1;
}

/* ---- waiting */

#define DIGEST 20 /* room for a fingerprint */

static struct catalogue_row
row_of(const struct catalogue_given *given, const struct catalogue_plan *plan, char digest[DIGEST])
{
	snprintf(digest, DIGEST, "%016" PRIx64, hash_text(0, (struct text){ given->bytes, given->n }));
	return (struct catalogue_row){ .collector = plan->collector,
		.book = plan->book,
		.rank = plan->rank,
		.name = given->name,
		.came_us = given->now_us,
		.digest = digest,
		.added = plan->count[CATALOGUE_NEW],
		.changed = plan->count[CATALOGUE_CHANGED] + plan->count[CATALOGUE_CORRECTED],
		.ended = plan->count[CATALOGUE_ENDED] };
}

static int
let_wait(struct store *store, const struct catalogue_given *given, const struct catalogue_plan *plan, int64_t *id,
	struct err *err)
{
	char digest[DIGEST];
	const struct catalogue_row row = row_of(given, plan, digest);

	if (store_begin(store, err) != 0)
		return -1;
	if (catalogue_add(store, &row, (struct text){ given->bytes, given->n }, id, err) != 0 ||
		store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

int
catalogue_review(struct store *store, const struct catalogue_given *given, struct arena *arena,
	struct catalogue_plan *plan, int64_t *id, struct err *err)
{
	*id = 0;
	if (make_plan(store, given, given->now_us, arena, plan, err) != 0)
		return -1;
	if (plan->n == 0 || given->dry_run || let_wait(store, given, plan, id, err) == 0)
		return 0;
	catalogue_plan_free(plan);
	return -1;
}

/* The row of that number, or (0) the latest in that state. */
static int
find_row(struct store *store, int64_t id, enum catalogue_state state, struct arena *arena, struct catalogue_row *row,
	struct err *err)
{
	struct catalogue_row *rows;
	size_t n;

	if (catalogue_list(store, arena, LISTED, &rows, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (id != 0 ? rows[i].id != id : rows[i].state != state)
			continue;
		*row = rows[i];
		if (row->state == state)
			return 0;
		return err_set(err, ERR_INPUT, "catalogue %" PRId64 " is %s, not %s", id,
			catalogue_state_names[row->state], catalogue_state_names[state]);
	}
	if (id != 0)
		return err_set(err, ERR_MISSING,
			"there is no catalogue %" PRId64 "; `breakeven prices history` lists them", id);
	return err_set(err, ERR_MISSING, "no catalogue is %s", catalogue_state_names[state]);
}

static int
plan_waiting(struct store *store, const struct catalogue_row *row, int64_t at_us, struct arena *arena,
	struct catalogue_plan *plan, struct err *err)
{
	struct text body;
	struct catalogue_given given = { .name = row->name, .collector = row->collector, .now_us = row->came_us };

	if (catalogue_body(store, row->id, arena, &body, err) != 1)
		return err_set(err, ERR_OUTSIDE, "catalogue %" PRId64 " is not there any more", row->id);
	given.bytes = body.p;
	given.n = body.n;
	return make_plan(store, &given, at_us, arena, plan, err);
}

int
catalogue_look(struct store *store, int64_t *id, int64_t now_us, struct arena *arena, struct catalogue_plan *plan,
	struct err *err)
{
	struct catalogue_row row;

	if (find_row(store, *id, CATALOGUE_WAITING, arena, &row, err) != 0)
		return -1;
	*id = row.id;
	return plan_waiting(store, &row, now_us, arena, plan, err);
}

/* ---- applying */

struct applying {
	struct store *store;
	const struct catalogue_order *order;
	const struct catalogue_row *row;
	struct price_source source;
	struct arena *arena;
};

/* A changed row begins at the date, under a name of its own; what stood before ends there. */
static int
put_changed(const struct applying *applying, const struct price_row *row, struct err *err)
{
	struct price_row dated = *row;
	char day[TIME_MAX];
	const char *name;

	time_print(day, sizeof(day), applying->order->effective_us);
	if (strcmp(day + 10, "T00:00:00Z") == 0)
		day[10] = '\0';
	name = arena_format(applying->arena, "%.*s@%s", (int)row->id.n, row->id.p, day);
	dated.id = text_of(name);
	dated.from_us = applying->order->effective_us;
	return price_put(applying->store, &applying->source, &dated, err) == PUT_FAILED ? -1 : 0;
}

static int
put_change(const struct applying *applying, const struct catalogue_change *change, struct err *err)
{
	switch (change->kind) {
	case CATALOGUE_CHANGED:
		return put_changed(applying, change->after, err);
	case CATALOGUE_ENDED:
		return applying->order->keep_ended ? 0
						   : price_end(applying->store, &applying->source, change->before_id,
							     applying->order->effective_us, err);
	default:
		return price_put(applying->store, &applying->source, change->after, err) == PUT_FAILED ? -1 : 0;
	}
}

static int
begin_run(struct applying *applying, struct run *run, struct err *err)
{
	const struct source source = {
		.collector = applying->row->collector, .name = applying->row->name, .account = ""
	};

	*run = (struct run){ .started_us = applying->order->now_us, .finished_us = applying->order->now_us };
	if (source_id(applying->store, &source, &run->source, err) != 0 ||
		run_begin(applying->store, run, &run->id, err) != 0)
		return -1;
	applying->source =
		(struct price_source){ .rank = applying->row->rank, .run = run->id, .now_us = applying->order->now_us };
	return 0;
}

static int
decide(struct store *store, const struct catalogue_order *order, const struct catalogue_row *row,
	const struct catalogue_plan *plan, struct err *err)
{
	const struct catalogue_decision decision = { .id = row->id,
		.now_us = order->now_us,
		.state = row->state,
		.effective_us = row->effective_us,
		.who = order->who,
		.run = row->run };

	if (catalogue_decide(store, &decision, err) != 0)
		return -1;
	return order->decided == NULL ? 0 : order->decided(order->ctx, row, plan, err);
}

static int
apply(struct applying *applying, struct catalogue_plan *plan, struct catalogue_row *row, struct err *err)
{
	struct run *run = arena_take(applying->arena, sizeof(*run));

	if (begin_run(applying, run, err) != 0)
		return -1;
	for (size_t i = 0; i < plan->n; i++)
		if (put_change(applying, &plan->changes[i], err) != 0)
			return err_in(err, "nothing of the catalogue was taken");
	run->taken = (int64_t)plan->n;
	run->repeated = plan->unchanged;
	run->refused = plan->refused;
	if (run_end(applying->store, run, err) != 0)
		return -1;
	row->run = run->id;
	row->state = CATALOGUE_APPLIED;
	row->effective_us = applying->order->effective_us;
	return decide(applying->store, applying->order, row, plan, err);
}

int
catalogue_apply(struct store *store, const struct catalogue_order *order, struct arena *arena,
	struct catalogue_plan *plan, struct catalogue_row *row, struct err *err)
{
	struct applying applying = { .store = store, .order = order, .row = row, .arena = arena };

	if (find_row(store, order->id, CATALOGUE_WAITING, arena, row, err) != 0 || store_begin(store, err) != 0)
		return -1;
	if (plan_waiting(store, row, order->effective_us, arena, plan, err) != 0) {
		store_rollback(store);
		return -1;
	}
	if (apply(&applying, plan, row, err) == 0 && store_commit(store, err) == 0)
		return 0;
	store_rollback(store);
	catalogue_plan_free(plan);
	return -1;
}

/* ---- what a source brings */

/* Whether the latest catalogue of this book is the same: then somebody has seen it, or it waits. */
static int
is_known(struct store *store, const struct catalogue_row *row, struct arena *arena, struct err *err)
{
	struct catalogue_row *rows;
	size_t n;

	if (catalogue_list(store, arena, LISTED, &rows, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (rows[i].rank == row->rank && strcmp(rows[i].book, row->book) == 0)
			return strcmp(rows[i].digest, row->digest) == 0;
	return 0;
}

static int
note_applied(struct store *store, const struct catalogue_given *given, const struct catalogue_row *row,
	struct arena *arena, struct err *err)
{
	const struct audit_row audit = { .at_us = given->now_us,
		.who = given->who,
		.what = "prices apply",
		.about = arena_format(arena, "%" PRId64, row->id),
		.detail = arena_format(arena,
			"{\"book\":\"%s\",\"digest\":\"%s\",\"new\":%" PRId64 ",\"changed\":%" PRId64
			",\"ended\":%" PRId64 "}",
			row->book, row->digest, row->added, row->changed, row->ended) };

	return audit_add(store, &audit, err);
}

static int
bring(struct store *store, const struct catalogue_given *given, bool apply_it, struct arena *arena,
	struct catalogue_plan *plan, int64_t *id, struct err *err)
{
	char digest[DIGEST];
	struct catalogue_row row = row_of(given, plan, digest);
	const struct catalogue_order order = { .effective_us = given->now_us - given->now_us % (DAY_S * SECOND_US),
		.now_us = given->now_us,
		.who = given->who };
	struct applying applying = { .store = store, .order = &order, .row = &row, .arena = arena };
	int known = is_known(store, &row, arena, err);

	if (known != 0 || plan->n == 0)
		return known < 0 ? -1 : 0;
	if (catalogue_add(store, &row, (struct text){ given->bytes, given->n }, id, err) != 0)
		return -1;
	row.id = *id;
	if (!apply_it)
		return 0;
	return apply(&applying, plan, &row, err) == 0 ? note_applied(store, given, &row, arena, err) : -1;
}

int
catalogue_bring(struct store *store, const struct catalogue_given *given, bool apply_it, struct arena *arena,
	struct catalogue_plan *plan, int64_t *id, struct err *err)
{
	*id = 0;
	if (make_plan(store, given, given->now_us, arena, plan, err) != 0)
		return -1;
	if (bring(store, given, apply_it, arena, plan, id, err) == 0)
		return 0;
	catalogue_plan_free(plan);
	return -1;
}

/* ---- taking it back, or leaving it */

static int
settle(struct store *store, const struct catalogue_order *order, struct catalogue_row *row, struct err *err)
{
	const struct price_source source = { .rank = row->rank, .now_us = order->now_us };

	if (store_begin(store, err) != 0)
		return -1;
	if ((row->state == CATALOGUE_UNDONE && price_undo(store, &source, row->run, err) != 0) ||
		decide(store, order, row, NULL, err) != 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

int
catalogue_undo(struct store *store, const struct catalogue_order *order, struct arena *arena, struct catalogue_row *row,
	struct err *err)
{
	if (find_row(store, order->id, CATALOGUE_APPLIED, arena, row, err) != 0)
		return -1;
	row->state = CATALOGUE_UNDONE;
	return settle(store, order, row, err);
}

int
catalogue_dismiss(struct store *store, const struct catalogue_order *order, struct arena *arena,
	struct catalogue_row *row, struct err *err)
{
	if (find_row(store, order->id, CATALOGUE_WAITING, arena, row, err) != 0)
		return -1;
	row->state = CATALOGUE_DISMISSED;
	return settle(store, order, row, err);
}
