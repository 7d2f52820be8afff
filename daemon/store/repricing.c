#include "daemon/store/repricing.h"
#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/rollup.h"

enum { AT, ID, SERIES, REQUESTS, TOKENS, EXTRAS = TOKENS + USAGE_CLASSES, STATE, PRICE, AMOUNT };

int
priced_lines(struct store *store, int64_t from_us, int64_t to_us,
	int (*visit)(void *ctx, const struct priced_line *line, struct err *err), void *ctx, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_reprice_scan);
	int status, visited = 0;

	bind_whole(row, ":from_us", from_us);
	bind_whole(row, ":to_us", to_us);
	while (visited == 0 && (status = statement_step(store, row, err)) == 1) {
		struct priced_line line = {
			.at_us = sqlite3_column_int64(row, AT),
			.series = sqlite3_column_int64(row, SERIES),
			.id = column_text(row, ID),
			.requests = column_reported(row, REQUESTS),
			.extras = column_text(row, EXTRAS),
			.price = { .state = (enum price_state)sqlite3_column_int(row, STATE),
				.price = sqlite3_column_int64(row, PRICE),
				.amount_nano = sqlite3_column_int64(row, AMOUNT) },
		};

		for (int i = 0; i < USAGE_CLASSES; i++)
			line.usage.tokens[i] = sqlite3_column_int64(row, TOKENS + i);
		visited = visit(ctx, &line, err);
	}
	sqlite3_reset(row);
	return visited < 0 || (visited == 0 && status < 0) ? -1 : 0;
}

int
priced_line_change(struct store *store, int64_t at_us, struct text id, const struct line_price *price, struct err *err)
{
	sqlite3_stmt *change = statement_get(store, ST_reprice_line);

	bind_whole(change, ":at_us", at_us);
	bind_text(change, ":id", id);
	bind_whole(change, ":price_state", (int)price->state);
	bind_if(change, ":price", price->price > 0, price->price);
	bind_if(change, ":amount_nano", price->state != PRICE_UNPRICED, price->amount_nano);
	if (statement_run(store, change, err) != 0)
		return -1;
	return rollup_changed(store, at_us, err);
}

int
repricing_begin(struct store *store, struct repricing *repricing, struct err *err)
{
	sqlite3_stmt *begin = statement_get(store, ST_reprice_begin);

	bind_string(begin, ":digest", repricing->digest);
	bind_string(begin, ":who", repricing->who);
	bind_whole(begin, ":started_us", repricing->started_us);
	bind_whole(begin, ":from_us", repricing->from_us);
	bind_whole(begin, ":to_us", repricing->to_us);
	bind_string(begin, ":provider", repricing->provider);
	bind_string(begin, ":model", repricing->model);
	bind_whole(begin, ":price_max", repricing->pin.last);
	bind_string(begin, ":books", repricing->pin.books);
	bind_whole(begin, ":lines", repricing->lines);
	bind_whole(begin, ":before_nano", repricing->before_nano);
	bind_whole(begin, ":after_nano", repricing->after_nano);
	if (statement_run(store, begin, err) != 0)
		return -1;
	repricing->id = sqlite3_last_insert_rowid(store->db);
	repricing->next_us = repricing->from_us;
	return 0;
}

int
repricing_step(struct store *store, const struct repricing_step *step, struct err *err)
{
	sqlite3_stmt *write = statement_get(store, ST_reprice_step);

	bind_whole(write, ":id", step->id);
	bind_whole(write, ":next_us", step->next_us);
	bind_whole(write, ":done", step->done);
	bind_whole(write, ":finished_us", step->finished_us);
	return statement_run(store, write, err);
}

int
repricing_list(struct store *store, struct arena *arena, size_t limit, struct repricing **repricings, size_t *n,
	struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_reprice_list);
	int status;

	*repricings = arena_take(arena, (limit + 1) * sizeof(**repricings));
	*n = 0;
	bind_whole(row, ":limit", (int64_t)limit);
	while ((status = statement_step(store, row, err)) == 1)
		(*repricings)[(*n)++] = (struct repricing){
			.id = sqlite3_column_int64(row, 0),
			.digest = column_copy(row, 1, arena),
			.who = column_copy(row, 2, arena),
			.started_us = sqlite3_column_int64(row, 3),
			.finished_us = sqlite3_column_int64(row, 4),
			.from_us = sqlite3_column_int64(row, 5),
			.to_us = sqlite3_column_int64(row, 6),
			.provider = column_copy(row, 7, arena),
			.model = column_copy(row, 8, arena),
			.next_us = sqlite3_column_int64(row, 9),
			.pin = { sqlite3_column_int64(row, 10), column_copy(row, 11, arena) },
			.lines = sqlite3_column_int64(row, 12),
			.done = sqlite3_column_int64(row, 13),
			.before_nano = sqlite3_column_int64(row, 14),
			.after_nano = sqlite3_column_int64(row, 15),
		};
	return status;
}
