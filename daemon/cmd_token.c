/*
 * breakeven token: who may come in: access tokens for programs, one-time links for browsers.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/access/access.h"
#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/report/answer.h"
#include "models/units/err.h"
#include "models/units/text.h"

struct given {
	const char *data, *config, *format;
	const char *scope, *expires, *url;
};

static struct value *
moment(struct answer *answer, int64_t at_us)
{
	char text[TIME_MAX];

	if (at_us == 0)
		return value_unknown(answer);
	time_print(text, sizeof(text), at_us - at_us % SECOND_US);
	return value_text(answer, text);
}

static void
print(const struct answer *answer, enum answer_format format)
{
	fputs(answer_print(answer, format, NULL), stdout);
}

static void
describe(struct answer *answer, const struct token *token)
{
	answer_fact(answer, "id", "", value_text(answer, token->id));
	answer_fact(answer, "name", "", value_text(answer, token->name));
	answer_fact(answer, "scope", "", value_text(answer, scope_names[token->scope]));
	answer_fact(answer, "expires", "", moment(answer, token->expires_us));
}

static int
add(struct context *context, const struct given *given, const char *name, struct answer *answer, struct err *err)
{
	struct access_wish wish = { .kind = TOKEN_ACCESS, .name = name, .now_us = context->now_us };
	char text[SECRET_MAX];
	struct token token;

	if (given->scope == NULL)
		return err_set(err, ERR_INPUT,
			"--scope is needed: ingest (may push usage), read (may ask), or admin (may do everything)");
	if (scope_parse(given->scope, &wish.scope, err) != 0 ||
		(given->expires != NULL && expiry_parse(given->expires, context->now_us, &wish.expires_us, err) != 0) ||
		context_store(context, STORE_WRITE, err) != 0 ||
		access_give(context->store, &wish, text, &token, err) != 0)
		return -1;
	answer_headline(answer, "Keep it now: the token is shown this once, and only its hash is stored");
	describe(answer, &token);
	answer_fact(answer, "token", "", value_text(answer, text));
	return 0;
}

/* Where a browser reaches the daemon, as far as the settings tell; NULL where the port is not known. */
static const char *
address(struct context *context, const struct given *given)
{
	const struct settings *settings = &context->settings;
	const char *colon = strrchr(settings->listen, ':');
	const char *prefix = settings->serve.path_prefix;

	if (given->url != NULL)
		return arena_format(context->arena, "%.*s",
			(int)(strlen(given->url) -
				(given->url[0] != '\0' && given->url[strlen(given->url) - 1] == '/')),
			given->url);
	if (settings->serve.tls_in_front[0] != '\0')
		return arena_format(context->arena, "https://%s%s", settings->serve.tls_in_front, prefix);
	if (colon == NULL || strcmp(colon, ":0") == 0)
		return NULL;
	return arena_format(context->arena, "%s://%s%s", settings->serve.tls_certificate[0] != '\0' ? "https" : "http",
		settings->listen, prefix);
}

static int
login(struct context *context, const struct given *given, const char *name, struct answer *answer, struct err *err)
{
	struct access_wish wish = { .kind = TOKEN_LOGIN,
		.name = name == NULL ? "browser" : name,
		.now_us = context->now_us,
		.expires_us = context->now_us + LOGIN_LINK_S * SECOND_US };
	const char *where = address(context, given);
	char text[SECRET_MAX];
	struct token token;

	if (where == NULL)
		return err_set(err, ERR_INPUT, "listen is '%s': say --url with the address that `serve` printed",
			context->settings.listen);
	if (scope_parse(given->scope == NULL ? "read" : given->scope, &wish.scope, err) != 0)
		return -1;
	if (wish.scope == TOKEN_INGEST)
		return err_set(err, ERR_INPUT, "scope: 'ingest' is for programs; a browser needs read or admin");
	if (given->expires != NULL)
		return err_set(err, ERR_INPUT,
			"--expires: a link counts for %d minutes, and serve.session_hours says "
			"how long the browser then stays signed in",
			LOGIN_LINK_S / 60);
	if (context_store(context, STORE_WRITE, err) != 0 || access_give(context->store, &wish, text, &token, err) != 0)
		return -1;
	answer_headline(answer, "Open this link within %d minutes; it signs one browser in, once", LOGIN_LINK_S / 60);
	describe(answer, &token);
	answer_fact(
		answer, "link", "", value_text(answer, arena_format(context->arena, "%s/login?code=%s", where, text)));
	return 0;
}

static const char *
state_of(const struct token *token, int64_t now_us)
{
	return token->revoked_us != 0                                   ? "revoked"
		: token->kind == TOKEN_LOGIN && token->used_us != 0     ? "used"
		: token->expires_us != 0 && now_us >= token->expires_us ? "expired"
									: "valid";
}

