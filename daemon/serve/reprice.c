#include <inttypes.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/serve/reprice.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

const char *const reprice_fields[] = { "from", "to", "provider", "model", "confirm", "resume" };
const size_t reprice_fields_n = sizeof(reprice_fields) / sizeof(reprice_fields[0]);

static int
read_wish(const struct edit *edit, struct reprice_wish *wish, struct err *err)
{
	const char *from = edit_value(edit, "from", NULL), *to = edit_value(edit, "to", NULL);

	*wish = (struct reprice_wish){ .from_us = TIME_FIRST_US,
		.to_us = TIME_LAST_US,
		.provider = edit_value(edit, "provider", NULL),
		.model = edit_value(edit, "model", NULL),
		.zone = edit->clock.zone,
		.month_start = edit->settings->report.month_start };
	if ((from != NULL && clock_read(&edit->clock, "from", from, &wish->from_us, err) != 0) ||
		(to != NULL && clock_read(&edit->clock, "to", to, &wish->to_us, err) != 0))
		return -1;
	if (wish->from_us >= wish->to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", from == NULL ? "the begin" : from,
			to == NULL ? "the end" : to);
	return 0;
}

/* Where nothing had a price before, nobody knows what it cost. */
static struct value *
money(struct answer *answer, wide nano, int64_t priced)
{
	return priced == 0 ? value_unknown(answer) : value_amount(answer, nano, NANO_DIGITS);
}

static void
add_rows(const struct edit *edit, const struct reprice_plan *plan, struct answer *answer)
{
	struct column *month = answer_column(answer, "month", ""), *provider = answer_column(answer, "provider", ""),
		      *model = answer_column(answer, "model", ""), *lines = answer_column(answer, "lines", "lines"),
		      *newly = answer_column(answer, "newly_priced", "lines"),
		      *lost = answer_column(answer, "no_longer_priced", "lines"),
		      *before = answer_column(answer, "before", "USD"), *after = answer_column(answer, "after", "USD"),
		      *difference = answer_column(answer, "difference", "USD");

	for (size_t i = 0; i < plan->n; i++) {
		const struct reprice_row *row = &plan->rows[i];
		char name[16];

		date_print(name, sizeof(name), zone_date(edit->clock.zone, row->month_us / SECOND_US, NULL));
		if (edit->settings->report.month_start == 1)
			name[7] = '\0';
		column_add(answer, month, value_text(answer, name));
		column_add(answer, provider, value_text(answer, row->provider[0] == '\0' ? "(none)" : row->provider));
		column_add(answer, model, value_text(answer, row->model[0] == '\0' ? "(none)" : row->model));
		column_add(answer, lines, value_whole(answer, row->sum.lines));
		column_add(answer, newly, value_whole(answer, row->sum.newly_priced));
		column_add(answer, lost, value_whole(answer, row->sum.no_longer_priced));
		column_add(answer, before, money(answer, row->sum.before_nano, row->sum.before_priced));
		column_add(answer, after, money(answer, row->sum.after_nano, row->sum.after_priced));
		column_add(answer, difference,
			value_amount(answer, row->sum.after_nano - row->sum.before_nano, NANO_DIGITS));
	}
}

static void
add_plan(const struct edit *edit, const struct reprice_plan *plan, struct answer *answer)
{
	const struct reprice_sum *total = &plan->total, *closed = &plan->closed;

	answer_fact(answer, "lines", "lines", value_whole(answer, total->lines));
	answer_fact(answer, "newly_priced_lines", "lines", value_whole(answer, total->newly_priced));
	answer_fact(answer, "no_longer_priced_lines", "lines", value_whole(answer, total->no_longer_priced));
	answer_fact(answer, "before", "USD", money(answer, total->before_nano, total->before_priced));
	answer_fact(answer, "after", "USD", money(answer, total->after_nano, total->after_priced));
	answer_fact(
		answer, "difference", "USD", value_amount(answer, total->after_nano - total->before_nano, NANO_DIGITS));
	answer_fact(answer, "closed_lines", "lines", value_whole(answer, closed->lines));
	answer_fact(answer, "closed_difference", "USD",
		value_amount(answer, closed->after_nano - closed->before_nano, NANO_DIGITS));
	answer_fact(answer, "digest", "", value_text(answer, total->lines == 0 ? NULL : plan->digest));
	if (closed->lines > 0)
		answer_note(answer,
			"%" PRId64 " lines of closed months would have another price too: they stay as they are",
			closed->lines);
	add_rows(edit, plan, answer);
}

