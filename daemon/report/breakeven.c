/*
 * breakeven: the question of the house, from the ledger: where closed and self-hosted cross for what was
 * measured, what moving would save each month, how many GPUs that takes, and what each input rests on.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/report/answer.h"
#include "daemon/report/measured.h"
#include "daemon/report/reports.h"
#include "daemon/report/solve.h"
#include "models/compare/solve.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/figure.h"

#define DAYS_MONTH (365.0 / 12)

static const struct param breakeven_params[] = {
	MEASURED_PARAMS,
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

static struct value *
time_value(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

static void
add_measured_facts(const struct request *request, const struct measured *measured, struct answer *answer)
{
	int64_t age_days = (request->now_us - measured->price_checked_us) / (DAY_S * SECOND_US);

	answer_fact(answer, "workload", "", value_text(answer, measured->workload));
	answer_fact(answer, "from", "", time_value(answer, measured->from_us));
	answer_fact(answer, "to", "", time_value(answer, measured->to_us));
	answer_fact(answer, "zone", "", value_text(answer, request->zone->name));
	answer_fact(answer, "measured_hours", "h", value_number(answer, measured->hours));
	answer_fact(answer, "requests", "requests", value_whole(answer, measured->requests));
	answer_fact(answer, "input_tokens", "tokens", value_whole(answer, measured->input));
	answer_fact(answer, "output_tokens", "tokens", value_whole(answer, measured->output));
	answer_fact(answer, "priced_share", "share", value_number(answer, measured->priced_share));
	answer_fact(answer, "volume_mtok_month", "Mtok/month",
		value_number(answer, measured->scenario.volume.given ? measured->scenario.volume.mtok_month : NAN));
	answer_fact(answer, "volume_mtok_day", "Mtok/day",
		value_number(answer,
			measured->scenario.volume.given ? measured->scenario.volume.mtok_month / DAYS_MONTH : NAN));
	answer_fact(answer, "paid_now_month", "USD/month", value_number(answer, measured->amount_month));
	answer_fact(answer, "closed_provider", "", value_text(answer, measured->closed_provider));
	answer_fact(answer, "closed_model", "", value_text(answer, measured->closed_model));
	answer_fact(answer, "price_row", "", value_text(answer, measured->price_row));
	answer_fact(answer, "price_age_days", "days",
		measured->price_checked_us == 0 ? value_unknown(answer) : value_whole(answer, age_days));
	answer_fact(answer, "fleet", "", value_text(answer, measured->fleet));
	answer_fact(answer, "gpu", "", value_text(answer, measured->gpu));
	if (measured->price_checked_us != 0 && age_days > request->settings->report.stale_price_days)
		answer_note(answer, "the price of %s/%s was last checked %lld days ago: it is stale",
			measured->closed_provider, measured->closed_model, (long long)age_days);
}

static void
add_inputs(const struct measured *measured, struct answer *answer)
{
	struct column *name, *value, *unit, *origin, *source;

	answer_table(answer, "inputs", "What the answer rests on");
	name = answer_column(answer, "input", "");
	value = answer_column(answer, "value", "");
	unit = answer_column(answer, "unit", "");
	origin = answer_column(answer, "origin", "");
	source = answer_column(answer, "source", "");
	for (size_t i = 0; i < measured->inputs; i++) {
		const struct measured_input *input = &measured->input_row[i];

		column_add(answer, name, value_text(answer, input->name));
		column_add(answer, value, value_number(answer, input->value));
		column_add(answer, unit, value_text(answer, input->unit));
		column_add(answer, origin, value_text(answer, input_origin_names[input->origin]));
		column_add(answer, source, value_text(answer, input->source));
	}
}

/* "Self-hosting pays from 522 Mtok/month, safely from 3,652", as far as it is true. */
static const char *
crossing_sentence(struct arena *arena, const struct solved *solved)
{
	const struct breakeven *breakeven = &solved->breakeven;
	char first[FIGURE_MAX], safe[FIGURE_MAX];

	figure_count(first, sizeof(first), breakeven->first * 1e6);
	figure_count(safe, sizeof(safe), breakeven->safe * 1e6);
	if (!isfinite(breakeven->first))
		return "it pays at no volume within the horizon";
	if (!isfinite(breakeven->safe))
		return arena_format(arena,
			"it pays first at %s tokens a month, and at no volume within the horizon for good", first);
	if (breakeven->safe <= breakeven->first * (1 + 1e-9))
		return arena_format(arena, "it pays from %s tokens a month on", first);
	return arena_format(arena, "it pays first at %s tokens a month and for good from %s on", first, safe);
}

