#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/answer_inside.h"

struct answer *
answer_new(struct arena *arena)
{
	struct answer *answer = arena_take(arena, sizeof(*answer));

	answer->arena = arena;
	answer->last_fact = &answer->facts;
	answer->last_column = &answer->columns;
	answer->last_note = &answer->notes;
	return answer;
}

void
answer_numbers(struct answer *answer, enum figure_style style)
{
	answer->numbers = style;
}

static struct value *
value_new(struct answer *answer, enum value_kind kind)
{
	struct value *value = arena_take(answer->arena, sizeof(*value));

	value->kind = kind;
	return value;
}

struct value *
value_unknown(struct answer *answer)
{
	return value_new(answer, VALUE_UNKNOWN);
}

struct value *
value_number(struct answer *answer, double number)
{
	struct value *value;

	if (!isfinite(number))
		return value_unknown(answer);
	value = value_new(answer, VALUE_NUMBER);
	value->number = number == 0 ? 0 : number; /* no minus zero */
	return value;
}

struct value *
value_whole(struct answer *answer, int64_t number)
{
	struct value *value = value_new(answer, VALUE_WHOLE);

	value->whole = number;
	return value;
}

struct value *
value_amount(struct answer *answer, wide amount, int digits)
{
	struct value *value = value_new(answer, VALUE_AMOUNT);

	value->amount.units = amount;
	value->amount.digits = digits;
	return value;
}

struct value *
value_text(struct answer *answer, const char *text)
{
	struct value *value;

	if (text == NULL)
		return value_unknown(answer);
	value = value_new(answer, VALUE_TEXT);
	value->text = arena_copy(answer->arena, text, strlen(text));
	return value;
}

struct value *
value_truth(struct answer *answer, bool truth)
{
	struct value *value = value_new(answer, VALUE_TRUTH);

	value->whole = truth;
	return value;
}

struct value *
value_list(struct answer *answer)
{
	return value_new(answer, VALUE_LIST);
}

struct value *
value_object(struct answer *answer)
{
	return value_new(answer, VALUE_OBJECT);
}

static void
append_item(struct answer *answer, struct value *parent, const char *name, struct value *value)
{
	struct item *item = arena_take(answer->arena, sizeof(*item));

	item->name = name == NULL ? NULL : arena_copy(answer->arena, name, strlen(name));
	item->value = value;
	if (parent->items.last == NULL)
		parent->items.first = item;
	else
		parent->items.last->next = item;
	parent->items.last = item;
	parent->items.n++;
}

void
list_add(struct answer *answer, struct value *list, struct value *item)
{
	append_item(answer, list, NULL, item);
}

void
object_set(struct answer *answer, struct value *object, const char *name, struct value *item)
{
	append_item(answer, object, name, item);
}

void
answer_fact(struct answer *answer, const char *name, const char *unit, struct value *value)
{
	struct fact *fact;

	for (fact = answer->facts; fact != NULL; fact = fact->next)
		if (strcmp(fact->name, name) == 0)
			break;
	if (fact == NULL) {
		fact = arena_take(answer->arena, sizeof(*fact));
		fact->name = arena_copy(answer->arena, name, strlen(name));
		*answer->last_fact = fact;
		answer->last_fact = &fact->next;
	}
	fact->unit = unit;
	fact->value = value;
}

void
answer_table(struct answer *answer, const char *name, const char *title)
{
	struct table *table = arena_take(answer->arena, sizeof(*table));

	table->name = arena_copy(answer->arena, name, strlen(name));
	table->title = arena_copy(answer->arena, title, strlen(title));
	answer->table = table;
}

struct column *
answer_column(struct answer *answer, const char *name, const char *unit)
{
	struct column *column = arena_take(answer->arena, sizeof(*column));

	column->answer = answer;
	column->table = answer->table;
	column->name = arena_copy(answer->arena, name, strlen(name));
	column->unit = arena_copy(answer->arena, unit, strlen(unit));
	*answer->last_column = column;
	answer->last_column = &column->next;
	return column;
}

void
column_add(struct answer *answer, struct column *column, struct value *value)
{
	if (column->n == column->room) {
		size_t room = column->room == 0 ? 16 : 2 * column->room;
		struct value **values = arena_take(answer->arena, room * sizeof(struct value *));

		if (column->n > 0)
			memcpy(values, column->values, column->n * sizeof(struct value *));
		column->values = values;
		column->room = room;
	}
	column->values[column->n++] = value;
}

__attribute__((format(printf, 2, 0))) static char *
format_in(struct arena *arena, const char *format, va_list args)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, args);
	return arena_copy(arena, text, strlen(text));
}

void
answer_headline(struct answer *answer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	answer->headline = format_in(answer->arena, format, args);
	va_end(args);
}

void
answer_note(struct answer *answer, const char *format, ...)
{
	struct note *note = arena_take(answer->arena, sizeof(*note));
	va_list args;

	va_start(args, format);
	note->text = format_in(answer->arena, format, args);
	va_end(args);
	*answer->last_note = note;
	answer->last_note = &note->next;
}

const struct value *
answer_get(const struct answer *answer, const char *name)
{
	for (const struct fact *fact = answer->facts; fact != NULL; fact = fact->next)
		if (strcmp(fact->name, name) == 0)
			return fact->value;
	return NULL;
}

double
value_as_number(const struct value *value)
{
	if (value == NULL)
		return NAN;
	switch (value->kind) {
	case VALUE_NUMBER:
		return value->number;
	case VALUE_WHOLE:
		return (double)value->whole;
	case VALUE_AMOUNT:
		return (double)value->amount.units / pow(10, value->amount.digits);
	default:
		return NAN;
	}
}

const char *
value_as_text(const struct value *value)
{
	return value != NULL && value->kind == VALUE_TEXT ? value->text : NULL;
}

int
answer_format_parse(const char *name, enum answer_format *format)
{
	static const char *const names[] = { [ANSWER_TEXT] = "text", [ANSWER_JSON] = "json", [ANSWER_CSV] = "csv" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0) {
			*format = (enum answer_format)i;
			return 0;
		}
	return -1;
}
