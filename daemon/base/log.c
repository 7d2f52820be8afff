#include "daemon/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "models/units/calendar.h"
#include "models/units/text.h"

#define LINE_MAX 8192
#define VALUE_MAX 1024 /* bytes of one value that are shown */

static enum log_level level_shown = LOG_LEVEL_INFO;
static int as_json;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

struct line {
	char text[LINE_MAX];
	size_t n;
};

void
log_setup(enum log_level level, int json)
{
	level_shown = level;
	as_json = json;
}

static void
put(struct line *line, const char *text, size_t n)
{
	if (n > LINE_MAX - 1 - line->n)
		n = LINE_MAX - 1 - line->n;
	memcpy(line->text + line->n, text, n);
	line->n += n;
}

static void
put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/*
 * The inside of a quoted value, in a form that JSON and a person both read: nothing in it can end the quotes,
 * the line, or speak to a terminal.
 */
static void
put_escaped(struct line *line, const char *string)
{
	struct text text = text_of(string);
	size_t left = VALUE_MAX, length;
	char code[8];

	for (; text.n > 0; text.p += length, text.n -= length) {
		length = text_letter(text);
		if (length > left || left == 0) {
			put_text(line, "...");
			return;
		}
		if (length == 0) {
			put_text(line, "\xef\xbf\xbd"); /* a byte that is no text: the replacement character */
			length = 1;
		} else if (*text.p == '"' || *text.p == '\\') {
			put(line, "\\", 1);
			put(line, text.p, 1);
		} else if (*text.p == '\n') {
			put_text(line, "\\n");
		} else if (text_control(text)) {
			snprintf(code, sizeof(code), "\\u%04x", (unsigned char)text.p[length - 1]);
			put_text(line, code);
		} else {
			put(line, text.p, length);
		}
		left -= length;
	}
}

static int
is_plain(const char *value)
{
	const unsigned char *p = (const unsigned char *)value;

	if (strlen(value) > VALUE_MAX)
		return 0;
	for (; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f || *p == '"' || *p == '\\' || *p == '=')
			return 0;
	return value[0] != '\0';
}

static void
put_quoted(struct line *line, const char *text)
{
	put(line, "\"", 1);
	put_escaped(line, text);
	put(line, "\"", 1);
}

static void
put_field(struct line *line, const char *name, const char *value)
{
	if (as_json) {
		put(line, ",", 1);
		put_quoted(line, name);
		put(line, ":", 1);
		put_quoted(line, value == NULL ? "-" : value);
		return;
	}
	put(line, " ", 1);
	put_text(line, name);
	put(line, "=", 1);
	if (value == NULL)
		put(line, "-", 1);
	else if (is_plain(value))
		put_text(line, value);
	else
		put_quoted(line, value);
}

static void
put_head(struct line *line, enum log_level level, const char *event)
{
	char at[TIME_MAX];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	time_print(at, sizeof(at), now.tv_sec * SECOND_US + now.tv_nsec / 1000);
	put_text(line, as_json ? "{\"at\":\"" : "");
	put_text(line, at);
	put_text(line, as_json ? "\",\"level\":\"" : " ");
	put_text(line, level_names[level]);
	put_text(line, as_json ? "\",\"event\":\"" : " ");
	put_escaped(line, event);
	put_text(line, as_json ? "\"" : "");
}

void
log_event(enum log_level level, const char *event, ...)
{
	struct line line = { .n = 0 };
	const char *name;
	va_list fields;

	if (level > level_shown)
		return;
	put_head(&line, level, event);
	va_start(fields, event);
	/* A field is left out rather than cut in the middle, so that a JSON line stays whole. */
	while ((name = va_arg(fields, const char *)) != NULL) {
		const char *value = va_arg(fields, const char *);
		size_t before = line.n;

		put_field(&line, name, value);
		if (line.n >= LINE_MAX - 8)
			line.n = before;
	}
	va_end(fields);
	put_text(&line, as_json ? "}\n" : "\n");
	/* One call, so that lines of several threads do not mix. */
	fwrite(line.text, 1, line.n, stderr);
}