static int
list(struct context *context, struct answer *answer, struct err *err)
{
	struct column *id, *kind, *name, *scope, *state, *created, *expires, *used;
	struct token *tokens;
	size_t n;

	if (context_store(context, STORE_READ, err) != 0 ||
		token_all(context->store, context->arena, &tokens, &n, err) != 0)
		return -1;
	id = answer_column(answer, "id", "");
	kind = answer_column(answer, "kind", "");
	name = answer_column(answer, "name", "");
	scope = answer_column(answer, "scope", "");
	state = answer_column(answer, "state", "");
	created = answer_column(answer, "created", "");
	expires = answer_column(answer, "expires", "");
	used = answer_column(answer, "last_used", "");
	for (size_t i = 0; i < n; i++) {
		column_add(answer, id, value_text(answer, tokens[i].id));
		column_add(answer, kind, value_text(answer, kind_names[tokens[i].kind]));
		column_add(answer, name, value_text(answer, tokens[i].name));
		column_add(answer, scope, value_text(answer, scope_names[tokens[i].scope]));
		column_add(answer, state, value_text(answer, state_of(&tokens[i], context->now_us)));
		column_add(answer, created, moment(answer, tokens[i].created_us));
		column_add(answer, expires, moment(answer, tokens[i].expires_us));
		column_add(answer, used, moment(answer, tokens[i].used_us));
	}
	return 0;
}

static int
revoke(struct context *context, const char *word, struct answer *answer, struct err *err)
{
	char id[TOKEN_ID_MAX], shown[TEXT_SHOWN];
	int revoked;

	if (context_store(context, STORE_WRITE, err) != 0)
		return -1;
	/* A whole token is taken too, so that one found in a log can be ended by pasting it. */
	for (enum token_kind kind = TOKEN_ACCESS; kind <= TOKEN_SESSION; kind++)
		if (secret_read(kind, word, id))
			word = id;
	revoked = access_revoke(context->store, word, context->now_us, err);
	if (revoked == 0)
		err_set(err, ERR_MISSING, "no token '%s' is valid; `breakeven token list` shows all",
			text_shown(text_of(word), shown, sizeof(shown)));
	answer_fact(answer, "revoked", "", value_whole(answer, revoked));
	return revoked > 0 ? 0 : -1;
}

static int
act(struct context *context, const struct given *given, int words, char **argv, struct err *err)
{
	const char *verb = words > 0 ? argv[1] : "";
	enum answer_format format;
	struct answer *answer;
	int status;

	if (args_format(given->format, &format, err) != 0 ||
		context_open(context, given->config, given->data, err) != 0)
		return -1;
	answer = answer_new(context->arena);
	if (words == 2 && strcmp(verb, "add") == 0)
		status = add(context, given, argv[2], answer, err);
	else if (words >= 1 && words <= 2 && strcmp(verb, "login") == 0)
		status = login(context, given, words == 2 ? argv[2] : NULL, answer, err);
	else if (words == 1 && strcmp(verb, "list") == 0)
		status = list(context, answer, err);
	else if (words == 2 && strcmp(verb, "revoke") == 0)
		status = revoke(context, argv[2], answer, err);
	else
		return err_set(err, ERR_INPUT,
			"say `token add NAME --scope ...`, `token login`, `token list` or `token revoke NAME`");
	if (status == 0)
		print(answer, format);
	return status;
}

static int
token_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	struct given given = { .data = NULL };
	const struct arg args[] = {
		{ .name = "scope", .value = &given.scope },
		{ .name = "expires", .value = &given.expires },
		{ .name = "url", .value = &given.url },
		{ .name = "data", .value = &given.data },
		{ .name = "config", .value = &given.config },
		{ .name = "format", .value = &given.format },
		{ .name = NULL },
	};
	int words, status = 0;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("token", &err);
	if (act(&context, &given, words, argv, &err) != 0)
		status = command_fail("token", &err);
	context_close(&context);
	return status;
}

const struct command cmd_token = {
	.name = "token",
	.summary = "who may come in: access tokens and sign-in links",
	.usage =
		"add NAME --scope ingest|read|admin [--expires 90d|DATE] | login [NAME] [--scope read|admin] [--url URL]\n"
		"             | list | revoke NAME|ID      [--data DIR] [--config FILE] [--format text|json|csv]\n\n"
		"  add      make a token for a program (Authorization: Bearer ...); it is shown once\n"
		"           ingest: push usage; read: ask and compute; admin: everything\n"
		"           --expires: a time from now (h, d, w) or a date; without it the token never ends\n"
		"  login    print a link that signs one browser in, once, within 10 minutes\n"
		"           --url: where the browser reaches the daemon, if the settings do not tell\n"
		"  list     all tokens, links and sessions, with when they were last used\n"
		"  revoke   end a token by its name, or a token, link or session by its id, from the next request on\n",
	.example = "breakeven token add ci --scope ingest --expires 90d",
	.run = token_command,
};
