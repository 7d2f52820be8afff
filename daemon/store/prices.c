/*
 * prices: rows of the price table, in and out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/prices.h"
#include "daemon/store/prices_read.h"
#include "models/units/calendar.h"

const char *const price_rank_names[PRICE_RANKS] = { "built-in", "imported", "own" };

/* The columns of `SELECT price.*, price_book.name`: in the order of the table in sql/schema. */
enum {
	ID,
	BOOK,
	SEQ,
	NAME,
	RUN,
	SUPERSEDES,
	PROVIDER,
	MODEL,
	MATCH,
	TIER,
	FROM,
	TO,
	DAILY_FROM,
	DAILY_TO,
	DAYS,
	PRECEDENCE,
	CURRENCY,
	STATE,
	TIERS,
	SOURCE_URL,
	NOTE,
	CHECKED,
	BOOK_NAME
};

/* ---- reading */

static struct text
copy_text(sqlite3_stmt *row, int column, struct arena *arena)
{
	struct text text = column_text(row, column);

	return (struct text){ arena_copy(arena, text.n == 0 ? "" : text.p, text.n), text.n };
}

void
price_row_read(sqlite3_stmt *row, struct arena *arena, struct price_row *price)
{
	*price = (struct price_row){
		.id = copy_text(row, NAME, arena),
		.provider = copy_text(row, PROVIDER, arena),
		.model = copy_text(row, MODEL, arena),
		.match = copy_text(row, MATCH, arena),
		.service_tier = copy_text(row, TIER, arena),
		.from_us = sqlite3_column_int64(row, FROM),
		.to_us = sqlite3_column_int64(row, TO),
		.daily_from_s = sqlite3_column_int(row, DAILY_FROM),
		.daily_to_s = sqlite3_column_int(row, DAILY_TO),
		.days = (unsigned)sqlite3_column_int(row, DAYS),
		.precedence = sqlite3_column_int(row, PRECEDENCE),
		.currency = copy_text(row, CURRENCY, arena),
		.state = (enum price_state)sqlite3_column_int(row, STATE),
		.tiers = sqlite3_column_int(row, TIERS) == 0 ? TIERS_WHOLE : TIERS_MARGINAL,
		.source = copy_text(row, BOOK_NAME, arena),
		.source_url = copy_text(row, SOURCE_URL, arena),
		.note = copy_text(row, NOTE, arena),
		.checked_us = sqlite3_column_int64(row, CHECKED),
	};
}

int
price_components_read(struct store *store, int64_t id, struct arena *arena, struct price_row *price, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_price_components);
	struct price_component found[256];
	size_t n = 0;
	int status;

	bind_whole(rows, ":price", id);
	while ((status = statement_step(store, rows, err)) == 1 && n < sizeof(found) / sizeof(found[0])) {
		int item = price_item_find(column_text(rows, 0));

		if (item < 0)
			continue;
		found[n++] = (struct price_component){ .item = item,
			.above_tokens = sqlite3_column_int64(rows, 1),
			.rate_femto = sqlite3_column_int64(rows, 2) };
	}
	sqlite3_reset(rows);
	if (status < 0)
		return -1;
	if (n > 0) {
		struct price_component *components = arena_take(arena, n * sizeof(*components));

		memcpy(components, found, n * sizeof(*components));
		price->components = components;
	}
	price->n = n;
	return 0;
}

int
price_get(struct store *store, int64_t id, struct arena *arena, struct price_row *row, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_price_by_id);
	int status;

	bind_whole(statement, ":id", id);
	status = statement_step(store, statement, err);
	if (status == 1)
		price_row_read(statement, arena, row);
	sqlite3_reset(statement);
	if (status == 1 && price_components_read(store, id, arena, row, err) != 0)
		return -1;
	return status;
}

int
price_books(struct store *store, struct arena *arena, struct book_info **books, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_price_book_list);
	size_t room = 0;
	int status;

	*books = NULL;
	*n = 0;
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct book_info *more = arena_take(arena, (room = room == 0 ? 8 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *books, *n * sizeof(*more));
			*books = more;
		}
		(*books)[(*n)++] = (struct book_info){
			.id = sqlite3_column_int64(rows, 0),
			.rank = (enum price_rank)sqlite3_column_int(rows, 1),
			.name = column_copy(rows, 2, arena),
			.imported_us = sqlite3_column_int64(rows, 3),
			.checked_us = sqlite3_column_int64(rows, 4),
			.rows = sqlite3_column_int64(rows, 5),
		};
	}
	return status;
}

/* ---- writing */

