/*
 * breakeven throughput: how fast a model runs on some GPUs; one case, or a table of them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "collectors/input.h"
#include "collectors/measured_csv.h"
#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/model_file.h"
#include "daemon/report/answer.h"
#include "daemon/report/report.h"
#include "daemon/report/shelf.h"
#include "daemon/report/throughput.h"
#include "models/supply/estimate.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"

#define ANCHOR_FILES 8
#define ANCHORS_GIVEN 30000 /* of all files together */

static int throughput(int argc, char **argv);

const struct command cmd_throughput = {
	.name = "throughput",
	.summary = "how fast a model runs on some GPUs, with its band",
	.usage =
		"--model NAME --gpu NAME [options]\n"
		"       breakeven throughput --cases FILE.csv [--anchors FILE.csv]\n\n"
		"  --model NAME             as in Llama-3.3-70B; or the path of a config.json\n"
		"  --gpu NAME               as in \"H100 SXM\"\n"
		"  --tp N, --pp N, --dp N   GPUs that share each layer, that layers are dealt to, copies of attention\n"
		"  --precision NAME         bf16, fp8, fp4, int4, q4_k_m, ...; not said: what the model is published in\n"
		"  --isl N, --osl N         tokens of input and output of a request, mean (1024, 256)\n"
		"  --concurrency N|max      requests in flight\n"
		"  --engine NAME, --engine-version V, --date YYYY-MM\n"
		"  --cached SHARE           of the input, held by the prefix cache\n"
		"  --accepted N             tokens a step that speculative decoding yields\n"
		"  --disaggregated yes      other GPUs compute the prompts\n"
		"  --cases FILE.csv         rows with model, gpu, metric and what stands in such a row;\n"
		"                           written back with predicted, error_band and refused, as CSV\n"
		"                           unless --format is given\n"
		"  --anchors FILE.csv       measured rows of the same layout that predictions lean on\n"
		"  --data DIR, --config FILE, --format text|json|csv\n",
	.example =
		"breakeven throughput --model Llama-3.3-70B --gpu \"H100 SXM\" --tp 2 --precision fp8 --isl 1000 --osl 1000",
	.run = throughput,
};

/* ---- tables of cases */

struct table_file {
	struct ingest_file *file;
	struct input input;
	struct reader *reader;
	char separator;
	struct measured_columns columns;
	size_t fields_n;
};

static void
close_table(struct table_file *table)
{
	reader_close(table->reader);
	ingest_file_close(table->file);
}

/* Open and read the header; its fields are left in *fields. */
static int
open_table(struct table_file *table, const char *path, struct text **fields, struct err *err)
{
	struct header header;
	int got;

	*table = (struct table_file){ .file = NULL };
	if ((table->file = ingest_file_open(path, &table->input, err)) == NULL)
		return -1;
	if (strcmp(path, "-") == 0)
		table->input.name = "standard input";
	table->reader = reader_open(&table->input, err);
	if (table->reader == NULL || reader_separator(table->reader, &table->separator, err) != 0)
		return -1;
	got = reader_next_record(table->reader, table->separator, fields, &table->fields_n, err);
	if (got == 0)
		err_set(err, ERR_INPUT, "%s: is empty; the first line names the columns", table->input.name);
	if (got != 1)
		return -1;
	header = (struct header){ *fields, table->fields_n };
	return measured_columns(&header, &table->columns, err) == 0 ? 0 : err_in(err, "%s", table->input.name);
}

/* One field as CSV; quoted where it must be. */
static void
print_field(struct text text, char separator)
{
	bool quote = false;

	for (size_t i = 0; i < text.n && !quote; i++)
		quote = text.p[i] == '"' || text.p[i] == '\n' || text.p[i] == '\r' || text.p[i] == separator;
	if (!quote) {
		fwrite(text.p, 1, text.n, stdout);
		return;
	}
	putchar('"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			putchar('"');
		putchar(text.p[i]);
	}
	putchar('"');
}

static void
print_record(const struct text *fields, size_t n, size_t wanted, char separator)
{
	for (size_t i = 0; i < n || i < wanted; i++) {
		if (i > 0)
			putchar(separator);
		if (i < n)
			print_field(fields[i], separator);
	}
}

static int
predict(const struct shelf *shelf, const struct measured *row, struct estimate *estimate, struct err *err)
{
	struct asked asked;

	/* no name at all is not a name that is nearly another */
	if (row->model.n == 0 || row->gpu.n == 0 || row->metric.n == 0)
		return err_set(err, ERR_INPUT, "%s is not said",
			row->model.n == 0         ? "model"
				: row->gpu.n == 0 ? "gpu"
						  : "metric");
	if (measured_ask(row, &shelf->shelves, &asked, err) != 0)
		return -1;
	return estimate_of(&asked, &shelf->constants, &shelf->anchors, estimate, err);
}

