/*
 * arena: memory that is given out piece by piece and freed at once; the results of a request live in one.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

/* NULL only when there is no memory. */
struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is nothing */

/* As new: all that was taken is gone, and what a small request needs is kept. */
void arena_reset(struct arena *arena);

/*
 * size bytes, zeroed, aligned for any type. Never NULL: a process that cannot get a page for an answer
 * ends with a sentence (the kernel's overcommit makes a refusal here a sign of a limit set too low).
 */
void *arena_take(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *bytes, size_t n); /* with a NUL behind it */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes taken from the system so far. */
size_t arena_size(const struct arena *arena);

#endif
