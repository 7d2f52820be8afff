#include <math.h>
#include <stdio.h>

#include "models/supply/loose.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"
#include "models/units/nearest.h"
#include "models/units/table.h"

enum column {
	NAME,
	HF,
	ALSO,
	NATIVE,
	ATTENTION,
	READ,
	DATED,
	SOURCE,
	NOTE,
	TIED,
	TEXTS,
	LAYERS = TEXTS,
	HIDDEN,
	HEADS,
	VOCABULARY,
	NEEDED,
	KV_HEADS = NEEDED,
	HEAD_DIM,
	INTERMEDIATE,
	CONTEXT,
	EXPERTS,
	EXPERTS_USED,
	MOE_INTERMEDIATE,
	SHARED_INTERMEDIATE,
	MOE_LAYERS,
	Q_RANK,
	KV_RANK,
	NOPE,
	ROPE,
	V_DIM,
	WINDOW,
	FULL_LAYERS,
	WINDOW_LAYERS,
	LINEAR_LAYERS,
	STATE,
	SPARSE_TOP,
	COUNTS,
	PARAMETERS = COUNTS,
	NONEXPERT,
	EXPERT,
	KV,
	KV_FULL,
	COLUMNS
};

static const struct table_column columns[COLUMNS] = { [NAME] = { "model", false },
	[HF] = { "hf", true },
	[ALSO] = { "also", true },
	[NATIVE] = { "native", true },
	[ATTENTION] = { "attention", true },
	[READ] = { "read", true },
	[DATED] = { "dated", true },
	[SOURCE] = { "source", true },
	[NOTE] = { "note", true },
	[TIED] = { "tied", true },
	[LAYERS] = { "layers", false },
	[HIDDEN] = { "hidden", false },
	[HEADS] = { "heads", false },
	[VOCABULARY] = { "vocab", false },
	[KV_HEADS] = { "kv_heads", true },
	[HEAD_DIM] = { "head_dim", true },
	[INTERMEDIATE] = { "intermediate", true },
	[CONTEXT] = { "context", true },
	[EXPERTS] = { "experts", true },
	[EXPERTS_USED] = { "experts_used", true },
	[MOE_INTERMEDIATE] = { "moe_intermediate", true },
	[SHARED_INTERMEDIATE] = { "shared_intermediate", true },
	[MOE_LAYERS] = { "moe_layers", true },
	[Q_RANK] = { "q_rank", true },
	[KV_RANK] = { "kv_rank", true },
	[NOPE] = { "nope", true },
	[ROPE] = { "rope", true },
	[V_DIM] = { "v_dim", true },
	[WINDOW] = { "window", true },
	[FULL_LAYERS] = { "full_layers", true },
	[WINDOW_LAYERS] = { "window_layers", true },
	[LINEAR_LAYERS] = { "linear_layers", true },
	[STATE] = { "state_elements", true },
	[SPARSE_TOP] = { "sparse_top", true },
	[PARAMETERS] = { "params_b", true },
	[NONEXPERT] = { "nonexpert_b", true },
	[EXPERT] = { "expert_m", true },
	[KV] = { "kv_bytes", true },
	[KV_FULL] = { "kv_full_bytes", true } };

static double
or_else(double number, double otherwise)
{
	return isnan(number) ? otherwise : number;
}

static double
attention_parameters(const struct transformer *m)
{
	double q = m->heads * (m->nope + m->rope);

	if (m->attention == ATTENTION_LATENT)
		return (m->q_rank > 0 ? m->hidden * m->q_rank + m->q_rank * q : m->hidden * q) +
			m->hidden * (m->kv_rank + m->rope) + m->kv_rank * m->heads * (m->nope + m->v_dim) +
			m->heads * m->v_dim * m->hidden;
	return m->hidden * m->heads * m->head_dim * 2 + 2 * m->hidden * m->kv_heads * m->head_dim;
}

