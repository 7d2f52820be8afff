/*
 * decoder: memory, and the two ways through the layers.
 *
 * A step is six meetings a layer: products are split by rows, attention by heads; what one thread alone
 * could do in a microsecond (norms, rounding of activations) every thread does for itself when there is one
 * token, and for its share of the tokens when there are many.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/bench/decoder.h"
#include "daemon/bench/team.h"
#include "models/units/err.h"

#define ROTARY_BASE 500000.0f
#define NORM_EPSILON 1e-5f

static size_t
round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* The matrices of a shape, without data. */
static void
shape_layer(const struct shape *s, enum weight_format precision, struct layer *layer)
{
	matrix_shape(&layer->qkv, precision, (s->heads + 2 * s->kv_heads) * s->head_dim, s->hidden);
	matrix_shape(&layer->out, precision, s->hidden, s->heads * s->head_dim);
	matrix_shape(&layer->gate_up, precision, 2 * round_up(s->intermediate, GROUP_ROWS), s->hidden);
	matrix_shape(&layer->down, precision, s->hidden, s->intermediate);
}

static size_t
layer_bytes(const struct layer *layer)
{
	return matrix_bytes(&layer->qkv) + matrix_bytes(&layer->out) + matrix_bytes(&layer->gate_up) +
		matrix_bytes(&layer->down);
}

static size_t
weights_of(const struct shape *shape, enum weight_format precision)
{
	struct layer layer;
	struct matrix head;

	shape_layer(shape, precision, &layer);
	matrix_shape(&head, precision, shape->vocabulary, shape->hidden);
	return shape->layers * layer_bytes(&layer) + matrix_bytes(&head);
}

/* One head's keys and values of a cache of so many positions. */
static void
shape_cache(const struct shape *shape, size_t context, struct matrix *keys, struct matrix *values)
{
	matrix_shape(keys, WEIGHTS_BF16, context, shape->head_dim);
	matrix_shape(values, WEIGHTS_BF16, shape->head_dim, context);
}

static size_t
cache_of(const struct shape *shape, size_t context)
{
	struct matrix keys, values;

	shape_cache(shape, context, &keys, &values);
	return shape->layers * shape->kv_heads * (matrix_bytes(&keys) + matrix_bytes(&values));
}

/* Widths of the work space of a token, as take_space takes it. */
struct widths {
	size_t rows, widest, longest, hidden;
};

static struct widths
widths_of(const struct shape *s)
{
	size_t rows = round_up(s->hidden, GROUP_ROWS), up = 2 * round_up(s->intermediate, GROUP_ROWS);
	size_t qkv = round_up((s->heads + 2 * s->kv_heads) * s->head_dim, GROUP_ROWS), mixed = s->heads * s->head_dim;
	struct widths widths = { .rows = rows, .widest = rows, .longest = s->hidden, .hidden = up / 2 };

	widths.widest = widths.widest > qkv ? widths.widest : qkv;
	widths.widest = widths.widest > up ? widths.widest : up;
	widths.longest = widths.longest > up / 2 ? widths.longest : up / 2;
	widths.longest = widths.longest > mixed ? widths.longest : mixed;
	return widths;
}

size_t
decoder_bytes(const struct shape *shape, enum weight_format precision, size_t context, size_t most)
{
	struct widths widths = widths_of(shape);
	size_t floats_of = widths.rows + widths.widest + widths.hidden + shape->heads * shape->head_dim;

	return weights_of(shape, precision) + cache_of(shape, context) +
		most * (floats_of * sizeof(float) + activation_bytes(widths.longest));
}

