#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/access/access.h"
#include "daemon/base/arena.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/text.h"

#define ID_TRIES 4                /* ids are random: a second one that is taken too is no chance */
#define KEEP_ENDED_S (30 * DAY_S) /* links and sessions are listed that long after their end */
#define YEARS_MAX 100

const char *const scope_names[3] = { "read", "ingest", "admin" };
const char *const kind_names[3] = { "token", "link", "session" };

int
scope_parse(const char *word, enum token_scope *scope, struct err *err)
{
	char shown[TEXT_SHOWN];

	for (int i = 0; i < 3; i++)
		if (strcmp(word, scope_names[i]) == 0) {
			*scope = (enum token_scope)i;
			return 0;
		}
	return err_set(err, ERR_INPUT, "scope: '%s' is none of read, ingest, admin",
		text_shown(text_of(word), shown, sizeof(shown)));
}

int
expiry_parse(const char *text, int64_t now_us, int64_t *expires_us, struct err *err)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 'h', HOUR_S }, { 'd', DAY_S }, { 'w', 7 * (int64_t)DAY_S } };
	size_t digits = strspn(text, "0123456789");
	char shown[TEXT_SHOWN];

	text_shown(text_of(text), shown, sizeof(shown));
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (digits == 0 || digits > 9 || text[digits] != units[i].letter || text[digits + 1] != '\0')
			continue;
		*expires_us = strtoll(text, NULL, 10) * units[i].seconds;
		if (*expires_us == 0)
			return err_set(err, ERR_INPUT, "expires: '%s' is over at once", shown);
		if (*expires_us > YEARS_MAX * 366 * (int64_t)DAY_S)
			return err_set(err, ERR_INPUT, "expires: '%s' is more than %d years", shown, YEARS_MAX);
		*expires_us = now_us + *expires_us * SECOND_US;
		return 0;
	}
	if (strchr(text, '-') == NULL || time_parse(text, strlen(text), expires_us, NULL) != 0)
		return err_set(err, ERR_INPUT,
			"expires: '%s' is neither a time from now, such as 90d, nor a date, such as 2027-01-31", shown);
	return *expires_us > now_us ? 0 : err_set(err, ERR_INPUT, "expires: '%s' has passed", shown);
}

/* ---- giving */

static int
check_name(const char *name, struct err *err)
{
	struct text rest = text_of(name);
	char shown[TEXT_SHOWN];

	if (rest.n == 0)
		return err_set(err, ERR_INPUT, "name: it is empty; say what the token is for, such as ci");
	text_shown(rest, shown, sizeof(shown));
	if (rest.n >= TOKEN_NAME_MAX)
		return err_set(err, ERR_INPUT, "name: '%s' is longer than %d bytes", shown, TOKEN_NAME_MAX - 1);
	if (rest.n == SECRET_ID_DIGITS && strspn(name, "0123456789abcdef") == rest.n)
		return err_set(err, ERR_INPUT, "name: '%s' has the form of an id", shown);
	if (strncmp(name, "bkv_", 4) == 0)
		return err_set(err, ERR_INPUT, "name: this looks like a token itself");
	while (rest.n > 0) {
		size_t letter = text_letter(rest);

		if (letter == 0 || text_control(rest))
			return err_set(err, ERR_INPUT, "name: '%s' holds what is no letter", shown);
		rest.p += letter;
		rest.n -= letter;
	}
	return 0;
}

/* Inside a transaction. */
static int
add_token(struct store *store, const struct access_wish *wish, char text[SECRET_MAX], struct token *token,
	struct err *err)
{
	struct token taken;
	int status = 1;

	memset(token, 0, sizeof(*token));
	token->kind = wish->kind;
	token->scope = wish->scope;
	token->created_us = wish->now_us;
	token->expires_us = wish->expires_us;
	snprintf(token->name, sizeof(token->name), "%s", wish->name);
	for (int i = 0; i < ID_TRIES && status == 1; i++) {
		if (secret_make(wish->kind, text, token, err) != 0)
			return -1;
		status = token_get(store, token->id, &taken, err);
	}
	return status < 0 ? -1 : token_put(store, token, err);
}