int
transformer_count(struct transformer *m, struct err *err)
{
	double dense_layers = m->layers - m->moe_layers, per_layer, embeddings = m->vocabulary * m->hidden;

	if (m->experts == 0)
		m->expert = 0;
	if (isnan(m->kv_elements)) {
		double layer = m->attention == ATTENTION_LATENT ? m->kv_rank + m->rope : 2 * m->kv_heads * m->head_dim;

		m->kv_full = layer * m->full_layers;
		m->kv_elements = layer * (m->full_layers + m->window_layers);
	}
	m->kv_full = or_else(m->kv_full, m->kv_elements);
	if (!isnan(m->nonexpert) && (m->experts == 0 || !isnan(m->expert))) {
		m->parameters =
			or_else(m->parameters, m->nonexpert + or_else(m->expert, 0) * m->experts * m->moe_layers);
		return 0;
	}
	if (m->attention == ATTENTION_NOVEL)
		return err_set(err, ERR_INPUT,
			"its attention is of a kind whose parameters do not follow from the shape; tell params_b, nonexpert_b and expert_m");
	if (m->attention == ATTENTION_GROUPED && (m->kv_heads == 0 || m->head_dim == 0))
		return err_set(err, ERR_INPUT, "kv_heads and head_dim are not known");
	if (dense_layers > 0 && m->intermediate == 0)
		return err_set(err, ERR_INPUT, "intermediate is not known");
	if (m->experts > 0 && (m->moe_intermediate == 0 || m->experts_used == 0))
		return err_set(err, ERR_INPUT, "experts without moe_intermediate and experts_used");
	per_layer = attention_parameters(m);
	m->expert = m->experts > 0 ? 3 * m->hidden * m->moe_intermediate : 0;
	m->nonexpert = m->layers * per_layer + dense_layers * 3 * m->hidden * m->intermediate +
		m->moe_layers * (3 * m->hidden * m->shared_intermediate + m->hidden * m->experts) +
		embeddings * (m->tied ? 1 : 2);
	m->parameters = m->nonexpert + m->expert * m->experts * m->moe_layers;
	return 0;
}

static int
read_attention(struct text text, enum attention *attention)
{
	if (text_is(text, "mla"))
		*attention = ATTENTION_LATENT;
	else if (text_is(text, "novel"))
		*attention = ATTENTION_NOVEL;
	else if (text.n == 0 || text_is(text, "gqa") || text_is(text, "mha"))
		*attention = ATTENTION_GROUPED;
	else
		return -1;
	return 0;
}

static int
read_row(const struct table *table, const struct text *value, struct transformer *row, struct err *err)
{
	double *const into[COLUMNS] = { [LAYERS] = &row->layers,
		[HIDDEN] = &row->hidden,
		[HEADS] = &row->heads,
		[VOCABULARY] = &row->vocabulary,
		[KV_HEADS] = &row->kv_heads,
		[HEAD_DIM] = &row->head_dim,
		[INTERMEDIATE] = &row->intermediate,
		[CONTEXT] = &row->context,
		[EXPERTS] = &row->experts,
		[EXPERTS_USED] = &row->experts_used,
		[MOE_INTERMEDIATE] = &row->moe_intermediate,
		[SHARED_INTERMEDIATE] = &row->shared_intermediate,
		[MOE_LAYERS] = &row->moe_layers,
		[Q_RANK] = &row->q_rank,
		[KV_RANK] = &row->kv_rank,
		[NOPE] = &row->nope,
		[ROPE] = &row->rope,
		[V_DIM] = &row->v_dim,
		[WINDOW] = &row->window,
		[FULL_LAYERS] = &row->full_layers,
		[WINDOW_LAYERS] = &row->window_layers,
		[LINEAR_LAYERS] = &row->linear_layers,
		[STATE] = &row->state,
		[SPARSE_TOP] = &row->sparse_top,
		[PARAMETERS] = &row->parameters,
		[NONEXPERT] = &row->nonexpert,
		[EXPERT] = &row->expert,
		[KV] = &row->kv_elements,
		[KV_FULL] = &row->kv_full };

	*row = (struct transformer){ .name = value[NAME],
		.hf = value[HF],
		.also = value[ALSO],
		.native = value[NATIVE],
		.source = value[SOURCE],
		.note = value[NOTE],
		.checked = !text_is(value[READ], "no"),
		.tied = text_is(value[TIED], "1") || text_is(value[TIED], "yes") };
	if (row->name.n == 0)
		return table_wrong(table, value, NAME, err);
	if (read_attention(value[ATTENTION], &row->attention) != 0)
		return table_wrong(table, value, ATTENTION, err);
	for (int i = TEXTS; i < COLUMNS; i++) {
		if (table_number(value[i], 0, into[i]) != 0 || (i < NEEDED && !(*into[i] >= 1)))
			return table_wrong(table, value, i, err);
		if (i < COUNTS)
			*into[i] = or_else(*into[i], 0);
	}
	if (value[DATED].n > 0 && date_parse(value[DATED].p, value[DATED].n, &row->dated, NULL) != 0)
		return table_wrong(table, value, DATED, err);
	row->parameters *= 1e9;
	row->nonexpert *= 1e9;
	row->expert *= 1e6;
	row->kv_elements /= 2;
	row->kv_full /= 2;
	if (row->full_layers + row->window_layers + row->linear_layers == 0)
		row->full_layers = row->layers;
	if (row->attention != ATTENTION_NOVEL && transformer_count(row, err) != 0)
		return err_in(err, "line %d: %.*s", table->line, (int)row->name.n, row->name.p);
	return 0;
}

