/*
 * library: functions of a library that is opened at run time, found by name into a table of pointers.
 */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct symbol {
	const char *name;
	size_t offset; /* of the pointer in the table */
	bool needed;   /* false: the pointer is NULL where the library lacks it */
};

/* library is dlopen's. The name of a needed function that it lacks; NULL: it is whole. */
const char *library_symbols(void *library, const struct symbol *symbols, size_t n, void *table);

#endif
