/*
 * reconcile: does what was billed tie with what was metered, and where not, what is the difference made of?
 *
 * A difference is unexplained when no line of the invoice accounts for it; up to a tolerance of 1 USD or half
 * a percent of the invoice, whichever is more, it is let pass.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/group.h"
#include "daemon/report/reconcile.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define TOLERANCE_NANO INT64_C(1000000000)
#define TOLERANCE_PART 200 /* half a percent */
#define METERED_CURRENCY "USD"

static const struct param reconcile_params[] = {
	{ "from", PARAM_TIME, NULL, 0, 0, "begin of the range; months that meet it are whole. Without it, all months" },
	{ "to", PARAM_TIME, NULL, 0, 0, "end of the range, itself not in it; without it, all months" },
	{ "provider", PARAM_TEXT, NULL, 0, 0, "only this provider, as invoices or usage name it" },
	{ "basis", PARAM_CHOICE, "billed|effective", 0, 0,
		"billed: cash, corrections in the month they were billed; effective: accrual, corrections in the month they "
		"correct. Without it, billed" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

enum state { STATE_TIE, STATE_EXPLAINED, STATE_EXCEPTION, STATE_NO_INVOICE, STATE_NO_USAGE, STATE_CURRENCY, STATES };

static const char *const state_names[STATES] = { "tie", "explained", "exception", "no invoice", "no usage",
	"other currency" };
static const char *const state_facts[STATES] = { "tie", "explained", "exceptions", "no_invoice", "no_usage",
	"other_currency" };

struct judged {
	const struct reconcile_cell *cell;
	const struct cell_money *money; /* of the basis that was asked for */
	enum state state;
	bool invoiced;   /* there is an invoice and it says amounts */
	bool metered;    /* there is usage with a price */
	bool comparable; /* both, in one currency */
	wide total_nano, difference_nano, unexplained_nano, tolerance_nano;
};

/* ---- judging */

static wide
sum_of(const struct cell_money *money)
{
	wide sum = 0;

	for (int i = 0; i < CHARGE_CLASSES; i++)
		sum += money->nano[i];
	return sum;
}

static wide
size_of(wide value)
{
	return value < 0 ? -value : value;
}

static enum state
state_of(const struct judged *judged)
{
	const struct reconcile_cell *cell = judged->cell;

	if (cell->lines == 0)
		return STATE_NO_INVOICE;
	if (strcmp(cell->currency, METERED_CURRENCY) != 0)
		return STATE_CURRENCY;
	if (cell->rows == 0)
		return STATE_NO_USAGE;
	if (!judged->comparable || judged->money->without > 0)
		return STATE_EXCEPTION;
	/* A credit may hide that tokens were billed dearer: the unexplained counts first. */
	if (size_of(judged->unexplained_nano) > judged->tolerance_nano)
		return STATE_EXCEPTION;
	return size_of(judged->difference_nano) <= judged->tolerance_nano ? STATE_TIE : STATE_EXPLAINED;
}

static struct judged
judge(const struct reconcile_cell *cell, bool effective)
{
	struct judged judged = { .cell = cell, .money = effective ? &cell->effective : &cell->billed };

	judged.invoiced = cell->lines > judged.money->without;
	judged.metered = cell->rows > 0 && !cell->unknown;
	judged.comparable = judged.invoiced && judged.metered && strcmp(cell->currency, METERED_CURRENCY) == 0;
	judged.total_nano = sum_of(judged.money);
	judged.difference_nano = judged.total_nano - cell->metered_nano;
	judged.unexplained_nano = judged.money->nano[CHARGE_TOKENS] - cell->metered_nano;
	judged.tolerance_nano = size_of(judged.total_nano) / TOLERANCE_PART;
	if (judged.tolerance_nano < TOLERANCE_NANO)
		judged.tolerance_nano = TOLERANCE_NANO;
	judged.state = state_of(&judged);
	return judged;
}

/* ---- in words */

static const char *
money_text(struct arena *arena, wide nano)
{
	char text[FIGURE_MAX];
	size_t n = figure_money(text, sizeof(text), (double)nano / 1e9, "USD");

	return arena_copy(arena, text, n);
}

/* "credits -$50.00, taxes $8.00"; "" where no class but tokens is billed. */
static const char *
classes_text(struct arena *arena, const struct judged *judged)
{
	const char *text = "";

	for (int i = CHARGE_TOKENS + 1; i < CHARGE_CLASSES; i++)
		if (judged->money->nano[i] != 0)
			text = arena_format(arena, "%s%s%s %s", text, text[0] == '\0' ? "" : ", ",
				charge_class_names[i], money_text(arena, judged->money->nano[i]));
	return text;
}

static const char *
unpriced_text(struct arena *arena, const struct judged *judged)
{
	char tokens[FIGURE_MAX];

	if (judged->cell->unpriced == 0)
		return "";
	figure_count(tokens, sizeof(tokens), (double)judged->cell->unpriced);
	return arena_format(
		arena, "; %s tokens of this month have no known price and are not in the metered cost", tokens);
}

static const char *
says(struct arena *arena, const struct reconciling *all, const struct judged *judged)
{
	const struct reconcile_cell *cell = judged->cell;
	const char *classes = classes_text(arena, judged);

	switch (judged->state) {
	case STATE_NO_INVOICE:
		for (size_t i = 0; i < all->n; i++)
			if (all->cells[i].from_us == cell->from_us && all->cells[i].party == cell->party &&
				all->cells[i].lines > 0)
				return arena_format(arena,
					"the invoice is in %s and the metered cost in %s: they are not compared",
					all->cells[i].currency, METERED_CURRENCY);
		return arena_format(arena, "usage was metered and no invoice is there%s", unpriced_text(arena, judged));
	case STATE_NO_USAGE:
		return "an invoice is there and no usage of this provider was metered in its month";
	case STATE_CURRENCY:
		return arena_format(arena, "amounts in '%s' are not compared with a metered cost in %s", cell->currency,
			METERED_CURRENCY);
	case STATE_TIE:
		return arena_format(arena, "within the tolerance of %s%s", money_text(arena, judged->tolerance_nano),
			unpriced_text(arena, judged));
	case STATE_EXPLAINED:
		return arena_format(arena, "the difference is %s%s", classes, unpriced_text(arena, judged));
	default:
		break;
	}
	if (judged->money->without > 0)
		return arena_format(
			arena, "%lld lines of the invoice do not say their amount", (long long)judged->money->without);
	if (!judged->comparable)
		return arena_format(arena, "nothing of the usage has a known price%s", unpriced_text(arena, judged));
	return arena_format(arena, "%s are unexplained, %s more than the tolerance%s%s%s%s",
		money_text(arena, judged->unexplained_nano),
		money_text(arena, size_of(judged->unexplained_nano) - judged->tolerance_nano),
		classes[0] == '\0' ? "" : "; named are ", classes, unpriced_text(arena, judged),
		all->first_us > cell->from_us ? "; usage is metered only from within this month on" : "");
}

/* ---- the answer */

static struct value *
known_amount(struct answer *answer, bool known, wide nano)
{
	return known ? value_amount(answer, nano, NANO_DIGITS) : value_unknown(answer);
}

static struct value *
month_value(const struct request *request, struct answer *answer, int64_t from_us)
{
	char text[TIME_MAX];

	date_print(text, sizeof(text), zone_date(request->zone, from_us / SECOND_US, NULL));
	if (request->settings->report.month_start == 1)
		text[7] = '\0';
	return value_text(answer, text);
}

struct columns {
	struct column *month, *provider, *invoice, *usage, *currency, *state, *lines, *billed, *effective, *metered,
		*difference, *class[CHARGE_CLASSES], *unpriced, *unexplained, *tolerance, *says;
};

static struct columns
make_columns(struct answer *answer)
{
	struct columns columns;

	answer_table(answer, "months", "Invoices against metered cost");
	columns.month = answer_column(answer, "month", "");
	columns.provider = answer_column(answer, "provider", "");
	columns.invoice = answer_column(answer, "invoice_provider", "");
	columns.usage = answer_column(answer, "usage_provider", "");
	columns.currency = answer_column(answer, "currency", "");
	columns.state = answer_column(answer, "state", "");
	columns.lines = answer_column(answer, "lines", "lines");
	columns.billed = answer_column(answer, "billed", "");
	columns.effective = answer_column(answer, "effective", "");
	columns.metered = answer_column(answer, "metered", METERED_CURRENCY);
	columns.difference = answer_column(answer, "difference", METERED_CURRENCY);
	for (int i = 0; i < CHARGE_CLASSES; i++)
		columns.class[i] = answer_column(answer, charge_class_names[i], "");
	columns.unpriced = answer_column(answer, "unpriced_tokens", "tokens");
	columns.unexplained = answer_column(answer, "unexplained", METERED_CURRENCY);
	columns.tolerance = answer_column(answer, "tolerance", METERED_CURRENCY);
	columns.says = answer_column(answer, "says", "");
	return columns;
}

static void
add_row(const struct request *request, struct answer *answer, const struct columns *columns,
	const struct judged *judged)
{
	const struct reconcile_cell *cell = judged->cell;
	const struct party *party = cell->party;
	const char *invoice = party->invoice, *usage = party->usage;

	column_add(answer, columns->month, month_value(request, answer, cell->from_us));
	column_add(answer, columns->provider,
		value_text(answer,
			invoice != NULL && invoice[0] != '\0'       ? invoice
				: usage != NULL && usage[0] != '\0' ? usage
								    : GROUP_NONE));
	column_add(answer, columns->invoice, value_text(answer, invoice));
	column_add(answer, columns->usage, value_text(answer, usage));
	column_add(answer, columns->currency, value_text(answer, cell->currency));
	column_add(answer, columns->state, value_text(answer, state_names[judged->state]));
	column_add(answer, columns->lines, value_whole(answer, cell->lines));
	column_add(answer, columns->billed,
		known_amount(answer, cell->lines > cell->billed.without, sum_of(&cell->billed)));
	column_add(answer, columns->effective,
		known_amount(answer, cell->lines > cell->effective.without, sum_of(&cell->effective)));
	column_add(answer, columns->metered, known_amount(answer, judged->metered, cell->metered_nano));
	column_add(answer, columns->difference, known_amount(answer, judged->comparable, judged->difference_nano));
	for (int i = 0; i < CHARGE_CLASSES; i++)
		column_add(answer, columns->class[i], known_amount(answer, judged->invoiced, judged->money->nano[i]));
	column_add(answer, columns->unpriced, value_whole(answer, cell->unpriced));
	column_add(answer, columns->unexplained, known_amount(answer, judged->comparable, judged->unexplained_nano));
	column_add(answer, columns->tolerance, known_amount(answer, judged->comparable, judged->tolerance_nano));
}

struct sums {
	int64_t count[STATES];
	wide total_nano, metered_nano, unexplained_nano; /* of rows that are compared */
	int64_t compared;
};

static void
add_facts(struct answer *answer, const struct sums *sums, size_t n, bool effective)
{
	char money[FIGURE_MAX];

	answer_fact(answer, "basis", "", value_text(answer, effective ? "effective" : "billed"));
	answer_fact(answer, "rows", "", value_whole(answer, (int64_t)n));
	for (int i = 0; i < STATES; i++)
		answer_fact(answer, state_facts[i], "", value_whole(answer, sums->count[i]));
	answer_fact(answer, "compared", METERED_CURRENCY, known_amount(answer, sums->compared > 0, sums->total_nano));
	answer_fact(answer, "metered", METERED_CURRENCY, known_amount(answer, sums->compared > 0, sums->metered_nano));
	answer_fact(answer, "difference", METERED_CURRENCY,
		known_amount(answer, sums->compared > 0, sums->total_nano - sums->metered_nano));
	answer_fact(answer, "unexplained", METERED_CURRENCY,
		known_amount(answer, sums->compared > 0, sums->unexplained_nano));
	figure_money(money, sizeof(money), (double)sums->unexplained_nano / 1e9, "USD");
	if (n == 0)
		answer_headline(answer, "The ledger holds neither invoices nor usage of this range.");
	else if (sums->compared == 0)
		answer_headline(answer, "No month has both an invoice and a metered cost to compare.");
	else if (sums->count[STATE_EXCEPTION] == 0)
		answer_headline(answer, "All %lld invoices tie with the metered cost or are explained; %s are not.",
			(long long)sums->compared, money);
	else
		answer_headline(answer, "%lld of %lld invoices do not tie with the metered cost; %s are unexplained.",
			(long long)sums->count[STATE_EXCEPTION],
			(long long)(sums->count[STATE_TIE] + sums->count[STATE_EXPLAINED] +
				sums->count[STATE_EXCEPTION]),
			money);
}

/* Providers that only one side knows: perhaps one under two names. */
static void
add_unmatched(const struct request *request, struct answer *answer, const struct reconciling *all)
{
	struct column *name, *side, *text;

	answer_table(answer, "unmatched", "Providers that only invoices or only usage name");
	name = answer_column(answer, "name", "");
	side = answer_column(answer, "side", "");
	text = answer_column(answer, "says", "");
	for (size_t i = 0; i < all->n; i++) {
		const struct party *party = all->cells[i].party;
		bool seen = party->invoice != NULL && party->usage != NULL;
		const char *only = party->invoice != NULL ? party->invoice : party->usage;

		for (size_t j = 0; j < i && !seen; j++)
			seen = all->cells[j].party == party;
		if (seen)
			continue;
		column_add(answer, name, value_text(answer, only[0] == '\0' ? GROUP_NONE : only));
		column_add(answer, side, value_text(answer, party->invoice != NULL ? "invoices" : "usage"));
		column_add(answer, text,
			value_text(answer,
				arena_format(request->arena, "no %s of this range names this provider",
					party->invoice != NULL ? "usage" : "invoice")));
	}
}

/* Where months of bills and months of the report are not the same stretches of time. */
static void
add_notes(const struct request *request, struct answer *answer, const struct reconciling *all)
{
	bool shifted = false;

	for (size_t i = 0; i < all->n; i++)
		shifted = shifted ||
			(all->cells[i].lines > 0 && zone_offset(request->zone, all->cells[i].from_us / SECOND_US) != 0);
	if (shifted)
		answer_note(answer,
			"Bills count days of UTC and months begin in %s here: some hours at either end of a month are billed in the "
			"one beside it",
			request->zone->name);
	if (all->longer > 0)
		answer_note(answer,
			"Invoice lines of use that end in a later month than they begin in: %" PRId64
			"; they count where they begin",
			all->longer);
}

static int
reconcile_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *basis = request_text(request, report, "basis");
	struct reconcile_range range = { .from_us = request_time(request, report, "from", 0),
		.to_us = request_time(request, report, "to", INT64_MAX),
		.effective = basis != NULL && strcmp(basis, "effective") == 0,
		.provider = request_text(request, report, "provider") };
	struct reconciling all;
	struct columns columns;
	struct sums sums;

	if (range.from_us >= range.to_us)
		return err_set(err, ERR_INPUT, "from: %s is not before to: %s", request_text(request, report, "from"),
			request_text(request, report, "to"));
	if (reconcile_read(request, &range, &all, err) != 0)
		return -1;
	memset(&sums, 0, sizeof(sums));
	columns = make_columns(answer);
	for (size_t i = 0; i < all.n; i++) {
		struct judged judged = judge(&all.cells[i], range.effective);

		sums.count[judged.state]++;
		if (judged.comparable) {
			sums.compared++;
			sums.total_nano += judged.total_nano;
			sums.metered_nano += judged.cell->metered_nano;
			sums.unexplained_nano += judged.unexplained_nano;
		}
		add_row(request, answer, &columns, &judged);
		column_add(answer, columns.says, value_text(answer, says(request->arena, &all, &judged)));
	}
	add_facts(answer, &sums, all.n, range.effective);
	answer_fact(answer, "zone", "", value_text(answer, request->zone->name));
	add_notes(request, answer, &all);
	add_unmatched(request, answer, &all);
	return 0;
}

const struct report report_reconcile = { "reconcile", "invoices against the metered cost, with the difference named",
	reconcile_params, reconcile_run };
