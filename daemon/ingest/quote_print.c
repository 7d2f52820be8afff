#include <string.h>

#include "collectors/json.h"
#include "daemon/ingest/quote_print.h"
#include "models/units/money.h"
#include "models/units/text.h"

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
fill_cells(const struct quote_answer *line, struct cell *cells, char reason[1280])
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
print_json(FILE *out, const struct cell *cells, int n)
{
	for (int i = 0; i < n; i++) {
		fprintf(out, "%s\"%s\":", i == 0 ? "{" : ",", cells[i].name);
		if (cells[i].kind == CELL_TEXT)
			put_json_text(out, cells[i].text);
		else if (cells[i].kind == CELL_PLAIN)
			fwrite(cells[i].text.p, 1, cells[i].text.n, out);
		else
			fputs("null", out);
	}
	fputs("}\n", out);
}

static void
print_row(FILE *out, const struct cell *cells, int n, char separator, bool names)
{
	for (int i = 0; i < n; i++) {
		if (i > 0)
			putc(separator, out);
		put_csv_text(out, names ? text_of(cells[i].name) : cells[i].text);
	}
	putc('\n', out);
}

void
quote_print(const struct quote_answer *line, enum quote_form form, bool head, FILE *out)
{
	struct cell cells[CELLS];
	char reason[1280];
	int n = fill_cells(line, cells, reason);
	char separator = form == QUOTE_CSV ? ',' : '\t';

	if (form == QUOTE_JSON) {
		print_json(out, cells, n);
		return;
	}
	if (head)
		print_row(out, cells, n, separator, true);
	print_row(out, cells, n, separator, false);
}
