/*
 * Three forms of one answer. What is printed as JSON is what programs rely on; text is for people.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/answer_inside.h"
#include "daemon/report/answer_out.h"
#include "models/units/figure.h"

#define SAFE_WHOLE (INT64_C(1) << 53)
#define TEXT_WIDTH 100
#define TEXT_LAST 30 /* a last column with less room than this is not broken into lines */
#define TEXT_LONG 40 /* a column of longer texts stands below a table that would be too wide with it */
#define TEXT_ROWS 60 /* rows of a table shown in text before the middle is left out */

void
out_bytes(struct out *out, const char *bytes, size_t n)
{
	if (out->n + n + 1 > out->room) {
		size_t room = 2 * (out->n + n + 1) + FIRST_ROOM;
		char *grown = arena_take(out->arena, room);

		if (out->n > 0)
			memcpy(grown, out->bytes, out->n);
		out->bytes = grown;
		out->room = room;
	}
	memcpy(out->bytes + out->n, bytes, n);
	out->n += n;
	out->bytes[out->n] = '\0';
}

void
out_put(struct out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

/* ---- JSON */

static void
json_text(struct out *out, const char *text)
{
	const char *plain = text; /* what needs no escape goes in one piece */
	char escaped[8];

	out_put(out, "\"");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c != '"' && c != '\\' && c >= 0x20)
			continue;
		out_bytes(out, plain, (size_t)(text - plain));
		plain = text + 1;
		if (c < 0x20)
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
		else
			snprintf(escaped, sizeof(escaped), "\\%c", c);
		out_put(out, escaped);
	}
	out_bytes(out, plain, (size_t)(text - plain));
	out_put(out, "\"");
}

/* A sentence with its figures as they are to be written. */
static const char *
said(const struct out *out, const char *text)
{
	char *copy;

	if (out->numbers == FIGURE_POINT)
		return text;
	copy = arena_copy(out->arena, text, strlen(text));
	figure_restyle(copy, out->numbers);
	return copy;
}

/* The shortest digits that read back as the same number. */
void
out_digits(char *buffer, size_t size, double number)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buffer, size, "%.*g", digits, number);
		if (strtod(buffer, NULL) == number)
			return;
	}
}

static void
json_items(struct out *out, const struct value *value, const char *open, const char *close)
{
	out_put(out, open);
	for (const struct item *item = value->items.first; item != NULL; item = item->next) {
		if (item != value->items.first)
			out_put(out, ",");
		if (item->name != NULL) {
			json_text(out, item->name);
			out_put(out, ":");
		}
		out_json(out, item->value);
	}
	out_put(out, close);
}

void
out_json(struct out *out, const struct value *value)
{
	char digits[DECIMAL_MAX];

	switch (value->kind) {
	case VALUE_UNKNOWN:
		out_put(out, "null");
		break;
	case VALUE_NUMBER:
		out_digits(digits, sizeof(digits), value->number);
		out_put(out, digits);
		break;
	case VALUE_WHOLE:
		snprintf(digits, sizeof(digits), "%lld", (long long)value->whole);
		if (value->whole > SAFE_WHOLE || value->whole < -SAFE_WHOLE)
			json_text(out, digits);
		else
			out_put(out, digits);
		break;
	case VALUE_AMOUNT:
		decimal_print(digits, sizeof(digits), value->amount.units, value->amount.digits);
		json_text(out, digits);
		break;
	case VALUE_TEXT:
		json_text(out, value->text);
		break;
	case VALUE_TRUTH:
		out_put(out, value->whole ? "true" : "false");
		break;
	case VALUE_LIST:
		json_items(out, value, "[", "]");
		break;
	case VALUE_OBJECT:
		json_items(out, value, "{", "}");
		break;
	}
}

static void
json_column(struct out *out, const struct column *column)
{
	out_put(out, "{\"name\":");
	json_text(out, column->name);
	out_put(out, ",\"unit\":");
	json_text(out, column->unit);
	if (column->table != NULL) {
		out_put(out, ",\"table\":");
		json_text(out, column->table->name);
	}
	out_put(out, ",\"values\":[");
	for (size_t i = 0; i < column->n; i++) {
		if (i > 0)
			out_put(out, ",");
		out_json(out, column->values[i]);
	}
	out_put(out, "]}");
}

