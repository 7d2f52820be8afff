#include "collectors/listing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/json_rows.h"
#include "collectors/reply.h"
#include "collectors/usage_object.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

/* ---- rows */

void
listing_refuse(struct listing *listing, const char *format, ...)
{
	char reason[512];
	va_list args;

	if (listing->refused)
		return;
	listing->refused = true;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	row_refuse(listing->sink, listing->line, "%s", reason);
}

void
listing_warn(const struct listing *listing, const char *format, ...)
{
	char reason[512];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	row_warn(listing->sink, listing->line, "%s", reason);
}

void
listing_at(struct listing *listing, const struct json *member)
{
	listing->line = member->line;
	listing->refused = false;
}

void
listing_check(struct listing *listing, const struct usage *usage)
{
	struct err why;

	if (usage_check(usage, &why) != 0)
		listing_refuse(listing, "%s", why.text);
}

int
listing_page(struct listing *listing, struct text page, struct err *err)
{
	const struct sink *sink = listing->sink;

	return page.n == 0 || sink->page == NULL ? 0 : sink->page(sink->ctx, page, err);
}

/* What a service says instead of rows. */
static int
no_list(const struct listing_shape *shape, const struct json *row, struct err *err)
{
	char said[256];

	if (reply_said(row, said, sizeof(said))[0] != '\0')
		return err_set(err, ERR_INPUT, "the source answered with an error: %s", said);
	return err_set(err, ERR_INPUT, "the document has no list '%s'", shape->lists[0]);
}

static int
cursor(struct listing *listing, const struct json *around, struct err *err)
{
	const struct json *more = json_value(around, "has_more"), *next = json_value(around, "next_page");

	if (next != NULL && next->type == JSON_STRING && next->text.n > 0)
		return listing_page(listing, next->text, err);
	if (more != NULL && more->type == JSON_TRUE && listing->sink->page != NULL)
		return err_set(
			err, ERR_INPUT, "has_more is true and there is no next_page: the rest cannot be asked for");
	return 0;
}

struct reading {
	struct listing listing;
	const struct listing_shape *shape;
	void *ctx;
};

static int
take_row(struct reading *reading, bool listed, const struct json *row, struct err *err)
{
	const struct listing_shape *shape = reading->shape;

	if (row->type == JSON_OBJECT)
		return listed || shape->lines ? shape->row(reading->ctx, &reading->listing, row, err)
					      : no_list(shape, row, err);
	listing_refuse(&reading->listing, "expected an object, not %s", json_type_name(row));
	return 0;
}

static int
read_rows(struct reading *reading, struct json_rows *rows, struct err *err)
{
	struct listing *listing = &reading->listing;
	const struct json *row = NULL;
	bool nothing = true;
	int got;

	while ((got = json_rows_next(rows, &row, &listing->line, err)) > 0) {
		int status = 0;

		nothing = false;
		listing->refused = false;
		if (got == ROW_READ)
			status = take_row(reading, json_rows_listed(rows), row, err);
		else if (got == ROWS_AROUND)
			status = reading->shape->around == NULL
				? cursor(listing, row, err)
				: reading->shape->around(reading->ctx, listing, row, err);
		else if (reading->shape->lines)
			listing_refuse(listing, "%s", json_unplaced(err->text));
		else
			status = -1;
		if (status != 0)
			return -1;
	}
	return got == 0 && nothing ? err_set(err, ERR_INPUT, "the input is empty") : got;
}

int
listing_read(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct listing_shape *shape, void *ctx, struct err *err)
{
	struct reading reading = { .listing = { .options = options, .sink = sink }, .shape = shape, .ctx = ctx };
	struct json_rows *rows = json_rows_open(input, shape->lists, err);
	int status;

	if (rows == NULL)
		return -1;
	status = read_rows(&reading, rows, err);
	json_rows_close(rows);
	return status == 0 ? 0 : err_in(err, "%s", input->name);
}

/* ---- values */

const struct json *
listing_member(const struct json *object, const char *path)
{
	for (const char *point; object != NULL && (point = strchr(path, '.')) != NULL; path = point + 1) {
		const struct json *found = NULL;
		size_t n = (size_t)(point - path);

		for (const struct json *child = object->type == JSON_OBJECT ? object->first : NULL;
			child != NULL && found == NULL; child = child->next)
			if (child->key.n == n && memcmp(child->key.p, path, n) == 0)
				found = child;
		object = found;
	}
	return json_value(object, path);
}

int64_t
listing_count(struct listing *listing, const struct json *object, const char *name, int64_t otherwise)
{
	const struct json *json = listing_member(object, name);
	int64_t count = otherwise;
	struct err why;

	if (json == NULL)
		return otherwise;
	if (json_count(json, name, &count, &why) == 0)
		return count;
	listing_refuse(listing, "%s", why.text);
	return otherwise;
}

int64_t
listing_count_needed(struct listing *listing, const struct json *object, const char *name)
{
	if (listing_member(object, name) == NULL)
		listing_refuse(listing, "%s is missing", name);
	return listing_count(listing, object, name, 0);
}

