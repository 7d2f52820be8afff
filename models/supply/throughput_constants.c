/*
 * The constants of the throughput model: names, meaning, where calibration begins, bounds.
 */
#include <math.h>

#include "models/supply/throughput.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/table.h"

const struct constant_row constant_rows[CONSTANTS] = {
	[C_READ] = { "read", "weights: share of what a measured small product streams", 1.1, 0.5, 1.5 },
	[C_READ_EXPERT] = { "read_expert", "the same of experts", 0.8, 0.2, 1.5 },
	[C_READ_CACHE] = { "read_cache", "cache: share of what measured decode attention reads", 0.85, 0.2, 1.5 },
	[C_MATH_16] = { "math_16", "16 bit arithmetic: share of what a measured large product reaches", 0.85, 0.3,
		1.6 },
	[C_MATH_8] = { "math_8", "the same at 8 bit", 0.9, 0.3, 1.8 },
	[C_MATH_4] = { "math_4", "the same at 4 bit", 0.8, 0.2, 1.8 },
	[C_MATH_EXPERT] = { "math_expert", "further share where the product is of experts", 0.7, 0.05, 2 },
	[C_MATH_LATENT] = { "math_latent", "share of large products that latent attention reaches when decoding", 0.5,
		0.05, 2 },
	[C_ATTENTION] = { "attention", "attention of prompts: share of what was measured on long ones", 1.0, 0.2, 3 },
	[C_ATTENTION_HALF] = { "attention_half", "tokens of a prompt at which attention reaches half its speed", 1000,
		1, 10000 },
	[C_WIDENED] = { "widened", "share of 16 bit arithmetic left where narrower weights are widened for it", 0.5,
		0.2, 1.2 },
	[C_NARROW] = { "narrow", "weights of fewer bits stream slower: exponent of their bytes over those of 16 bit",
		0.2, 0.001, 1 },
	[C_NARROW_EXPERT] = { "narrow_expert", "the same of experts", 0.1, 0.001, 1 },
	[C_TILE] = { "tile", "tokens that an expert's product is filled up by", 8, 0.1, 200 },
	[C_EXPERT_HALF] = { "expert_half", "width of an expert on one GPU at which its product reaches half its speed",
		200, 1, 4000 },
	[C_IMBALANCE] = { "imbalance", "how much longer the fullest of many GPUs with whole experts takes", 0.1, 1e-4,
		1 },
	[C_TRAFFIC] = { "traffic", "activations of a layer that each token moves, in widths of the model", 12, 0.01,
		100 },
	[C_TRAFFIC_EXPERT] = { "traffic_expert", "the same for each expert that a token passes", 5, 0.01, 100 },
	[C_MEMORY_USED] = { "memory_used", "share of the memory that an engine takes", 0.98, 0.97, 1 },
	[C_MEMORY_KEPT] = { "memory_kept_gib", "memory that goes to neither weights, work nor cache, GiB", 0.5, 0.4,
		0.8 },
	[C_SMOOTH] = { "smooth", "exponent of the smooth maximum of memory and arithmetic in linears", 2, 0.7, 20 },
	[C_SMOOTH_EXPERT] = { "smooth_expert", "the same in experts", 1.5, 0.7, 20 },
	[C_LINK] = { "link", "share of the link's one-way speed in collectives", 0.35, 0.05, 2 },
	[C_LINK_HOST] = { "link_host", "the same where GPUs are joined by the host only", 0.3, 0.05, 2 },
	[C_REDUCE] = { "reduce_s", "one all-reduce of 2 GPUs without volume, s", 7e-6, 5e-7, 1e-4 },
	[C_REDUCE_TWICE] = { "reduce_twice_s", "more for each doubling of the GPUs, s", 2e-6, 1e-8, 5e-5 },
	[C_EXCHANGE] = { "exchange_s", "one exchange between experts without volume, s", 1.5e-5, 1e-6, 2e-4 },
	[C_LAYER] = { "layer_s", "fixed time of a layer and step, s", 3e-5, 1e-6, 2e-4 },
	[C_LAYER_EXPERT] = { "layer_expert_s", "more for a layer of experts, s", 1e-5, 1e-8, 2e-4 },
	[C_LAYER_LINEAR] = { "layer_linear_s", "more for a layer of linear attention, s", 1e-5, 1e-8, 2e-4 },
	[C_LAYER_LATENT] = { "layer_latent_s", "more for a layer of latent attention, s", 1e-5, 1e-8, 2e-4 },
	[C_STEP] = { "step_s", "fixed time of a step, s", 7e-4, 1e-5, 2e-2 },
	[C_SEQUENCE] = { "sequence_s", "fixed time of a sequence and step, s", 6e-6, 1e-8, 1e-3 },
	[C_MIX] = { "mix", "share of what a prompt adds to mixed steps that other sequences feel", 0.8, 0.2, 2 },
	[C_BUBBLE] = { "bubble", "time that each further pipeline stage adds, share", 0.06, 1e-4, 1 },
	[C_OVERHEAD_VLLM] = { "overhead_vllm", "factor on fixed times: vLLM", 1, 0.3, 3 },
	[C_OVERHEAD_SGLANG] = { "overhead_sglang", "factor on fixed times: SGLang", 1, 0.3, 3 },
	[C_OVERHEAD_TRTLLM] = { "overhead_trtllm", "factor on fixed times: TensorRT-LLM", 1, 0.3, 3 },
	[C_MIX_VLLM] = { "mix_vllm", "factor on mix: vLLM", 1, 0.3, 3 },
	[C_MIX_SGLANG] = { "mix_sglang", "factor on mix: SGLang", 1, 0.3, 3 },
	[C_MIX_TRTLLM] = { "mix_trtllm", "factor on mix: TensorRT-LLM", 1, 0.3, 3 },
	[C_BUNCH_VLLM] = { "bunch_vllm", "how much prompts come in bunches, closed loop: vLLM", 0.05, 1e-3, 10 },
	[C_BUNCH_SGLANG] = { "bunch_sglang", "how much prompts come in bunches, closed loop: SGLang", 0.2, 1e-3, 10 },
	[C_BUNCH_TRTLLM] = { "bunch_trtllm", "how much prompts come in bunches, closed loop: TensorRT-LLM", 0.05, 1e-3,
		10 },
	[C_SLOTS] = { "slots", "sequences that a scheduler runs at most", 1024, 64, 8192 },
	[C_SLOTS_TRTLLM] = { "slots_trtllm", "the same: TensorRT-LLM", 2048, 64, 8192 },
	[C_AGE] = { "age", "logarithm of how much slower an engine a year before 2026 is", 0.02, -0.2, 0.3 },
	[C_WAIT] = { "wait", "first token: factor on the wait behind other prompts", 1, 0.01, 20 },
	[C_WAVE] = { "wave", "first token: share of the first wave's prompts that a mean request waits for", 0.05, 1e-4,
		1 },
	[C_FIRST] = { "first", "first token: factor on the own prompt", 1, 0.2, 5 },
	[C_FIRST_BASE] = { "first_base_s", "first token: fixed time of a request, s", 0.03, 1e-4, 1 },
	[C_FIRST_EACH] = { "first_each_s", "first token: more for each request in flight, s", 1e-3, 1e-7, 0.1 },
	[C_FIRST_STEPS] = { "first_steps", "first token: steps that it waits for", 1, 0.05, 20 },
	[C_FIRST_VLLM] = { "first_vllm", "factor on the first token: vLLM", 1, 0.2, 5 },
	[C_FIRST_SGLANG] = { "first_sglang", "factor on the first token: SGLang", 1, 0.2, 5 },
	[C_FIRST_TRTLLM] = { "first_trtllm", "factor on the first token: TensorRT-LLM", 1, 0.2, 5 },
	[C_VARY_MODEL] = { "vary_model", "variance that measurements of one model share", 0.005, 1e-6, 1 },
	[C_VARY_GPU] = { "vary_gpu", "of one GPU", 0.0005, 1e-6, 1 },
	[C_VARY_VENDOR] = { "vary_vendor", "of GPUs of one vendor", 0.001, 1e-6, 1 },
	[C_VARY_ENGINE] = { "vary_engine", "of one engine, at the same time", 0.005, 1e-6, 1 },
	[C_VARY_PRECISION] = { "vary_precision", "of one precision", 0.003, 1e-6, 1 },
	[C_VARY_REGIME] = { "vary_regime", "of like lengths, load and layout", 0.006, 1e-6, 1 },
	[C_VARY_MODEL_GPU] = { "vary_model_gpu", "of one model on one GPU", 0.0002, 1e-6, 1 },
	[C_VARY_KIN] = { "vary_kin", "of models of one width and heads", 0.01, 1e-6, 1 },
	[C_VARY_PART_GPU] = { "vary_part_gpu", "of one part of a step on one GPU", 0.012, 1e-6, 1 },
	[C_VARY_PART_MODEL] = { "vary_part_model", "of one part of a step of one model", 0.05, 1e-6, 1 },
	[C_VARY_GROUP] = { "vary_group", "of one model, GPU, engine and precision", 0.002, 1e-6, 1 },
	[C_VARY_PART] = { "vary_part", "of one part of a step of these", 0.0015, 1e-6, 1 },
	[C_VARY_LOCAL] = { "vary_local", "of these under like conditions", 0.006, 1e-6, 1 },
	[C_VARY_NOISE] = { "vary_noise", "of a repetition", 0.0003, 1e-6, 1 },
	[C_VARY_FIRST] = { "vary_first", "factor on the standard deviations of the first token", 2.5, 0.5, 10 },
	[C_WIDEN] = { "widen_anchored_token", "factor on the band of anchored predictions, time per token", 1, 0.2, 5 },
	[C_WIDEN + 1] = { "widen_anchored_rate", "factor on the band of anchored predictions, throughput", 1, 0.2, 5 },
	[C_WIDEN + 2] = { "widen_anchored_first", "factor on the band of anchored predictions, first token", 1, 0.2,
		5 },
	[C_WIDEN + 3] = { "widen_near_token",
		"factor on the band of those with the same model and GPU measured otherwise, time per token", 1, 0.2,
		5 },
	[C_WIDEN + 4] = { "widen_near_rate",
		"factor on the band of those with the same model and GPU measured otherwise, throughput", 1, 0.2, 5 },
	[C_WIDEN + 5] = { "widen_near_first",
		"factor on the band of those with the same model and GPU measured otherwise, first token", 1, 0.2, 5 },
	[C_WIDEN + 6] = { "widen_dense_token", "factor on the band of modelled dense models, time per token", 1, 0.2,
		5 },
	[C_WIDEN + 7] = { "widen_dense_rate", "factor on the band of modelled dense models, throughput", 1, 0.2, 5 },
	[C_WIDEN + 8] = { "widen_dense_first", "factor on the band of modelled dense models, first token", 1, 0.2, 5 },
	[C_WIDEN + 9] = { "widen_experts_token", "factor on the band of modelled mixtures of experts, time per token",
		1, 0.2, 5 },
	[C_WIDEN + 10] = { "widen_experts_rate", "factor on the band of modelled mixtures of experts, throughput", 1,
		0.2, 5 },
	[C_WIDEN + 11] = { "widen_experts_first", "factor on the band of modelled mixtures of experts, first token", 1,
		0.2, 5 },
	[C_WIDEN + 12] = { "widen_far_token",
		"factor on the band of what is unlike everything measured, time per token", 1, 0.2, 5 },
	[C_WIDEN + 13] = { "widen_far_rate", "factor on the band of what is unlike everything measured, throughput", 1,
		0.2, 5 },
	[C_WIDEN_LAST] = { "widen_far_first", "factor on the band of what is unlike everything measured, first token",
		1, 0.2, 5 },
};