static void
print_json(struct out *out, const struct answer *answer)
{
	out_put(out, "{");
	if (answer->headline != NULL) {
		out_put(out, "\"headline\":");
		json_text(out, said(out, answer->headline));
		out_put(out, ",");
	}
	out_put(out, "\"facts\":{");
	for (const struct fact *fact = answer->facts; fact != NULL; fact = fact->next) {
		if (fact != answer->facts)
			out_put(out, ",");
		json_text(out, fact->name);
		out_put(out, ":");
		out_json(out, fact->value);
	}
	out_put(out, "},\"columns\":[");
	for (const struct column *column = answer->columns; column != NULL; column = column->next) {
		if (column != answer->columns)
			out_put(out, ",");
		json_column(out, column);
	}
	out_put(out, "]");
	if (answer->notes != NULL) {
		out_put(out, ",\"notes\":[");
		for (const struct note *note = answer->notes; note != NULL; note = note->next) {
			if (note != answer->notes)
				out_put(out, ",");
			json_text(out, said(out, note->text));
		}
		out_put(out, "]");
	}
	out_put(out, "}\n");
}

/* ---- text */

/* Columns on the screen: bytes of UTF-8 less continuation bytes. */
static size_t
screen_width(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void
pad(struct out *out, size_t from, size_t to)
{
	for (; from < to; from++)
		out_put(out, " ");
}

/* In a table or a list the unit stands once; a figure keeps only what decides its form: "$", "%", "M". */
static const char *
cell_unit(const char *unit)
{
	static const char *const forms[] = { "USD", "EUR", "share", "tokens", "requests" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strncmp(unit, forms[i], strlen(forms[i])) == 0)
			return forms[i];
	return "";
}

/* Members of an object that are not of its unit. */
static const char *
member_unit(const char *name, const char *unit)
{
	static const struct {
		const char *name, *unit;
	} others[] = { { "p_positive", "share" }, { "overflow_share", "share" }, { "best_replicas", "" } };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i].name) == 0)
			return others[i].unit;
	return unit;
}

static bool
is_nested(const struct value *value)
{
	return value->kind == VALUE_LIST || value->kind == VALUE_OBJECT;
}

/* An object of objects is a document of its own: a person copies it as a whole. */
static bool
is_document(const struct value *value)
{
	if (value->kind != VALUE_OBJECT)
		return false;
	for (const struct item *item = value->items.first; item != NULL; item = item->next)
		if (item->value->kind == VALUE_OBJECT)
			return true;
	return false;
}

static const char *text_value(struct arena *arena, const struct value *value, const char *unit);

static const char *
text_list(struct arena *arena, const struct value *value, const char *unit)
{
	struct out out = { .arena = arena };
	const struct item *first = value->items.first;

	out_put(&out, first == NULL ? "none" : "");
	for (const struct item *item = first; item != NULL; item = item->next) {
		const struct item *from = is_nested(item->value) ? item->value->items.first : NULL;

		out_put(&out, item == first ? "" : is_nested(item->value) ? "; " : ", ");
		if (item->value->kind == VALUE_LIST && from != NULL && from->next != NULL && from->next->next == NULL) {
			out_put(&out, text_value(arena, from->value, unit));
			out_put(&out, " to ");
			out_put(&out, text_value(arena, from->next->value, unit));
		} else {
			out_put(&out, text_value(arena, item->value, unit));
		}
	}
	return out.bytes;
}

static const char *
text_object(struct arena *arena, const struct value *value, const char *unit)
{
	struct out out = { .arena = arena };

	out_put(&out, "");
	if (is_document(value)) {
		out_json(&out, value);
		return out.bytes;
	}
	for (const struct item *item = value->items.first; item != NULL; item = item->next) {
		out_put(&out, item == value->items.first ? "" : ", ");
		out_put(&out, item->name);
		out_put(&out, " ");
		out_put(&out, text_value(arena, item->value, member_unit(item->name, unit)));
	}
	return out.bytes;
}