static struct text
text_of_json(struct listing *listing, const struct json *json, const char *name)
{
	switch (json->type) {
	case JSON_STRING:
	case JSON_NUMBER:
		return json->text;
	case JSON_TRUE:
		return text_of("true");
	case JSON_FALSE:
		return text_of("false");
	default:
		listing_refuse(listing, "%s: expected a text, not %s", name, json_type_name(json));
		return (struct text){ NULL, 0 };
	}
}

struct text
listing_text(struct listing *listing, const struct json *object, const char *name)
{
	const struct json *json = listing_member(object, name);

	return json == NULL ? (struct text){ NULL, 0 } : text_of_json(listing, json, name);
}

/* -1 where the text is no time. */
static int
time_of(struct listing *listing, struct text text, int64_t *at_us)
{
	char buffer[TIME_MAX];
	struct text plain;

	for (int i = 0; i < 2; i++)
		if (text.n > 0 && listing->time[i].n == text.n && memcmp(listing->time[i].text, text.p, text.n) == 0) {
			*at_us = listing->time[i].at_us;
			return 0;
		}
	plain = utc_said(text, buffer);
	if (time_parse(plain.n == 0 ? "" : plain.p, plain.n, at_us, NULL) != 0)
		return -1;
	if (text.n >= TIME_MAX)
		return 0;
	listing->time[1] = listing->time[0];
	memcpy(listing->time[0].text, text.p, text.n);
	listing->time[0].n = text.n;
	listing->time[0].at_us = *at_us;
	return 0;
}

int64_t
listing_time(struct listing *listing, const struct json *object, const char *name)
{
	const struct json *json = listing_member(object, name);
	char shown[SHOWN_MAX];
	int64_t at_us = 0;

	if (json == NULL)
		listing_refuse(listing, "%s is missing", name);
	else if (json->type != JSON_STRING && json->type != JSON_NUMBER)
		listing_refuse(listing, "%s: expected a time, not %s", name, json_type_name(json));
	else if (time_of(listing, json->text, &at_us) != 0)
		listing_refuse(listing, "%s: '%s' is neither an RFC 3339 time nor Unix seconds", name,
			value_shown(shown, json->text));
	return at_us;
}

bool
listing_amount(struct listing *listing, const struct json *object, const char *name, int digits, int64_t *value)
{
	const struct json *json = listing_member(object, name);
	char shown[SHOWN_MAX];
	bool rounded = false;

	*value = 0;
	if (json == NULL || (json->type == JSON_STRING && json->text.n == 0))
		return false;
	if (json->type != JSON_NUMBER && json->type != JSON_STRING) {
		listing_refuse(listing, "%s: expected an amount, not %s", name, json_type_name(json));
		return false;
	}
	if (decimal_parse(json->text.p, json->text.n, digits, value, &rounded, NULL) != 0) {
		listing_refuse(listing, "%s '%s' is no amount (a plain number up to 9.2e9 is)", name,
			value_shown(shown, json->text));
		return false;
	}
	if (rounded && !listing->refused)
		listing_warn(
			listing, "%s has more than %d digits after the point and was rounded to them", name, digits);
	return true;
}

/* ---- dimensions */

void
listing_no_dimensions(struct listing *listing)
{
	listing->dimensions_n = 0;
}

void
listing_dimension(struct listing *listing, const char *name, struct text value)
{
	size_t n = listing->dimensions_n, length = strlen(name);
	char *to = listing->dimensions;

	if (value.n == 0)
		return;
	if (n + length + value.n + 2 > sizeof(listing->dimensions)) {
		listing_refuse(listing, "its dimensions are longer than %zu bytes", sizeof(listing->dimensions));
		return;
	}
	if (n > 0)
		to[n++] = ' ';
	memcpy(to + n, name, length);
	to[n + length] = '=';
	memcpy(to + n + length + 1, value.p, value.n);
	listing->dimensions_n = n + length + 1 + value.n;
}

void
listing_dimensions_of(struct listing *listing, const struct json *object, const char *const *names, size_t count)
{
	const struct json *found[DIMENSIONS_MAX] = { NULL };
	const struct json *child = object != NULL && object->type == JSON_OBJECT ? object->first : NULL;

	for (; child != NULL; child = child->next)
		for (size_t i = 0; i < count && child->type != JSON_NULL; i++)
			if (found[i] == NULL && text_is(child->key, names[i])) {
				found[i] = child;
				break;
			}
	for (size_t i = 0; i < count; i++) {
		if (found[i] == NULL)
			continue;
		if (found[i]->type != JSON_OBJECT)
			listing_dimension(listing, names[i], text_of_json(listing, found[i], names[i]));
		else /* {"type": "user_actor", "id": "..."} is what it says of itself */
			for (child = found[i]->first; child != NULL; child = child->next)
				if (child->type == JSON_STRING)
					listing_dimension(listing, names[i], child->text);
	}
}

struct text
listing_dimensions(const struct listing *listing)
{
	return (struct text){ listing->dimensions, listing->dimensions_n };
}
