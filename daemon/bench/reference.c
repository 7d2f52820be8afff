/*
 * reference: see reference.h.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/reference.h"
#include "daemon/bench/team.h"
#include "models/units/err.h"

struct pass {
	const struct decoder *decoder;
	size_t n;
	double *x;     /* [n][hidden] */
	double *unit;  /* [hidden], normalised */
	double *qkv;   /* [n][heads + 2 kv_heads][head_dim] */
	double *mixed; /* [heads * head_dim] */
	double *inner; /* [intermediate] */
	double *share; /* [n] */
};

static double
row_times(const struct matrix *w, size_t row, const double *x)
{
	double sum = 0;

	for (size_t k = 0; k < w->columns; k++)
		sum += matrix_weight(w, row, k) * x[k];
	return sum;
}

static void
to_unit(const double *x, size_t n, double *unit)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i] * x[i];
	for (size_t i = 0; i < n; i++)
		unit[i] = x[i] / sqrt(sum / (double)n + 1e-5);
}

static void
heads_of(struct pass *pass, const struct layer *layer, size_t t)
{
	const struct shape *s = &pass->decoder->shape;
	size_t all = s->heads + 2 * s->kv_heads, half = s->head_dim / 2;
	double *to = pass->qkv + t * all * s->head_dim;

	to_unit(pass->x + t * s->hidden, s->hidden, pass->unit);
	for (size_t i = 0; i < all * s->head_dim; i++)
		to[i] = row_times(&layer->qkv, i, pass->unit);
	for (size_t h = 0; h < s->heads + s->kv_heads; h++)
		for (size_t i = 0; i < half; i++) {
			double angle = (double)t * pow(500000.0, -(double)i / (double)half);
			double *a = to + h * s->head_dim + i, *b = a + half, turned = *a * cos(angle) - *b * sin(angle);

			*b = *b * cos(angle) + *a * sin(angle);
			*a = turned;
		}
	for (size_t i = s->heads * s->head_dim; i < all * s->head_dim; i++)
		to[i] = (double)bf16_to_float(bf16_from_float((float)to[i]));
}

static void
attend(struct pass *pass, size_t t)
{
	const struct shape *s = &pass->decoder->shape;
	size_t all = (s->heads + 2 * s->kv_heads) * s->head_dim, dim = s->head_dim;

	for (size_t h = 0; h < s->heads; h++) {
		size_t kv = h / (s->heads / s->kv_heads);
		const double *query = pass->qkv + t * all + h * dim;
		double most = -INFINITY, sum = 0;

		for (size_t j = 0; j <= t; j++) {
			const double *key = pass->qkv + j * all + (s->heads + kv) * dim;

			pass->share[j] = 0;
			for (size_t i = 0; i < dim; i++)
				pass->share[j] += query[i] * key[i] / sqrt((double)dim);
			most = fmax(most, pass->share[j]);
		}
		for (size_t j = 0; j <= t; j++)
			sum += pass->share[j] = exp(pass->share[j] - most);
		for (size_t i = 0; i < dim; i++) {
			double value = 0;

			for (size_t j = 0; j <= t; j++)
				value += pass->share[j] * pass->qkv[j * all + (s->heads + s->kv_heads + kv) * dim + i];
			pass->mixed[h * dim + i] = value / sum;
		}
	}
}

/* The gate's and the up projection's rows lie in groups of sixteen in turn. */
static void
feed(struct pass *pass, const struct layer *layer, size_t t)
{
	const struct shape *s = &pass->decoder->shape;
	double *x = pass->x + t * s->hidden;

	to_unit(x, s->hidden, pass->unit);
	for (size_t i = 0; i < s->intermediate; i++) {
		size_t row = i / GROUP_ROWS * 2 * GROUP_ROWS + i % GROUP_ROWS;
		double gate = row_times(&layer->gate_up, row, pass->unit);

		pass->inner[i] = gate / (1 + exp(-gate)) * row_times(&layer->gate_up, row + GROUP_ROWS, pass->unit);
	}
	for (size_t i = 0; i < s->hidden; i++)
		x[i] += row_times(&layer->down, i, pass->inner);
}

