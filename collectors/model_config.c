#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "collectors/json.h"
#include "collectors/model_config.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define COUNT_MAX 1e9

/* The first of the names that the object has, as a number; 0 where there is none. */
static int
read_count(const struct json *object, const char *const *names, double *count, struct err *err)
{
	*count = 0;
	for (; *names != NULL; names++) {
		const struct json *member = json_value(object, *names);
		int64_t value;

		if (member == NULL)
			continue;
		if (member->type != JSON_NUMBER ||
			decimal_parse(member->text.p, member->text.n, 0, &value, NULL, NULL) != 0 || value < 0 ||
			(double)value > COUNT_MAX)
			return err_set(err, ERR_INPUT, "line %lld: %s is no count", (long long)member->line, *names);
		*count = (double)value;
		return 0;
	}
	return 0;
}

/* A field of the shape and what configurations call it. */
struct config_field {
	size_t offset;
	const char *names[6];
};

#define FIELD(name, ...) \
	{ \
		offsetof(struct transformer, name), \
		{ \
			__VA_ARGS__, NULL \
		} \
	}

static const struct config_field fields[] = {
	FIELD(layers, "num_hidden_layers", "n_layer", "num_layers", "n_layers"),
	FIELD(hidden, "hidden_size", "n_embd", "d_model"),
	FIELD(heads, "num_attention_heads", "n_head", "n_heads"),
	FIELD(kv_heads, "num_key_value_heads", "num_kv_heads", "multi_query_group_num"),
	FIELD(head_dim, "head_dim", "kv_channels"),
	FIELD(intermediate, "intermediate_size", "ffn_hidden_size", "n_inner"),
	FIELD(vocabulary, "vocab_size", "padded_vocab_size"),
	FIELD(context, "max_position_embeddings", "n_positions", "seq_length"),
	FIELD(experts, "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"),
	FIELD(experts_used, "num_experts_per_tok", "moe_top_k", "moe_topk", "num_experts_per_token"),
	FIELD(moe_intermediate, "moe_intermediate_size", "expert_ffn_hidden_size"),
	FIELD(shared_intermediate, "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size"),
	FIELD(q_rank, "q_lora_rank"),
	FIELD(kv_rank, "kv_lora_rank"),
	FIELD(nope, "qk_nope_head_dim"),
	FIELD(rope, "qk_rope_head_dim"),
	FIELD(v_dim, "v_head_dim"),
	FIELD(window, "sliding_window"),
	FIELD(sparse_top, "index_topk"),
};

/* Layers by what layer_types calls them; without the list all see the whole context. */
static void
count_layers(const struct json *config, struct transformer *m)
{
	const struct json *types = json_value(config, "layer_types");

	if (types == NULL || types->type != JSON_ARRAY) {
		m->full_layers = m->layers;
		return;
	}
	for (const struct json *type = types->first; type != NULL; type = type->next)
		if (text_is(type->text, "sliding_attention") || text_is(type->text, "chunked_attention"))
			m->window_layers++;
		else if (text_is(type->text, "linear_attention") || text_is(type->text, "mamba"))
			m->linear_layers++;
		else
			m->full_layers++;
}

static int
read_experts(const struct json *config, struct transformer *m, struct err *err)
{
	static const char *const dense[] = { "first_k_dense_replace", NULL },
				 *const shared[] = { "n_shared_experts", "num_shared_experts", NULL };
	double first, copies;

	if (m->experts == 0)
		return 0;
	if (read_count(config, dense, &first, err) != 0 || read_count(config, shared, &copies, err) != 0)
		return -1;
	m->moe_layers = fmax(0, m->layers - first);
	if (m->moe_intermediate == 0)
		m->moe_intermediate = m->intermediate;
	if (m->shared_intermediate == 0)
		m->shared_intermediate = copies * m->moe_intermediate;
	return 0;
}

/* The precision that quantization_config tells, else what dtype says. */
static struct text
native_of(const struct json *config)
{
	struct text method = json_text(json_value(config, "quantization_config"), "quant_method");

	if (text_is(method, "fp8") || text_is(method, "mxfp4"))
		return method;
	return text_of(method.n == 0 ? "bf16" : "int4");
}

/* Families whose MLP is two matrices and no gate. */
static bool
has_plain_mlp(const struct json *config)
{
	static const char *const types[] = { "bloom", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj",
		"mpt", "nemotron", "opt", "phi", "starcoder2" };
	struct text type = json_text(config, "model_type");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_is(type, types[i]))
			return true;
	return false;
}

static int
check_needed(const struct transformer *m, struct err *err)
{
	const struct {
		const char *name;
		double value;
	} needed[] = { { "num_hidden_layers", m->layers }, { "hidden_size", m->hidden },
		{ "num_attention_heads", m->heads }, { "vocab_size", m->vocabulary } };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (needed[i].value < 1)
			return err_set(err, ERR_INPUT, "%s is missing: is it the config.json of a transformer?",
				needed[i].name);
	return 0;
}

static int
read_shape(const struct json *config, struct transformer *m, struct err *err)
{
	const struct json *text = json_value(config, "text_config"), *tied;

	if (text != NULL && text->type == JSON_OBJECT)
		config = text;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (read_count(config, fields[i].names, (double *)(void *)((char *)m + fields[i].offset), err) != 0)
			return -1;
	if (check_needed(m, err) != 0)
		return -1;
	m->attention = m->kv_rank > 0 ? ATTENTION_LATENT : ATTENTION_GROUPED;
	if (m->kv_heads == 0)
		m->kv_heads = m->heads;
	if (m->head_dim == 0)
		m->head_dim = floor(m->hidden / m->heads);
	if (m->intermediate == 0)
		m->intermediate = m->experts > 0 ? m->moe_intermediate : 4 * m->hidden;
	tied = json_value(config, "tie_word_embeddings");
	m->tied = tied != NULL && tied->type == JSON_TRUE;
	m->native = native_of(config);
	count_layers(config, m);
	return read_experts(config, m, err);
}

int
model_config_read(char *bytes, size_t n, struct text name, struct transformer *model, struct err *err)
{
	struct json_doc *doc = json_new();
	const struct json *config;
	int status = -1;

	*model = (struct transformer){ .name = name,
		.source = text_of("config.json"),
		.checked = true,
		.parameters = NAN,
		.nonexpert = NAN,
		.expert = NAN,
		.kv_elements = NAN,
		.kv_full = NAN };
	config = doc == NULL ? NULL : json_parse(doc, bytes, n, err);
	if (doc == NULL)
		err_set(err, ERR_OUTSIDE, "no memory");
	else if (config != NULL && config->type != JSON_OBJECT)
		err_set(err, ERR_INPUT, "is no JSON object");
	else if (config != NULL && read_shape(config, model, err) == 0)
		status = transformer_count(model, err);
	if (status == 0 && has_plain_mlp(config)) {
		double gates = model->layers * model->hidden * model->intermediate;

		model->nonexpert -= gates;
		model->parameters -= gates;
	}
	json_free(doc);
	return status;
}
