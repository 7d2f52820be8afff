#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/input.h"
#include "daemon/ingest/quote.h"
#include "daemon/ingest/quote_ledger.h"
#include "daemon/store/prices.h"
#include "models/units/err.h"
#include "models/units/text.h"

static void
find_in_books(void *ctx, const struct price_question *question, struct price_found *found)
{
	prices_find(ctx, question, found);
}

static struct text
nearest_in_books(void *ctx, const struct price_question *question)
{
	struct text nearest = { NULL, 0 };

	for (size_t i = 0; nearest.n == 0 && i < prices_books(ctx); i++)
		nearest = price_nearest(prices_book(ctx, i, NULL), question);
	return nearest;
}

/* bytes are changed by the parser. */
static int
quote_all(struct quote *quote, char *bytes, size_t n, FILE *out, struct quoted *quoted, struct err *first)
{
	int64_t number = 0;
	size_t end;

	for (size_t at = 0; at < n; at = end + 1) {
		const char *stop = memchr(bytes + at, '\n', n - at);
		struct err err = { .kind = ERR_NONE };

		end = stop == NULL ? n : (size_t)(stop - bytes);
		number++;
		if (text_trim((struct text){ bytes + at, end - at }).n == 0)
			continue;
		if (quoted->lines == QUOTE_LINES_MAX)
			return err_set(first, ERR_INPUT, "the body has more than %d lines", QUOTE_LINES_MAX);
		quoted->lines++;
		if (quote_line(quote, bytes + at, end - at, QUOTE_JSON, out, &err) == 0)
			continue;
		err_in(&err, "line %lld", (long long)number);
		if (quoted->refused++ == 0)
			*first = err;
	}
	if (quoted->lines == 0)
		return err_set(first, ERR_INPUT, "the body is empty; a line of usage is needed");
	return quoted->refused == quoted->lines ? -1 : 0;
}

int
quote_ledger(struct store *store, const char *bytes, size_t n, int64_t now_us, struct quoted *quoted, struct err *err)
{
	struct prices *prices = prices_load(store, err);
	struct quote *quote = prices == NULL
		? NULL
		: quote_open(&(struct quote_prices){ find_in_books, nearest_in_books, prices }, now_us, err);
	char *copy = malloc(n + 1);
	FILE *out = NULL;
	int status = -1;

	memset(quoted, 0, sizeof(*quoted));
	if (quote == NULL)
		goto done;
	if (copy == NULL || (out = open_memstream(&quoted->text, &quoted->size)) == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for the answer");
		goto done;
	}
	if (n > 0)
		memcpy(copy, bytes, n);
	status = quote_all(quote, copy, n, out, quoted, err);
done:
	if (out != NULL && fclose(out) != 0)
		status = err_set(err, ERR_OUTSIDE, "no memory for the answer");
	if (status != 0) {
		free(quoted->text);
		quoted->text = NULL;
	}
	free(copy);
	quote_close(quote);
	prices_free(prices);
	return status;
}
