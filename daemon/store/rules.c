#include <inttypes.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/rules.h"

enum { ID, PATTERNS, GIFTS = PATTERNS + RULE_IFS, FROM = GIFTS + RULE_GIFTS, TO, NOTE, CHANGED };

static const char *
text_or_null(sqlite3_stmt *row, int column, struct arena *arena)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? NULL : column_copy(row, column, arena);
}

static void
read_rule(sqlite3_stmt *row, struct arena *arena, struct rule *rule, struct rule_row *rest)
{
	for (int i = 0; i < RULE_IFS; i++)
		rule->pattern[i] = text_or_null(row, PATTERNS + i, arena);
	for (int i = 0; i < RULE_GIFTS; i++)
		rule->gift[i] = text_or_null(row, GIFTS + i, arena);
	rule->from_us = sqlite3_column_int64(row, FROM);
	rule->to_us = sqlite3_column_int64(row, TO);
	rest->id = sqlite3_column_int64(row, ID);
	rest->note = column_copy(row, NOTE, arena);
	rest->changed_us = sqlite3_column_int64(row, CHANGED);
}

int
rule_list(struct store *store, struct arena *arena, struct rule_list *list, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_rule_list);
	size_t room = 0;
	int status;

	*list = (struct rule_list){ .n = 0 };
	while ((status = statement_step(store, rows, err)) == 1) {
		if (list->n == room) {
			struct rule *rules;
			struct rule_row *rest;

			room = room == 0 ? 16 : 2 * room;
			rules = arena_take(arena, room * sizeof(*rules));
			rest = arena_take(arena, room * sizeof(*rest));
			if (list->n > 0) {
				memcpy(rules, list->rules, list->n * sizeof(*rules));
				memcpy(rest, list->rows, list->n * sizeof(*rest));
			}
			list->rules = rules;
			list->rows = rest;
		}
		read_rule(rows, arena, &list->rules[list->n], &list->rows[list->n]);
		list->n++;
	}
	return status;
}

bool
rules_leave_out(const struct rule_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->rules[i].gift[GIVES_COUNTS] != NULL)
			return true;
	return false;
}

/* ---- checking */

static int
check_text(const char *what, const char *text, struct err *err)
{
	char shown[TEXT_SHOWN];
	struct text rest = text_of(text);

	if (text == NULL)
		return 0;
	if (rest.n > RULE_TEXT_MAX)
		return err_set(err, ERR_INPUT, "%s: a text of %zu bytes; %d are allowed", what, rest.n, RULE_TEXT_MAX);
	while (rest.n > 0) {
		size_t letter = text_control(rest) ? 0 : text_letter(rest);

		if (letter == 0)
			return err_set(err, ERR_INPUT, "%s: '%s' holds %s", what,
				text_shown(text_of(text), shown, sizeof(shown)),
				text_control(rest) ? "a control character" : "bytes that are not UTF-8");
		rest = (struct text){ rest.p + letter, rest.n - letter };
	}
	return 0;
}

int
rule_check(const struct rule *rule, const char *note, struct err *err)
{
	bool conditions = false, gifts = false;

	for (int i = 0; i < RULE_IFS; i++) {
		conditions = conditions || rule->pattern[i] != NULL;
		if (check_text(rule_if_names[i], rule->pattern[i], err) != 0)
			return -1;
	}
	for (int i = 0; i < RULE_GIFTS; i++) {
		gifts = gifts || rule->gift[i] != NULL;
		if (check_text(rule_gift_names[i], rule->gift[i], err) != 0)
			return -1;
		if (rule->gift[i] != NULL && strchr(rule->gift[i], '*') != NULL)
			return err_set(err, ERR_INPUT, "%s: '%s' is a name to be given, and stars are for patterns",
				rule_gift_names[i], rule->gift[i]);
	}
	if (rule->gift[GIVES_COUNTS] != NULL && strcmp(rule->gift[GIVES_COUNTS], "yes") != 0 &&
		strcmp(rule->gift[GIVES_COUNTS], "no") != 0)
		return err_set(err, ERR_INPUT, "counts: '%s' is neither yes nor no", rule->gift[GIVES_COUNTS]);
	if (check_text("note", note, err) != 0)
		return -1;
	if (!gifts)
		return err_set(err, ERR_INPUT,
			"the rule gives nothing; name a workload, a team or a cost centre, or say counts no");
	if (!conditions)
		return err_set(err, ERR_INPUT,
			"the rule has no condition; to mean every call, give one of them as '*', such as account '*'");
	if (rule->from_us >= rule->to_us)
		return err_set(err, ERR_INPUT, "the rule can never match: it ends (to) before it begins (from)");
	return 0;
}