static void
print_case(const struct shelf *shelf, const struct measured *row, char separator)
{
	struct err err = { 0 };
	struct estimate estimate;

	if (predict(shelf, row, &estimate, &err) != 0) {
		printf("%c%c%c", separator, separator, separator);
		print_field(text_of(err.text), separator);
	} else
		printf("%c%.6g%c%.4f%c", separator, estimate.value, separator, estimate.band, separator);
	putchar('\n');
}

/* More fields than the header names would move what is appended under other names; empty ones are left away. */
static int
next_case(struct table_file *table, struct text **fields, size_t *n, struct err *err)
{
	int got = reader_next_record(table->reader, table->separator, fields, n, err);

	while (got > 0 && *n > table->fields_n && (*fields)[*n - 1].n == 0)
		*n -= 1;
	if (got > 0 && *n > table->fields_n)
		return err_set(err, ERR_INPUT, "%s: line %lld: has %zu fields, the header names %zu", table->input.name,
			(long long)reader_line(table->reader), *n, table->fields_n);
	return got;
}

/* Row by row, in memory that does not grow with the table. */
static int
print_cases(const struct shelf *shelf, struct table_file *table, struct text *fields, struct err *err)
{
	size_t n;
	int got;

	print_record(fields, table->fields_n, table->fields_n, table->separator);
	printf("%cpredicted%cerror_band%crefused\n", table->separator, table->separator, table->separator);
	while ((got = next_case(table, &fields, &n, err)) > 0) {
		struct measured row;

		measured_row(&table->columns, fields, n, &row);
		print_record(fields, n, table->fields_n, table->separator);
		print_case(shelf, &row, table->separator);
	}
	return got;
}

static struct value *
field_value(struct arena *arena, struct answer *answer, const struct text *fields, size_t n, size_t i)
{
	return value_text(answer, i >= n || fields[i].n == 0 ? NULL : arena_copy(arena, fields[i].p, fields[i].n));
}

/* The same table as an answer. */
static int
answer_cases(struct arena *arena, const struct shelf *shelf, struct table_file *table, struct text *fields,
	struct answer *answer, struct err *err)
{
	struct column **columns = arena_take(arena, table->fields_n * sizeof(struct column *)), *predicted, *band,
		      *refused;
	int64_t known = 0, unknown = 0;
	size_t n;
	int got;

	for (size_t i = 0; i < table->fields_n; i++)
		columns[i] = answer_column(answer, arena_copy(arena, fields[i].p, fields[i].n), "");
	predicted = answer_column(answer, "predicted", "");
	band = answer_column(answer, "error_band", "share");
	refused = answer_column(answer, "refused", "");
	while ((got = next_case(table, &fields, &n, err)) > 0) {
		struct err reason = { 0 };
		struct estimate estimate;
		struct measured row;
		bool told;

		measured_row(&table->columns, fields, n, &row);
		told = predict(shelf, &row, &estimate, &reason) == 0;
		for (size_t i = 0; i < table->fields_n; i++)
			column_add(answer, columns[i], field_value(arena, answer, fields, n, i));
		column_add(answer, predicted, value_number(answer, told ? estimate.value : NAN));
		column_add(answer, band, value_number(answer, told ? estimate.band : NAN));
		column_add(answer, refused, value_text(answer, told ? NULL : reason.text));
		*(told ? &known : &unknown) += 1;
	}
	answer_fact(answer, "predicted", "cases", value_whole(answer, known));
	answer_fact(answer, "refused", "cases", value_whole(answer, unknown));
	return got;
}

static int
predict_cases(
	struct arena *arena, const struct shelf *shelf, const char *path, enum answer_format format, struct err *err)
{
	struct answer *answer = answer_new(arena);
	struct table_file table;
	struct text *fields;
	int got = -1;

	if (open_table(&table, path, &fields, err) == 0) {
		got = format == ANSWER_CSV ? print_cases(shelf, &table, fields, err)
					   : answer_cases(arena, shelf, &table, fields, answer, err);
		if (got >= 0 && format != ANSWER_CSV)
			fputs(answer_print(answer, format, NULL), stdout);
	}
	close_table(&table);
	return got;
}

/* The texts of a row outlive the reader's buffer. */
static void
keep_texts(struct arena *arena, struct measured *row)
{
	struct text *const texts[] = { &row->source, &row->date, &row->engine_version };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		texts[i]->p = arena_copy(arena, texts[i]->n == 0 ? "" : texts[i]->p, texts[i]->n);
}

/* Rows that cannot be anchors are named on standard error and left out; a table of nothing else is an error. */
static int
read_anchors(struct arena *arena, struct shelf *shelf, const char *path, struct err *err)
{
	struct table_file table;
	struct text *fields;
	size_t n, taken = 0, left = 0;
	int got = -1;

	if (open_table(&table, path, &fields, err) == 0) {
		while ((got = reader_next_record(table.reader, table.separator, &fields, &n, err)) > 0) {
			struct measured row;
			struct err reason = { 0 };

			measured_row(&table.columns, fields, n, &row);
			keep_texts(arena, &row);
			if (shelf_add(shelf, &row, &reason) == 0)
				taken++;
			else if (left++ < 3)
				fprintf(stderr, "breakeven throughput: %s: line %lld: no anchor: %s\n",
					table.input.name, (long long)reader_line(table.reader), reason.text);
		}
		if (left > 3)
			fprintf(stderr, "breakeven throughput: %s: %zu rows more are no anchors\n", table.input.name,
				left - 3);
		if (got == 0 && taken == 0)
			got = err_set(err, ERR_INPUT, "%s: holds no row that could be an anchor", table.input.name);
	}
	close_table(&table);
	return got;
}

