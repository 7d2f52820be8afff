/*
 * breakeven price: what usage costs, one JSON object a line in, one a line out. Needs no ledger.
 *
 * Lines and answers stay side by side: a line that cannot be understood is answered too, with state "refused"
 * and the reason, while the sentence with file, line, field and value goes to standard error and the
 * command ends with 2. Memory does not grow with the input.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/input.h"
#include "collectors/json.h"
#include "collectors/price_list.h"
#include "collectors/usage_object.h"
#include "daemon/args.h"
#include "daemon/base/embed.h"
#include "daemon/base/options.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define BOOK "models/price/prices.csv"
#define CATALOGUES_MAX 16
#define CACHE_SLOTS 2048
#define CACHE_KEY 256

static int price(int argc, char **argv);

const struct command cmd_price = {
	.name = "price",
	.summary = "what usage costs, from lines of JSON",
	.usage =
		"[--catalog FILE]... [FILE.jsonl]   (- or no FILE is standard input)\n"
		"  --catalog FILE   a price catalogue instead of the built-in book: genai-prices v2, LiteLLM, Langfuse,\n"
		"                   Portkey, models.dev, OpenRouter or our own, recognised by its content; of several the\n"
		"                   first that has the model counts\n"
		"  --format json|csv|text  a JSON object a line (the default everywhere), CSV, or a table\n"
		"\n"
		"Each line is {\"id\", \"provider\", \"model\", \"at\", \"api\", \"service_tier\", \"usage\"}: usage is the provider's own\n"
		"object (or the six token classes by name beside it), api one of openai-chat, openai-responses,\n"
		"openai-embeddings, anthropic, gemini, bedrock; without it the provider's usual one. Without at the\n"
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

static long
read_file(void *ctx, char *buffer, size_t size, struct err *err)
{
	size_t n = fread(buffer, 1, size, ctx);

	if (n == 0 && ferror((FILE *)ctx))
		return err_set(err, ERR_OUTSIDE, "cannot be read: %s", strerror(errno));
	return (long)n;
}

static FILE *
open_file(const char *name, struct err *err)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");

	if (file == NULL)
		err_set(err, errno == ENOENT ? ERR_MISSING : ERR_OUTSIDE, "%s: cannot be opened: %s", name,
			strerror(errno));
	return file;
}

static int
add_file(struct shelf *shelf, const char *name, const struct collect_options *options, struct err *err)
{
	FILE *file = open_file(name, err);
	struct input input = { name, read_file, file };
	struct catalogue catalogue = { .name = name, .options = options };
	char *bytes;
	int rc = -1;

	if (file == NULL)
		return -1;
	bytes = input_whole(&input, &catalogue.n, err);
	if (bytes == NULL) {
		err_in(err, "%s", name);
	} else {
		catalogue.bytes = bytes;
		rc = add_catalogue(shelf, &catalogue, err);
	}
	free(bytes);
	if (file != stdin)
		fclose(file);
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

/* ---- lookups, remembered for as long as their answer holds */

struct slot {
	size_t key_n;
	char key[CACHE_KEY];
	struct price_found found;
};

struct pricing {
	struct shelf shelf;
	struct slot *slots;
	struct json_doc *doc;
	int64_t now_us;
	enum answer_format format;
	const char *name; /* of the input */
	bool refused;
};

static void
find_on_shelf(const struct shelf *shelf, const struct price_question *question, struct price_found *found)
{
	struct price_found next;
	bool done = false;

	*found = price_found_none;
	for (size_t i = 0; !done && i < shelf->n; i++) {
		price_find(&shelf->books[i], question, &next);
		done = price_found_take(found, &next);
	}
}

static size_t
put_key(char *key, const struct price_question *question)
{
	const struct text *parts[] = { &question->provider, &question->model, &question->service_tier };
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		if (n + parts[i]->n + 2 > CACHE_KEY)
			return 0;
		if (parts[i]->n > 0)
			memcpy(key + n, parts[i]->p, parts[i]->n);
		n += parts[i]->n;
		key[n++] = '\n';
	}
	key[n - 1] = question->tier_hinted ? '?' : '\n';
	return n;
}