static const char *
text_value(struct arena *arena, const struct value *value, const char *unit)
{
	char figure[512];

	switch (value->kind) {
	case VALUE_UNKNOWN:
		return "–";
	case VALUE_TEXT:
		return value->text;
	case VALUE_TRUTH:
		return value->whole ? "yes" : "no";
	case VALUE_LIST:
		return text_list(arena, value, cell_unit(unit));
	case VALUE_OBJECT:
		return text_object(arena, value, cell_unit(unit));
	default:
		figure_unit(figure, sizeof(figure), value_as_number(value), unit);
		return arena_copy(arena, figure, strlen(figure));
	}
}

/* A listed price is never rounded: every digit that it has, two at least. */
static const char *
text_rate(struct arena *arena, const struct value *value)
{
	char digits[DECIMAL_MAX];
	const char *point;
	int places;

	decimal_print(digits, sizeof(digits), value->amount.units, value->amount.digits);
	point = strchr(digits, '.');
	places = point == NULL ? 0 : (int)strlen(point + 1);
	return arena_format(arena, "$%s%s%.*s", digits, point == NULL ? "." : "", places < 2 ? 2 - places : 0, "00");
}

/*
 * Text that goes on under itself: broken at blanks so that no line is wider than TEXT_WIDTH where a blank
 * allows it. `at` columns of the line are taken; the next lines begin at `indent`.
 */
static void
put_wrapped(struct out *out, const char *text, size_t at, size_t indent)
{
	while (*text != '\0') {
		size_t n = strcspn(text, " "), blanks;
		char *word = arena_copy(out->arena, text, n);

		out_put(out, word);
		at += screen_width(word);
		text += n;
		blanks = strspn(text, " ");
		if (text[blanks] == '\0')
			return;
		word = arena_copy(out->arena, text + blanks, strcspn(text + blanks, " "));
		if (at + blanks + screen_width(word) > TEXT_WIDTH && at > indent && word[0] != '%') {
			out_put(out, "\n");
			pad(out, 0, indent);
			at = indent;
		} else {
			pad(out, 0, blanks);
			at += blanks;
		}
		text += blanks;
	}
}

static void
text_facts(struct out *out, const struct answer *answer)
{
	size_t width = 0;

	for (const struct fact *fact = answer->facts; fact != NULL; fact = fact->next)
		width = screen_width(fact->name) > width ? screen_width(fact->name) : width;
	for (const struct fact *fact = answer->facts; fact != NULL; fact = fact->next) {
		const char *text = text_value(out->arena, fact->value, fact->unit);

		out_put(out, "  ");
		out_put(out, fact->name);
		pad(out, screen_width(fact->name), width + 2);
		if (is_document(fact->value)) {
			out_put(out, text);
		} else {
			if (is_nested(fact->value) && fact->value->items.first != NULL && fact->unit[0] != '\0')
				text = arena_format(out->arena, "%s (%s)", text, fact->unit);
			put_wrapped(out, text, width + 4, width + 4);
		}
		out_put(out, "\n");
	}
}

static int
is_figure(const struct column *column)
{
	for (size_t i = 0; i < column->n; i++)
		if (column->values[i]->kind == VALUE_TEXT)
			return 0;
	return 1;
}

/* `at` is where the cell begins on the screen. The last column of a table that fits otherwise goes on under itself. */
static void
text_cell(struct out *out, const struct column *column, const char *text, size_t width, size_t at, bool last)
{
	size_t have = screen_width(text);

	out_put(out, "  ");
	if (is_figure(column)) {
		pad(out, have, width);
		out_put(out, text);
	} else if (last && at + TEXT_LAST <= TEXT_WIDTH) {
		put_wrapped(out, text, at + 2, at + 2);
	} else {
		out_put(out, text);
		if (!last)
			pad(out, have, width);
	}
}