static int
find_book(struct store *store, const struct price_source *source, struct text name, int64_t *id, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_price_book_add);
	sqlite3_stmt *find = statement_get(store, ST_price_book_find);

	bind_whole(add, ":rank", (int)source->rank);
	bind_text(add, ":name", name);
	bind_whole(add, ":imported_us", source->now_us);
	bind_whole(find, ":rank", (int)source->rank);
	bind_text(find, ":name", name);
	if (statement_run(store, add, err) != 0 || statement_step(store, find, err) != 1)
		return -1;
	*id = sqlite3_column_int64(find, 0);
	sqlite3_reset(find);
	return 0;
}

struct putting {
	struct store *store;
	const struct price_source *source;
	int64_t book;
	struct arena *arena;
};

static int
add_row(const struct putting *putting, const struct price_row *row, int64_t supersedes, struct err *err)
{
	sqlite3_stmt *add = statement_get(putting->store, ST_price_add);
	int64_t id;

	bind_whole(add, ":book", putting->book);
	bind_text(add, ":name", row->id);
	bind_if(add, ":run", putting->source->run > 0, putting->source->run);
	bind_if(add, ":supersedes", supersedes > 0, supersedes);
	bind_text(add, ":provider", row->provider);
	bind_text(add, ":model", row->model);
	bind_text(add, ":match", row->match);
	bind_text(add, ":service_tier", row->service_tier);
	bind_whole(add, ":from_us", row->from_us);
	bind_whole(add, ":to_us", row->to_us);
	bind_whole(add, ":daily_from_s", row->daily_from_s);
	bind_whole(add, ":daily_to_s", row->daily_to_s);
	bind_whole(add, ":days", row->days);
	bind_whole(add, ":precedence", row->precedence);
	bind_text(add, ":currency", row->currency);
	bind_whole(add, ":state", (int)row->state);
	bind_whole(add, ":tiers", (int)row->tiers);
	bind_text(add, ":source_url", row->source_url);
	bind_text(add, ":note", row->note);
	bind_whole(add, ":checked_us", row->checked_us);
	if (statement_run(putting->store, add, err) != 0)
		return -1;
	id = sqlite3_last_insert_rowid(putting->store->db);
	for (size_t i = 0; i < row->n; i++) {
		sqlite3_stmt *part = statement_get(putting->store, ST_price_component_add);

		bind_whole(part, ":price", id);
		bind_whole(part, ":seq", (int64_t)i);
		bind_string(part, ":item", price_item_names[row->components[i].item]);
		bind_whole(part, ":above_tokens", row->components[i].above_tokens);
		bind_whole(part, ":rate_femto", row->components[i].rate_femto);
		if (statement_run(putting->store, part, err) != 0)
			return -1;
	}
	return 0;
}

bool
price_same_rates(const struct price_row *a, const struct price_row *b)
{
	if (a->n != b->n || a->state != b->state || a->tiers != b->tiers || !text_same(a->currency, b->currency) ||
		!text_same(a->match, b->match))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->components[i].item != b->components[i].item ||
			a->components[i].above_tokens != b->components[i].above_tokens ||
			a->components[i].rate_femto != b->components[i].rate_femto)
			return false;
	return true;
}

static bool
same_row(const struct price_row *a, const struct price_row *b)
{
	return price_same_rates(a, b) && text_same(a->provider, b->provider) && text_same(a->model, b->model) &&
		text_same(a->service_tier, b->service_tier) && a->from_us == b->from_us && a->to_us == b->to_us &&
		a->daily_from_s == b->daily_from_s && a->daily_to_s == b->daily_to_s && a->days == b->days &&
		a->precedence == b->precedence && text_same(a->source_url, b->source_url) &&
		text_same(a->note, b->note);
}

struct stored {
	int64_t id, run;
	struct price_row row;
};

/* The current rows that a statement finds, with their components. */
static int
read_stored(const struct putting *putting, sqlite3_stmt *rows, struct stored **stored, size_t *n, struct err *err)
{
	size_t room = 0;
	int status;

	*stored = NULL;
	*n = 0;
	while ((status = statement_step(putting->store, rows, err)) == 1) {
		struct stored *one;

		if (*n == room) {
			struct stored *more =
				arena_take(putting->arena, (room = room == 0 ? 4 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *stored, *n * sizeof(*more));
			*stored = more;
		}
		one = &(*stored)[(*n)++];
		one->id = sqlite3_column_int64(rows, ID);
		one->run = sqlite3_column_int64(rows, RUN);
		price_row_read(rows, putting->arena, &one->row);
	}
	for (size_t i = 0; status == 0 && i < *n; i++)
		status = price_components_read(putting->store, (*stored)[i].id, putting->arena, &(*stored)[i].row, err);
	return status;
}

static int
raise_checked(struct store *store, int64_t id, int64_t checked_us, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_price_checked);

	bind_whole(statement, ":id", id);
	bind_whole(statement, ":checked_us", checked_us);
	return statement_run(store, statement, err);
}