static int
check_shape(const struct shape *s, struct err *err)
{
	const struct {
		const char *name;
		size_t value, most;
	} sizes[] = {
		{ "layers", s->layers, 1024 },
		{ "hidden", s->hidden, 65536 },
		{ "heads", s->heads, 1024 },
		{ "kv_heads", s->kv_heads, 1024 },
		{ "head_dim", s->head_dim, 1024 },
		{ "intermediate", s->intermediate, 262144 },
		{ "vocabulary", s->vocabulary, 1048576 },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i].value == 0 || sizes[i].value > sizes[i].most)
			return err_set(err, ERR_INPUT, "%s is %zu; a transformer that can be run here has 1 to %zu",
				sizes[i].name, sizes[i].value, sizes[i].most);
	if (s->head_dim % 16 != 0)
		return err_set(err, ERR_INPUT, "head_dim is %zu, which is no multiple of 16", s->head_dim);
	if (s->heads % s->kv_heads != 0)
		return err_set(
			err, ERR_INPUT, "%zu heads cannot share %zu key-value heads evenly", s->heads, s->kv_heads);
	return 0;
}

/* ---- weights */

static void
draw(struct decoder *decoder, struct team *team, int thread, struct matrix *matrix, uint64_t seed)
{
	size_t from, to;

	team_share(team, thread, matrix->groups, 1, &from, &to);
	matrix_fill(matrix, from, to, decoder->seed * 1000003 + seed);
}

/* Each thread draws the rows that it will read, so that their pages are near it. */
static void
draw_all(void *ctx, struct team *team, int thread)
{
	struct decoder *decoder = ctx;

	for (size_t l = 0; l < decoder->shape.layers; l++) {
		draw(decoder, team, thread, &decoder->layer[l].qkv, 4 * l + 1);
		draw(decoder, team, thread, &decoder->layer[l].out, 4 * l + 2);
		draw(decoder, team, thread, &decoder->layer[l].gate_up, 4 * l + 3);
		draw(decoder, team, thread, &decoder->layer[l].down, 4 * l + 4);
	}
	draw(decoder, team, thread, &decoder->head, 0);
}

static unsigned char *
place(struct matrix *matrix, unsigned char *at)
{
	matrix->data = at;
	return at + matrix_bytes(matrix);
}

static float *
floats(size_t n)
{
	float *memory = aligned_alloc(64, round_up(n * sizeof(float), 64));

	if (memory != NULL)
		memset(memory, 0, n * sizeof(float));
	return memory;
}

/* What each thread has for itself. */
struct bench_own {
	struct activation vector;   /* one vector as long as the longest */
	struct activation queries;  /* of one tile */
	struct activation weighing; /* of one tile: the share of each position */
	float *plain;               /* one vector as long as the longest */
	float *scores;              /* [tile of queries][context, padded] */
	float *seen;                /* [tile of queries][head_dim] */
};

static size_t
queries_of(const struct decoder *d)
{
	return d->tile * (d->shape.heads / d->shape.kv_heads);
}

static int
take_own(struct decoder *d, struct bench_own *own, size_t longest)
{
	size_t queries = queries_of(d), context = round_up(d->context, PANEL_COLUMNS);

	own->plain = floats(longest);
	own->scores = floats(queries * context);
	own->seen = floats(queries * d->shape.head_dim);
	return own->plain == NULL || own->scores == NULL || own->seen == NULL ||
			activation_init(&own->vector, 1, longest) != 0 ||
			activation_init(&own->queries, queries, d->shape.head_dim) != 0 ||
			activation_init(&own->weighing, queries, d->context) != 0
		? -1
		: 0;
}

/* Work space; what was had is freed by decoder_free whether or not all could be. */
static int
take_space(struct decoder *d, size_t threads)
{
	const struct shape *s = &d->shape;
	struct widths widths = widths_of(s);

	d->x = floats(d->most * widths.rows);
	d->wide = floats(d->most * widths.widest);
	d->mixed = floats(d->most * s->heads * s->head_dim);
	d->hidden = floats(d->most * widths.hidden);
	d->rotary = floats(d->context * s->head_dim);
	d->logits = floats(round_up(s->vocabulary, GROUP_ROWS));
	d->own = calloc(threads + 1, sizeof(*d->own));
	if (d->x == NULL || d->wide == NULL || d->mixed == NULL || d->hidden == NULL || d->rotary == NULL ||
		d->logits == NULL || d->own == NULL)
		return -1;
	for (size_t i = 0; i < threads; i++)
		if (take_own(d, &d->own[i], widths.longest) != 0)
			return -1;
	return activation_init(&d->prepared, d->most, widths.longest);
}

