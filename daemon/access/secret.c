#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "daemon/access/secret.h"
#include "models/units/err.h"

#define BEGIN_LENGTH 4
#define SECRET_DIGITS 64
#define TEXT_LENGTH (BEGIN_LENGTH + SECRET_ID_DIGITS + 1 + SECRET_DIGITS)

static const char *const begins[] = { [TOKEN_ACCESS] = "bkv_", [TOKEN_LOGIN] = "bkl_", [TOKEN_SESSION] = "bks_" };

static void
print_hex(const uint8_t *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static bool
is_hex(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return true;
}

int
secret_make(enum token_kind kind, char text[SECRET_MAX], struct token *token, struct err *err)
{
	uint8_t bytes[SECRET_ID_DIGITS / 2 + SECRET_DIGITS / 2];
	char id[SECRET_ID_DIGITS + 1], secret[SECRET_DIGITS + 1];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_set(err, ERR_OUTSIDE, "the system gives no random bytes: %s", strerror(errno));
	print_hex(bytes, SECRET_ID_DIGITS / 2, id);
	print_hex(bytes + SECRET_ID_DIGITS / 2, SECRET_DIGITS / 2, secret);
	snprintf(text, SECRET_MAX, "%s%s_%s", begins[kind], id, secret);
	snprintf(token->id, sizeof(token->id), "%s", id);
	sha256(text, strlen(text), token->hash);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(secret, sizeof(secret));
	return 0;
}

bool
secret_read(enum token_kind kind, const char *text, char id[TOKEN_ID_MAX])
{
	const char *p = text + BEGIN_LENGTH;

	if (strlen(text) != TEXT_LENGTH || strncmp(text, begins[kind], BEGIN_LENGTH) != 0 ||
		!is_hex(p, SECRET_ID_DIGITS) || p[SECRET_ID_DIGITS] != '_' ||
		!is_hex(p + SECRET_ID_DIGITS + 1, SECRET_DIGITS))
		return false;
	memcpy(id, p, SECRET_ID_DIGITS);
	id[SECRET_ID_DIGITS] = '\0';
	return true;
}

bool
bytes_same(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *p = a, *q = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= p[i] ^ q[i];
	return differ == 0;
}

bool
secret_is(const char *text, const uint8_t hash[SHA256_BYTES])
{
	uint8_t own[SHA256_BYTES];

	sha256(text, strlen(text), own);
	return bytes_same(own, hash, SHA256_BYTES);
}

void
secret_csrf(const char *session, char csrf[2 * SHA256_BYTES + 1])
{
	char text[SECRET_MAX + 8];
	uint8_t hash[SHA256_BYTES];

	snprintf(text, sizeof(text), "csrf %s", session);
	sha256(text, strlen(text), hash);
	print_hex(hash, sizeof(hash), csrf);
	explicit_bzero(text, sizeof(text));
}

char *
secret_hide(char *text)
{
	const size_t shown = BEGIN_LENGTH + SECRET_ID_DIGITS + 1;

	for (char *p = text; (p = strstr(p, "bk")) != NULL; p++) {
		size_t n = strlen(p);
		bool begins_so = n > shown && strchr("vls", p[2]) != NULL && p[3] == '_' &&
			is_hex(p + BEGIN_LENGTH, SECRET_ID_DIGITS) && p[shown - 1] == '_';
		size_t digits = 0;

		while (begins_so && shown + digits < n && is_hex(p + shown + digits, 1))
			digits++;
		if (digits >= 3) {
			memcpy(p + shown, "...", 3);
			memmove(p + shown + 3, p + shown + digits, n - shown - digits + 1);
		}
	}
	return text;
}