static int
refuse_clash(const struct price_row *row, const struct price_row *other, struct err *err)
{
	return err_set(err, ERR_INPUT, "price '%.*s' of model '%.*s' holds at the same time as '%.*s' of the same book",
		(int)row->id.n, row->id.p, (int)row->model.n, row->model.p, (int)other->id.n, other->id.p);
}

/*
 * Make way for a row among the others of its model. A row of an earlier run that began before it ends where
 * it begins; one that says the same already is a repeat; everything else that clashes is refused.
 */
static enum put_result
make_way(const struct putting *putting, const struct price_row *row, int64_t correcting, struct err *err)
{
	sqlite3_stmt *rows = statement_get(putting->store, ST_price_current_by_model);
	struct stored *stored;
	size_t n;

	bind_whole(rows, ":book", putting->book);
	bind_text(rows, ":provider", row->provider);
	bind_text(rows, ":model", row->model);
	if (read_stored(putting, rows, &stored, &n, err) != 0)
		return PUT_FAILED;
	for (size_t i = 0; i < n; i++) {
		struct price_row *other = &stored[i].row;
		bool later = row->from_us > other->from_us && stored[i].run != putting->source->run;

		if (stored[i].id == correcting || !price_rows_clash(row, other))
			continue;
		if (later && correcting == 0 && price_same_rates(row, other) && row->to_us >= other->to_us)
			return raise_checked(putting->store, stored[i].id, row->checked_us, err) == 0 ? PUT_REPEATED
												      : PUT_FAILED;
		if (!later || row->to_us < other->to_us) {
			refuse_clash(row, other, err);
			return PUT_FAILED;
		}
		other->to_us = row->from_us;
		if (add_row(putting, other, stored[i].id, err) != 0)
			return PUT_FAILED;
	}
	return PUT_TAKEN;
}

static enum put_result
put_row(const struct putting *putting, const struct price_row *row, struct err *err)
{
	sqlite3_stmt *rows = statement_get(putting->store, ST_price_current_by_name);
	struct stored *stored;
	enum put_result result;
	int64_t correcting = 0;
	size_t n;

	bind_whole(rows, ":book", putting->book);
	bind_text(rows, ":name", row->id);
	if (read_stored(putting, rows, &stored, &n, err) != 0)
		return PUT_FAILED;
	if (n > 0) {
		if (same_row(row, &stored[0].row))
			return raise_checked(putting->store, stored[0].id, row->checked_us, err) == 0 ? PUT_REPEATED
												      : PUT_FAILED;
		if (stored[0].run == putting->source->run && stored[0].run > 0) {
			err_set(err, ERR_INPUT, "price '%.*s' comes twice with different content", (int)row->id.n,
				row->id.p);
			return PUT_FAILED;
		}
		correcting = stored[0].id;
	}
	result = make_way(putting, row, correcting, err);
	if (result == PUT_TAKEN && add_row(putting, row, correcting, err) != 0)
		return PUT_FAILED;
	return result;
}

/* ---- what a catalogue does besides: rows end, and what it did is taken back */

