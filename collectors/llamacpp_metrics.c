/*
 * llamacpp-metrics: the counters of llama.cpp's server (started with --metrics).
 *
 *   # TYPE llamacpp:prompt_tokens_total counter
 *   llamacpp:prompt_tokens_total 52011
 *   # TYPE llamacpp:tokens_predicted_total counter
 *   llamacpp:tokens_predicted_total 18230
 *
 * There are no labels, no requests, and no histograms. The prompt tokens are those that were worked through.
 */
#include "collectors/meter.h"

static const struct meter_row rows[] = {
	{ "llamacpp:prompt_tokens_total", METER_INPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "llamacpp:tokens_predicted_total", METER_OUTPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "llamacpp:requests_processing", METER_RUNNING, 0, METRIC_GAUGE, NULL, NULL },
	{ "llamacpp:requests_deferred", METER_WAITING, 0, METRIC_GAUGE, NULL, NULL },
	{ "llamacpp:kv_cache_usage_ratio", METER_KV_USE, 0, METRIC_GAUGE, NULL, NULL },
};

static const struct meter_kind kind = {
	.engine = "llamacpp",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.caveat =
		"llama.cpp says neither which model it serves nor how many requests there were, and does not count prompt tokens that it had in its cache: name the model",
};

static int
llamacpp_sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return meter_sniff("llamacpp:", head, n);
}

static int
llamacpp_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return meter_parse(&kind, input, options, sink, err);
}

const struct collector collector_llamacpp_metrics = {
	.name = "llamacpp-metrics",
	.title = "tokens from the counters of llama.cpp's server: /metrics, or a log of it",
	.kind = COLLECTS_USAGE,
	.sniff = llamacpp_sniff,
	.parse = llamacpp_parse,
	.pull = &meter_pull,
};