/* ---- changing */

static void
bind_or_null(sqlite3_stmt *statement, const char *name, const char *text)
{
	if (text == NULL)
		bind_null(statement, name);
	else
		bind_string(statement, name, text);
}

static int
write_rule(struct store *store, const struct rule_put *put, struct err *err)
{
	static const char *const patterns[RULE_IFS] = { ":account", ":project", ":key", ":provider", ":model",
		":service_tier", ":tag", ":said_workload" };
	static const char *const gifts[RULE_GIFTS] = { ":workload", ":team", ":cost_centre", ":counts" };
	sqlite3_stmt *statement = statement_get(store, ST_rule_put);

	bind_if(statement, ":id", put->row.id != 0, put->row.id);
	bind_whole(statement, ":position", INT64_MAX);
	for (int i = 0; i < RULE_IFS; i++)
		bind_or_null(statement, patterns[i], put->rule->pattern[i]);
	for (int i = 0; i < RULE_GIFTS; i++)
		bind_or_null(statement, gifts[i], put->rule->gift[i]);
	bind_whole(statement, ":from_us", put->rule->from_us);
	bind_whole(statement, ":to_us", put->rule->to_us);
	bind_string(statement, ":note", put->row.note == NULL ? "" : put->row.note);
	bind_whole(statement, ":changed_us", put->row.changed_us);
	return statement_run(store, statement, err);
}

/* Number the rules 1, 2, ... in their order, with `moved` (0: none) at its own position. */
static int
place_rules(struct store *store, struct arena *arena, int64_t moved, int64_t position, struct err *err)
{
	sqlite3_stmt *place = statement_get(store, ST_rule_place);
	struct rule_list list;
	int64_t next = 1;

	if (rule_list(store, arena, &list, err) != 0)
		return -1;
	if (moved != 0 && (position < 1 || position > (int64_t)list.n))
		position = (int64_t)list.n;
	for (size_t i = 0; i <= list.n; i++) {
		bool last = i == list.n;
		int64_t id = last ? 0 : list.rows[i].id;

		if (moved != 0 && next == position) {
			bind_whole(place, ":id", moved);
			bind_whole(place, ":position", next++);
			if (statement_run(store, place, err) != 0)
				return -1;
		}
		if (last || id == moved)
			continue;
		bind_whole(place, ":id", id);
		bind_whole(place, ":position", next++);
		if (statement_run(store, place, err) != 0)
			return -1;
	}
	return 0;
}

static int
put_in_arena(struct store *store, const struct rule_put *put, struct arena *arena, int64_t *id, struct err *err)
{
	struct rule_list list;
	size_t at;

	if (rule_list(store, arena, &list, err) != 0)
		return -1;
	for (at = 0; at < list.n && list.rows[at].id != put->row.id; at++)
		;
	if (put->row.id != 0 && at == list.n)
		return err_set(err, ERR_MISSING, "there is no rule %" PRId64, put->row.id);
	if (put->row.id == 0 && list.n >= RULES_MAX)
		return err_set(err, ERR_INPUT, "there are %zu rules already, as many as are kept", list.n);
	if (put->position < 0 || put->position > (int64_t)list.n + (put->row.id == 0))
		return err_set(err, ERR_INPUT, "position: %" PRId64 " is outside 1 to %zu", put->position,
			list.n + (put->row.id == 0));
	if (write_rule(store, put, err) != 0)
		return -1;
	*id = put->row.id == 0 ? sqlite3_last_insert_rowid(store->db) : put->row.id;
	if (put->row.id != 0 && put->position == 0)
		return 0;
	return place_rules(store, arena, *id, put->position, err);
}

int
rule_put(struct store *store, const struct rule_put *put, int64_t *id, struct err *err)
{
	struct arena *arena;
	int status;

	if (rule_check(put->rule, put->row.note, err) != 0)
		return -1;
	if ((arena = arena_new()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the rules");
	status = put_in_arena(store, put, arena, id, err);
	arena_free(arena);
	return status;
}

int
rule_remove(struct store *store, int64_t id, struct err *err)
{
	sqlite3_stmt *remove = statement_get(store, ST_rule_remove);
	struct arena *arena;
	int removed, status;

	bind_whole(remove, ":id", id);
	if (statement_run(store, remove, err) != 0)
		return -1;
	if ((removed = sqlite3_changes(store->db)) == 0)
		return 0;
	if ((arena = arena_new()) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the rules");
	status = place_rules(store, arena, 0, 0, err);
	arena_free(arena);
	return status == 0 ? removed : -1;
}
