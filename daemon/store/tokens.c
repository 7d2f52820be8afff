#include <stdio.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/handle.h"
#include "daemon/store/tokens.h"

int
token_put(struct store *store, const struct token *token, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_token_add);

	bind_string(add, ":id", token->id);
	bind_whole(add, ":kind", token->kind);
	bind_string(add, ":name", token->name);
	bind_whole(add, ":scope", token->scope);
	sqlite3_bind_blob(
		add, sqlite3_bind_parameter_index(add, ":hash"), token->hash, TOKEN_HASH_BYTES, SQLITE_STATIC);
	bind_whole(add, ":created_us", token->created_us);
	bind_whole(add, ":expires_us", token->expires_us);
	return statement_run(store, add, err);
}

static void
copy_text(char *out, size_t size, struct text text)
{
	snprintf(out, size, "%.*s", (int)text.n, text.n == 0 ? "" : text.p);
}

static int
read_token(sqlite3_stmt *row, struct token *token, struct err *err)
{
	memset(token, 0, sizeof(*token));
	copy_text(token->id, sizeof(token->id), column_text(row, 0));
	copy_text(token->name, sizeof(token->name), column_text(row, 2));
	token->kind = (enum token_kind)sqlite3_column_int(row, 1);
	token->scope = (enum token_scope)sqlite3_column_int(row, 3);
	token->created_us = sqlite3_column_int64(row, 5);
	token->expires_us = sqlite3_column_int64(row, 6);
	token->used_us = sqlite3_column_int64(row, 7);
	token->revoked_us = sqlite3_column_int64(row, 8);
	if (sqlite3_column_bytes(row, 4) != TOKEN_HASH_BYTES || token->kind > TOKEN_SESSION ||
		token->scope > TOKEN_ADMIN)
		return err_set(
			err, ERR_OUTSIDE, "access token %s cannot be read: a newer breakeven made it", token->id);
	memcpy(token->hash, sqlite3_column_blob(row, 4), TOKEN_HASH_BYTES);
	return 0;
}

int
token_get(struct store *store, const char *id, struct token *token, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_token_find);
	int status;

	bind_string(row, ":id", id);
	status = statement_step(store, row, err);
	if (status == 1 && read_token(row, token, err) != 0)
		status = -1;
	sqlite3_reset(row);
	return status;
}

int
token_all(struct store *store, struct arena *arena, struct token **tokens, size_t *n, struct err *err)
{
	sqlite3_stmt *rows = statement_get(store, ST_token_list);
	size_t room = 0;
	int status;

	*tokens = NULL;
	*n = 0;
	while ((status = statement_step(store, rows, err)) == 1) {
		if (*n == room) {
			struct token *more = arena_take(arena, (room = room == 0 ? 16 : 2 * room) * sizeof(*more));

			if (*n > 0)
				memcpy(more, *tokens, *n * sizeof(*more));
			*tokens = more;
		}
		if (read_token(rows, &(*tokens)[(*n)++], err) != 0) {
			sqlite3_reset(rows);
			return -1;
		}
	}
	return status;
}

int
token_used(struct store *store, const char *id, int64_t now_us, struct err *err)
{
	sqlite3_stmt *use = statement_get(store, ST_token_use);

	bind_string(use, ":id", id);
	bind_whole(use, ":now_us", now_us);
	return statement_run(store, use, err);
}

int
token_spend(struct store *store, const char *id, int64_t now_us, struct err *err)
{
	sqlite3_stmt *spend = statement_get(store, ST_token_spend);

	bind_string(spend, ":id", id);
	bind_whole(spend, ":now_us", now_us);
	return statement_run(store, spend, err) != 0 ? -1 : sqlite3_changes(store->db);
}

int
token_revoke(struct store *store, const char *word, int64_t now_us, struct err *err)
{
	sqlite3_stmt *revoke = statement_get(store, ST_token_revoke);

	bind_string(revoke, ":word", word);
	bind_whole(revoke, ":now_us", now_us);
	return statement_run(store, revoke, err) != 0 ? -1 : sqlite3_changes(store->db);
}

int64_t
token_live(struct store *store, const char *name, int64_t now_us, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_token_live);
	int64_t live = -1;

	bind_whole(row, ":now_us", now_us);
	if (name != NULL)
		bind_string(row, ":name", name);
	else
		bind_null(row, ":name");
	if (statement_step(store, row, err) == 1)
		live = sqlite3_column_int64(row, 0);
	sqlite3_reset(row);
	return live;
}

int
token_prune(struct store *store, int64_t before_us, struct err *err)
{
	sqlite3_stmt *prune = statement_get(store, ST_token_prune);

	bind_whole(prune, ":before_us", before_us);
	return statement_run(store, prune, err);
}