static void *
pages(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	(void)madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

static void
place_all(struct decoder *d)
{
	const struct shape *s = &d->shape;
	unsigned char *at = d->memory;

	for (size_t l = 0; l < s->layers; l++) {
		struct layer *layer = &d->layer[l];

		shape_layer(s, d->precision, layer);
		at = place(&layer->qkv, at);
		at = place(&layer->out, at);
		at = place(&layer->gate_up, at);
		at = place(&layer->down, at);
	}
	matrix_shape(&d->head, d->precision, s->vocabulary, s->hidden);
	(void)place(&d->head, at);
	at = d->cache;
	for (size_t i = 0; i < s->layers * s->kv_heads; i++) {
		shape_cache(s, d->context, &d->keys[i], &d->values[i]);
		at = place(&d->values[i], place(&d->keys[i], at));
	}
}

static void
fill_rotary(struct decoder *d)
{
	size_t half = d->shape.head_dim / 2;

	for (size_t i = 0; i < half; i++) {
		double turn = pow(ROTARY_BASE, -(double)i / (double)half);

		for (size_t p = 0; p < d->context; p++) {
			d->rotary[p * 2 * half + 2 * i] = (float)cos((double)p * turn);
			d->rotary[p * 2 * half + 2 * i + 1] = (float)sin((double)p * turn);
		}
	}
}

int
decoder_init(struct decoder *d, const struct shape *shape, enum weight_format precision, const struct kernels *kernels,
	size_t context, size_t most, struct team *team, uint64_t seed, struct err *err)
{
	size_t heads;

	memset(d, 0, sizeof(*d));
	if (check_shape(shape, err) != 0)
		return -1;
	d->shape = *shape;
	d->precision = precision;
	d->kernels = kernels;
	d->context = context;
	d->most = most < context ? most : context;
	d->tile = 64 / (shape->heads / shape->kv_heads);
	d->tile = d->tile < 1 ? 1 : d->tile > d->most ? d->most : d->tile;
	d->seed = seed;
	d->weight_bytes = weights_of(shape, precision);
	d->cache_bytes = cache_of(shape, context);
	d->memory = pages(d->weight_bytes);
	d->cache = pages(d->cache_bytes);
	heads = shape->layers * shape->kv_heads;
	d->layer = calloc(shape->layers, sizeof(*d->layer));
	d->keys = calloc(heads, sizeof(*d->keys));
	d->values = calloc(heads, sizeof(*d->values));
	if (d->layer == NULL || d->memory == NULL || d->cache == NULL || d->keys == NULL || d->values == NULL ||
		take_space(d, (size_t)team_size(team)) != 0) {
		err_set(err, ERR_OUTSIDE, "there is no memory for %.1f GB of weights and %.1f GB of cache",
			(double)d->weight_bytes * 1e-9, (double)d->cache_bytes * 1e-9);
		decoder_free(d);
		return -1;
	}
	place_all(d);
	fill_rotary(d);
	team_run(team, draw_all, d);
	return 0;
}

void
decoder_free(struct decoder *d)
{
	if (d->memory != NULL)
		munmap(d->memory, d->weight_bytes);
	if (d->cache != NULL)
		munmap(d->cache, d->cache_bytes);
	for (struct bench_own *own = d->own; own != NULL && own->plain != NULL; own++) {
		activation_free(&own->vector);
		activation_free(&own->queries);
		activation_free(&own->weighing);
		free(own->plain);
		free(own->scores);
		free(own->seen);
	}
	activation_free(&d->prepared);
	free(d->own);
	free(d->layer);
	free(d->keys);
	free(d->values);
	free(d->x);
	free(d->wide);
	free(d->mixed);
	free(d->hidden);
	free(d->rotary);
	free(d->logits);
	memset(d, 0, sizeof(*d));
}

/* ---- one step */

struct step {
	struct decoder *decoder;
	const size_t *tokens;
	size_t n, position;
};

float
decoder_embedding(const struct decoder *decoder, size_t token, size_t i)
{
	uint64_t bits = (decoder->seed ^ token << 20 ^ i) * UINT64_C(0x9e3779b97f4a7c15);

	bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
	return (float)(int32_t)((bits ^ bits >> 31) >> 32) * 0x1p-31f;
}

/* RMS norm (Zhang and Sennrich 2019) with weights of one. */
static void
normalise(const float *x, size_t n, float *out)
{
	float sum[8] = { 0 }, by;
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++)
			sum[k] += x[i + k] * x[i + k];
	for (; i < n; i++)
		sum[0] += x[i] * x[i];
	for (size_t k = 1; k < 8; k++)
		sum[0] += sum[k];
	by = 1.0f / sqrtf(sum[0] / (float)n + NORM_EPSILON);
	for (i = 0; i < n; i++)
		out[i] = x[i] * by;
}

