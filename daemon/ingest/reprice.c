#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/json.h"
#include "daemon/base/arena.h"
#include "daemon/base/hash.h"
#include "daemon/ingest/line.h"
#include "daemon/ingest/pricing.h"
#include "daemon/ingest/reprice.h"
#include "daemon/store/dictionary.h"
#include "daemon/store/ledger.h"
#include "daemon/store/prices.h"
#include "daemon/store/rollup.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define STEP_CHANGES 20000 /* lines changed in one transaction, about */
#define STEP_LINES 400000  /* lines read for one */

/* What is known of a series while lines pass by. */
struct known {
	bool selected;
	const struct dictionary_entry *entry;
	size_t row; /* 1 + its row of the open month; 0: none yet */
};

struct repricer {
	struct store *store;
	const struct reprice_wish *wish;
	struct arena *arena;
	struct pricing *pricing;
	struct json_doc *doc; /* of extras */
	struct known *known;  /* by id */
	size_t n_known;
	int64_t closed_us; /* everything before is closed */
	/* ---- looking */
	struct reprice_plan *plan;
	size_t room;
	int64_t month_us, month_end_us;
	uint64_t hash;
	/* ---- doing */
	struct changed {
		int64_t at_us;
		struct text id;
		struct line_price price;
	} * changes;
	size_t n, room_changes, read;
	struct arena *texts; /* of the ids, for one step */
	int64_t last_us;
};

/* ---- a line's price now */

static int64_t
part(const struct json *extras, const char *name)
{
	const struct json *value = json_value(extras, name);

	return value == NULL || value->type != JSON_NUMBER ? 0 : strtoll(value->text.p, NULL, 10);
}

/* A line as its source said it, as far as the ledger has kept it. */
static int
reading_of(struct repricer *repricer, const struct priced_line *line, struct usage_reading *reading, int64_t *parts,
	char *bytes, struct err *err)
{
	const struct dictionary_entry *entry = repricer->known[line->series].entry;
	const struct json *extras = NULL;

	*reading = (struct usage_reading){
		.at_us = line->at_us,
		.provider = text_of(entry->said[BY_PROVIDER]),
		.model = text_of(entry->said[BY_MODEL]),
		.service_tier = text_of(entry->said[BY_SERVICE_TIER]),
		.requests = line->requests,
		.has_usage = true,
		.usage = line->usage,
	};
	if (line->extras.n == 0 || line->extras.n >= LINE_EXTRAS)
		return 0;
	memcpy(bytes, line->extras.p, line->extras.n);
	bytes[line->extras.n] = '\0';
	if ((extras = json_parse(repricer->doc, bytes, line->extras.n, err)) == NULL)
		return err_in(err, "the parts of a line");
	for (int i = 0; i < PRICE_PARTS; i++)
		parts[i] = part(extras, price_item_names[USAGE_CLASSES + i]);
	reading->parts = parts;
	reading->web_searches = part(extras, price_item_names[PRICE_WEB_SEARCHES]);
	reading->context_tokens = part(extras, "context_tokens");
	return 0;
}

static bool
same_price(const struct line_price *a, const struct line_price *b)
{
	return a->state == b->state && (a->state != PRICE_PRICED || a->amount_nano == b->amount_nano);
}

/*
 * Two things that prices differ by are not in the ledger: whether a service tier was said by the caller or only read
 * from a usage object, and whether a line without a number of calls is one call or a bucket of them. Where any of
 * the possibilities gives the price that stands, nothing has changed. Otherwise a line that was priced although
 * nobody has a price for its tier must have been hinted, and what does not say its calls is a bucket.
 */
static int
price_line(struct repricer *repricer, const struct priced_line *line, struct line_price *price, struct err *err)
{
	int64_t parts[PRICE_PARTS] = { 0 };
	char bytes[LINE_EXTRAS];
	struct usage_reading reading;
	struct line_price found[2][2]; /* by hinted, by bucket */
	bool buckets = line->requests == NOT_REPORTED;
	int tiers;

	if (reading_of(repricer, line, &reading, parts, bytes, err) != 0)
		return -1;
	tiers = reading.service_tier.n > 0 ? 2 : 1;
	for (int hinted = 0; hinted < tiers; hinted++)
		for (int bucket = buckets; bucket >= 0; bucket--) {
			const char *remark;

			reading.tier_hinted = hinted;
			reading.width_us = bucket;
			*price = (struct line_price){ .state = PRICE_UNPRICED };
			if (pricing_line(repricer->pricing, line->series, &reading, price, &remark, err) != 0)
				return -1;
			if (same_price(price, &line->price))
				return 0;
			found[hinted][bucket] = *price;
		}
	*price = found[tiers == 2 && found[0][buckets].state == PRICE_UNPRICED && line->price.state != PRICE_UNPRICED]
		      [buckets];
	return 0;
}

