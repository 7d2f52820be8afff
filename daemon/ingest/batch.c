#include <stdlib.h>
#include <string.h>

#include "daemon/ingest/batch.h"
#include "daemon/store/rollup.h"
#include "models/units/err.h"

#define LINES 16384
#define TEXT_BYTES (2u << 20)

struct batch {
	struct store *store;
	int64_t run;
	struct batch_told told;
	size_t n, text;
	bool sorted;
	struct usage_line line[LINES];
	const struct usage_line *order[LINES];
	char bytes[TEXT_BYTES];
};

struct batch *
batch_open(struct store *store, int64_t run, const struct batch_told *told, struct err *err)
{
	struct batch *batch = malloc(sizeof(*batch));

	if (batch == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a batch of lines");
		return NULL;
	}
	batch->store = store;
	batch->run = run;
	batch->told = *told;
	batch->n = batch->text = 0;
	batch->sorted = true;
	return batch;
}

void
batch_close(struct batch *batch)
{
	free(batch);
}

static struct text
keep(struct batch *batch, struct text text)
{
	char *to = batch->bytes + batch->text;

	if (text.n > 0)
		memcpy(to, text.p, text.n);
	batch->text += text.n;
	return (struct text){ to, text.n };
}

int
batch_add(struct batch *batch, const struct usage_line *line, struct err *err)
{
	struct usage_line *kept;

	if ((batch->n == LINES || batch->text + line->id.n + line->extras.n > TEXT_BYTES) &&
		batch_flush(batch, err) != 0)
		return -1;
	kept = &batch->line[batch->n];
	*kept = *line;
	kept->id = keep(batch, line->id);
	kept->extras = keep(batch, line->extras);
	batch->sorted = batch->sorted && (batch->n == 0 || kept[-1].at_us <= kept->at_us);
	batch->n++;
	return 0;
}

/* By time; equal ones in the order they came. */
static int
by_time(const void *a, const void *b)
{
	const struct usage_line *x = *(const struct usage_line *const *)a, *y = *(const struct usage_line *const *)b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return (x > y) - (x < y);
}

int
batch_flush(struct batch *batch, struct err *err)
{
	for (size_t i = 0; i < batch->n; i++)
		batch->order[i] = &batch->line[i];
	if (!batch->sorted)
		qsort(batch->order, batch->n, sizeof(batch->order[0]), by_time);
	for (size_t i = 0; i < batch->n; i++) {
		const struct usage_line *line = batch->order[i];
		enum put_result result;

		if (rollup_before(batch->store, line->at_us, err) != 0)
			return -1;
		result = ledger_put_usage(batch->store, batch->run, line, err);
		if (result == PUT_FAILED || (result == PUT_TAKEN && rollup_taken(batch->store, line, err) != 0) ||
			(result == PUT_GREW && rollup_changed(batch->store, line->at_us, err) != 0))
			return -1;
		batch->told.put(batch->told.ctx, line, result);
	}
	batch->n = batch->text = 0;
	batch->sorted = true;
	return 0;
}