/*
 * Activations for a product: of the only token, by each thread for itself; of many, each thread its share,
 * and then they meet. norm: normalise first. Returns what the product reads.
 */
static const struct activation *
prepare(const struct step *step, struct team *team, int thread, const float *x, size_t stride, size_t columns,
	bool norm)
{
	struct decoder *d = step->decoder;
	struct bench_own *own = &d->own[thread];
	size_t padded = round_up(columns, PANEL_COLUMNS), from = 0, to = 1;

	if (step->n > 1)
		team_share(team, thread, step->n, 1, &from, &to);
	for (size_t t = from; t < to; t++) {
		struct activation into = step->n > 1 ? activation_at(&d->prepared, t, columns) : own->vector;
		const float *values = x + t * stride;

		if (norm) {
			normalise(values, columns, own->plain);
			values = own->plain;
		}
		d->kernels->prepare(values, columns, padded, d->precision, &into);
	}
	if (step->n == 1)
		return &own->vector;
	team_meet(team, thread);
	return &d->prepared;
}

/* This thread's rows (whole units of groups) of y = W x. */
static void
product(const struct step *step, struct team *team, int thread, const struct matrix *w, const struct activation *x,
	size_t unit, float *y, size_t *from, size_t *to)
{
	team_share(team, thread, w->groups, unit, from, to);
	if (step->n == 1)
		step->decoder->kernels->vector(w, *from, *to, x, y);
	else
		step->decoder->kernels->many(w, *from, *to, x, step->n, y, w->groups * GROUP_ROWS);
}

/* The same, and added to the residual stream. */
static void
product_added(
	const struct step *step, struct team *team, int thread, const struct matrix *w, const struct activation *x)
{
	struct decoder *d = step->decoder;
	size_t from, to, stride = w->groups * GROUP_ROWS;

	product(step, team, thread, w, x, 1, d->wide, &from, &to);
	for (size_t t = 0; t < step->n; t++)
		for (size_t i = from * GROUP_ROWS; i < to * GROUP_ROWS; i++)
			d->x[t * stride + i] += d->wide[t * stride + i];
}

/* Turn pairs (i, i + half) by the position's angles (Su et al. 2021). */
static void
rotate(const float *rotary, size_t half, float *head)
{
	for (size_t i = 0; i < half; i++) {
		float a = head[i], b = head[i + half], cosine = rotary[2 * i], sine = rotary[2 * i + 1];

		head[i] = a * cosine - b * sine;
		head[i + half] = b * cosine + a * sine;
	}
}

