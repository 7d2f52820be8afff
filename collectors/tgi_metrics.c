/*
 * tgi-metrics: the counters of Text Generation Inference's /metrics.
 *
 *   # TYPE tgi_request_generated_tokens histogram
 *   tgi_request_generated_tokens_bucket{le="+Inf"} 97
 *   tgi_request_generated_tokens_sum 24413
 *   # TYPE tgi_request_success counter
 *   tgi_request_success 97
 *
 * Tokens are there as the sums of histograms alone. Its counters have no _total. No label tells the model.
 */
#include "collectors/meter.h"

static const struct meter_row rows[] = {
	{ "tgi_request_input_length_sum", METER_INPUT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "tgi_request_generated_tokens_sum", METER_OUTPUT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "tgi_request_success", METER_REQUESTS, 0, METRIC_COUNTER, NULL, NULL },
	{ "tgi_request_failure", METER_FAILED, 0, METRIC_COUNTER, NULL, NULL },
	/* One mean a request, and so a mean of means. */
	{ "tgi_request_mean_time_per_token_duration_sum", METER_TOKEN_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "tgi_request_mean_time_per_token_duration_count", METER_TOKEN_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "tgi_request_duration_sum", METER_LATENCY_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "tgi_request_duration_count", METER_LATENCY_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "tgi_batch_current_size", METER_RUNNING, 0, METRIC_GAUGE, NULL, NULL },
	{ "tgi_queue_size", METER_WAITING, 0, METRIC_GAUGE, NULL, NULL },
};

static const struct meter_kind kind = {
	.engine = "tgi",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.caveat =
		"TGI says neither which model it serves nor what it read from a cache: name the model, and prompts count as not cached",
};

static int
tgi_sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return meter_sniff("tgi_", head, n);
}

static int
tgi_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return meter_parse(&kind, input, options, sink, err);
}

const struct collector collector_tgi_metrics = {
	.name = "tgi-metrics",
	.title = "tokens from the histograms of Text Generation Inference: /metrics, or a log of it",
	.kind = COLLECTS_USAGE,
	.sniff = tgi_sniff,
	.parse = tgi_parse,
	.pull = &meter_pull,
};
