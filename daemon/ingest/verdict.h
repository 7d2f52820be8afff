/*
 * verdict: what the status of a reply means: an answer, try again (and when), or in vain until a person does
 * something, in words that a person can act on. Pure.
 */
#ifndef INGEST_VERDICT_H
#define INGEST_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct err;
struct pull;

enum verdict {
	VERDICT_ANSWER, /* 200 with a body that is no web page: it is for the parser */
	VERDICT_AGAIN, /* may go better later: a web page or nothing, 408, 409, 425, 429, 5xx, or a connection that broke */
	VERDICT_VAIN,   /* will not: another 4xx, a redirect, a refused address */
	VERDICT_STOPPED /* the daemon is stopping */
};

struct said {
	int status;
	struct text body;     /* its first bytes; of 200 with the first that is no blank */
	struct text location; /* where a redirect leads; empty: not said */
	const char *where;    /* "https://api.openai.com/v1/x": no query */
	const char *secret;   /* never repeated, even when the source repeats it; NULL: none */
	const struct pull *pull;
	const char *key_from; /* "file /etc/key", "variable OPENAI_ADMIN_KEY", NULL: no key was sent */
};

/* For anything but VERDICT_ANSWER *err is the sentence. */
enum verdict verdict_of(const struct said *said, struct err *err);

/* Put *** in place of each time the secret (4 letters and more) stands in the text. */
void key_hide(char *text, const char *secret);

/*
 * How long to wait by a Retry-After header: seconds or an HTTP date, which is held against the reply's own Date (0: not
 * told, now_s counts). -1 where it says nothing that can be understood. At most a day.
 */
int64_t retry_after_parse(const char *value, int64_t date_s, int64_t now_s);

/* "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; -1 where it is none. */
int64_t http_date_parse(const char *value);

/*
 * How long to wait after the nth failure in a row (n = 1 the first): doubling from first_s to most_s, and of that a
 * random half to the whole, so that many do not come together. random: 0 to 1.
 */
int64_t backoff_us(int failures, int64_t first_us, int64_t most_us, double random);

#endif