/* ---- the beginning and the end */

static void
know(struct repricer *repricer, const struct dictionary *dictionary)
{
	const struct reprice_wish *wish = repricer->wish;

	for (size_t i = 0; i < dictionary->n; i++)
		if ((size_t)dictionary->entry[i].id >= repricer->n_known)
			repricer->n_known = (size_t)dictionary->entry[i].id + 1;
	repricer->known = arena_take(repricer->arena, (repricer->n_known + 1) * sizeof(*repricer->known));
	for (size_t i = 0; i < dictionary->n; i++) {
		const struct dictionary_entry *entry = &dictionary->entry[i];

		repricer->known[entry->id] = (struct known){
			.entry = entry,
			.selected = (wish->provider == NULL || strcmp(wish->provider, entry->said[BY_PROVIDER]) == 0) &&
				(wish->model == NULL || strcmp(wish->model, entry->said[BY_MODEL]) == 0),
		};
	}
}

static int
begin(struct repricer *repricer, const struct price_pin *pin, struct err *err)
{
	const struct dictionary_wish wish = {
		.from_us = repricer->wish->from_us, .to_us = repricer->wish->to_us, .attribute = false
	};
	struct dictionary dictionary;

	if ((repricer->doc = json_new()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory to price lines");
	if (dictionary_load(repricer->store, &wish, repricer->arena, &dictionary, err) != 0 ||
		ledger_closed_until(repricer->store, &repricer->closed_us, err) != 0 ||
		(repricer->pricing = pricing_open_pinned(repricer->store, pin, err)) == NULL)
		return -1;
	know(repricer, &dictionary);
	return 0;
}

static void
end(struct repricer *repricer)
{
	pricing_close(repricer->pricing);
	json_free(repricer->doc);
}

/* Whether the line may change and does; *price is what it then costs. */
static int
changes(struct repricer *repricer, const struct priced_line *line, struct line_price *price, struct err *err)
{
	if (line->series < 0 || (size_t)line->series >= repricer->n_known || !repricer->known[line->series].selected)
		return 0;
	if (price_line(repricer, line, price, err) != 0)
		return -1;
	return !same_price(price, &line->price);
}

/* ---- looking */

static void
add_change(struct reprice_sum *sum, const struct line_price *before, const struct line_price *after)
{
	bool had = before->state != PRICE_UNPRICED, has = after->state != PRICE_UNPRICED;

	sum->lines++;
	sum->before_priced += had;
	sum->after_priced += has;
	sum->newly_priced += !had && has;
	sum->no_longer_priced += had && !has;
	sum->before_nano += had ? before->amount_nano : 0;
	sum->after_nano += has ? after->amount_nano : 0;
}

/* The row of a series in the month of a line; neighbours of one provider and model share it. */
static struct reprice_row *
row_of(struct repricer *repricer, const struct priced_line *line)
{
	const struct reprice_wish *wish = repricer->wish;
	struct reprice_plan *plan = repricer->plan;
	struct known *known = &repricer->known[line->series];

	if (line->at_us < repricer->month_us || line->at_us >= repricer->month_end_us) {
		int64_t at_s = line->at_us / SECOND_US;

		repricer->month_us = zone_month(wish->zone, at_s, wish->month_start, 0) * SECOND_US;
		repricer->month_end_us = zone_month(wish->zone, at_s, wish->month_start, 1) * SECOND_US;
		for (size_t i = 0; i < repricer->n_known; i++)
			repricer->known[i].row = 0;
	}
	for (size_t i = plan->n; known->row == 0 && i > 0 && plan->rows[i - 1].month_us == repricer->month_us; i--)
		if (strcmp(plan->rows[i - 1].provider, known->entry->said[BY_PROVIDER]) == 0 &&
			strcmp(plan->rows[i - 1].model, known->entry->said[BY_MODEL]) == 0)
			known->row = i;
	if (known->row > 0)
		return &plan->rows[known->row - 1];
	if (plan->n == repricer->room) {
		struct reprice_row *more;

		repricer->room = repricer->room == 0 ? 64 : 2 * repricer->room;
		more = arena_take(repricer->arena, repricer->room * sizeof(*more));
		if (plan->n > 0)
			memcpy(more, plan->rows, plan->n * sizeof(*more));
		plan->rows = more;
	}
	plan->rows[plan->n] = (struct reprice_row){ .month_us = repricer->month_us,
		.provider = known->entry->said[BY_PROVIDER],
		.model = known->entry->said[BY_MODEL] };
	known->row = ++plan->n;
	return &plan->rows[plan->n - 1];
}

static int
look_at(void *ctx, const struct priced_line *line, struct err *err)
{
	struct repricer *repricer = ctx;
	struct line_price price;
	int changed = changes(repricer, line, &price, err);

	if (changed <= 0)
		return changed;
	if (line->at_us < repricer->closed_us) {
		add_change(&repricer->plan->closed, &line->price, &price);
		return 0;
	}
	add_change(&repricer->plan->total, &line->price, &price);
	add_change(&row_of(repricer, line)->sum, &line->price, &price);
	repricer->hash = hash_text(hash_word(repricer->hash, (uint64_t)line->at_us), line->id);
	repricer->hash = hash_word(repricer->hash, (uint64_t)line->price.state);
	repricer->hash = hash_word(repricer->hash, (uint64_t)line->price.amount_nano);
	repricer->hash = hash_word(repricer->hash, (uint64_t)price.state);
	repricer->hash = hash_word(repricer->hash, (uint64_t)price.amount_nano);
	repricer->hash = hash_word(repricer->hash, (uint64_t)price.price);
	return 0;
}

static int
look(struct store *store, const struct reprice_wish *wish, struct arena *arena, struct reprice_plan *plan,
	struct err *err)
{
	struct repricer repricer = { .store = store, .wish = wish, .arena = arena, .plan = plan };
	int status = -1;

	*plan = (struct reprice_plan){ .n = 0 };
	if (prices_pin(store, arena, &plan->pin, err) == 0 && begin(&repricer, &plan->pin, err) == 0)
		status = priced_lines(store, wish->from_us, wish->to_us, look_at, &repricer, err);
	snprintf(plan->digest, sizeof(plan->digest), "%016" PRIx64, repricer.hash);
	end(&repricer);
	return status;
}

int
reprice_preview(struct store *store, const struct reprice_wish *wish, struct arena *arena, struct reprice_plan *plan,
	struct err *err)
{
	int status;

	if (store_read_begin(store, err) != 0)
		return -1;
	status = look(store, wish, arena, plan, err);
	store_read_end(store);
	return status;
}

/* ---- doing */

/* Gather changes until there are enough, and then to the end of the instant. */
static int
gather(void *ctx, const struct priced_line *line, struct err *err)
{
	struct repricer *repricer = ctx;
	struct line_price price;
	int changed;

	if ((repricer->n >= STEP_CHANGES || repricer->read >= STEP_LINES) && line->at_us != repricer->last_us)
		return 1;
	repricer->read++;
	repricer->last_us = line->at_us;
	if (line->at_us < repricer->closed_us || (changed = changes(repricer, line, &price, err)) == 0)
		return 0;
	if (changed < 0)
		return -1;
	if (repricer->n == repricer->room_changes) {
		size_t room = repricer->room_changes == 0 ? 4096 : 2 * repricer->room_changes;
		struct changed *more = realloc(repricer->changes, room * sizeof(*more));

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for the lines of a repricing");
		repricer->changes = more;
		repricer->room_changes = room;
	}
	repricer->changes[repricer->n++] = (struct changed){ .at_us = line->at_us,
		.id = { arena_copy(repricer->texts, line->id.p, line->id.n), line->id.n },
		.price = price };
	return 0;
}

/* One transaction from repricing->next_us on: the lines, their sums, and how far it is. */
static int
step(struct repricer *repricer, struct repricing *repricing, int64_t now_us, struct err *err)
{
	struct repricing_step done = { .id = repricing->id };

	repricer->n = repricer->read = 0;
	repricer->last_us = INT64_MIN;
	if (store_changed_outside(repricer->store, err) < 0 ||
		ledger_closed_until(repricer->store, &repricer->closed_us, err) != 0 ||
		priced_lines(repricer->store, repricing->next_us, repricing->to_us, gather, repricer, err) != 0)
		return -1;
	for (size_t i = 0; i < repricer->n; i++)
		if (priced_line_change(repricer->store, repricer->changes[i].at_us, repricer->changes[i].id,
			    &repricer->changes[i].price, err) != 0)
			return -1;
	done.done = (int64_t)repricer->n;
	done.next_us = repricer->last_us == INT64_MIN ? repricing->to_us : repricer->last_us + 1;
	if (repricer->n < STEP_CHANGES && repricer->read < STEP_LINES) {
		done.next_us = repricing->to_us;
		done.finished_us = now_us;
	}
	if (rollup_run(repricer->store, err) != 0 || repricing_step(repricer->store, &done, err) != 0)
		return -1;
	repricing->next_us = done.next_us;
	repricing->done += done.done;
	repricing->finished_us = done.finished_us;
	return 0;
}

static int
step_alone(struct repricer *repricer, struct repricing *repricing, int64_t now_us, struct err *err)
{
	struct repricing before = *repricing;
	int status = -1;

	if ((repricer->texts = arena_new()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the lines of a repricing");
	if (store_begin(repricer->store, err) == 0) {
		status = step(repricer, repricing, now_us, err);
		if (status == 0)
			status = store_commit(repricer->store, err);
		if (status != 0) {
			store_rollback(repricer->store);
			*repricing = before;
		}
	}
	arena_free(repricer->texts);
	return status;
}

/* All steps that are left. */
static int
run(struct store *store, struct repricing *repricing, const struct reprice_order *order, struct arena *arena,
	struct err *err)
{
	const struct reprice_wish wish = { .from_us = repricing->from_us,
		.to_us = repricing->to_us,
		.provider = repricing->provider[0] == '\0' ? NULL : repricing->provider,
		.model = repricing->model[0] == '\0' ? NULL : repricing->model };
	struct repricer repricer = { .store = store, .wish = &wish, .arena = arena };
	int status = begin(&repricer, &repricing->pin, err);

	while (status == 0 && repricing->finished_us == 0 && (order->stop == NULL || !atomic_load(order->stop)))
		status = step_alone(&repricer, repricing, order->now_us, err);
	free(repricer.changes);
	end(&repricer);
	if (status == 0 && repricing->finished_us == 0)
		status = err_set(err, ERR_BUSY, "the program is ending");
	return status == 0 ? 0
			   : err_in(err,
				     "repricing %" PRId64 " is not finished (%" PRId64 " of %" PRId64
				     " lines); `breakeven reprice --resume` goes on",
				     repricing->id, repricing->done, repricing->lines);
}

/* The one that is not finished: 1, or 0. */
static int
unfinished(struct store *store, struct arena *arena, struct repricing *repricing, struct err *err)
{
	struct repricing *list;
	size_t n;

	if (repricing_list(store, arena, 1, &list, &n, err) != 0)
		return -1;
	if (n == 0 || list[0].finished_us != 0)
		return 0;
	*repricing = list[0];
	return 1;
}

static int
begin_order(struct store *store, const struct reprice_order *order, struct repricing *repricing, struct err *err)
{
	if (store_begin(store, err) != 0)
		return -1;
	if (repricing_begin(store, repricing, err) != 0 ||
		(order->begun != NULL && order->begun(order->ctx, repricing, err) != 0) ||
		store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

int
reprice_confirm(struct store *store, const struct reprice_wish *wish, const struct reprice_order *order,
	struct arena *arena, struct reprice_plan *plan, struct repricing *repricing, struct err *err)
{
	int found = unfinished(store, arena, repricing, err);

	if (found != 0)
		return found < 0
			? -1
			: err_set(err, ERR_INPUT,
				  "repricing %" PRId64 " is not finished; `breakeven reprice --resume` goes on with it",
				  repricing->id);
	if (reprice_preview(store, wish, arena, plan, err) != 0)
		return -1;
	if (plan->total.lines == 0)
		return err_set(err, ERR_INPUT, "nothing would change: every line has the price that is known now");
	if (strcmp(plan->digest, order->digest) != 0)
		return err_set(err, ERR_INPUT,
			"confirm: '%.40s' is not what would change now, which is '%s'; look at the preview again",
			order->digest, plan->digest);
	if (plan->total.before_nano > INT64_MAX || plan->total.after_nano > INT64_MAX)
		return err_set(err, ERR_INPUT, "the amounts do not fit one repricing; do it by months");
	*repricing = (struct repricing){
		.digest = plan->digest,
		.who = order->who,
		.started_us = order->now_us,
		.from_us = wish->from_us,
		.to_us = wish->to_us,
		.provider = wish->provider == NULL ? "" : wish->provider,
		.model = wish->model == NULL ? "" : wish->model,
		.pin = plan->pin,
		.lines = plan->total.lines,
		.before_nano = (int64_t)plan->total.before_nano,
		.after_nano = (int64_t)plan->total.after_nano,
	};
	if (begin_order(store, order, repricing, err) != 0)
		return -1;
	return run(store, repricing, order, arena, err);
}

int
reprice_resume(struct store *store, const struct reprice_order *order, struct arena *arena, struct repricing *repricing,
	struct err *err)
{
	int found = unfinished(store, arena, repricing, err);

	if (found <= 0)
		return found < 0 ? -1 : err_set(err, ERR_MISSING, "every repricing is finished");
	return run(store, repricing, order, arena, err);
}
