/*
 * load: before a run, whether the server answers, what it takes, and how many tokens a word is.
 */
#include <math.h>

#include "daemon/bench/load.h"
#include "models/units/err.h"

/* One request of so many words and a few tokens; what came is left in *result and *tokens (of the prompt). */
static int
ask_once(const struct load_target *target, int64_t words, double timeout_s, struct load_result *result, double *tokens,
	struct err *err)
{
	struct load_plan plan = { .target = *target,
		.concurrency = 1,
		.isl = words,
		.osl = 4,
		.duration_s = timeout_s,
		.requests = 1,
		.timeout_s = timeout_s,
		.silent_s = timeout_s,
		.seed = 1000003 + (uint64_t)words };

	plan.target.base = 0;
	plan.target.per_word = 1;
	if (load_run(&plan, result, err) != 0)
		return -1;
	*tokens = result->prompt_tokens;
	return 0;
}

static int
explain(const struct load_result *result, const struct load_target *target, struct err *err)
{
	static const enum err_kind kinds[LOAD_ERRORS] = { [LOAD_REFUSED] = ERR_INPUT };

	for (int i = 0; i < LOAD_ERRORS; i++)
		if (result->errors[i] > 0)
			return err_set(err, kinds[i] == ERR_NONE ? ERR_OUTSIDE : kinds[i], "%s: %s: %s", target->url,
				load_error_name((enum load_error)i), result->example[i]);
	return err_set(err, ERR_OUTSIDE, "%s: did not answer in time", target->url);
}

int
load_probe(struct load_target *target, int64_t isl, double timeout_s, struct err *err)
{
	struct load_result result;
	double few, many;
	int64_t words = isl < 64 ? 64 : isl;

	for (;;) {
		if (ask_once(target, 8, timeout_s, &result, &few, err) != 0)
			return -1;
		if (result.good > 0)
			break;
		if (result.errors[LOAD_REFUSED] == 0 || target->extras == EXTRAS_NONE)
			return explain(&result, target, err);
		target->extras = (enum chat_extras)(target->extras - 1);
	}
	target->base = 0;
	target->per_word = 1;
	target->counts = isfinite(result.tokens_per_piece);
	if (!isfinite(few))
		return 0;
	if (ask_once(target, words, timeout_s, &result, &many, err) != 0)
		return -1;
	if (result.good == 0)
		return explain(&result, target, err);
	if (isfinite(many) && many > few) {
		target->per_word = (many - few) / (double)(words - 8);
		target->base = few - 8 * target->per_word;
	}
	return 0;
}
