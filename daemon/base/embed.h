/*
 * embed: files that the build placed inside the program: web/, sql/ and the data files of models/.
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embedded {
	const char *name;           /* path from the repository's root: "web/index.html", "sql/schema/001_ledger.sql" */
	const unsigned char *bytes; /* a NUL stands behind the last one */
	size_t size;
	const char *hash; /* 16 hexadecimal digits of the content */
};

/* Sorted by name, ended by a row whose name is NULL. */
extern const struct embedded embedded_files[];

/* The file of exactly that name, or NULL. */
const struct embedded *embed_find(const char *name);

#endif
