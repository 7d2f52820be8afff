/*
 * usage: the names, totals and limits of the token classes.
 */
#include "models/price/usage.h"

#include <inttypes.h>

#include "models/units/err.h"

const char *const usage_class_names[USAGE_CLASSES] = {
	"in_uncached",
	"in_cache_read",
	"in_cache_write_5m",
	"in_cache_write_1h",
	"out_visible",
	"out_reasoning",
};

int64_t
usage_input(const struct usage *usage)
{
	return usage->tokens[IN_UNCACHED] + usage->tokens[IN_CACHE_READ] + usage->tokens[IN_CACHE_WRITE_5M] +
		usage->tokens[IN_CACHE_WRITE_1H];
}

int64_t
usage_output(const struct usage *usage)
{
	return usage->tokens[OUT_VISIBLE] + usage->tokens[OUT_REASONING];
}

int64_t
usage_total(const struct usage *usage)
{
	return usage_input(usage) + usage_output(usage);
}

int
usage_check(const struct usage *usage, struct err *err)
{
	for (int i = 0; i < USAGE_CLASSES; i++) {
		if (usage->tokens[i] < 0)
			return err_set(
				err, ERR_INPUT, "%s is negative: %" PRId64, usage_class_names[i], usage->tokens[i]);
		if (usage->tokens[i] > USAGE_TOKENS_MAX)
			return err_set(
				err, ERR_INPUT, "%s is above 2^53: %" PRId64, usage_class_names[i], usage->tokens[i]);
	}
	if (usage_input(usage) > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "the input total is above 2^53: %" PRId64, usage_input(usage));
	if (usage_output(usage) > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "the output total is above 2^53: %" PRId64, usage_output(usage));
	if (usage_total(usage) > USAGE_TOKENS_MAX)
		return err_set(err, ERR_INPUT, "the total is above 2^53: %" PRId64, usage_total(usage));
	return 0;
}
