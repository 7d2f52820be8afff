/*
 * The months that come as columns: what each side would cost, what moving or a hybrid would save, how sure that is.
 */
#include "daemon/report/answer.h"
#include "daemon/report/solve_fill.h"
#include "models/compare/ahead.h"
#include "models/compare/scenario.h"
#include "models/compare/solve.h"

static const struct {
	const char *name, *unit;
	size_t offset;
} numbers[] = {
	{ "volume_mtok_month", "Mtok/month", offsetof(struct ahead_month, mtok) },
	{ "closed_month", "USD/month", offsetof(struct ahead_month, closed_month) },
	{ "self_month", "USD/month", offsetof(struct ahead_month, self_month) },
	{ "saving_month", "USD/month", offsetof(struct ahead_month, saving_month) },
	{ "saving_p10", "USD/month", offsetof(struct ahead_month, bands.p10) },
	{ "saving_p90", "USD/month", offsetof(struct ahead_month, bands.p90) },
	{ "p_positive", "share", offsetof(struct ahead_month, bands.p_positive) },
	{ "hybrid_replicas", "replicas", offsetof(struct ahead_month, hybrid_replicas) },
	{ "hybrid_month", "USD/month", offsetof(struct ahead_month, hybrid_month) },
	{ "hybrid_saving_month", "USD/month", offsetof(struct ahead_month, hybrid_saving_month) },
	{ "hybrid_saving_p10", "USD/month", offsetof(struct ahead_month, hybrid_bands.p10) },
	{ "hybrid_saving_p90", "USD/month", offsetof(struct ahead_month, hybrid_bands.p90) },
	{ "hybrid_p_positive", "share", offsetof(struct ahead_month, hybrid_bands.p_positive) },
};

void
fill_ahead(const struct fill *fill)
{
	size_t n = (size_t)fill->scenario->ahead.months;
	struct column *month;

	if (!fill->solved->has_ahead)
		return;
	answer_table(fill->answer, "ahead", "The months that come");
	month = answer_column(fill->answer, "month", "");
	for (size_t t = 0; t < n; t++)
		column_add(fill->answer, month, value_whole(fill->answer, (int64_t)t + 1));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct column *column = answer_column(fill->answer, numbers[i].name, fill_unit(fill, numbers[i].unit));

		for (size_t t = 0; t < n; t++)
			column_add(fill->answer, column,
				value_number(fill->answer,
					*(const double *)(const void *)((const char *)&fill->months[t] +
						numbers[i].offset)));
	}
}