static struct price_found
find_price(struct pricing *pricing, const struct price_question *question)
{
	struct price_found found;
	char key[CACHE_KEY];
	size_t n = put_key(key, question);
	uint32_t hash = 2166136261u;
	struct slot *slot;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)key[i]) * 16777619u;
	slot = &pricing->slots[(hash ^ hash >> 16) % CACHE_SLOTS];
	if (n > 0 && slot->key_n == n && memcmp(slot->key, key, n) == 0 && question->at_us >= slot->found.from_us &&
		question->at_us < slot->found.to_us)
		return slot->found;
	find_on_shelf(&pricing->shelf, question, &found);
	if (n > 0) {
		slot->key_n = n;
		memcpy(slot->key, key, n);
		slot->found = found;
	}
	return found;
}

/* ---- one line */

struct line {
	const struct json *id; /* NULL: none */
	bool refused, no_at;
	struct quantities quantities;
	struct price_found found;
	struct price_result result;
	const char *reason;
};

static int
text_member(const struct json *event, const char *name, struct text *text, struct err *err)
{
	const struct json *json = json_value(event, name);

	*text = (struct text){ NULL, 0 };
	if (json == NULL)
		return 0;
	if (json->type != JSON_STRING)
		return err_set(err, ERR_INPUT, "%s is %s%s%.*s, not a text", name, json_type_name(json),
			json->text.n > 0 ? " " : "", json->text.n > 40 ? 40 : (int)json->text.n, json->text.p);
	*text = json->text;
	return 0;
}

static int
read_at(const struct json *event, struct pricing *pricing, struct price_question *question, struct err *err)
{
	const struct json *at = json_value(event, "at");

	question->at_us = pricing->now_us;
	if (at == NULL)
		return 0;
	if (at->type != JSON_STRING && at->type != JSON_NUMBER)
		return err_set(err, ERR_INPUT, "at is %s, not a time", json_type_name(at));
	return time_parse(at->text.p, at->text.n, &question->at_us, err) == 0 ? 0 : err_in(err, "at");
}

/* The provider's own object, or the classes by name beside it. */
static int
read_usage(const struct json *event, struct usage_about *about, struct usage_object *object, struct err *err)
{
	const struct json *usage = json_value(event, "usage");
	int classes;

	if (usage != NULL)
		return usage_object_read(usage, about, object, err);
	*object = (struct usage_object){ .quantities.requests = 1 };
	classes = usage_classes_read(event, &object->quantities.usage, err);
	return classes == 0 ? err_set(err, ERR_INPUT, "usage is missing") : classes < 0 ? -1 : 0;
}

/* Steps that the provider bills beside the counts of the reply: priced as a request of their own. */
static int
add_steps(const struct quantities *steps, struct line *line, struct err *err)
{
	struct price_result result;

	if (price_usage(&line->found, steps, &result, err) != 0)
		return -1;
	if (result.state != PRICE_PRICED || line->result.state != PRICE_PRICED)
		return 0;
	line->result.other_femto += result.amount_femto;
	line->result.amount_femto += result.amount_femto;
	if (line->result.reason == NULL)
		line->result.reason =
			"compaction steps are billed beside these classes and are in other_amount and amount";
	return 0;
}

static int
read_event(struct pricing *pricing, const struct json *event, struct line *line, struct err *err)
{
	struct price_question question = { 0 };
	struct usage_about about = { 0 };
	struct usage_object object;
	const struct json *requests = json_value(event, "requests");

	if (event->type != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "the line is %s, not an object", json_type_name(event));
	line->id = json_value(event, "id");
	line->no_at = json_value(event, "at") == NULL;
	if (text_member(event, "provider", &question.provider, err) != 0 ||
		text_member(event, "model", &question.model, err) != 0 ||
		text_member(event, "service_tier", &question.service_tier, err) != 0 ||
		text_member(event, "api", &about.api, err) != 0 || read_at(event, pricing, &question, err) != 0)
		return -1;
	if (question.model.n == 0)
		return err_set(err, ERR_INPUT, "model is missing");
	about.provider = question.provider;
	about.model = question.model;
	if (read_usage(event, &about, &object, err) != 0)
		return -1;
	if (requests != NULL && json_count(requests, "requests", &object.quantities.requests, err) != 0)
		return -1;
	if (question.service_tier.n == 0) {
		question.service_tier = object.service_tier;
		question.tier_hinted = object.tier_hinted;
	}
	line->quantities = object.quantities;
	line->found = find_price(pricing, &question);
	if (price_usage(&line->found, &line->quantities, &line->result, err) != 0)
		return -1;
	return object.has_steps ? add_steps(&object.steps, line, err) : 0;
}