/* ---- one case */

static int
print_one(struct arena *arena, const struct shelf *shelf, const struct throughput_question *question,
	enum answer_format format, struct err *err)
{
	struct answer *answer = answer_new(arena);

	if (throughput_answer(arena, shelf, question, answer, err) != 0)
		return -1;
	fputs(answer_print(answer, format, NULL), stdout);
	return 0;
}

struct given {
	const char *words[THROUGHPUT_WORDS];
	const char *cases, *anchors[ANCHOR_FILES], *data, *config, *format;
	size_t anchors_n;
};

/* The user's anchors lie in the ledger; where there is none yet, there are none. */
static int
load(struct context *context, struct given *given, struct shelf *shelf, struct err *err)
{
	struct transformer extra;
	struct shelf_request wanted = { .arena = context->arena,
		.settings = &context->settings,
		.now_us = context->now_us,
		.more = given->anchors_n > 0 ? ANCHORS_GIVEN : 0 };
	char path[SETTING_PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", context->settings.data, STORE_FILE);
	/* A ledger that nobody asked for and that cannot be read only takes the user's own measurements away. */
	if (given->data != NULL && context_store(context, STORE_READ, err) != 0)
		return -1;
	if (given->data == NULL && access(path, F_OK) == 0 && context_store(context, STORE_READ, err) != 0)
		fprintf(stderr, "breakeven throughput: without what you measured: %s\n", err->text);
	wanted.store = context->store;
	if (given->words[0] != NULL && model_file_is(given->words[0])) {
		if (model_file_read(context->arena, given->words[0], &extra, err) != 0)
			return -1;
		wanted.extra = &extra;
		given->words[0] = arena_copy(context->arena, extra.name.p, extra.name.n);
	}
	if (shelf_load(&wanted, shelf, err) != 0)
		return -1;
	for (size_t i = 0; i < given->anchors_n; i++)
		if (read_anchors(context->arena, shelf, given->anchors[i], err) != 0)
			return -1;
	return 0;
}

static int
check(const struct given *given, struct err *err)
{
	struct request request = { .store = NULL };
	const struct report checked = { .name = "throughput", .params = throughput_params };

	memcpy(request.values, given->words, sizeof(given->words));
	return report_check(&checked, &request, err);
}

/* A table says all of each case itself. */
static int
check_cases(const struct given *given, struct err *err)
{
	for (int i = 0; given->cases != NULL && i < THROUGHPUT_WORDS; i++)
		if (given->words[i] != NULL)
			return err_set(err, ERR_INPUT, "%s: '%s' does not go with --cases, whose columns say it",
				throughput_params[i].name, given->words[i]);
	return 0;
}

static int
act(struct context *context, struct given *given, struct err *err)
{
	const char *const *w = given->words;
	struct throughput_question question;
	enum answer_format format;
	struct shelf shelf;

	if (args_format(given->format, &format, err) != 0 || check(given, err) != 0 || check_cases(given, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0 || load(context, given, &shelf, err) != 0)
		return -1;
	question = (struct throughput_question){ w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10],
		w[11], w[12], w[13], w[14] };
	if (given->cases == NULL)
		return print_one(context->arena, &shelf, &question, format, err);
	/* a table goes back as it came unless somebody asks for it otherwise */
	return predict_cases(context->arena, &shelf, given->cases, given->format == NULL ? ANSWER_CSV : format, err);
}

static int
throughput(int argc, char **argv)
{
	struct given given = { .cases = NULL };
	struct context context = { .store = NULL };
	struct arg args[THROUGHPUT_WORDS + 6];
	struct err err = { 0 };
	int words, n = 0, status = 0;

	for (; n < THROUGHPUT_WORDS; n++)
		args[n] = (struct arg){ .name = throughput_params[n].name, .value = &given.words[n] };
	args[n++] = (struct arg){ .name = "cases", .value = &given.cases };
	args[n++] = (struct arg){
		.name = "anchors", .values = given.anchors, .room = ANCHOR_FILES, .count = &given.anchors_n
	};
	args[n++] = (struct arg){ .name = "data", .value = &given.data };
	args[n++] = (struct arg){ .name = "config", .value = &given.config };
	args[n++] = (struct arg){ .name = "format", .value = &given.format };
	args[n] = (struct arg){ .name = NULL };
	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("throughput", &err);
	if (words > 0)
		err_set(&err, ERR_INPUT, "'%s' is one word too many", argv[1]);
	if (words > 0 || act(&context, &given, &err) != 0)
		status = command_fail("throughput", &err);
	context_close(&context);
	return status;
}
