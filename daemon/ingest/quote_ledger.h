/*
 * quote_ledger: price lines of usage by the books of a ledger, in memory; what the API answers with.
 */
#ifndef INGEST_QUOTE_LEDGER_H
#define INGEST_QUOTE_LEDGER_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct store;

#define QUOTE_LINES_MAX 10000

struct quoted {
	char *text; /* JSON lines, malloc'd: the caller frees */
	size_t size;
	size_t lines, refused;
};

/*
 * One answer for each line of bytes that is not blank. ERR_INPUT when there is none, when there are more than
 * QUOTE_LINES_MAX, or when every one is refused (the sentence is that of the first). On -1 nothing is to be freed.
 */
int quote_ledger(
	struct store *store, const char *bytes, size_t n, int64_t now_us, struct quoted *quoted, struct err *err);

#endif