int
transformer_parse(struct text csv, struct transformer *rows, size_t max, size_t *n, struct err *err)
{
	struct table table;
	struct text value[COLUMNS];
	size_t first = *n;
	int got;

	if (table_open(&table, csv, columns, COLUMNS, "transformers", err) != 0)
		return -1;
	while ((got = table_next(&table, value, err)) > 0) {
		if (*n == max)
			return err_set(err, ERR_INPUT, "line %d: more than %zu transformers", table.line, max);
		if (read_row(&table, value, &rows[*n], err) != 0)
			return -1;
		for (size_t i = first; i < *n; i++)
			if (text_same(rows[i].name, rows[*n].name))
				return err_set(err, ERR_INPUT, "line %d: a second row of %.*s", table.line,
					(int)rows[i].name.n, rows[i].name.p);
		(*n)++;
	}
	return got;
}

static bool
is_named(struct text name, const char *key)
{
	char own[LOOSE_KEY];

	loose_model(own, name, true);
	if (own[0] != '\0' && strcmp(own, key) == 0)
		return true;
	loose_model(own, name, false);
	return own[0] != '\0' && strcmp(own, key) == 0;
}

static bool
has_name(const struct transformer *model, const char *key)
{
	struct text names = model->also, name = model->name;

	do
		if (is_named(name, key))
			return true;
	while (loose_next(&names, &name));
	return model->hf.n > 0 && is_named(model->hf, key);
}

const struct transformer *
transformer_find(const struct transformer *rows, size_t n, struct text name)
{
	char key[LOOSE_KEY];

	for (int whole = 1; whole >= 0; whole--) {
		loose_model(key, name, whole);
		for (size_t i = 0; key[0] != '\0' && i < n; i++)
			if (has_name(&rows[i], key))
				return &rows[i];
	}
	return NULL;
}

size_t
transformer_near(
	const struct transformer *rows, size_t n, struct text name, const struct transformer **near, size_t max)
{
	char wanted[LOOSE_KEY], own[LOOSE_KEY];
	size_t found = 0, steps[16];

	loose_model(wanted, name, false);
	max = max > 16 ? 16 : max;
	for (size_t i = 0; i < n; i++) {
		size_t far, at;

		loose_model(own, rows[i].name, false);
		far = nearest_distance(wanted, own);
		for (at = found; at > 0 && steps[at - 1] > far; at--)
			if (at < max) {
				steps[at] = steps[at - 1];
				near[at] = near[at - 1];
			}
		if (at < max) {
			steps[at] = far;
			near[at] = &rows[i];
			found += found < max;
		}
	}
	return found;
}

double
transformer_active(const struct transformer *model)
{
	return model->nonexpert - (model->tied ? 0 : model->vocabulary * model->hidden) +
		model->experts_used * model->expert * model->moe_layers;
}
