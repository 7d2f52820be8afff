/*
 * access: who may come in, with no HTTP in sight: making tokens, login links and sessions, and judging
 * the secret that somebody brings.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/access/secret.h"
#include "daemon/store/tokens.h"

struct err;
struct store;

#define LOGIN_LINK_S 600     /* how long a login link counts */
#define USE_REMEMBERED_S 900 /* a use is written down when the last one written is older */

extern const char *const scope_names[3]; /* of enum token_scope: "read", "ingest", "admin" */
extern const char *const kind_names[3];  /* of enum token_kind: "token", "link", "session" */

/* ERR_INPUT for any other word. */
int scope_parse(const char *word, enum token_scope *scope, struct err *err);

/*
 * When a token ends: "90d" (also h, w), counted from now, or a date or instant that lies ahead. ERR_INPUT
 * names the text.
 */
int expiry_parse(const char *text, int64_t now_us, int64_t *expires_us, struct err *err);

/* What somebody is to be given. */
struct access_wish {
	enum token_kind kind;
	const char *name; /* of an access token: in use by no other one that counts */
	enum token_scope scope;
	int64_t now_us, expires_us; /* expires_us 0: never */
};

/*
 * Make and store it, in a transaction of its own. The text is told here and never again. ERR_INPUT for a
 * name that is empty, too long, no plain text, of the form of an id, or in use.
 */
int access_give(struct store *store, const struct access_wish *wish, char text[SECRET_MAX], struct token *token,
	struct err *err);

/* Why a secret counts or not. */
enum access_verdict {
	ACCESS_GOOD,
	ACCESS_UNKNOWN, /* never given, or wrong */
	ACCESS_EXPIRED,
	ACCESS_REVOKED,
	ACCESS_SPENT /* a login link that was used */
};

/* Judge a text; *token is filled unless it is unknown. -1 only where the ledger cannot be asked. */
int access_judge(struct store *store, enum token_kind kind, const char *text, int64_t now_us, struct token *token,
	enum access_verdict *verdict, struct err *err);

/*
 * Turn a login link's code into a session that ends at expires_us, once. *verdict is as above; only with
 * ACCESS_GOOD session and *token are filled.
 */
struct access_login {
	const char *code;
	int64_t now_us, expires_us;
};
int access_redeem(struct store *store, const struct access_login *login, char session[SECRET_MAX], struct token *token,
	enum access_verdict *verdict, struct err *err);

/* Revoke by id or by name. The number of those that counted until now, or -1. */
int access_revoke(struct store *store, const char *word, int64_t now_us, struct err *err);

/*
 * Revoke in a ledger what was revoked in another that it took the place of, so that no backup brings a right back.
 * The number revoked now, or -1.
 */
int access_carry_revoked(struct store *before, struct store *store, struct err *err);

/* Whether a use now should be written down. */
bool access_use_is_news(const struct token *token, int64_t now_us);

/* Write down a use, if nobody holds the write lock: a lost note of this kind is no loss. */
void access_note_use(struct store *store, const char *id, int64_t now_us);

#endif
