/*
 * secret: the text that somebody who may come in carries.
 *
 *     bkv_3f9a1c77d0e2_5b1e…     an access token: "bkv_", an id of 12 and a secret of 64 hexadecimal digits
 *     bkl_…  bks_…               a login link's code, a session of a browser, made the same way
 *
 * The 256 bits come from the kernel. The id is public: it finds the row, whose hash of the whole text is
 * then compared in constant time. The fixed beginning lets scanners for leaked secrets find one.
 */
#ifndef ACCESS_SECRET_H
#define ACCESS_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/sha256.h"
#include "daemon/store/tokens.h"

struct err;

#define SECRET_MAX 96 /* room for a secret's text with its NUL */
#define SECRET_ID_DIGITS 12

/* Make one of a kind: the text, and in token its id and hash. ERR_OUTSIDE where the kernel gives no randomness. */
int secret_make(enum token_kind kind, char text[SECRET_MAX], struct token *token, struct err *err);

/* Whether a text has the form of that kind; its id is then copied. Says nothing about whether it counts. */
bool secret_read(enum token_kind kind, const char *text, char id[TOKEN_ID_MAX]);

/* Whether a text is the one that was hashed; the time it takes does not depend on where they differ. */
bool secret_is(const char *text, const uint8_t hash[SHA256_BYTES]);

/* Whether n bytes are the same, in a time that depends on n alone. */
bool bytes_same(const void *a, const void *b, size_t n);

/* What a page must send with writes, besides the cookie: follows from the session's text and tells nothing of it. */
void secret_csrf(const char *session, char csrf[2 * SHA256_BYTES + 1]);

/* Put "…" in the place of every secret inside a text, for logs. Returns the text. */
char *secret_hide(char *text);

#endif
