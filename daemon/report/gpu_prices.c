/*
 * gpu_prices: what an hour of each accelerator is asked for, by kind of provider and of rental, with its date.
 */
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/gpu_table.h"
#include "daemon/report/report.h"
#include "daemon/report/reports.h"
#include "models/units/calendar.h"

static const struct param gpu_prices_params[] = {
	{ "gpu", PARAM_TEXT, NULL, 0, 0, "only this accelerator, as in \"H100 SXM\"" },
	{ "provider", PARAM_CHOICE, "any|hyperscaler|specialist|marketplace", 0, 0, "only this kind of provider" },
	{ "rental", PARAM_CHOICE, "on-demand|spot|reserved|reserved-36mo", 0, 0, "only this kind of rental" },
	{ NULL, PARAM_TEXT, NULL, 0, 0, NULL },
};

struct table {
	struct column *gpu, *provider, *rental, *low, *median, *high, *quotes, *from, *to, *age, *stale, *source;
};

static struct table
make_table(struct answer *answer)
{
	struct table table;

	table.gpu = answer_column(answer, "gpu", "");
	table.provider = answer_column(answer, "provider", "");
	table.rental = answer_column(answer, "rental", "");
	table.low = answer_column(answer, "low", "USD/h");
	table.median = answer_column(answer, "median", "USD/h");
	table.high = answer_column(answer, "high", "USD/h");
	table.quotes = answer_column(answer, "quotes", "");
	table.from = answer_column(answer, "from", "");
	table.to = answer_column(answer, "to", "");
	table.age = answer_column(answer, "age_days", "days");
	table.stale = answer_column(answer, "stale", "");
	table.source = answer_column(answer, "source", "");
	return table;
}

static struct value *
text_value(struct arena *arena, struct answer *answer, struct text text)
{
	return value_text(answer, arena_copy(arena, text.p, text.n));
}

static struct value *
day_value(struct answer *answer, struct date date)
{
	char day[16];

	date_print(day, sizeof(day), date);
	return value_text(answer, day);
}

static void
add_row(const struct request *request, struct answer *answer, struct table *table, const struct gpu_price *price)
{
	column_add(answer, table->gpu, text_value(request->arena, answer, price->gpu));
	column_add(answer, table->provider, text_value(request->arena, answer, price->provider));
	column_add(answer, table->rental, text_value(request->arena, answer, price->rental));
	column_add(answer, table->low, value_amount(answer, price->low_nano, NANO_DIGITS));
	column_add(answer, table->median, value_amount(answer, price->median_nano, NANO_DIGITS));
	column_add(answer, table->high, value_amount(answer, price->high_nano, NANO_DIGITS));
	column_add(answer, table->quotes, value_whole(answer, price->quotes));
	column_add(answer, table->from, day_value(answer, price->from));
	column_add(answer, table->to, day_value(answer, price->to));
	column_add(answer, table->age, value_whole(answer, gpu_price_age_days(price, request->now_us)));
	column_add(answer, table->stale, value_truth(answer, gpu_price_stale(price, request->now_us)));
	column_add(answer, table->source, text_value(request->arena, answer, price->source));
}

static int
matches(const char *wanted, struct text text)
{
	return wanted == NULL || text_is(text, wanted);
}

static int
gpu_prices_run(const struct request *request, const struct report *report, struct answer *answer, struct err *err)
{
	const char *gpu = request_text(request, report, "gpu"), *provider = request_text(request, report, "provider"),
		   *rental = request_text(request, report, "rental");
	const struct gpu_price *named = NULL;
	struct gpu_table prices;
	struct table table;
	int64_t rows = 0, stale = 0;

	if (gpu_table_read(request->arena, &prices, err) != 0 ||
		(gpu != NULL && (named = gpu_table_find(request->arena, &prices, gpu, err)) == NULL))
		return -1;
	table = make_table(answer);
	for (size_t i = 0; i < prices.n; i++) {
		const struct gpu_price *price = &prices.rows[i];

		if ((named != NULL && !text_same(named->gpu, price->gpu)) || !matches(provider, price->provider) ||
			!matches(rental, price->rental))
			continue;
		add_row(request, answer, &table, price);
		rows++;
		stale += gpu_price_stale(price, request->now_us);
	}
	answer_headline(answer, "What a GPU-hour is asked for: the median and the quartiles over providers.");
	answer_fact(answer, "rows", "", value_whole(answer, rows));
	answer_fact(answer, "stale_rows", "", value_whole(answer, stale));
	if (stale > 0)
		answer_note(answer, "%lld of %lld rows rest on quotes that are older than %d days: they are stale",
			(long long)stale, (long long)rows, GPU_PRICE_STALE_DAYS);
	return 0;
}

const struct report report_gpu_prices = { "gpu_prices",
	"what a GPU-hour is asked for, by accelerator and kind of provider", gpu_prices_params, gpu_prices_run };
