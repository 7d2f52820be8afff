#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "daemon/report/edit.h"
#include "daemon/store/audit.h"
#include "models/units/err.h"
#include "models/units/nearest.h"
#include "models/units/text.h"

const char *
edit_value(const struct edit *edit, const char *name, bool *given)
{
	const char *value = NULL;
	bool found = false;

	for (size_t i = 0; i < edit->n; i++)
		if (strcmp(edit->fields[i].name, name) == 0) {
			value = edit->fields[i].value;
			found = true;
		}
	if (given != NULL)
		*given = found;
	return value == NULL || value[0] == '\0' ? NULL : value;
}

int
edit_check(const struct edit *edit, const char *const *names, size_t n, struct err *err)
{
	char shown[TEXT_SHOWN];

	for (size_t i = 0; i < edit->n; i++) {
		struct nearest nearest;
		size_t k = 0;

		while (k < n && strcmp(names[k], edit->fields[i].name) != 0)
			k++;
		if (k < n)
			continue;
		nearest_init(&nearest, edit->fields[i].name);
		for (k = 0; k < n; k++)
			nearest_offer(&nearest, names[k]);
		text_shown(text_of(edit->fields[i].name), shown, sizeof(shown));
		if (nearest_found(&nearest) != NULL)
			return err_set(err, ERR_INPUT, "field '%s' is unknown; the nearest is '%s'", shown,
				nearest_found(&nearest));
		return err_set(err, ERR_INPUT, "field '%s' is unknown", shown);
	}
	return 0;
}

int
edit_number(const struct edit *edit, const char *noun, int64_t *number, struct err *err)
{
	char shown[TEXT_SHOWN], *end;
	long long value;

	errno = 0;
	value = strtoll(edit->name, &end, 10);
	if (errno != 0 || end == edit->name || *end != '\0' || value < 1 || edit->name[0] < '0' || edit->name[0] > '9')
		return err_set(err, ERR_MISSING, "there is no %s '%s'", noun,
			text_shown(text_of(edit->name), shown, sizeof(shown)));
	*number = value;
	return 0;
}

/* {"headline":...,"facts":{...},"columns":[...]}: the facts alone. */
static const char *
facts_text(struct arena *arena, const struct answer *answer)
{
	const char *from = strstr(answer_print(answer, ANSWER_JSON, NULL), "\"facts\":{");
	const char *to = strstr(from, "},\"columns\":[");

	from += strlen("\"facts\":");
	return arena_copy(arena, from, (size_t)(to - from) + 1);
}

int
edit_audit(const struct edit *edit, const char *what, const char *about, const struct answer *answer, struct err *err)
{
	const struct audit_row row = { .at_us = edit->clock.now_us,
		.who = edit->who,
		.what = what,
		.about = about,
		.detail = facts_text(edit->arena, answer) };

	return audit_add(edit->store, &row, err);
}
