#include "daemon/bench_each.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "daemon/bench/load.h"
#include "models/units/err.h"

static void
put_instant(FILE *file, double instant)
{
	if (isnan(instant))
		fputc(',', file);
	else
		fprintf(file, ",%.6f", instant);
}

static void
put_each(void *ctx, const struct load_each *each)
{
	const struct each_file *to = ctx;

	fprintf(to->file, "%d,%s", to->run, each->id);
	put_instant(to->file, each->due_s);
	put_instant(to->file, each->first_s);
	put_instant(to->file, each->last_s);
	fprintf(to->file, ",%lld,", (long long)each->pieces);
	if (each->tokens != CHAT_UNKNOWN)
		fprintf(to->file, "%lld", (long long)each->tokens);
	fprintf(to->file, ",%s\n", each->outcome);
}

int
each_open(struct each_file *each, const char *path, struct load_plan *plan, struct err *err)
{
	if (path == NULL)
		return 0;
	each->file = fopen(path, "w");
	if (each->file == NULL)
		return err_set(err, ERR_INPUT, "--each %s: cannot be written: %s", path, strerror(errno));
	fputs("run,id,due_s,first_s,last_s,pieces,tokens,outcome\n", each->file);
	plan->each = put_each;
	plan->ctx = each;
	return 0;
}

int
each_close(struct each_file *each, const char *path, struct err *err)
{
	FILE *file = each->file;
	bool lost;

	each->file = NULL;
	if (file == NULL)
		return 0;
	lost = ferror(file) != 0;
	return fclose(file) == 0 && !lost
		? 0
		: err_set(err, ERR_OUTSIDE, "--each %s: not all of it could be written", path);
}
