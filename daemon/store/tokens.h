/*
 * tokens: the rows of who may come in: access tokens, one-time login links, sessions of browsers. They
 * hold hashes only; daemon/access makes the secrets and judges them.
 */
#ifndef STORE_TOKENS_H
#define STORE_TOKENS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

#define TOKEN_ID_MAX 16   /* room for an id with its NUL */
#define TOKEN_NAME_MAX 65 /* room for a name with its NUL */
#define TOKEN_HASH_BYTES 32

/* The numbers stand in the table. */
enum token_kind { TOKEN_ACCESS, TOKEN_LOGIN, TOKEN_SESSION };
enum token_scope { TOKEN_READ, TOKEN_INGEST, TOKEN_ADMIN };

struct token {
	char id[TOKEN_ID_MAX];
	enum token_kind kind;
	char name[TOKEN_NAME_MAX];
	enum token_scope scope;
	uint8_t hash[TOKEN_HASH_BYTES];
	int64_t created_us;
	int64_t expires_us;          /* 0: never */
	int64_t used_us, revoked_us; /* 0: never, not */
};

/* Changes are called in a transaction. used_us and revoked_us of a new row are 0. */
int token_put(struct store *store, const struct token *token, struct err *err);

/* 1 with *token, 0 where there is none of that id. */
int token_get(struct store *store, const char *id, struct token *token, struct err *err);

/* By kind, then by when they were made. */
int token_all(struct store *store, struct arena *arena, struct token **tokens, size_t *n, struct err *err);

/* Remember a use; never goes back in time. */
int token_used(struct store *store, const char *id, int64_t now_us, struct err *err);

/* Use up a login link: 1 done, 0 it was used or revoked before. */
int token_spend(struct store *store, const char *id, int64_t now_us, struct err *err);

/* Revoke by id, or all access tokens of that name. The number revoked now, or -1. */
int token_revoke(struct store *store, const char *word, int64_t now_us, struct err *err);

/* How many access tokens count now; of one name, or (NULL) of all. -1 with *err. */
int64_t token_live(struct store *store, const char *name, int64_t now_us, struct err *err);

/* Delete links and sessions that ended before then. */
int token_prune(struct store *store, int64_t before_us, struct err *err);

#endif
