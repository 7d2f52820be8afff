#include <string.h>

#include "daemon/base/arena.h"
#include "models/units/err.h"

#include "daemon/serve/target.h"

static int
hex(char c)
{
	return c >= '0' && c <= '9'    ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : -1;
}

/* Undo percent-encoding; in parameters a plus is a blank. */
static const char *
decode(struct arena *arena, const char *text, size_t n, int plus, struct err *err)
{
	char *out = arena_take(arena, n + 1);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '%') {
			int high = i + 2 < n ? hex(text[i + 1]) : -1;
			int low = i + 2 < n ? hex(text[i + 2]) : -1;

			if (high < 0 || low < 0 || high + low == 0) {
				err_set(err, ERR_INPUT, "'%.*s' holds an escape that is none", (int)(n < 80 ? n : 80),
					text);
				return NULL;
			}
			out[m++] = (char)(high * 16 + low);
			i += 2;
		} else {
			out[m++] = text[i] == '+' && plus ? ' ' : text[i];
		}
	}
	return out;
}

int
target_parse(const char *text, struct arena *arena, struct target *target, struct err *err)
{
	const char *query = strchrnul(text, '?');

	memset(target, 0, sizeof(*target));
	if (text[0] != '/')
		return err_set(err, ERR_INPUT, "the request target '%.80s' does not begin with '/'", text);
	target->path = decode(arena, text, (size_t)(query - text), 0, err);
	if (target->path == NULL)
		return -1;
	while (*query != '\0') {
		const char *name = query + 1;
		const char *end = strchrnul(name, '&');
		const char *equals = memchr(name, '=', (size_t)(end - name));
		size_t n = (size_t)((equals == NULL ? end : equals) - name);

		query = end;
		if (end == name)
			continue;
		if (target->n == TARGET_PARAMS_MAX)
			return err_set(err, ERR_INPUT, "more than %d parameters", TARGET_PARAMS_MAX);
		target->params[target->n].name = decode(arena, name, n, 1, err);
		target->params[target->n].value =
			equals == NULL ? "" : decode(arena, equals + 1, (size_t)(end - equals - 1), 1, err);
		if (target->params[target->n].name == NULL || target->params[target->n].value == NULL)
			return -1;
		target->n++;
	}
	return 0;
}