static int
start_putting(struct putting *putting, struct store *store, const struct price_source *source, struct text book,
	struct err *err)
{
	*putting = (struct putting){ .store = store, .source = source, .arena = arena_new() };
	if (putting->arena == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a price");
	return book.n == 0 ? 0 : find_book(store, source, book, &putting->book, err);
}

int
price_end(struct store *store, const struct price_source *source, int64_t id, int64_t at_us, struct err *err)
{
	struct putting putting;
	struct price_row row;
	int status = start_putting(&putting, store, source, (struct text){ NULL, 0 }, err);

	if (status == 0 && price_get(store, id, putting.arena, &row, err) != 1)
		status = err_set(err, ERR_OUTSIDE, "price %" PRId64 " is not there", id);
	if (status == 0)
		status = find_book(store, source, row.source, &putting.book, err);
	if (status == 0) {
		row.to_us = at_us > row.from_us ? at_us : row.from_us;
		status = add_row(&putting, &row, id, err);
	}
	arena_free(putting.arena);
	return status;
}

int
price_touch(struct store *store, int64_t id, int64_t checked_us, struct err *err)
{
	return raise_checked(store, id, checked_us, err);
}

struct brought {
	struct stored stored;
	int64_t before; /* the row that it corrected, 0: none */
};

/* The row that stands in the place of another: the last that corrects it. */
static int
find_head(const struct putting *putting, int64_t *id, struct err *err)
{
	sqlite3_stmt *later = statement_get(putting->store, ST_price_later);
	int status;

	do {
		bind_whole(later, ":id", *id);
		if ((status = statement_step(putting->store, later, err)) == 1)
			*id = sqlite3_column_int64(later, 0);
		sqlite3_reset(later);
	} while (status == 1);
	return status;
}

/* One row that a run brought: what stood before it stands again; where nothing did, it holds no more. */
static int
take_back(const struct putting *putting, const struct brought *brought, struct err *err)
{
	struct price_row row = brought->stored.row, now;
	int64_t head = brought->stored.id;

	if (find_head(putting, &head, err) != 0)
		return -1;
	if (price_get(putting->store, head, putting->arena, &now, err) != 1)
		return err_set(err, ERR_OUTSIDE, "price %" PRId64 " is not there", head);
	if (!same_row(&now, &row)) /* changed and changed back is no change */
		return err_set(err, ERR_INPUT,
			"price '%.*s' of model '%.*s' has been changed since; take that back first", (int)row.id.n,
			row.id.p, (int)row.model.n, row.model.p);
	if (brought->before == 0)
		row.to_us = row.from_us;
	else if (price_get(putting->store, brought->before, putting->arena, &row, err) != 1)
		return err_set(err, ERR_OUTSIDE, "price %" PRId64 " is not there", brought->before);
	return add_row(putting, &row, head, err);
}

static int
read_brought(const struct putting *putting, int64_t run, struct brought **brought, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(putting->store, ST_price_of_run);
	size_t room = 0;
	int status;

	*brought = NULL;
	*n = 0;
	bind_whole(rows, ":run", run);
	while ((status = statement_step(putting->store, rows, err)) == 1) {
		if (*n == room) {
			struct brought *more =
				arena_take(putting->arena, (room = room == 0 ? 64 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *brought, *n * sizeof(*more));
			*brought = more;
		}
		(*brought)[*n].stored.id = sqlite3_column_int64(rows, ID);
		(*brought)[*n].before = sqlite3_column_int64(rows, SUPERSEDES);
		price_row_read(rows, putting->arena, &(*brought)[(*n)++].stored.row);
	}
	for (size_t i = 0; status == 0 && i < *n; i++)
		status = price_components_read(
			putting->store, (*brought)[i].stored.id, putting->arena, &(*brought)[i].stored.row, err);
	return status;
}

int
price_undo(struct store *store, const struct price_source *source, int64_t run, struct err *err)
{
	struct putting putting;
	struct brought *brought;
	size_t n = 0;
	int status = start_putting(&putting, store, source, (struct text){ NULL, 0 }, err);

	if (status == 0)
		status = read_brought(&putting, run, &brought, &n, err);
	for (size_t i = 0; status == 0 && i < n; i++) {
		status = find_book(store, source, brought[i].stored.row.source, &putting.book, err);
		if (status == 0)
			status = take_back(&putting, &brought[i], err);
	}
	arena_free(putting.arena);
	return status;
}

enum put_result
price_put(struct store *store, const struct price_source *source, const struct price_row *row, struct err *err)
{
	struct putting putting = { .store = store, .source = source, .arena = arena_new() };
	enum put_result result = PUT_FAILED;
	int code;

	if (putting.arena == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a price");
		return PUT_FAILED;
	}
	/* A refusal leaves the other rows as they were. */
	code = sqlite3_exec(store->db, "SAVEPOINT price", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		store_fail(store, code, err);
	else if (find_book(store, source, row->source, &putting.book, err) == 0)
		result = put_row(&putting, row, err);
	if (code == SQLITE_OK && result == PUT_FAILED)
		sqlite3_exec(store->db, "ROLLBACK TO price", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		sqlite3_exec(store->db, "RELEASE price", NULL, NULL, NULL);
	arena_free(putting.arena);
	return result;
}

int
price_book_exists(struct store *store, enum price_rank rank, const char *name, struct err *err)
{
	sqlite3_stmt *find = statement_get(store, ST_price_book_find);
	int status;

	bind_whole(find, ":rank", (int)rank);
	bind_string(find, ":name", name);
	status = statement_step(store, find, err);
	sqlite3_reset(find);
	return status;
}
