/*
 * breakeven price: what usage costs, one JSON object a line in, one a line out. Needs no ledger.
 *
 * Lines and answers stay side by side: a line that cannot be understood is answered too, with state "refused"
 * and the reason, while the sentence with file, line, field and value goes to standard error and the
 * command ends with 2. Memory does not grow with the input.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/input.h"
#include "collectors/price_list.h"
#include "daemon/args.h"
#include "daemon/base/embed.h"
#include "daemon/base/options.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/quote.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define BOOK "models/price/prices.csv"
#define CATALOGUES_MAX 16

static int price(int argc, char **argv);

const struct command cmd_price = {
	.name = "price",
	.summary = "what usage costs, from lines of JSON",
	.usage =
		"[--catalog FILE]... [FILE.jsonl]   (- or no FILE is standard input; gzip or plain)\n"
		"  --catalog FILE   a price catalogue instead of the built-in book: genai-prices v2, LiteLLM, Langfuse,\n"
		"                   Portkey, models.dev, OpenRouter or our own, recognised by its content; of several the\n"
		"                   first that has the model counts\n"
		"  --format json|csv|text  a JSON object a line (the default everywhere), CSV, or a table\n"
		"\n"
		"Each line is {\"id\", \"provider\", \"model\", \"at\", \"api\", \"service_tier\", \"usage\"}: usage is the provider's own\n"
		"object (or the six token classes by name beside it), api one of openai-chat, openai-responses,\n"
		"openai-embeddings, anthropic, gemini, bedrock, ollama; without it the provider's usual one. Without at the\n"
		"prices of this moment hold. requests (default 1) says how many calls the line stands for.\n"
		"A line that is wrong is answered with state \"refused\"; the exit status is then 2.\n",
	.example = "echo '{\"id\":\"a\",\"provider\":\"openai\",\"model\":\"gpt-4o\",\"usage\":{\"prompt_tokens\":1000,"
		   "\"completion_tokens\":500}}' |\n"
		   "    breakeven price",
	.run = price,
};

/* ---- prices */

struct shelf {
	struct price_list *lists[CATALOGUES_MAX];
	struct price_book books[CATALOGUES_MAX];
	size_t n;
};

