/*
 * trtllm-metrics: the counters of TensorRT-LLM's own server (/prometheus/metrics; its /metrics is JSON of another kind).
 *
 *   # TYPE trtllm_prompt_tokens_total counter
 *   trtllm_prompt_tokens_total{engine_type="trtllm",model_name="demo-8b"} 9021.0
 *   trtllm_generation_tokens_total{engine_type="trtllm",model_name="demo-8b"} 4410.0
 */
#include "collectors/meter.h"
#include "collectors/pull.h"
#include "collectors/scrape.h"

static const struct meter_row rows[] = {
	{ "trtllm_prompt_tokens_total", METER_INPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "trtllm_prompt_cached_tokens_total", METER_CACHED, 0, METRIC_COUNTER, NULL, NULL },
	{ "trtllm_generation_tokens_total", METER_OUTPUT, 0, METRIC_COUNTER, NULL, NULL },
	{ "trtllm_request_success_total", METER_REQUESTS, 0, METRIC_COUNTER, NULL, NULL },
	{ "trtllm_request_error_total", METER_FAILED, 0, METRIC_COUNTER, NULL, NULL },
	{ "trtllm_time_to_first_token_seconds_sum", METER_TTFT_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "trtllm_time_to_first_token_seconds_count", METER_TTFT_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "trtllm_time_per_output_token_seconds_sum", METER_TOKEN_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "trtllm_time_per_output_token_seconds_count", METER_TOKEN_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "trtllm_e2e_request_latency_seconds_sum", METER_LATENCY_SUM, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "trtllm_e2e_request_latency_seconds_count", METER_LATENCY_COUNT, 0, METRIC_HISTOGRAM, NULL, NULL },
	{ "trtllm_num_requests_running", METER_RUNNING, 0, METRIC_GAUGE, NULL, NULL },
	{ "trtllm_num_requests_waiting", METER_WAITING, 0, METRIC_GAUGE, NULL, NULL },
	{ "trtllm_kv_cache_utilization", METER_KV_USE, 0, METRIC_GAUGE, NULL, NULL },
};

static const struct meter_kind kind = {
	.engine = "trtllm",
	.model_label = "model_name",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
};

static int
trtllm_sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return meter_sniff("trtllm_", head, n);
}

static int
trtllm_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return meter_parse(&kind, input, options, sink, err);
}

static const struct pull_option options_of[] = { METER_OPTIONS("/prometheus/metrics") };

static const struct pull pull = { SCRAPE_PULL(options_of) };

const struct collector collector_trtllm_metrics = {
	.name = "trtllm-metrics",
	.title = "tokens from the counters of trtllm-serve: /prometheus/metrics, or a log of it",
	.kind = COLLECTS_USAGE,
	.sniff = trtllm_sniff,
	.parse = trtllm_parse,
	.pull = &pull,
};