static void
put_bf16(const struct matrix *matrix, size_t row, size_t column, float value)
{
	uint16_t bits = bf16_from_float(value);

	memcpy(matrix->data + row / GROUP_ROWS * matrix->group_bytes +
			((column / 2 * GROUP_ROWS + row % GROUP_ROWS) * 2 + column % 2) * sizeof(bits),
		&bits, sizeof(bits));
}

/* Positions into queries and keys, keys and values into the cache; by heads. */
static void
place_heads(const struct step *step, struct team *team, int thread, size_t l)
{
	struct decoder *d = step->decoder;
	const struct shape *s = &d->shape;
	size_t each = s->heads + 2 * s->kv_heads, stride = d->layer[l].qkv.groups * GROUP_ROWS, from, to;

	team_share(team, thread, step->n * each, 1, &from, &to);
	for (size_t i = from; i < to; i++) {
		size_t t = i / each, h = i % each, position = step->position + t;
		float *head = d->wide + t * stride + h * s->head_dim;
		const struct matrix *keys = d->keys + l * s->kv_heads, *values = d->values + l * s->kv_heads;

		if (h < s->heads + s->kv_heads)
			rotate(d->rotary + position * s->head_dim, s->head_dim / 2, head);
		if (h < s->heads)
			continue;
		for (size_t k = 0; k < s->head_dim; k++)
			if (h < s->heads + s->kv_heads)
				put_bf16(&keys[h - s->heads], position, k, head[k]);
			else
				put_bf16(&values[h - s->heads - s->kv_heads], k, position, head[k]);
	}
}

/*
 * Attention of `tokens` tokens from t0 with `heads` query heads from h0 that share one pair of keys and
 * values: two products over the part of the cache that the last of them sees.
 */
static void
attend(const struct step *step, int thread, size_t l, size_t t0, size_t tokens, size_t h0, size_t heads)
{
	struct decoder *d = step->decoder;
	const struct shape *s = &d->shape;
	struct bench_own *own = &d->own[thread];
	size_t kv = l * s->kv_heads + h0 / (s->heads / s->kv_heads), dim = s->head_dim, queries = tokens * heads;
	size_t stride = d->layer[l].qkv.groups * GROUP_ROWS, seen = step->position + t0 + tokens;
	struct matrix keys = d->keys[kv], values = d->values[kv];
	size_t padded = round_up(seen, PANEL_COLUMNS), groups = (seen + GROUP_ROWS - 1) / GROUP_ROWS;
	float scale = 1.0f / sqrtf((float)dim);

	for (size_t q = 0; q < queries; q++) {
		struct activation into = activation_at(&own->queries, q, dim);
		const float *head = d->wide + (t0 + q / heads) * stride + (h0 + q % heads) * dim;

		for (size_t k = 0; k < dim; k++)
			own->plain[k] = head[k] * scale;
		d->kernels->prepare(own->plain, dim, keys.padded, WEIGHTS_BF16, &into);
	}
	d->kernels->many(&keys, 0, groups, &own->queries, queries, own->scores, padded);
	for (size_t q = 0; q < queries; q++) {
		struct activation into = activation_at(&own->weighing, q, padded);
		float *scores = own->scores + q * padded;

		d->kernels->soften(scores, step->position + t0 + q / heads + 1, padded);
		d->kernels->prepare(scores, padded, padded, WEIGHTS_BF16, &into);
	}
	values.padded = padded;
	d->kernels->many(&values, 0, values.groups, &own->weighing, queries, own->seen, dim);
	for (size_t q = 0; q < queries; q++)
		memcpy(d->mixed + (t0 + q / heads) * s->heads * dim + (h0 + q % heads) * dim, own->seen + q * dim,
			dim * sizeof(float));
}