static void
say_difference(const struct reprice_sum *total, const char *would, struct answer *answer)
{
	char lines[FIGURE_MAX], before[FIGURE_MAX], after[FIGURE_MAX], newly[FIGURE_MAX];

	figure_number(lines, sizeof(lines), (double)total->lines);
	figure_money(before, sizeof(before), (double)total->before_nano / 1e9, "USD");
	figure_money(after, sizeof(after), (double)total->after_nano / 1e9, "USD");
	figure_number(newly, sizeof(newly), (double)total->newly_priced);
	answer_headline(answer, "%s line%s %s from %s to %s; %s of them had no price.", lines,
		total->lines == 1 ? "" : "s", would, before, after, newly);
}

static void
add_repricing(const struct repricing *repricing, struct answer *answer)
{
	answer_fact(answer, "id", "", value_whole(answer, repricing->id));
	answer_fact(answer, "done", "lines", value_whole(answer, repricing->done));
}

/* ---- what is written down */

struct noting {
	const struct edit *edit;
	const struct reprice_plan *plan;
};

static int
note(void *ctx, const struct repricing *repricing, struct err *err)
{
	const struct noting *noting = ctx;
	struct answer *detail = answer_new(noting->edit->arena);

	add_plan(noting->edit, noting->plan, detail);
	return edit_audit(
		noting->edit, "reprice", arena_format(noting->edit->arena, "%" PRId64, repricing->id), detail, err);
}

static int
confirm(const struct edit *edit, const struct reprice_wish *wish, const struct reprice_order *given,
	struct answer *answer, struct err *err)
{
	struct reprice_order order = *given;
	struct reprice_plan plan;
	struct noting noting = { edit, &plan };
	struct repricing repricing;

	order.begun = note;
	order.ctx = &noting;
	if (reprice_confirm(edit->store, wish, &order, edit->arena, &plan, &repricing, err) != 0)
		return -1;
	say_difference(&plan.total, "changed", answer);
	add_repricing(&repricing, answer);
	add_plan(edit, &plan, answer);
	return 0;
}

static int
resume(const struct edit *edit, const struct reprice_order *order, struct answer *answer, struct err *err)
{
	struct repricing repricing;

	if (reprice_resume(edit->store, order, edit->arena, &repricing, err) != 0)
		return -1;
	answer_headline(
		answer, "Repricing %" PRId64 " is finished: %" PRId64 " lines changed.", repricing.id, repricing.done);
	add_repricing(&repricing, answer);
	return 0;
}

int
reprice_answer(const struct edit *edit, const atomic_bool *stop, struct answer *answer, struct err *err)
{
	const char *digest = edit_value(edit, "confirm", NULL), *again = edit_value(edit, "resume", NULL);
	struct reprice_order order = { .digest = digest, .who = edit->who, .now_us = edit->clock.now_us, .stop = stop };
	struct reprice_wish wish;
	struct reprice_plan plan;

	if (edit_check(edit, reprice_fields, reprice_fields_n, err) != 0 || read_wish(edit, &wish, err) != 0)
		return -1;
	if (again != NULL && strcmp(again, "yes") == 0)
		return edit->n == 1
			? resume(edit, &order, answer, err)
			: err_set(err, ERR_INPUT, "resume: it goes on as it was confirmed; say nothing else");
	if (digest != NULL)
		return confirm(edit, &wish, &order, answer, err);
	if (reprice_preview(edit->store, &wish, edit->arena, &plan, err) != 0)
		return -1;
	if (plan.total.lines == 0)
		answer_headline(answer, "Nothing would change: every line has the price that is known now.");
	else
		say_difference(&plan.total, "would change", answer);
	add_plan(edit, &plan, answer);
	return 0;
}
