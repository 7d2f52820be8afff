#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"

#define FIRST_BLOCK ((size_t)4 << 10) /* each is cleared, so a small request must not take a large one; they double */
#define BLOCK_SIZE ((size_t)16 << 10)

struct block {
	struct block *next;
	size_t used, size; /* of bytes */
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *first; /* the one that is filled now */
	size_t taken;
	struct block own; /* the last of the list, made with the arena */
};

static void
no_memory(size_t size)
{
	fprintf(stderr, "breakeven: no memory for %zu bytes\n", size);
	abort();
}

struct arena *
arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena) + FIRST_BLOCK);

	if (arena == NULL)
		return NULL;
	arena->first = &arena->own;
	arena->own.size = FIRST_BLOCK;
	arena->taken = sizeof(*arena) + FIRST_BLOCK;
	return arena;
}

static void
free_blocks(struct arena *arena)
{
	struct block *next;

	for (struct block *block = arena->first; block != &arena->own; block = next) {
		next = block->next;
		free(block);
	}
}

void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	free_blocks(arena);
	free(arena);
}

void
arena_reset(struct arena *arena)
{
	free_blocks(arena);
	memset(arena->own.bytes, 0, arena->own.used);
	arena->own.used = 0;
	arena->first = &arena->own;
	arena->taken = sizeof(*arena) + FIRST_BLOCK;
}

static struct block *
add_block(struct arena *arena, size_t size)
{
	size_t usual = arena->first->size < BLOCK_SIZE ? 2 * arena->first->size : BLOCK_SIZE;
	size_t room = size > usual ? size : usual;
	struct block *block = calloc(1, sizeof(*block) + room);

	if (block == NULL)
		no_memory(room);
	block->size = room;
	block->next = arena->first;
	arena->first = block;
	arena->taken += sizeof(*block) + room;
	return block;
}

void *
arena_take(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct block *block = arena->first;
	void *bytes;

	if (size > PTRDIFF_MAX - align)
		no_memory(size);
	size = (size + align - 1) / align * align;
	if (block->size - block->used < size)
		block = add_block(arena, size);
	bytes = block->bytes + block->used;
	block->used += size;
	return bytes;
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t n)
{
	char *copy = arena_take(arena, n + 1);

	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

char *
arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return arena_copy(arena, "", 0);
	text = arena_take(arena, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

size_t
arena_size(const struct arena *arena)
{
	return arena->taken;
}
