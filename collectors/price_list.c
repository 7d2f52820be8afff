#include "collectors/price_list.h"

#include <stdlib.h>

#include "models/units/err.h"

#define CHUNK_SIZE (64u << 10)

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct price_list {
	struct price_row *rows;
	size_t n, room;
	struct chunk *chunks;
};

struct price_list *
price_list_new(void)
{
	return calloc(1, sizeof(struct price_list));
}

void
price_list_free(struct price_list *list)
{
	struct chunk *next;

	if (list == NULL)
		return;
	for (struct chunk *chunk = list->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(list->rows);
	free(list);
}

/* A copy of the bytes that lives as long as the list; NULL without memory. */
static void *
keep(struct price_list *list, const void *bytes, size_t n)
{
	size_t padded = (n + 15) & ~(size_t)15;
	struct chunk *chunk = list->chunks;
	char *at;

	if (chunk == NULL || chunk->size - chunk->used < padded) {
		size_t size = padded > CHUNK_SIZE ? padded : CHUNK_SIZE;

		chunk = malloc(sizeof *chunk + size);
		if (chunk == NULL)
			return NULL;
		*chunk = (struct chunk){ .next = list->chunks, .size = size };
		list->chunks = chunk;
	}
	at = chunk->bytes + chunk->used;
	chunk->used += padded;
	if (n > 0)
		memcpy(at, bytes, n);
	return at;
}

static bool
keep_text(struct price_list *list, struct text *text)
{
	if (text->n == 0) {
		*text = (struct text){ NULL, 0 };
		return true;
	}
	text->p = keep(list, text->p, text->n);
	return text->p != NULL;
}

static bool
grow(struct price_list *list)
{
	size_t room = list->room == 0 ? 256 : list->room * 2;
	struct price_row *rows;

	if (list->n < list->room)
		return true;
	rows = realloc(list->rows, room * sizeof *rows);
	if (rows == NULL)
		return false;
	list->rows = rows;
	list->room = room;
	return true;
}

int
price_list_add(struct price_list *list, const struct price_row *row, struct err *err)
{
	struct price_row copy = *row;
	struct text *texts[] = { &copy.id, &copy.provider, &copy.model, &copy.match, &copy.service_tier, &copy.currency,
		&copy.source, &copy.source_url, &copy.note };
	bool ok = grow(list);

	for (size_t i = 0; ok && i < sizeof texts / sizeof texts[0]; i++)
		ok = keep_text(list, texts[i]);
	if (ok) {
		copy.components = keep(list, row->components, row->n * sizeof *row->components);
		ok = copy.components != NULL;
	}
	if (!ok)
		return err_set(err, ERR_OUTSIDE, "no memory for the price rows");
	list->rows[list->n++] = copy;
	return 0;
}

struct price_book
price_list_book(const struct price_list *list)
{
	return (struct price_book){ list->rows, list->n };
}

static int
take_price(void *ctx, struct place place, const struct price_row *row, struct err *err)
{
	(void)place;
	return price_list_add(ctx, row, err);
}

static void
ignore(void *ctx, struct place place, const char *reason)
{
	(void)ctx;
	(void)place;
	(void)reason;
}

struct sink
price_list_sink(struct price_list *list)
{
	return (struct sink){ .ctx = list, .price = take_price, .refuse = ignore, .warn = ignore };
}

/* ---- bytes in memory as an input */

struct memory {
	const char *at;
	size_t left;
};

static long
read_memory(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct memory *memory = ctx;
	size_t n = memory->left < size ? memory->left : size;

	(void)err;
	memcpy(buffer, memory->at, n);
	memory->at += n;
	memory->left -= n;
	return (long)n;
}

#define HEAD_MAX (64u << 10) /* bytes by which a format is recognised */

int
price_list_load(struct price_list *list, const struct catalogue *catalogue, struct err *err)
{
	struct memory memory = { catalogue->bytes, catalogue->n };
	struct input input = { catalogue->name, read_memory, &memory };
	struct sink sink = price_list_sink(list);
	size_t before = list->n;
	const struct collector *collector =
		collector_recognise(catalogue->bytes, catalogue->n < HEAD_MAX ? catalogue->n : HEAD_MAX, err);

	if (collector == NULL)
		return err_in(err, "%s", catalogue->name);
	if (collector->kind != COLLECTS_PRICES)
		return err_set(err, ERR_INPUT, "%s: this is no price catalogue: it looks like %s (%s)", catalogue->name,
			collector->name, collector->title);
	if (collector->parse(&input, catalogue->options, &sink, err) != 0) {
		list->n = before;
		return err_in(err, "%s", catalogue->name);
	}
	if (list->n == before)
		return err_set(err, ERR_INPUT, "%s: the catalogue holds no prices", catalogue->name);
	return 0;
}