void
constants_default(struct constants *constants)
{
	for (int i = 0; i < CONSTANTS; i++)
		constants->value[i] = constant_rows[i].otherwise;
}

int
constants_parse(struct text csv, struct constants *constants, struct err *err)
{
	enum { NAME, VALUE, COLUMNS };
	static const struct table_column columns[COLUMNS] = { { "name", false }, { "value", false } };
	struct table table;
	struct text value[COLUMNS];
	int got;

	for (int i = 0; i < CONSTANTS; i++)
		constants->value[i] = NAN;
	if (table_open(&table, csv, columns, COLUMNS, "constants", err) != 0)
		return -1;
	while ((got = table_next(&table, value, err)) > 0) {
		int at = 0;
		int64_t scaled;

		while (at < CONSTANTS && !text_is(value[NAME], constant_rows[at].name))
			at++;
		if (at == CONSTANTS)
			return table_wrong(&table, value, NAME, err);
		if (decimal_parse(value[VALUE].p, value[VALUE].n, 12, &scaled, NULL, NULL) != 0 ||
			(double)scaled / 1e12 < constant_rows[at].low - 1e-9 ||
			(double)scaled / 1e12 > constant_rows[at].high + 1e-9)
			return table_wrong(&table, value, VALUE, err);
		constants->value[at] = (double)scaled / 1e12;
	}
	for (int i = 0; got == 0 && i < CONSTANTS; i++)
		if (isnan(constants->value[i]))
			return err_set(err, ERR_INPUT, "the constant '%s' is missing", constant_rows[i].name);
	return got;
}