static const char *
cell_text(struct arena *arena, const struct column *column, size_t row)
{
	if (row >= column->n)
		return "";
	if (column->values[row]->kind == VALUE_AMOUNT && strcmp(column->unit, "USD/Mtok") == 0)
		return text_rate(arena, column->values[row]);
	return text_value(arena, column->values[row], cell_unit(column->unit));
}

/* A long table shows its head and its tail; JSON and CSV have it whole. */
static int
row_shown(size_t row, size_t rows)
{
	return rows <= TEXT_ROWS || row < TEXT_ROWS - 10 || row >= rows - 10;
}

#define TEXT_COLUMNS 64

/* The columns of one table as they are shown. */
struct grid {
	const struct column *list[TEXT_COLUMNS];
	size_t widths[TEXT_COLUMNS], at[TEXT_COLUMNS];
	const struct column *below[TEXT_COLUMNS];
	size_t n, rows, units, belows;
};

static size_t
column_width(struct arena *arena, const struct column *column)
{
	size_t widest = screen_width(column->name), unit = screen_width(column->unit);

	widest = unit > widest ? unit : widest;
	for (size_t i = 0; i < column->n; i++) {
		size_t width = row_shown(i, column->n) ? screen_width(cell_text(arena, column, i)) : 0;

		widest = width > widest ? width : widest;
	}
	return widest;
}

static bool
is_all_zero(const struct column *column)
{
	for (size_t i = 0; i < column->n; i++)
		if (value_as_number(column->values[i]) != 0) /* true of unknown */
			return false;
	return column->n > 0;
}

static bool
is_all_unknown(const struct column *column)
{
	for (size_t i = 0; i < column->n; i++)
		if (column->values[i]->kind != VALUE_UNKNOWN)
			return false;
	return column->n > 0;
}

/* What is the same in all rows is said below a table that would be too wide with it; returns the columns' names. */
static const char *
leave_out(struct arena *arena, struct grid *grid, bool (*is_out)(const struct column *column))
{
	const char *names = "";
	size_t n = 0;

	for (size_t c = 0; c < grid->n; c++) {
		if (!is_out(grid->list[c])) {
			grid->list[n] = grid->list[c];
			grid->widths[n++] = grid->widths[c];
			continue;
		}
		names = arena_format(arena, "%s%s%s", names, names[0] == '\0' ? "" : ", ", grid->list[c]->name);
	}
	grid->n = n;
	return names;
}

/* The last column, where it is of texts, goes on under itself. */
static size_t
least_width(const struct grid *grid)
{
	size_t whole = 0;

	for (size_t c = 0; c < grid->n; c++)
		whole += 2 +
			(c + 1 == grid->n && !is_figure(grid->list[c]) && grid->widths[c] > TEXT_LAST
					? TEXT_LAST
					: grid->widths[c]);
	return whole;
}

/* The longest texts first, until the rest fits. */
static void
move_below(struct grid *grid)
{
	while (grid->n > 1 && least_width(grid) > TEXT_WIDTH) {
		size_t longest = 0;

		for (size_t c = 1; c < grid->n; c++)
			if (!is_figure(grid->list[c]) && grid->widths[c] > TEXT_LONG &&
				(longest == 0 || grid->widths[c] > grid->widths[longest]))
				longest = c;
		if (longest == 0)
			return;
		grid->below[grid->belows++] = grid->list[longest];
		for (size_t c = longest; c + 1 < grid->n; c++) {
			grid->list[c] = grid->list[c + 1];
			grid->widths[c] = grid->widths[c + 1];
		}
		grid->n--;
	}
}

static void
text_below(struct out *out, const struct grid *grid)
{
	size_t indent = 4 + grid->widths[0] + 2;

	for (size_t c = 0; c < grid->belows; c++) {
		out_put(out, "\n  ");
		out_put(out, grid->below[c]->name);
		out_put(out, "\n");
		for (size_t i = 0; i < grid->below[c]->n; i++) {
			const char *name = cell_text(out->arena, grid->list[0], i);

			if (!row_shown(i, grid->rows) || grid->below[c]->values[i]->kind == VALUE_UNKNOWN)
				continue;
			out_put(out, "    ");
			out_put(out, name);
			pad(out, screen_width(name), grid->widths[0] + 2);
			put_wrapped(out, cell_text(out->arena, grid->below[c], i), indent, indent);
			out_put(out, "\n");
		}
	}
}

