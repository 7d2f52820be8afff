#include <inttypes.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/incidents.h"

#define TEXT_MAX 1000

static int
check_text(const char *what, struct text text, struct err *err)
{
	char shown[TEXT_SHOWN];

	if (text.n > TEXT_MAX)
		return err_set(err, ERR_INPUT, "%s is %zu bytes long; %d are allowed", what, text.n, TEXT_MAX);
	for (struct text rest = text; rest.n > 0;) {
		size_t letter = text_letter(rest);

		if (letter == 0)
			return err_set(err, ERR_INPUT, "%s '%s' holds bytes that are not UTF-8", what,
				text_shown(text, shown, sizeof(shown)));
		rest = (struct text){ rest.p + letter, rest.n - letter };
	}
	return 0;
}

int
incident_check(const struct incident_reading *reading, struct err *err)
{
	const struct {
		const char *what;
		struct text text;
	} texts[] = { { "provider", reading->provider }, { "id", reading->id }, { "name", reading->name },
		{ "impact", reading->impact }, { "status", reading->status }, { "url", reading->url } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (check_text(texts[i].what, texts[i].text, err) != 0)
			return -1;
	for (size_t i = 0; i < reading->n_components; i++)
		if (check_text("component", reading->components[i], err) != 0)
			return -1;
	if (reading->started_us < 0)
		return err_set(err, ERR_INPUT, "the incident began before 1970");
	return 0;
}

/* What it met, a line each, in the order they came; blanks for what would break a line. */
static struct text
join_components(struct arena *arena, const struct incident_reading *reading)
{
	size_t n = 0;
	char *to, *p;

	for (size_t i = 0; i < reading->n_components; i++)
		n += reading->components[i].n + 1;
	to = p = arena_take(arena, n + 1);
	for (size_t i = 0; i < reading->n_components; i++) {
		if (i > 0)
			*p++ = '\n';
		memcpy(p, reading->components[i].p, reading->components[i].n);
		for (size_t k = 0; k < reading->components[i].n; k++, p++)
			if ((unsigned char)*p < ' ')
				*p = ' ';
	}
	return (struct text){ to, (size_t)(p - to) };
}

static void
bind_key(sqlite3_stmt *statement, const struct incident_reading *reading)
{
	bind_text(statement, ":provider", reading->provider);
	bind_text(statement, ":id", reading->id);
}

/* What stands under its key: 1 something else, 2 the same or newer, 0 nothing, -1. */
static int
compare(struct store *store, const struct incident_reading *reading, struct text components, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_incident_get);
	int status;

	bind_key(row, reading);
	if ((status = statement_step(store, row, err)) == 1) {
		bool same = sqlite3_column_int64(row, 0) == reading->started_us &&
			column_reported(row, 1) == reading->ended_us && sqlite3_column_int(row, 2) == reading->over &&
			text_same(column_text(row, 3), reading->impact) &&
			text_same(column_text(row, 4), reading->status) &&
			text_same(column_text(row, 5), reading->name) && text_same(column_text(row, 6), reading->url) &&
			text_same(column_text(row, 7), components);

		status = same || sqlite3_column_int64(row, 8) > reading->updated_us ? 2 : 1;
	}
	sqlite3_reset(row);
	return status;
}

static int
write_incident(struct store *store, const struct incident_come *come, const struct incident_reading *reading,
	struct text components, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_incident_put);

	bind_key(put, reading);
	bind_whole(put, ":started_us", reading->started_us);
	bind_reported(put, ":ended_us", reading->ended_us);
	bind_whole(put, ":over", reading->over);
	bind_text(put, ":impact", reading->impact);
	bind_text(put, ":status", reading->status);
	bind_text(put, ":name", reading->name);
	bind_text(put, ":url", reading->url);
	bind_text(put, ":components", components);
	bind_whole(put, ":updated_us", reading->updated_us);
	bind_whole(put, ":seen_us", come->now_us);
	bind_whole(put, ":run", come->run);
	return statement_run(store, put, err);
}

enum put_result
incident_put(struct store *store, const struct incident_come *come, const struct incident_reading *reading,
	bool *edited, struct err *err)
{
	sqlite3_stmt *page = statement_get(store, ST_status_page_seen);
	sqlite3_stmt *seen = statement_get(store, ST_incident_seen);
	struct arena *arena = arena_new();
	struct text components;
	int stands = -1, status = -1;

	*edited = false;
	if (arena == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for an incident");
		return PUT_FAILED;
	}
	components = join_components(arena, reading);
	bind_text(page, ":provider", reading->provider);
	bind_whole(page, ":seen_us", come->now_us);
	if (statement_run(store, page, err) == 0)
		stands = compare(store, reading, components, err);
	if (stands == 0 || stands == 1)
		status = write_incident(store, come, reading, components, err);
	if (stands == 2) {
		bind_key(seen, reading);
		bind_whole(seen, ":seen_us", come->now_us);
		status = statement_run(store, seen, err);
	}
	arena_free(arena);
	*edited = stands == 1;
	return status != 0 ? PUT_FAILED : stands == 2 ? PUT_REPEATED : PUT_TAKEN;
}

int
incident_list(struct store *store, struct arena *arena, struct incident_row **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_incident_list);
	size_t room = 0;
	int status;

	*rows = NULL;
	*n = 0;
	while ((status = statement_step(store, row, err)) == 1) {
		if (*n == room) {
			struct incident_row *more =
				arena_take(arena, (room = room == 0 ? 64 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *rows, *n * sizeof(*more));
			*rows = more;
		}
		(*rows)[(*n)++] = (struct incident_row){
			.provider = column_copy(row, 0, arena),
			.id = column_copy(row, 1, arena),
			.started_us = sqlite3_column_int64(row, 2),
			.ended_us = column_reported(row, 3),
			.over = sqlite3_column_int(row, 4) != 0,
			.impact = column_copy(row, 5, arena),
			.status = column_copy(row, 6, arena),
			.name = column_copy(row, 7, arena),
			.url = column_copy(row, 8, arena),
			.components = column_copy(row, 9, arena),
			.updated_us = sqlite3_column_int64(row, 10),
			.edits = sqlite3_column_int64(row, 11),
			.seen_us = sqlite3_column_int64(row, 12),
		};
	}
	return status;
}

int
silent_page_list(struct store *store, struct arena *arena, struct silent_page **rows, size_t *n, struct err *err)
{
	sqlite3_stmt *list = statement_get(store, ST_page_silent);
	size_t room = 0;
	int status;

	*rows = NULL;
	*n = 0;
	while ((status = statement_step(store, list, err)) == 1) {
		if (*n == room) {
			struct silent_page *more = arena_take(arena, (room = room == 0 ? 8 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *rows, *n * sizeof(*more));
			*rows = more;
		}
		(*rows)[(*n)++] = (struct silent_page){ .name = column_copy(list, 0, arena),
			.first_us = sqlite3_column_int64(list, 1),
			.last_us = sqlite3_column_int64(list, 2) };
	}
	return status;
}
