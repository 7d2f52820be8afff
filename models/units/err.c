#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/units/err.h"

static void
mark_cut(char *text, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(text + size - 4, "...", 4);
}

int
err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return -1;
	err->kind = kind;
	va_start(args, format);
	mark_cut(err->text, sizeof(err->text), vsnprintf(err->text, sizeof(err->text), format, args));
	va_end(args);
	return -1;
}

int
err_in(struct err *err, const char *format, ...)
{
	char noun[sizeof(err->text)];
	char whole[2 * sizeof(err->text) + 2];
	va_list args;

	if (err == NULL)
		return -1;
	va_start(args, format);
	mark_cut(noun, sizeof(noun), vsnprintf(noun, sizeof(noun), format, args));
	va_end(args);
	snprintf(whole, sizeof(whole), "%s: %s", noun, err->text);
	mark_cut(err->text, sizeof(err->text),
		snprintf(err->text, sizeof(err->text), "%.*s", (int)sizeof(whole), whole));
	return -1;
}

int
err_about(struct err *err, const char *name)
{
	return err == NULL || strncmp(err->text, name, strlen(name)) == 0 ? -1 : err_in(err, "%s", name);
}

int
err_exit(const struct err *err)
{
	return err->kind == ERR_INPUT || err->kind == ERR_MISSING ? 2 : 1;
}

int
err_http(const struct err *err)
{
	switch (err->kind) {
	case ERR_INPUT:
		return 400;
	case ERR_MISSING:
		return 404;
	case ERR_BUSY:
		return 503;
	default:
		return 500;
	}
}