/* Heads that share keys go together, where that leaves work for every thread; turn and turn about. */
static void
attention(const struct step *step, struct team *team, int thread, size_t l)
{
	const struct decoder *d = step->decoder;
	size_t shared = d->shape.heads / d->shape.kv_heads, threads = (size_t)team_size(team);
	size_t tiles = (step->n + d->tile - 1) / d->tile;
	size_t heads = d->shape.kv_heads * tiles >= threads ? shared : 1, sets = d->shape.heads / heads;

	for (size_t i = (size_t)thread; i < tiles * sets; i += threads) {
		size_t t0 = i / sets * d->tile, left = step->n - t0;

		attend(step, thread, l, t0, left < d->tile ? left : d->tile, i % sets * heads, heads);
	}
}

/* SiLU of the gate times the up projection: of this thread's pairs of groups. */
static void
gate(const struct step *step, size_t l, size_t from, size_t to)
{
	struct decoder *d = step->decoder;
	size_t stride = d->layer[l].gate_up.groups * GROUP_ROWS;

	for (size_t t = 0; t < step->n; t++)
		d->kernels->gate(d->wide + t * stride + from * GROUP_ROWS, (to - from) / 2,
			d->hidden + t * (stride / 2) + from / 2 * GROUP_ROWS);
}

static void
run_layer(const struct step *step, struct team *team, int thread, size_t l)
{
	struct decoder *d = step->decoder;
	const struct shape *s = &d->shape;
	const struct layer *layer = &d->layer[l];
	const struct activation *in;
	size_t rows = round_up(s->hidden, GROUP_ROWS), from, to;

	in = prepare(step, team, thread, d->x, rows, s->hidden, true);
	product(step, team, thread, &layer->qkv, in, 1, d->wide, &from, &to);
	team_meet(team, thread);
	place_heads(step, team, thread, l);
	team_meet(team, thread);
	attention(step, team, thread, l);
	team_meet(team, thread);
	in = prepare(step, team, thread, d->mixed, s->heads * s->head_dim, s->heads * s->head_dim, false);
	product_added(step, team, thread, &layer->out, in);
	team_meet(team, thread);
	in = prepare(step, team, thread, d->x, rows, s->hidden, true);
	product(step, team, thread, &layer->gate_up, in, 2, d->wide, &from, &to);
	gate(step, l, from, to);
	team_meet(team, thread);
	in = prepare(step, team, thread, d->hidden, layer->gate_up.groups / 2 * GROUP_ROWS, s->intermediate, false);
	product_added(step, team, thread, &layer->down, in);
	team_meet(team, thread);
}

static void
run_step(void *ctx, struct team *team, int thread)
{
	const struct step *step = ctx;
	struct decoder *d = step->decoder;
	size_t rows = round_up(d->shape.hidden, GROUP_ROWS), from, to;
	struct step last = { .decoder = d, .tokens = step->tokens, .n = 1, .position = step->position };
	const struct activation *in;

	team_share(team, thread, step->n, 1, &from, &to);
	for (size_t t = from; t < to; t++)
		for (size_t i = 0; i < d->shape.hidden; i++)
			d->x[t * rows + i] = decoder_embedding(d, step->tokens[t], i);
	team_meet(team, thread);
	for (size_t l = 0; l < d->shape.layers; l++)
		run_layer(step, team, thread, l);
	in = prepare(&last, team, thread, d->x + (step->n - 1) * rows, rows, d->shape.hidden, true);
	product(&last, team, thread, &d->head, in, 1, d->logits, &from, &to);
}

size_t
decoder_prompt(struct decoder *decoder, struct team *team, const size_t *tokens, size_t n, size_t position)
{
	struct step step = { .decoder = decoder, .tokens = tokens, .n = n, .position = position };
	size_t best = 0;

	team_run(team, run_step, &step);
	for (size_t i = 1; i < decoder->shape.vocabulary; i++)
		if (decoder->logits[i] > decoder->logits[best])
			best = i;
	return best;
}

size_t
decoder_token(struct decoder *decoder, struct team *team, size_t token, size_t position)
{
	return decoder_prompt(decoder, team, &token, 1, position);
}

const float *
decoder_logits(const struct decoder *decoder)
{
	return decoder->logits;
}
