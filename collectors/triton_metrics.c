/*
 * triton-metrics: the counters of the Triton inference server (port 8002).
 *
 *   # TYPE nv_inference_request_success counter
 *   nv_inference_request_success{model="demo-8b",version="1"} 1432
 *   nv_inference_request_failure{model="demo-8b",version="1",reason="OTHER"} 3
 *
 * None of them counts tokens, also not with the TensorRT-LLM backend: what is read are requests whose tokens are not
 * known. Versions of one model add up.
 */
#include "collectors/meter.h"
#include "collectors/scrape.h"

static const struct meter_row rows[] = {
	{ "nv_inference_request_success", METER_REQUESTS, 0, METRIC_COUNTER, NULL, NULL },
	{ "nv_inference_request_failure", METER_FAILED, 0, METRIC_COUNTER, NULL, NULL },
};

static const struct meter_kind kind = {
	.engine = "triton",
	.model_label = "model",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.caveat =
		"Triton counts no tokens: requests are kept as ones whose tokens are not known, and tokens must come from the gateway",
	.no_tokens = true,
};

static int
triton_sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return meter_sniff("nv_inference_", head, n);
}

static int
triton_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return meter_parse(&kind, input, options, sink, err);
}

const struct collector collector_triton_metrics = {
	.name = "triton-metrics",
	.title = "requests, without their tokens, from the counters of Triton: /metrics, or a log of it",
	.kind = COLLECTS_USAGE,
	.sniff = triton_sniff,
	.parse = triton_parse,
	.pull = &scrape_pull,
};
