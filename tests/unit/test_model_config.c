/*
 * config.json: shapes of published configurations, against the table's rows; what is no configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "collectors/model_config.h"
#include "models/units/err.h"

static const char llama[] =
	"{\"architectures\": [\"LlamaForCausalLM\"], \"hidden_size\": 4096, \"intermediate_size\": 14336,\n"
	"\"num_attention_heads\": 32, \"num_hidden_layers\": 32, \"num_key_value_heads\": 8, \"vocab_size\": 128256,\n"
	"\"tie_word_embeddings\": false, \"max_position_embeddings\": 131072, \"torch_dtype\": \"bfloat16\"}";

static const char deepseek[] =
	"{\"hidden_size\": 7168, \"num_hidden_layers\": 61, \"num_attention_heads\": 128, \"num_key_value_heads\": 128,\n"
	"\"intermediate_size\": 18432, \"moe_intermediate_size\": 2048, \"n_routed_experts\": 256, \"n_shared_experts\": 1,\n"
	"\"num_experts_per_tok\": 8, \"first_k_dense_replace\": 3, \"vocab_size\": 129280, \"q_lora_rank\": 1536,\n"
	"\"kv_lora_rank\": 512, \"qk_nope_head_dim\": 128, \"qk_rope_head_dim\": 64, \"v_head_dim\": 128,\n"
	"\"quantization_config\": {\"quant_method\": \"fp8\"}}";

static const char phi[] =
	"{\"model_type\": \"phi\", \"hidden_size\": 2560, \"num_hidden_layers\": 32, \"num_attention_heads\": 32,\n"
	"\"num_key_value_heads\": null, \"intermediate_size\": 10240, \"vocab_size\": 51200}";

static const char nested[] =
	"{\"vision_config\": {}, \"text_config\": {\"hidden_size\": 64, \"num_hidden_layers\": 4, \"num_attention_heads\": 4,\n"
	"\"vocab_size\": 1000, \"intermediate_size\": 128, \"sliding_window\": 16, \"tie_word_embeddings\": true,\n"
	"\"layer_types\": [\"sliding_attention\", \"full_attention\", \"linear_attention\", \"full_attention\"]}}";

static void
read_text(const char *text, struct transformer *model)
{
	static char bytes[2048];
	struct err err = { 0 };

	strcpy(bytes, text);
	if (model_config_read(bytes, strlen(bytes), text_of("it"), model, &err) != 0)
		fail_msg("%s", err.text);
}

static void
parameters_and_cache_follow_from_a_configuration(void **state)
{
	struct transformer model;

	(void)state;
	read_text(llama, &model);
	assert_true(fabs(model.parameters / 8.03e9 - 1) < 0.001);
	assert_true(model.kv_elements == 65536);
	assert_true(text_is(model.native, "bf16"));
	read_text(deepseek, &model);
	assert_true(fabs(model.parameters / 671.026e9 - 1) < 0.001);
	assert_true(fabs(transformer_active(&model) / 36.6e9 - 1) < 0.01);
	assert_true(model.attention == ATTENTION_LATENT && model.moe_layers == 58 && model.kv_elements == 35136);
	assert_true(text_is(model.native, "fp8"));
	read_text(phi, &model); /* without gates */
	assert_true(fabs(model.parameters / 2.78e9 - 1) < 0.001 && model.nonexpert == model.parameters);
}

static void
a_nested_text_model_is_read_with_the_kinds_of_its_layers(void **state)
{
	struct transformer model;

	(void)state;
	read_text(nested, &model);
	assert_true(model.full_layers == 2 && model.window_layers == 1 && model.linear_layers == 1);
	assert_true(model.tied && model.window == 16 && model.kv_heads == 4 && model.head_dim == 16);
}

static void
what_is_no_configuration_is_said(void **state)
{
	static const char *const rows[][2] = {
		{ "[1]", "is no JSON object" },
		{ "{\"hidden_size\": 64}", "num_hidden_layers is missing: is it the config.json of a transformer?" },
		{ "{\"hidden_size\": \"big\"}", "line 1: hidden_size is no count" },
		{ "{\"hidden_size\":\n -4}", "line 2: hidden_size is no count" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char bytes[128];
		struct transformer model;
		struct err err = { 0 };

		strcpy(bytes, rows[i][0]);
		assert_int_equal(model_config_read(bytes, strlen(bytes), text_of("it"), &model, &err), -1);
		assert_string_equal(err.text, rows[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_and_cache_follow_from_a_configuration),
		cmocka_unit_test(a_nested_text_model_is_read_with_the_kinds_of_its_layers),
		cmocka_unit_test(what_is_no_configuration_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
