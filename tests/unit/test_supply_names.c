/*
 * Names of accelerators and models as people and benchmarks write them, against the built-in tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "daemon/base/embed.h"
#include "models/supply/accelerator.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"

static struct accelerator gpus[ACCELERATORS_MAX];
static struct transformer models[TRANSFORMERS_MAX];
static size_t gpus_n, models_n;

static struct text
file(const char *name)
{
	const struct embedded *found = embed_find(name);

	return (struct text){ (const char *)found->bytes, found->size };
}

static int
load(void **state)
{
	struct err err = { 0 };

	(void)state;
	if (accelerator_parse(file("models/supply/accelerators.csv"), gpus, ACCELERATORS_MAX, &gpus_n, &err) != 0 ||
		transformer_parse(file("models/supply/transformers.csv"), models, TRANSFORMERS_MAX, &models_n, &err) !=
			0)
		fail_msg("%s", err.text);
	return 0;
}

static void
gpus_are_found_by_every_way_they_are_written(void **state)
{
	static const char *const rows[][2] = {
		{ "H100 SXM", "H100 SXM" },
		{ "h100", "H100 SXM" },
		{ "NVIDIA H100 80GB HBM3", "H100 SXM" },
		{ "H100-SXM5-80GB", "H100 SXM" },
		{ "8x H100 SXM", "H100 SXM" },
		{ "H100 PCIe 80GB", "H100 PCIe" },
		{ "A100", "A100 SXM 80GB" },
		{ "A100-40GB", "A100 SXM 40GB" },
		{ "NVIDIA A100-SXM4-80GB", "A100 SXM 80GB" },
		{ "A100 PCIe 80GB", "A100 PCIe 80GB" },
		{ "GH200 120GB(96GB HBM3)", "GH200 96GB" },
		{ "GH200 480GB(96GB HBM3)", "GH200 96GB" },
		{ "H200-SXM-141GB", "H200 SXM" },
		{ "B200", "B200 SXM" },
		{ "AMD Instinct MI300X", "MI300X" },
		{ "mi300x", "MI300X" },
		{ "GeForce RTX 4090", "RTX 4090" },
		{ "4090 24GB", "RTX 4090" },
		{ "RTX 3090 Ti", "RTX 3090 Ti" },
		{ "RTX PRO 6000", "RTX PRO 6000 Blackwell SE" },
		{ "RTX 6000 Ada", "RTX 6000 Ada" },
		{ "RTX A6000", "A6000" },
		{ "7900 XTX", "RX 7900 XTX" },
		{ "L40S", "L40S" },
		{ "M2 Ultra", "M2 Ultra 76c" },
		{ "M2 Ultra 76-Core GPU 192GB", "M2 Ultra 76c" },
		{ "M3 Max 40-Core GPU", "M3 Max 40c" },
		{ "8xMI300X", "MI300X" },
		{ "Trn1.32xlarge", "Trainium1" },
		{ "inf2.48xlarge", "Inferentia2" },
		{ "TPU v6e-8", "TPU v6e" },
		{ "v6e", "TPU v6e" },
		{ "Gaudi2", "Gaudi 2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct accelerator *found = accelerator_find(gpus, gpus_n, text_of(rows[i][0]));

		if (found == NULL || !text_is(found->name, rows[i][1]))
			fail_msg("%s: %.*s", rows[i][0], found == NULL ? 0 : (int)found->name.n,
				found == NULL ? "" : found->name.p);
	}
	assert_null(accelerator_find(gpus, gpus_n, text_of("H900")));
	assert_null(accelerator_find(gpus, gpus_n, text_of("")));
}

static void
models_are_found_by_every_way_they_are_written(void **state)
{
	static const char *const rows[][2] = {
		{ "Llama-3.3-70B", "Llama-3.3-70B" },
		{ "meta-llama/Llama-3.3-70B-Instruct", "Llama-3.3-70B" },
		{ "nvidia/Llama-3.3-70B-Instruct-FP8", "Llama-3.3-70B" },
		{ "Llama2-70B", "Llama-2-70B" },
		{ "llama2-70b-99.9", "Llama-2-70B" },
		{ "llama3_1-405b", "Llama-3.1-405B" },
		{ "LLaMA-3-8B", "Llama-3.1-8B" },
		{ "Meta-Llama-3.1-8B-Instruct", "Llama-3.1-8B" },
		{ "DeepSeek-R1/V3", "DeepSeek-R1" },
		{ "DeepSeek-V3/R1", "DeepSeek-R1" },
		{ "DeepSeek-R1-0528", "DeepSeek-R1" },
		{ "deepseek-ai/DeepSeek-V3.1", "DeepSeek-V3" },
		{ "mistralai/Mixtral-8x7B-Instruct-v0.1", "Mixtral-8x7B" },
		{ "gpt-oss-120b", "gpt-oss-120b" },
		{ "openai/gpt-oss-20b", "gpt-oss-20b" },
		{ "Qwen3-235B-A22B-Instruct-2507", "Qwen3-235B-A22B" },
		{ "Qwen3-VL-235B-A22B", "Qwen3-235B-A22B" },
		{ "Mistral-7B", "Mistral-7B-v0.3" },
		{ "gptj", "GPT-J-6B" },
		{ "Falcon-180B", "Falcon-180B" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct transformer *found = transformer_find(models, models_n, text_of(rows[i][0]));

		if (found == NULL || !text_is(found->name, rows[i][1]))
			fail_msg("%s: %.*s", rows[i][0], found == NULL ? 0 : (int)found->name.n,
				found == NULL ? "" : found->name.p);
	}
	assert_null(transformer_find(models, models_n, text_of("Llama-9-70B")));
	assert_null(transformer_find(models, models_n, text_of("")));
}

static void
near_names_are_told_for_an_unknown_one(void **state)
{
	const struct accelerator *gpu[2];
	const struct transformer *model[2];

	(void)state;
	assert_int_equal(accelerator_near(gpus, gpus_n, text_of("H200 SMX"), gpu, 2), 2);
	assert_true(text_is(gpu[0]->name, "H200 SXM"));
	assert_int_equal(transformer_near(models, models_n, text_of("Lama-3.3-70B"), model, 2), 2);
	assert_true(text_is(model[0]->name, "Llama-3.3-70B"));
}

/* The totals of the table are published ones or follow from published shapes; the formulas must agree with them. */
static void
parameters_follow_from_the_shape_within_two_percent(void **state)
{
	static const char *const names[] = { "Llama-2-7B", "Llama-3.1-70B", "Llama-3.1-405B", "Mixtral-8x7B",
		"Qwen3-32B", "Qwen3-235B-A22B", "DeepSeek-R1", "GLM-4.5", "Phi-4", "Yi-34B" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct transformer *model = transformer_find(models, models_n, text_of(names[i]));
		struct transformer counted;
		struct err err = { 0 };

		assert_non_null(model);
		counted = *model;
		counted.parameters = counted.nonexpert = counted.expert = counted.kv_elements = counted.kv_full = NAN;
		assert_int_equal(transformer_count(&counted, &err), 0);
		counted.parameters = counted.nonexpert + counted.expert * counted.experts * counted.moe_layers;
		if (fabs(counted.parameters / model->parameters - 1) > 0.02 ||
			counted.kv_elements != model->kv_elements)
			fail_msg("%s: %g parameters, %g cached", names[i], counted.parameters, counted.kv_elements);
	}
}

