/*
 * vllm-metrics: the counters of vLLM's /metrics.
 *
 *   # TYPE vllm:prompt_tokens_total counter
 *   vllm:prompt_tokens_total{engine="0",model_name="demo-8b"} 1.250431e+06
 *   vllm:generation_tokens_total{engine="0",model_name="demo-8b"} 310422.0
 *
 * The prompt holds what was read from the cache. Newer versions say how much that was; the counters of the prefix cache
 * count a request again each time it is put back, and are not used. The engines of one model add up.
 */
#include "collectors/meter.h"

static const struct meter_row rows[] = {
	{ "vllm:prompt_tokens_total", METER_INPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "vllm:prompt_tokens_cached_total", METER_CACHED, 0, METRIC_COUNTER, NULL, NULL },
	{ "vllm:prompt_tokens_by_source_total", METER_CACHED, 1, METRIC_COUNTER, "source", "local_cache_hit" },
	{ "vllm:prompt_tokens_by_source_total", METER_CACHED, 1, METRIC_COUNTER, "source", "external_kv_transfer" },
	{ "vllm:generation_tokens_total", METER_OUTPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "vllm:request_success_total", METER_REQUESTS, 0, METRIC_COUNTER, NULL, NULL },
	{ "vllm:time_to_first_token_seconds_sum", METER_TTFT_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:time_to_first_token_seconds_count", METER_TTFT_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:inter_token_latency_seconds_sum", METER_TOKEN_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:inter_token_latency_seconds_count", METER_TOKEN_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:time_per_output_token_seconds_sum", METER_TOKEN_SUM, 1, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:time_per_output_token_seconds_count", METER_TOKEN_COUNT, 1, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:e2e_request_latency_seconds_sum", METER_LATENCY_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:e2e_request_latency_seconds_count", METER_LATENCY_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "vllm:num_requests_running", METER_RUNNING, 0, METRIC_GAUGE, NULL, NULL },
	{ "vllm:num_requests_waiting", METER_WAITING, 0, METRIC_GAUGE, NULL, NULL },
	{ "vllm:kv_cache_usage_perc", METER_KV_USE, 0, METRIC_GAUGE, NULL, NULL },
	{ "vllm:gpu_cache_usage_perc", METER_KV_USE, 1, METRIC_GAUGE, NULL, NULL },
};

static const struct meter_kind kind = {
	.engine = "vllm",
	.model_label = "model_name",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
};

static int
vllm_sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return meter_sniff("vllm:", head, n);
}

static int
vllm_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return meter_parse(&kind, input, options, sink, err);
}

const struct collector collector_vllm_metrics = {
	.name = "vllm-metrics",
	.title = "tokens from the counters of vLLM: /metrics, or a log of it",
	.kind = COLLECTS_USAGE,
	.sniff = vllm_sniff,
	.parse = vllm_parse,
	.pull = &meter_pull,
};