int
access_give(struct store *store, const struct access_wish *wish, char text[SECRET_MAX], struct token *token,
	struct err *err)
{
	int64_t live = 0;

	if (check_name(wish->name, err) != 0 || store_begin(store, err) != 0)
		return -1;
	if (wish->kind == TOKEN_ACCESS)
		live = token_live(store, wish->name, wish->now_us, err);
	if (live > 0)
		err_set(err, ERR_INPUT, "there is a token '%s' already; `breakeven token revoke` ends it", wish->name);
	if (live != 0 || token_prune(store, wish->now_us - KEEP_ENDED_S * SECOND_US, err) != 0 ||
		add_token(store, wish, text, token, err) != 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return 0;
}

/* ---- judging */

int
access_judge(struct store *store, enum token_kind kind, const char *text, int64_t now_us, struct token *token,
	enum access_verdict *verdict, struct err *err)
{
	char id[TOKEN_ID_MAX];
	int found;

	*verdict = ACCESS_UNKNOWN;
	if (!secret_read(kind, text, id))
		return 0;
	found = token_get(store, id, token, err);
	if (found < 0)
		return -1;
	if (found == 0 || token->kind != kind || !secret_is(text, token->hash))
		return 0;
	*verdict = token->revoked_us != 0                               ? ACCESS_REVOKED
		: token->expires_us != 0 && now_us >= token->expires_us ? ACCESS_EXPIRED
		: token->kind == TOKEN_LOGIN && token->used_us != 0     ? ACCESS_SPENT
									: ACCESS_GOOD;
	return 0;
}

int
access_redeem(struct store *store, const struct access_login *login, char session[SECRET_MAX], struct token *token,
	enum access_verdict *verdict, struct err *err)
{
	struct token link;
	int spent;

	if (access_judge(store, TOKEN_LOGIN, login->code, login->now_us, &link, verdict, err) != 0)
		return -1;
	if (*verdict != ACCESS_GOOD)
		return 0;
	if (store_begin(store, err) != 0)
		return -1;
	spent = token_spend(store, link.id, login->now_us, err);
	if (spent == 1) {
		const struct access_wish wish = { TOKEN_SESSION, link.name, link.scope, login->now_us,
			login->expires_us };

		if (add_token(store, &wish, session, token, err) == 0 && store_commit(store, err) == 0)
			return 0;
		spent = -1;
	}
	store_rollback(store);
	*verdict = ACCESS_SPENT;
	return spent;
}

int
access_revoke(struct store *store, const char *word, int64_t now_us, struct err *err)
{
	int revoked;

	if (store_begin(store, err) != 0)
		return -1;
	revoked = token_revoke(store, word, now_us, err);
	if (revoked < 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return revoked;
}

int
access_carry_revoked(struct store *before, struct store *store, struct err *err)
{
	struct arena *arena = arena_new();
	struct token *tokens;
	int revoked = 0, now = 0;
	size_t n;

	if (arena == NULL || token_all(before, arena, &tokens, &n, err) != 0 || store_begin(store, err) != 0) {
		arena_free(arena);
		return arena == NULL ? err_set(err, ERR_OUTSIDE, "no memory") : -1;
	}
	for (size_t i = 0; i < n && now >= 0; i++) {
		now = tokens[i].revoked_us == 0 ? 0 : token_revoke(store, tokens[i].id, tokens[i].revoked_us, err);
		revoked += now;
	}
	arena_free(arena);
	if (now < 0 || store_commit(store, err) != 0) {
		store_rollback(store);
		return -1;
	}
	return revoked;
}

bool
access_use_is_news(const struct token *token, int64_t now_us)
{
	return now_us - token->used_us >= USE_REMEMBERED_S * SECOND_US;
}

void
access_note_use(struct store *store, const char *id, int64_t now_us)
{
	struct err err;

	store_patience(store, 0);
	if (store_begin(store, &err) != 0)
		return;
	if (token_used(store, id, now_us, &err) != 0 || store_commit(store, &err) != 0)
		store_rollback(store);
}
