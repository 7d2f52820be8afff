#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collectors/columns.h"
#include "collectors/input.h"
#include "models/units/err.h"

bool
name_same(struct text a, const char *b)
{
	return a.n == strlen(b) && strncasecmp(a.n == 0 ? "" : a.p, b, a.n) == 0;
}

int
columns_map(const struct header *header, const char *const names[], size_t count, int index[], struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		index[i] = COLUMN_ABSENT;
		for (size_t k = 0; k < header->n; k++) {
			if (!name_same(text_trim(header->fields[k]), names[i]))
				continue;
			if (index[i] != COLUMN_ABSENT)
				return err_set(err, ERR_INPUT, "line 1: column '%s' comes twice", names[i]);
			index[i] = (int)k;
		}
	}
	return 0;
}

/* The length of the UTF-8 sequence at p, or 0 where there is none that can be printed. */
static size_t
sequence_length(const unsigned char *p, size_t n)
{
	size_t length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (length == 0 || length > n || p[0] < 0x20 || p[0] == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
		(p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return length;
}

const char *
value_shown(char shown[SHOWN_MAX], struct text value)
{
	size_t room = SHOWN_MAX - 4; /* "..." and the NUL */
	size_t out = 0, in = 0;

	while (in < value.n) {
		size_t length = sequence_length((const unsigned char *)value.p + in, value.n - in);

		if (out + (length == 0 ? 1 : length) > room) {
			memcpy(shown + out, "...", 3);
			out += 3;
			break;
		}
		if (length == 0) {
			shown[out++] = '?';
			in++;
			continue;
		}
		memcpy(shown + out, value.p + in, length);
		out += length;
		in += length;
	}
	shown[out] = '\0';
	return shown;
}

struct text
utc_said(struct text time, char buffer[TIME_MAX])
{
	if (time.n < 5 || time.n >= TIME_MAX || memcmp(time.p + time.n - 4, " UTC", 4) != 0)
		return time;
	memcpy(buffer, time.p, time.n - 4);
	buffer[time.n - 4] = 'Z';
	return (struct text){ buffer, time.n - 3 };
}

int
count_parse(struct text text, int64_t max, int64_t *value)
{
	int64_t sum = 0;

	if (text.n == 0)
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		int digit = text.p[i] - '0';

		if (digit < 0 || digit > 9 || sum > (max - digit) / 10)
			return -1;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return 0;
}

void
row_refuse(const struct sink *sink, int64_t line, const char *format, ...)
{
	char reason[512];
	va_list args;

	if (sink->refuse == NULL)
		return;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	sink->refuse(sink->ctx, (struct place){ .line = line }, reason);
}

void
row_warn(const struct sink *sink, int64_t line, const char *format, ...)
{
	char reason[512];
	va_list args;

	if (sink->warn == NULL)
		return;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	sink->warn(sink->ctx, (struct place){ .line = line }, reason);
}

struct text
head_line(const char *head, size_t n)
{
	struct text line = { head, n };
	const char *end;

	if (line.n >= 3 && memcmp(line.p, "\xef\xbb\xbf", 3) == 0) {
		line.p += 3;
		line.n -= 3;
	}
	end = line.n == 0 ? NULL : memchr(line.p, '\n', line.n);
	if (end != NULL)
		line.n = (size_t)(end - line.p);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

bool
text_holds(struct text text, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i + length <= text.n; i++)
		if (strncasecmp(text.p + i, word, length) == 0)
			return true;
	return false;
}