static void
text_left_out(struct out *out, const char *what, const char *names)
{
	if (names[0] == '\0')
		return;
	out_put(out, what);
	put_wrapped(out, names, screen_width(what), screen_width(what));
	out_put(out, "\n");
}

static void
text_rows(struct out *out, const struct grid *grid)
{
	for (size_t i = 0; i < grid->rows; i++) {
		if (!row_shown(i, grid->rows)) {
			if (row_shown(i - 1, grid->rows))
				out_put(out, "  ...\n");
			continue;
		}
		for (size_t c = 0; c < grid->n; c++)
			text_cell(out, grid->list[c], cell_text(out->arena, grid->list[c], i), grid->widths[c],
				grid->at[c], c + 1 == grid->n);
		out_put(out, "\n");
	}
}

static const struct column *
text_columns(struct out *out, const struct column *first)
{
	struct grid grid = { .n = 0 };
	const struct column *end = first;
	const char *zeros = "", *unknown = "";
	size_t whole = 0;

	for (; end != NULL && end->table == first->table; end = end->next) {
		if (grid.n == TEXT_COLUMNS)
			continue;
		grid.widths[grid.n] = column_width(out->arena, end);
		whole += 2 + grid.widths[grid.n];
		grid.units += strlen(end->unit);
		grid.rows = end->n > grid.rows ? end->n : grid.rows;
		grid.list[grid.n++] = end;
	}
	if (whole > TEXT_WIDTH)
		zeros = leave_out(out->arena, &grid, is_all_zero);
	if (least_width(&grid) > TEXT_WIDTH)
		unknown = leave_out(out->arena, &grid, is_all_unknown);
	move_below(&grid);
	for (size_t c = 1; c < grid.n; c++)
		grid.at[c] = grid.at[c - 1] + 2 + grid.widths[c - 1];
	out_put(out, "\n");
	if (first->table != NULL) {
		out_put(out, first->table->title);
		out_put(out, "\n");
	}
	for (size_t c = 0; c < grid.n; c++)
		text_cell(out, grid.list[c], grid.list[c]->name, grid.widths[c], grid.at[c], c + 1 == grid.n);
	for (size_t c = 0; grid.units > 0 && c < grid.n; c++) {
		out_put(out, c == 0 ? "\n" : "");
		text_cell(out, grid.list[c], grid.list[c]->unit, grid.widths[c], grid.at[c], c + 1 == grid.n);
	}
	out_put(out, "\n");
	text_rows(out, &grid);
	text_below(out, &grid);
	text_left_out(out, "  all 0: ", zeros);
	text_left_out(out, "  all unknown: ", unknown);
	return end;
}

static void
print_text(struct out *out, const struct answer *answer)
{
	if (answer->headline != NULL) {
		put_wrapped(out, answer->headline, 0, 0);
		out_put(out, "\n\n");
	}
	text_facts(out, answer);
	for (const struct column *column = answer->columns; column != NULL;)
		column = text_columns(out, column);
	if (answer->notes != NULL)
		out_put(out, "\n");
	for (const struct note *note = answer->notes; note != NULL; note = note->next) {
		out_put(out, "note: ");
		put_wrapped(out, note->text, 6, 6);
		out_put(out, "\n");
	}
}

char *
answer_print(const struct answer *answer, enum answer_format format, size_t *n)
{
	static void (*const printers[])(struct out *, const struct answer *) = {
		[ANSWER_TEXT] = print_text,
		[ANSWER_JSON] = print_json,
		[ANSWER_CSV] = out_csv,
	};
	struct out out = { .arena = answer->arena, .numbers = answer->numbers };

	out_put(&out, "");
	printers[format](&out, answer);
	if (format == ANSWER_TEXT)
		figure_restyle(out.bytes, answer->numbers);
	if (n != NULL)
		*n = out.n;
	return out.bytes;
}