/* ---- printing */

/* How many bytes the UTF-8 character at p has; 0 where there is none (a cut or foreign text). */
static size_t
character_length(const unsigned char *p, size_t n)
{
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (length > n ||
		(length > 2 &&
			((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
				(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))))
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void
put_json_text(FILE *out, struct text text)
{
	const unsigned char *p = (const unsigned char *)text.p;

	putc('"', out);
	for (size_t i = 0; i < text.n;) {
		size_t length = character_length(p + i, text.n - i);

		if (length == 0)
			fputs("\\ufffd", out);
		else if (p[i] == '"' || p[i] == '\\')
			fprintf(out, "\\%c", p[i]);
		else if (p[i] < 0x20)
			fprintf(out, "\\u%04x", p[i]);
		else
			fwrite(p + i, 1, length, out);
		i += length == 0 ? 1 : length;
	}
	putc('"', out);
}

static void
put_csv_text(FILE *out, struct text text)
{
	bool quote = false;

	for (size_t i = 0; i < text.n; i++)
		quote = quote || text.p[i] == ',' || text.p[i] == '"' || text.p[i] == '\n' || text.p[i] == '\r';
	if (quote)
		putc('"', out);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			putc('"', out);
		putc(text.p[i], out);
	}
	if (quote)
		putc('"', out);
}

enum cell_kind { CELL_NONE, CELL_TEXT, CELL_PLAIN };

/* One value of an answer; CELL_PLAIN is a number that needs no quotes. */
struct cell {
	const char *name;
	enum cell_kind kind;
	struct text text;
	char room[DECIMAL_MAX];
};

#define CELLS (9 + USAGE_CLASSES + 3)

static struct cell *
next_cell(struct cell **at, const char *name, bool known)
{
	struct cell *cell = (*at)++;

	cell->name = name;
	cell->kind = known ? CELL_TEXT : CELL_NONE;
	cell->text = (struct text){ NULL, 0 };
	return cell;
}

static void
put_text_cell(struct cell **at, const char *name, bool known, struct text text)
{
	next_cell(at, name, known)->text = text;
}

static void
put_count_cell(struct cell **at, const char *name, bool known, int64_t n)
{
	struct cell *cell = next_cell(at, name, known);

	if (!known)
		return;
	cell->kind = CELL_PLAIN;
	cell->text = (struct text){ cell->room, decimal_print(cell->room, sizeof cell->room, n, 0) };
}

static void
put_amount_cell(struct cell **at, const char *name, bool known, wide femto)
{
	struct cell *cell = next_cell(at, name, known);

	if (known)
		cell->text =
			(struct text){ cell->room, decimal_print(cell->room, sizeof cell->room, femto, FEMTO_DIGITS) };
}

static int
fill_cells(const struct line *line, struct cell *cells, char reason[1280])
{
	const struct price_result *result = &line->result;
	const struct price_row *row = line->found.row;
	bool taken = !line->refused, whole = result->has_input && result->has_output;
	struct cell *at = cells;

	put_text_cell(&at, "id", line->id != NULL, line->id == NULL ? (struct text){ NULL, 0 } : line->id->text);
	if (line->id != NULL && line->id->type == JSON_NUMBER)
		at[-1].kind = CELL_PLAIN;
	put_text_cell(&at, "state", true, text_of(taken ? price_state_names[result->state] : "refused"));
	for (int i = 0; i < USAGE_CLASSES; i++)
		put_count_cell(&at, usage_class_names[i], taken, line->quantities.usage.tokens[i]);
	put_amount_cell(&at, "input_amount", taken && result->has_input, result->input_femto);
	put_amount_cell(&at, "output_amount", taken && result->has_output, result->output_femto);
	put_amount_cell(&at, "other_amount", taken && whole, result->other_femto);
	put_amount_cell(&at, "amount", taken && whole, result->amount_femto);
	put_text_cell(&at, "currency", taken && row != NULL, row == NULL ? (struct text){ NULL, 0 } : row->currency);
	put_count_cell(
		&at, "tier", taken && result->state == PRICE_PRICED && !result->tier_unknown, result->tier_tokens);
	put_text_cell(&at, "price", taken && row != NULL, row == NULL ? (struct text){ NULL, 0 } : row->id);
	snprintf(reason, 1280, "%s%s%s", line->reason == NULL ? "" : line->reason,
		line->reason != NULL && line->no_at && taken ? "; " : "",
		line->no_at && taken ? "no time was given: priced at the prices of now" : "");
	put_text_cell(&at, "reason", reason[0] != '\0', text_of(reason));
	return (int)(at - cells);
}

static void
print_json(const struct cell *cells, int n)
{
	for (int i = 0; i < n; i++) {
		printf("%s\"%s\":", i == 0 ? "{" : ",", cells[i].name);
		if (cells[i].kind == CELL_TEXT)
			put_json_text(stdout, cells[i].text);
		else if (cells[i].kind == CELL_PLAIN)
			fwrite(cells[i].text.p, 1, cells[i].text.n, stdout);
		else
			fputs("null", stdout);
	}
	fputs("}\n", stdout);
}

static void
print_row(const struct cell *cells, int n, char separator, bool names)
{
	for (int i = 0; i < n; i++) {
		if (i > 0)
			putchar(separator);
		put_csv_text(stdout, names ? text_of(cells[i].name) : cells[i].text);
	}
	putchar('\n');
}

static void
print_line(const struct pricing *pricing, const struct line *line, bool first)
{
	struct cell cells[CELLS];
	char reason[1280];
	int n = fill_cells(line, cells, reason);
	char separator = pricing->format == ANSWER_CSV ? ',' : '\t';

	if (pricing->format == ANSWER_JSON) {
		print_json(cells, n);
		return;
	}
	if (first)
		print_row(cells, n, separator, true);
	print_row(cells, n, separator, false);
}

/* ---- all lines */

static const char *
reason_of(const struct line *line)
{
	const struct price_row *row = line->found.row;

	if (line->result.reason != NULL)
		return line->result.reason;
	return row != NULL && row->n == 0 && row->note.n > 0 ? "" : NULL;
}

static void
price_text(struct pricing *pricing, char *bytes, size_t n, int64_t number, bool first)
{
	struct err err = { 0 };
	struct line line = { 0 };
	struct json *event = json_parse(pricing->doc, bytes, n, &err);
	char note[256];

	if (event == NULL || read_event(pricing, event, &line, &err) != 0) {
		const char *text = event == NULL && strncmp(err.text, "line 1: ", 8) == 0 ? err.text + 8 : err.text;

		fprintf(stderr, "breakeven price: %s: line %lld: %s\n", pricing->name, (long long)number, text);
		pricing->refused = line.refused = true;
		line.reason = text;
	} else {
		line.reason = reason_of(&line);
		if (line.reason != NULL && line.reason[0] == '\0') {
			snprintf(note, sizeof note, "%.*s", (int)line.found.row->note.n, line.found.row->note.p);
			line.reason = note;
		}
	}
	print_line(pricing, &line, first);
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
	bool first = true;
	int got = -1;

	if (copy == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for a line");
	while (reader != NULL && copy != NULL && (got = reader_next_line(reader, &text, err)) > 0) {
		if (is_blank(text))
			continue;
		memcpy(copy, text.p, text.n);
		price_text(pricing, copy, text.n, reader_line(reader), first);
		first = false;
	}
	free(copy);
	reader_close(reader);
	return got;
}

static int
price_file(struct pricing *pricing, const char *name, struct err *err)
{
	FILE *file = open_file(name, err);
	struct input input = { strcmp(name, "-") == 0 ? "standard input" : name, read_file, file };
	int rc;

	if (file == NULL)
		return -1;
	pricing->name = input.name;
	pricing->doc = json_new();
	pricing->slots = calloc(CACHE_SLOTS, sizeof *pricing->slots);
	if (pricing->doc == NULL || pricing->slots == NULL)
		rc = err_set(err, ERR_OUTSIDE, "no memory for the lookups");
	else if ((rc = price_input(pricing, &input, err)) != 0)
		err_in(err, "%s", input.name);
	free(pricing->slots);
	json_free(pricing->doc);
	if (file != stdin)
		fclose(file);
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