static int
add_catalogue(struct shelf *shelf, const struct catalogue *catalogue, struct err *err)
{
	struct price_list *list = price_list_new();

	if (list == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the prices");
	shelf->lists[shelf->n] = list;
	shelf->n++;
	if (price_list_load(list, catalogue, err) != 0)
		return -1;
	shelf->books[shelf->n - 1] = price_list_book(list);
	return 0;
}

/* With the name that sentences call it by. */
static struct ingest_file *
open_file(const char *name, struct input *input, struct err *err)
{
	struct ingest_file *file = ingest_file_open(name, input, err);

	if (file != NULL && strcmp(name, "-") == 0)
		input->name = "standard input";
	return file;
}

static int
add_file(struct shelf *shelf, const char *name, const struct collect_options *options, struct err *err)
{
	struct catalogue catalogue = { .name = name, .options = options };
	struct input input;
	struct ingest_file *file = open_file(name, &input, err);
	char *bytes;
	int rc = -1;

	if (file == NULL)
		return -1;
	bytes = input_whole(&input, &catalogue.n, err);
	if (bytes != NULL) {
		catalogue.bytes = bytes;
		rc = add_catalogue(shelf, &catalogue, err);
	}
	free(bytes);
	ingest_file_close(file);
	return rc;
}

/* Old prices are said to be old; they are used all the same. */
static void
tell_age(const struct price_book *book, int64_t now_us)
{
	int64_t checked_us = price_book_checked(book), days = (now_us - checked_us) / (DAY_S * SECOND_US);
	struct settings settings;
	char day[16];

	settings_default(&settings);
	if (days <= settings.report.stale_price_days)
		return;
	date_print(day, sizeof day, days_date(checked_us / (DAY_S * SECOND_US)));
	fprintf(stderr, "breakeven price: the built-in prices were last checked on %s, %lld days ago\n", day,
		(long long)days);
}

static int
add_built_in(struct shelf *shelf, const struct collect_options *options, struct err *err)
{
	const struct embedded *book = embed_find(BOOK);
	struct catalogue catalogue = { .name = "built-in price book", .options = options };

	if (book == NULL)
		return err_set(err, ERR_OUTSIDE, "the built-in price book is missing");
	catalogue.bytes = (const char *)book->bytes;
	catalogue.n = book->size;
	if (add_catalogue(shelf, &catalogue, err) != 0)
		return -1;
	tell_age(&shelf->books[0], options->now_us);
	return 0;
}

/* ---- all lines */

struct pricing {
	struct shelf shelf;
	struct quote *quote;
	int64_t now_us;
	enum answer_format format;
	const char *name; /* of the input */
	bool refused;
};

/* struct quote_prices.find: of several catalogues the first that has the model counts. */
static void
find_on_shelf(void *ctx, const struct price_question *question, struct price_found *found)
{
	const struct shelf *shelf = ctx;
	struct price_found next;
	bool done = false;

	*found = price_found_none;
	for (size_t i = 0; !done && i < shelf->n; i++) {
		price_find(&shelf->books[i], question, &next);
		done = price_found_take(found, &next);
	}
}

static struct text
nearest_on_shelf(void *ctx, const struct price_question *question)
{
	const struct shelf *shelf = ctx;
	struct text nearest = { NULL, 0 };

	for (size_t i = 0; nearest.n == 0 && i < shelf->n; i++)
		nearest = price_nearest(&shelf->books[i], question);
	return nearest;
}

static void
price_text(struct pricing *pricing, char *bytes, size_t n, int64_t number)
{
	static const enum quote_form forms[] = {
		[ANSWER_TEXT] = QUOTE_TABLE, [ANSWER_JSON] = QUOTE_JSON, [ANSWER_CSV] = QUOTE_CSV
	};
	struct err err = { 0 };

	if (quote_line(pricing->quote, bytes, n, forms[pricing->format], stdout, &err) == 0)
		return;
	fprintf(stderr, "breakeven price: %s: line %lld: %s\n", pricing->name, (long long)number, err.text);
	pricing->refused = true;
}

static bool
is_blank(struct text text)
{
	return text_trim(text).n == 0;
}

static int
price_input(struct pricing *pricing, struct input *input, struct err *err)
{
	struct reader *reader = reader_open(input, err);
	char *copy = malloc(RECORD_MAX + 1);
	struct text text;
	int got = -1;

	if (copy == NULL)
		err_set(err, ERR_OUTSIDE, "%s: no memory for a line", input->name);
	while (reader != NULL && copy != NULL && (got = reader_next_line(reader, &text, err)) > 0) {
		if (is_blank(text))
			continue;
		memcpy(copy, text.p, text.n);
		price_text(pricing, copy, text.n, reader_line(reader));
	}
	free(copy);
	reader_close(reader);
	return got;
}

static int
price_file(struct pricing *pricing, const char *name, struct err *err)
{
	struct quote_prices prices = { find_on_shelf, nearest_on_shelf, &pricing->shelf };
	struct input input;
	struct ingest_file *file = open_file(name, &input, err);
	int rc;

	if (file == NULL)
		return -1;
	pricing->name = input.name;
	pricing->quote = quote_open(&prices, pricing->now_us, err);
	rc = pricing->quote == NULL ? -1 : price_input(pricing, &input, err);
	quote_close(pricing->quote);
	ingest_file_close(file);
	return rc;
}

static int
load(struct pricing *pricing, const char *const *names, size_t n, struct err *err)
{
	struct zone utc;
	struct collect_options options = { .zone = &utc, .now_us = pricing->now_us };

	zone_utc(&utc);
	for (size_t i = 0; i < n; i++)
		if (add_file(&pricing->shelf, names[i], &options, err) != 0)
			return -1;
	return n > 0 ? 0 : add_built_in(&pricing->shelf, &options, err);
}

static int
price(int argc, char **argv)
{
	const char *names[CATALOGUES_MAX], *format = NULL;
	size_t names_n = 0;
	const struct arg args[] = {
		{ .name = "catalog", .values = names, .room = CATALOGUES_MAX, .count = &names_n },
		{ .name = "format", .value = &format },
		{ 0 },
	};
	struct pricing pricing = { .now_us = (int64_t)time(NULL) * SECOND_US, .format = ANSWER_JSON };
	struct err err = { 0 };
	int words, rc = args_read(args, argc, argv, &words, &err);

	if (rc == 0 && words > 1)
		rc = err_set(&err, ERR_INPUT, "one FILE is read at a time, not '%s' too", argv[2]);
	if (rc == 0 && format != NULL)
		rc = args_format(format, &pricing.format, &err);
	if (rc == 0)
		rc = load(&pricing, names, names_n, &err);
	if (rc == 0)
		rc = price_file(&pricing, words == 1 ? argv[1] : "-", &err);
	for (size_t i = 0; i < pricing.shelf.n; i++)
		price_list_free(pricing.shelf.lists[i]);
	if (rc != 0)
		return command_fail("price", &err);
	return pricing.refused ? 2 : 0;
}
