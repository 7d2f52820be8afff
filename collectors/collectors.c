/*
 * collectors: the table. A format is one file and one row here.
 */
#include <stddef.h>
#include <string.h>

#include "collectors/collector.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

extern const struct collector collector_mapped;
extern const struct collector collector_claude_code_logs, collector_codex_logs, collector_gemini_cli_logs,
	collector_opencode_logs;
extern const struct collector collector_azure_trace, collector_focus_csv, collector_openai_usage, collector_prices_csv,
	collector_prices_genai, collector_prices_langfuse, collector_prices_litellm, collector_prices_modelsdev,
	collector_prices_openrouter, collector_prices_portkey, collector_usage_csv, collector_usage_jsonl;

extern const struct collector collector_llamacpp_metrics, collector_sglang_metrics, collector_tgi_metrics,
	collector_triton_metrics, collector_trtllm_metrics, collector_vllm_metrics;

extern const struct collector collector_amd_exporter, collector_dcgm_exporter, collector_lambda_instances,
	collector_nvidia_smi_csv, collector_nvml, collector_opencost, collector_runpod_billing, collector_slurm_sacct,
	collector_vast_charges;

extern const struct collector collector_anthropic_analytics_cost, collector_anthropic_analytics_usage,
	collector_anthropic_claude_code, collector_anthropic_cost, collector_anthropic_cost_csv,
	collector_anthropic_usage, collector_anthropic_usage_csv, collector_aws_cur, collector_gcp_billing,
	collector_invoice_csv, collector_litellm_spend, collector_openai_cost_csv, collector_openai_costs,
	collector_openrouter_activity;

extern const struct collector collector_google_status, collector_statuspage;

const struct collector *const collectors[] = {
	&collector_usage_csv,
	&collector_usage_jsonl,
	&collector_mapped,
	&collector_azure_trace,
	&collector_claude_code_logs,
	&collector_codex_logs,
	&collector_gemini_cli_logs,
	&collector_opencode_logs,
	&collector_focus_csv,
	&collector_vllm_metrics,
	&collector_sglang_metrics,
	&collector_tgi_metrics,
	&collector_llamacpp_metrics,
	&collector_trtllm_metrics,
	&collector_triton_metrics,
	&collector_nvidia_smi_csv,
	&collector_nvml,
	&collector_dcgm_exporter,
	&collector_amd_exporter,
	&collector_slurm_sacct,
	&collector_opencost,
	&collector_runpod_billing,
	&collector_vast_charges,
	&collector_lambda_instances,
	&collector_openai_usage,
	&collector_openai_costs,
	&collector_openai_cost_csv,
	&collector_anthropic_usage,
	&collector_anthropic_analytics_usage,
	&collector_anthropic_claude_code,
	&collector_anthropic_usage_csv,
	&collector_anthropic_cost,
	&collector_anthropic_analytics_cost,
	&collector_anthropic_cost_csv,
	&collector_litellm_spend,
	&collector_openrouter_activity,
	&collector_aws_cur,
	&collector_gcp_billing,
	&collector_invoice_csv,
	&collector_prices_csv,
	&collector_prices_genai,
	&collector_prices_litellm,
	&collector_prices_langfuse,
	&collector_prices_portkey,
	&collector_prices_modelsdev,
	&collector_prices_openrouter,
	&collector_statuspage,
	&collector_google_status,
	NULL,
};

const struct collector *
collector_find(const char *name, struct err *err)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; collectors[i] != NULL; i++) {
		if (strcmp(collectors[i]->name, name) == 0)
			return collectors[i];
		nearest_offer(&nearest, collectors[i]->name);
	}
	if (nearest_found(&nearest) != NULL)
		err_set(err, ERR_INPUT, "there is no collector '%s'; did you mean '%s'?", name,
			nearest_found(&nearest));
	else
		err_set(err, ERR_INPUT, "there is no collector '%s'; `breakeven collect --list` shows those that are",
			name);
	return NULL;
}

const struct collector *
collector_recognise(const char *head, size_t n, struct err *err)
{
	const struct collector *best = NULL;
	const char *closest = NULL, *closest_why = NULL;
	int surest = 0;

	for (size_t i = 0; collectors[i] != NULL; i++) {
		const char *why = NULL;
		int sure = collectors[i]->sniff(head, n, &why);

		if (sure > surest) {
			best = collectors[i];
			surest = sure;
		}
		if (sure == 0 && why != NULL && closest == NULL) {
			closest = collectors[i]->name;
			closest_why = why;
		}
	}
	if (best != NULL)
		return best;
	if (n == 0)
		err_set(err, ERR_INPUT, "the input is empty");
	else if (closest != NULL)
		err_set(err, ERR_INPUT,
			"no collector knows this format (%s: %s); name one of `breakeven collect --list`", closest,
			closest_why);
	else
		err_set(err, ERR_INPUT, "no collector knows this format; name one of `breakeven collect --list`");
	return NULL;
}
