#include <stdbool.h>
#include <string.h>

#include "daemon/report/fleet_fields.h"
#include "daemon/store/fleet.h"
#include "models/units/err.h"
#include "models/units/money.h"

const struct fleet_number fleet_numbers[FLEET_NUMBERS] = {
	{ "gpus_per_replica", offsetof(struct fleet_row, gpus_per_replica), 0, "GPUs" },
	{ "gpu_hour", offsetof(struct fleet_row, gpu_hour_nano), NANO_DIGITS, "USD/h" },
	{ "throughput_tok_s", offsetof(struct fleet_row, throughput_milli_tok_s), 3, "tok/s" },
	{ "throughput_low_tok_s", offsetof(struct fleet_row, throughput_low_milli_tok_s), 3, "tok/s" },
	{ "throughput_high_tok_s", offsetof(struct fleet_row, throughput_high_milli_tok_s), 3, "tok/s" },
	{ "headroom", offsetof(struct fleet_row, headroom_ppm), 6, "share" },
	{ "redundancy", offsetof(struct fleet_row, redundancy), 0, "replicas" },
	{ "min_replicas", offsetof(struct fleet_row, min_replicas), 0, "replicas" },
	{ "hours_month", offsetof(struct fleet_row, hours_month_milli), 3, "h" },
	{ "ops_month", offsetof(struct fleet_row, ops_month_nano), NANO_DIGITS, "USD/month" },
	{ "fixed_month", offsetof(struct fleet_row, fixed_month_nano), NANO_DIGITS, "USD/month" },
	{ "upfront", offsetof(struct fleet_row, upfront_nano), NANO_DIGITS, "USD" },
	{ "per_mtok", offsetof(struct fleet_row, per_mtok_nano), NANO_DIGITS, "USD/Mtok" },
};

const char *const fleet_fields[] = { "gpus_per_replica", "gpu_hour", "throughput_tok_s", "throughput_low_tok_s",
	"throughput_high_tok_s", "headroom", "redundancy", "min_replicas", "hours_month", "ops_month", "fixed_month",
	"upfront", "per_mtok", "lag_hours", "gpu", "price_source", "throughput_source", "scaling", "throughput_origin",
	NULL };

static int
take_number(const char *name, const char *text, int digits, int64_t *value, struct err *err)
{
	bool rounded;

	if (decimal_parse(text, strlen(text), digits, value, &rounded, err) != 0)
		return err_in(err, "%s", name);
	if (rounded)
		return err_set(err, ERR_INPUT, "%s: '%s' has more than %d digits after the point", name, text, digits);
	return 0;
}

/* The place of the value among the names; -1 with *err. */
static int
take_choice(const char *name, const char *value, const char *const names[2], struct err *err)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	return err_set(err, ERR_INPUT, "%s: '%s' is none of %s, %s", name, value, names[0], names[1]);
}

int
fleet_take(struct fleet_row *fleet, const char *name, const char *value, struct err *err)
{
	int choice;

	/* A band belongs to the figure it was told with. */
	if (strcmp(name, "throughput_tok_s") == 0)
		fleet->throughput_low_milli_tok_s = fleet->throughput_high_milli_tok_s = 0;
	for (size_t i = 0; i < FLEET_NUMBERS; i++)
		if (strcmp(fleet_numbers[i].name, name) == 0)
			return take_number(name, value, fleet_numbers[i].digits,
				(int64_t *)(void *)((char *)fleet + fleet_numbers[i].offset), err);
	if (strcmp(name, "lag_hours") == 0) {
		int64_t thousandths;

		if (take_number(name, value, 3, &thousandths, err) != 0)
			return -1;
		fleet->lag_ms = thousandths * 3600;
	} else if (strcmp(name, "scaling") == 0) {
		if ((choice = take_choice(name, value, fleet_scaling_names, err)) < 0)
			return -1;
		fleet->scaling = (enum scaling)choice;
	} else if (strcmp(name, "throughput_origin") == 0) {
		if ((choice = take_choice(name, value, fleet_origin_names, err)) < 0)
			return -1;
		fleet->throughput_origin = (enum fleet_origin)choice;
	} else if (strcmp(name, "gpu") == 0) {
		fleet->gpu = value;
	} else if (strcmp(name, "price_source") == 0) {
		fleet->gpu_hour_source = value;
	} else if (strcmp(name, "throughput_source") == 0) {
		fleet->throughput_source = value;
	} else {
		return err_set(err, ERR_INPUT, "a fleet has no field '%s'", name);
	}
	return 0;
}