static void
a_wrong_row_is_refused_with_its_line_and_value(void **state)
{
	static const struct {
		const char *csv, *said;
	} rows[] = {
		{ "gpu,memory_gb,memory_gb_s\nX,1,2\n", "line 1: the header has no column 'fp16_tflops'" },
		{ "gpu,memory_gb,memory_gb_s,fp16_tflops\nX,80,fast,100\n", "line 2: memory_gb_s 'fast' is wrong" },
		{ "gpu,memory_gb,memory_gb_s,fp16_tflops\nX,80,,100\n", "line 2: memory_gb_s '' is wrong" },
		{ "gpu,memory_gb,memory_gb_s,fp16_tflops\nX,80,1,1\nX,80,1,1\n", "line 3: a second row of X" },
		{ "gpu,memory_gb,memory_gb_s,fp16_tflops,read_share\nX,80,1,1,1.2\n",
			"line 2: read_share '1.2' is wrong" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct accelerator into[4];
		struct err err = { 0 };
		size_t n = 0;

		assert_int_equal(accelerator_parse(text_of(rows[i].csv), into, 4, &n, &err), -1);
		assert_string_equal(err.text, rows[i].said);
	}
}

static void
a_model_without_experts_width_is_refused(void **state)
{
	struct transformer into[2];
	struct err err = { 0 };
	size_t n = 0;

	(void)state;
	assert_int_equal(
		transformer_parse(text_of("model,layers,hidden,heads,kv_heads,head_dim,vocab,experts,moe_layers\n"
					  "X,2,64,4,2,16,1000,8,2\n"),
			into, 2, &n, &err),
		-1);
	assert_string_equal(err.text, "line 2: X: experts without moe_intermediate and experts_used");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpus_are_found_by_every_way_they_are_written),
		cmocka_unit_test(models_are_found_by_every_way_they_are_written),
		cmocka_unit_test(near_names_are_told_for_an_unknown_one),
		cmocka_unit_test(parameters_follow_from_the_shape_within_two_percent),
		cmocka_unit_test(a_wrong_row_is_refused_with_its_line_and_value),
		cmocka_unit_test(a_model_without_experts_width_is_refused),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
