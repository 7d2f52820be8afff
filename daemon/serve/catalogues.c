#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/serve/catalogues.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

/* ---- the difference */

static const struct {
	int item;
	const char *before, *after;
} rates[] = {
	{ IN_UNCACHED, "input_before", "input_after" },
	{ OUT_VISIBLE, "output_before", "output_after" },
	{ IN_CACHE_READ, "cache_read_before", "cache_read_after" },
	{ IN_CACHE_WRITE_5M, "cache_write_5m_before", "cache_write_5m_after" },
};

#define RATES (sizeof(rates) / sizeof(rates[0]))

static struct value *
text_value(const struct edit *edit, struct answer *answer, struct text text)
{
	return text.n == 0 ? value_unknown(answer) : value_text(answer, arena_copy(edit->arena, text.p, text.n));
}

static struct value *
rate_value(struct answer *answer, const struct price_row *row, int item)
{
	int64_t rate;

	/* femto per token is nano per million tokens. */
	if (row == NULL || row->state != PRICE_PRICED || !price_rate(row, item, 1, &rate))
		return value_unknown(answer);
	return value_amount(answer, rate, NANO_DIGITS);
}

/* By how much the rate that changes most has changed: 0.1 is a tenth dearer; NAN where that cannot be said. */
static double
largest_change(const struct price_row *before, const struct price_row *after)
{
	double largest = NAN;

	if (before == NULL || after == NULL || before->state != PRICE_PRICED || after->state != PRICE_PRICED)
		return NAN;
	for (size_t i = 0; i < before->n; i++)
		for (size_t k = 0; k < after->n; k++) {
			const struct price_component *a = &before->components[i], *b = &after->components[k];
			double change;

			if (a->item != b->item || a->above_tokens != b->above_tokens || a->rate_femto == 0)
				continue;
			change = (double)b->rate_femto / (double)a->rate_femto - 1;
			if (isnan(largest) || fabs(change) > fabs(largest))
				largest = change;
		}
	return largest;
}

static void
add_changes(const struct edit *edit, const struct catalogue_plan *plan, struct answer *answer)
{
	struct column *change = answer_column(answer, "change", ""), *provider = answer_column(answer, "provider", ""),
		      *model = answer_column(answer, "model", ""), *tier = answer_column(answer, "service_tier", ""),
		      *before[RATES], *after[RATES], *share, *state;

	for (size_t i = 0; i < RATES; i++) {
		before[i] = answer_column(answer, rates[i].before, "USD/Mtok");
		after[i] = answer_column(answer, rates[i].after, "USD/Mtok");
	}
	share = answer_column(answer, "largest_change", "share");
	state = answer_column(answer, "state", "");
	for (size_t k = 0; k < plan->n; k++) {
		const struct catalogue_change *one = &plan->changes[k];
		const struct price_row *row = one->after != NULL ? one->after : one->before;

		column_add(answer, change, value_text(answer, catalogue_kind_names[one->kind]));
		column_add(answer, provider, text_value(edit, answer, row->provider));
		column_add(answer, model, text_value(edit, answer, row->model));
		column_add(answer, tier, text_value(edit, answer, row->service_tier));
		for (size_t i = 0; i < RATES; i++) {
			column_add(answer, before[i], rate_value(answer, one->before, rates[i].item));
			column_add(answer, after[i], rate_value(answer, one->after, rates[i].item));
		}
		column_add(answer, share, value_number(answer, largest_change(one->before, one->after)));
		column_add(answer, state, value_text(answer, price_state_names[row->state]));
	}
}

static void
add_facts(const struct catalogue_plan *plan, int64_t id, struct answer *answer)
{
	answer_fact(answer, "id", "", id == 0 ? value_unknown(answer) : value_whole(answer, id));
	answer_fact(answer, "collector", "", value_text(answer, plan->collector));
	answer_fact(answer, "book", "", value_text(answer, plan->book));
	for (int i = 0; i < CATALOGUE_KINDS; i++)
		answer_fact(answer, catalogue_kind_names[i], "rows", value_whole(answer, plan->count[i]));
	answer_fact(answer, "unchanged", "rows", value_whole(answer, plan->unchanged));
	answer_fact(answer, "refused", "rows", value_whole(answer, plan->refused));
	if (plan->refused > 0)
		answer_note(answer, "%" PRId64 " rows could not be understood, so nothing ends; the first: %s",
			plan->refused, plan->refusal);
}

static void
add_plan(
	const struct edit *edit, const struct catalogue_plan *plan, int64_t id, const char *what, struct answer *answer)
{
	if (plan->n == 0)
		answer_headline(answer, "%s: nothing differs from the prices that are there (%" PRId64 " rows).",
			plan->book, plan->unchanged);
	else
		answer_headline(answer,
			"%s %s: %" PRId64 " new, %" PRId64 " changed, %" PRId64 " corrected, %" PRId64
			" ended, %" PRId64 " as before.",
			plan->book, what, plan->count[CATALOGUE_NEW], plan->count[CATALOGUE_CHANGED],
			plan->count[CATALOGUE_CORRECTED], plan->count[CATALOGUE_ENDED], plan->unchanged);
	add_facts(plan, id, answer);
	add_changes(edit, plan, answer);
}

/* ---- reviewing */