/* " (80 % band $1,045 to $2,069, above 0 in 99.9 % of cases)", or nothing where no input has a range. */
static const char *
band_words(struct arena *arena, const struct solved *solved, const struct bands *bands)
{
	char low[FIGURE_MAX], high[FIGURE_MAX], sure[FIGURE_MAX];

	if (!solved->has_bands)
		return "";
	figure_money(low, sizeof(low), bands->p10, "USD");
	figure_money(high, sizeof(high), bands->p90, "USD");
	figure_share(sure, sizeof(sure), bands->p_positive);
	return arena_format(arena, " (80 %% band of the saving: %s to %s, above 0 in %s of cases)", low, high, sure);
}

/* The answer first: what costs least and how sure that is; then what moving everything would do. */
static void
add_headline(const struct request *request, const struct measured *measured, const struct solved *solved,
	struct answer *answer)
{
	struct arena *arena = request->arena;
	char volume[FIGURE_MAX], closed[FIGURE_MAX], self[FIGURE_MAX], saving[FIGURE_MAX], best[FIGURE_MAX];
	const char *stretch = "", *first = "stay closed";

	figure_count(volume, sizeof(volume), measured->scenario.volume.mtok_month * 1e6);
	figure_money(closed, sizeof(closed), solved->closed_month, "USD");
	figure_money(self, sizeof(self), solved->month.cost, "USD");
	figure_money(saving, sizeof(saving), fabs(solved->saving_month), "USD");
	figure_money(best, sizeof(best), solved->best_saving_month, "USD");
	/* A month made of hours is a guess that the sentence itself has to carry. */
	if (measured->hours < 2.0 / 60)
		stretch = " (carried on from a minute)";
	else if (measured->hours < 48)
		stretch = arena_format(arena, " (carried on from %.3g hours)", measured->hours);
	if (solved->best == BEST_SELF_HOSTED)
		first = "move to own GPUs";
	else if (solved->best == BEST_HYBRID)
		first = arena_format(arena, "a hybrid of %g own %s saves %s a month%s", solved->overflow.best_replicas,
			solved->overflow.best_replicas == 1 ? "replica and the closed side"
							    : "replicas and the closed side",
			best, band_words(arena, solved, &solved->hybrid_bands));
	answer_headline(answer,
		"%s: %s. %s tokens a month%s cost %s closed and %s self-hosted: moving everything would %s %s a month%s; %s.",
		measured->workload == NULL ? "All traffic" : measured->workload, first, volume, stretch, closed, self,
		solved->saving_month >= 0 ? "save" : "cost",
		solved->saving_month >= 0 ? saving : arena_format(arena, "%s more", saving),
		band_words(arena, solved, &solved->bands), crossing_sentence(arena, solved));
}

static void
add_fleet_facts(const struct measured *measured, const struct solved *solved, struct answer *answer)
{
	answer_fact(answer, "gpus", "GPUs",
		value_number(
			answer, solved->unmeasured ? NAN : ceil(solved->month.replicas * measured->gpus_per_replica)));
}

static int
breakeven_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	struct measured *measured = arena_take(request->arena, sizeof(*measured));
	const struct solved *solved;

	if (measured_read(request, report, measured, err) != 0)
		return -1;
	if (measured->tokens == 0) {
		if (measured->requests > 0)
			answer_headline(answer,
				"The calls of this range used no tokens, or did not report them: there is nothing to compare.");
		else
			answer_headline(answer, "The ledger holds no usage yet: import some with `breakeven collect`.");
		answer_fact(answer, "requests", "requests", value_whole(answer, measured->requests));
		add_inputs(measured, answer);
		return 0;
	}
	solved = answer_solved(answer, request->arena, &measured->scenario, err);
	if (solved == NULL)
		return -1;
	add_measured_facts(request, measured, answer);
	add_fleet_facts(measured, solved, answer);
	if (solved->has_closed && solved->has_self && solved->has_volume)
		add_headline(request, measured, solved, answer);
	add_inputs(measured, answer);
	for (size_t i = 0; i < measured->notes; i++)
		answer_note(answer, "%s", measured->note[i]);
	return 0;
}

const struct report report_breakeven = { "breakeven",
	"where closed and self-hosted cross for measured usage, what moving saves, how many GPUs", breakeven_params,
	breakeven_run };
