/*
 * sglang-metrics: the counters of SGLang's /metrics (started with --enable-metrics).
 *
 *   # TYPE sglang:prompt_tokens_total counter
 *   sglang:prompt_tokens_total{model_name="demo-8b",tp_rank="0"} 8128902.0
 *   sglang:cached_tokens_total{cache_source="device",model_name="demo-8b"} 1.2e+06
 *
 * They move when a request ends. Ranks of one tensor or pipeline all export the same and count once; those of data
 * parallelism add up. Where the cache says a "total", its parts are not added to it.
 */
#include "collectors/meter.h"

static const struct meter_row rows[] = {
	{ "sglang:prompt_tokens_total", METER_INPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "sglang:cached_tokens_total", METER_CACHED, 0, METRIC_COUNTER, "cache_source", "total" },
	{ "sglang:cached_tokens_total", METER_CACHED, 1, METRIC_COUNTER, NULL, NULL },
	{ "sglang:generation_tokens_total", METER_OUTPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "sglang:num_requests_total", METER_REQUESTS, 0, METRIC_COUNTER, NULL, NULL },
	{ "sglang:time_to_first_token_seconds_sum", METER_TTFT_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:time_to_first_token_seconds_count", METER_TTFT_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:inter_token_latency_seconds_sum", METER_TOKEN_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:inter_token_latency_seconds_count", METER_TOKEN_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:time_per_output_token_seconds_sum", METER_TOKEN_SUM, 1, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:time_per_output_token_seconds_count", METER_TOKEN_COUNT, 1, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:e2e_request_latency_seconds_sum", METER_LATENCY_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:e2e_request_latency_seconds_count", METER_LATENCY_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "sglang:num_running_reqs", METER_RUNNING, 0, METRIC_GAUGE, NULL, NULL },
	{ "sglang:num_queue_reqs", METER_WAITING, 0, METRIC_GAUGE, NULL, NULL },
	{ "sglang:token_usage", METER_KV_USE, 0, METRIC_GAUGE, NULL, NULL },
};

static const struct meter_kind kind = {
	.engine = "sglang",
	.model_label = "model_name",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.ranks = { "tp_rank", "pp_rank" },
};

static int
sglang_sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return meter_sniff("sglang:", head, n);
}

static int
sglang_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return meter_parse(&kind, input, options, sink, err);
}

const struct collector collector_sglang_metrics = {
	.name = "sglang-metrics",
	.title = "tokens from the counters of SGLang: /metrics, or a log of it",
	.kind = COLLECTS_USAGE,
	.sniff = sglang_sniff,
	.parse = sglang_parse,
	.pull = &meter_pull,
};