int
catalogues_review(const struct edit *edit, const struct catalogue_given *given, struct answer *answer, struct err *err)
{
	struct catalogue_plan plan;
	int64_t id;

	if (catalogue_review(edit->store, given, edit->arena, &plan, &id, err) != 0)
		return -1;
	add_plan(edit, &plan, id, given->dry_run ? "would bring" : "waits", answer);
	if (id != 0)
		answer_note(answer, "nothing is changed yet: `breakeven prices apply %" PRId64 "` applies it", id);
	catalogue_plan_free(&plan);
	return 0;
}

static int
number_of(const struct edit *edit, int64_t *id, struct err *err)
{
	*id = 0;
	return edit->name == NULL ? 0 : edit_number(edit, "catalogue", id, err);
}

int
catalogues_look(const struct edit *edit, struct answer *answer, struct err *err)
{
	struct catalogue_plan plan;
	int64_t id;

	if (edit_check(edit, NULL, 0, err) != 0 || number_of(edit, &id, err) != 0 ||
		catalogue_look(edit->store, &id, edit->clock.now_us, edit->arena, &plan, err) != 0)
		return -1;
	add_plan(edit, &plan, id, "waits", answer);
	catalogue_plan_free(&plan);
	return 0;
}

/* ---- deciding */

struct noting {
	const struct edit *edit;
	const char *what;
};

static int
note(void *ctx, const struct catalogue_row *row, const struct catalogue_plan *plan, struct err *err)
{
	const struct noting *noting = ctx;
	struct answer *detail = answer_new(noting->edit->arena);
	char from[TIME_MAX];

	answer_fact(detail, "book", "", value_text(detail, row->book));
	answer_fact(detail, "name", "", value_text(detail, row->name));
	answer_fact(detail, "digest", "", value_text(detail, row->digest));
	if (plan != NULL) {
		time_print(from, sizeof(from), row->effective_us);
		answer_fact(detail, "from", "", value_text(detail, from));
		add_facts(plan, row->id, detail);
	}
	return edit_audit(
		noting->edit, noting->what, arena_format(noting->edit->arena, "%" PRId64, row->id), detail, err);
}

static int
order_of(const struct edit *edit, struct noting *noting, struct catalogue_order *order, struct err *err)
{
	*order = (struct catalogue_order){
		.now_us = edit->clock.now_us, .who = edit->who, .decided = note, .ctx = noting
	};
	return number_of(edit, &order->id, err);
}

int
catalogues_apply(const struct edit *edit, struct answer *answer, struct err *err)
{
	static const char *const fields[] = { "from", "keep_ended" };
	const char *from = edit_value(edit, "from", NULL), *keep = edit_value(edit, "keep_ended", NULL);
	struct noting noting = { edit, "prices apply" };
	struct catalogue_order order;
	struct catalogue_plan plan;
	struct catalogue_row row;
	char since[TIME_MAX];

	if (edit_check(edit, fields, 2, err) != 0 || order_of(edit, &noting, &order, err) != 0)
		return -1;
	order.effective_us = edit->clock.now_us - edit->clock.now_us % ((int64_t)DAY_S * SECOND_US);
	if (from != NULL && clock_read(&edit->clock, "from", from, &order.effective_us, err) != 0)
		return -1;
	order.keep_ended = keep != NULL && strcmp(keep, "yes") == 0;
	if (keep != NULL && !order.keep_ended && strcmp(keep, "no") != 0)
		return err_set(err, ERR_INPUT, "keep_ended: '%s' is none of yes, no", keep);
	if (catalogue_apply(edit->store, &order, edit->arena, &plan, &row, err) != 0)
		return -1;
	add_plan(edit, &plan, row.id, "is applied", answer);
	time_print(since, sizeof(since), row.effective_us);
	answer_fact(answer, "from", "", value_text(answer, since));
	answer_note(
		answer, "lines that are in the ledger keep their price; `breakeven reprice` shows what would change");
	catalogue_plan_free(&plan);
	return 0;
}

static int
settle(const struct edit *edit, const char *what, const char *done,
	int (*run)(struct store *store, const struct catalogue_order *order, struct arena *arena,
		struct catalogue_row *row, struct err *err),
	struct answer *answer, struct err *err)
{
	struct noting noting = { edit, what };
	struct catalogue_order order;
	struct catalogue_row row;

	if (edit_check(edit, NULL, 0, err) != 0 || order_of(edit, &noting, &order, err) != 0 ||
		run(edit->store, &order, edit->arena, &row, err) != 0)
		return -1;
	answer_headline(answer, "Catalogue %" PRId64 " of %s is %s.", row.id, row.book, done);
	answer_fact(answer, "id", "", value_whole(answer, row.id));
	answer_fact(answer, "book", "", value_text(answer, row.book));
	answer_fact(answer, "state", "", value_text(answer, catalogue_state_names[row.state]));
	return 0;
}

int
catalogues_undo(const struct edit *edit, struct answer *answer, struct err *err)
{
	return settle(edit, "prices undo", "undone: what stood before stands again", catalogue_undo, answer, err);
}

int
catalogues_dismiss(const struct edit *edit, struct answer *answer, struct err *err)
{
	return settle(edit, "prices dismiss", "dismissed; nothing was changed", catalogue_dismiss, answer, err);
}