static void
run(struct pass *pass, const size_t *tokens, double *logits)
{
	const struct decoder *d = pass->decoder;
	const struct shape *s = &d->shape;

	for (size_t t = 0; t < pass->n; t++)
		for (size_t i = 0; i < s->hidden; i++)
			pass->x[t * s->hidden + i] = (double)decoder_embedding(d, tokens[t], i);
	for (size_t l = 0; l < s->layers; l++) {
		for (size_t t = 0; t < pass->n; t++)
			heads_of(pass, &d->layer[l], t);
		for (size_t t = 0; t < pass->n; t++) {
			attend(pass, t);
			for (size_t i = 0; i < s->hidden; i++)
				pass->x[t * s->hidden + i] += row_times(&d->layer[l].out, i, pass->mixed);
			feed(pass, &d->layer[l], t);
		}
	}
	to_unit(pass->x + (pass->n - 1) * s->hidden, s->hidden, pass->unit);
	for (size_t i = 0; i < s->vocabulary; i++)
		logits[i] = row_times(&d->head, i, pass->unit);
}

int
reference_logits(const struct decoder *d, const size_t *tokens, size_t n, double *logits, struct err *err)
{
	const struct shape *s = &d->shape;
	size_t x = n * s->hidden, qkv = n * (s->heads + 2 * s->kv_heads) * s->head_dim, mixed = s->heads * s->head_dim;
	double *memory = calloc(x + s->hidden + qkv + mixed + s->intermediate + n, sizeof(*memory));
	struct pass pass = { .decoder = d, .n = n, .x = memory };

	if (memory == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the reference");
	pass.unit = memory + x;
	pass.qkv = pass.unit + s->hidden;
	pass.mixed = pass.qkv + qkv;
	pass.inner = pass.mixed + mixed;
	pass.share = pass.inner + s->intermediate;
	run(&pass, tokens, logits);
	free(memory);
	return 0;
}

#define CHECK_PROMPT 17
#define CHECK_TOKENS 3
#define CHECK_VOCABULARY 149

/* Sizes that are no multiples of groups, panels or tiles, so that every edge is crossed. */
static const struct shape small = {
	.layers = 2,
	.hidden = 136,
	.heads = 6,
	.kv_heads = 2,
	.head_dim = 48,
	.intermediate = 210,
	.vocabulary = CHECK_VOCABULARY,
};

static double
distance(const float *got, const double *expected, size_t n)
{
	double wrong = 0, all = 0;

	for (size_t i = 0; i < n; i++) {
		wrong += ((double)got[i] - expected[i]) * ((double)got[i] - expected[i]);
		all += expected[i] * expected[i];
	}
	return sqrt(wrong / all);
}

int
reference_check(enum weight_format precision, const struct kernels *kernels, double *error, struct err *err)
{
	size_t tokens[CHECK_PROMPT + CHECK_TOKENS];
	double logits[CHECK_VOCABULARY], one;
	struct decoder decoder;
	struct team *team = team_new(2, err);

	*error = 0;
	if (team == NULL)
		return -1;
	if (decoder_init(&decoder, &small, precision, kernels, 80, CHECK_PROMPT, team, 11, err) != 0) {
		team_free(team);
		return -1;
	}
	for (size_t i = 0; i < CHECK_PROMPT + CHECK_TOKENS; i++)
		tokens[i] = i * 37 % small.vocabulary;
	for (size_t n = CHECK_PROMPT; n <= CHECK_PROMPT + CHECK_TOKENS; n++) {
		if (n == CHECK_PROMPT)
			(void)decoder_prompt(&decoder, team, tokens, n, 0);
		else
			(void)decoder_token(&decoder, team, tokens[n - 1], n - 1);
		if (reference_logits(&decoder, tokens, n, logits, err) != 0)
			break;
		one = distance(decoder_logits(&decoder), logits, small.vocabulary);
		if (!(one <= *error))
			*error = one;
		if (n == CHECK_PROMPT + CHECK_TOKENS) {
			decoder_free(&decoder);
			team_free(team);
			return 0;
		}
	}
	decoder_free(&decoder);
	team_free(team);
	return -1;
}

double
reference_limit(enum weight_format precision)
{
	/* Where keys and values round to another BF16 than the reference's, a last place of eight bits is lost. */
	return precision == WEIGHTS_F32 ? 0.005 : precision == WEIGHTS_BF16 ? 0.01 : 0.03;
}
