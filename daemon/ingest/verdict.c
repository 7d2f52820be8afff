#include "daemon/ingest/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/pull.h"
#include "collectors/reply.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define SAID_MAX 360
#define BODY_MAX 65536

/* ---- what the source says */

/* The message in a JSON body, or the begin of a plain one; "" where there is nothing to repeat. */
static void
body_says(struct text body, char *said, size_t size)
{
	struct json_doc *doc = json_new();
	char *bytes = malloc(BODY_MAX);
	size_t n = body.n < BODY_MAX ? body.n : BODY_MAX;
	const struct json *root = NULL;

	said[0] = '\0';
	if (doc != NULL && bytes != NULL && n > 0) {
		memcpy(bytes, body.p, n);
		root = json_parse(doc, bytes, n, NULL);
	}
	if (root != NULL)
		reply_said(root, said, size);
	else if (n > 0 && body.p[0] != '<')
		text_shown((struct text){ body.p, n < 160 ? n : 160 }, said, size < 120 ? size : 120);
	free(bytes);
	json_free(doc);
}

void
key_hide(char *text, const char *secret)
{
	size_t n = secret == NULL ? 0 : strlen(secret);
	char *found;

	while (n >= 4 && (found = strstr(text, secret)) != NULL) {
		memcpy(found, "***", 3);
		memmove(found + 3, found + n, strlen(found + n) + 1);
	}
}

/* ---- what it means */

static const char *
meaning(int status)
{
	switch (status) {
	case 400:
		return "the source does not understand the request";
	case 401:
		return "the key is not accepted";
	case 402:
		return "the account must be paid first";
	case 403:
		return "the key may not do this";
	case 404:
		return "there is nothing at this address; look at the URL";
	case 405:
		return "this address does not answer such requests; look at the URL";
	case 407:
		return "the proxy wants to know who asks";
	case 408:
		return "the source waited too long for the request";
	case 413:
		return "the source finds the request too large";
	case 429:
		return "the source wants to be asked less often";
	case 529:
		return "the source is overloaded";
	default:
		return status >= 500 ? "the source failed" : "the source refuses";
	}
}

static bool
try_again(const struct said *said)
{
	int status = said->status;

	if (said->pull != NULL && said->pull->again != NULL)
		return said->pull->again(status, said->body);
	return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

static enum verdict
redirected(const struct said *said, struct err *err)
{
	char shown[128];
	struct text to = said->location;
	size_t i = 0;

	while (i < to.n && to.p[i] != '?' && to.p[i] != '#')
		i++;
	text_shown((struct text){ to.p, i }, shown, sizeof(shown));
	err_set(err, ERR_OUTSIDE,
		"%s: redirects (HTTP %d) to %s; a redirect is not followed with a key: if that is right, set url to it",
		said->where, said->status, i == 0 ? "somewhere it does not say" : shown);
	return VERDICT_VAIN;
}

/* A page for people, or nothing, is no answer whatever is asked for. */
static enum verdict
answered(const struct said *said, struct err *err)
{
	size_t i = 0;

	while (i < said->body.n && strchr(" \t\r\n", said->body.p[i]) != NULL)
		i++;
	if (i < said->body.n && said->body.p[i] != '<')
		return VERDICT_ANSWER;
	err_set(err, ERR_OUTSIDE,
		i == said->body.n
			? "%s: HTTP 200 with nothing in it; look at the URL"
			: "%s: HTTP 200 with a web page in place of data; look at the URL, and whether a login stands before it",
		said->where);
	return VERDICT_AGAIN;
}

enum verdict
verdict_of(const struct said *said, struct err *err)
{
	const char *about = said->pull == NULL ? NULL : said->pull->key.about;
	char text[SAID_MAX], key[256] = "";

	if (said->status == 200)
		return answered(said, err);
	if (said->status >= 300 && said->status < 400)
		return redirected(said, err);
	body_says(said->body, text, sizeof(text));
	key_hide(text, said->secret);
	if ((said->status == 401 || said->status == 403) && said->key_from == NULL && about != NULL)
		snprintf(key, sizeof(key), "; no key was sent: it needs %s", about);
	else if ((said->status == 401 || said->status == 403) && about != NULL)
		snprintf(key, sizeof(key), "; the key of %s was sent: it needs %s", said->key_from, about);
	err_set(err, ERR_OUTSIDE, "%s: HTTP %d, %s%s%s%s%s", said->where, said->status, meaning(said->status),
		text[0] == '\0' ? "" : ": '", text, text[0] == '\0' ? "" : "'", key);
	return try_again(said) ? VERDICT_AGAIN : VERDICT_VAIN;
}

/* ---- when */

int64_t
http_date_parse(const char *value)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day, year, hour, minute, second, used = 0;
	char month[4], printed[TIME_MAX];
	const char *found;
	int64_t at_us;

	if (sscanf(value, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT%n", &day, month, &year, &hour, &minute, &second, &used) !=
			6 ||
		used == 0)
		return -1;
	found = strstr(months, month);
	if (found == NULL || (found - months) % 3 != 0 || strlen(month) != 3)
		return -1;
	snprintf(printed, sizeof(printed), "%04d-%02d-%02dT%02d:%02d:%02dZ", year, (int)(found - months) / 3 + 1, day,
		hour, minute, second);
	return time_parse(printed, strlen(printed), &at_us, NULL) == 0 ? at_us / SECOND_US : -1;
}

int64_t
retry_after_parse(const char *value, int64_t date_s, int64_t now_s)
{
	int64_t wait = 0;
	size_t digits;

	value += strspn(value, " \t");
	digits = strspn(value, "0123456789");
	if (digits > 0 && value[digits + strspn(value + digits, " \t\r\n")] == '\0') {
		wait = digits > 6 ? DAY_S : strtol(value, NULL, 10);
	} else {
		int64_t at_s = http_date_parse(value);

		if (at_s < 0)
			return -1;
		wait = at_s - (date_s > 0 ? date_s : now_s);
	}
	return wait < 0 ? 0 : wait > DAY_S ? DAY_S : wait;
}

int64_t
backoff_us(int failures, int64_t first_us, int64_t most_us, double random)
{
	int64_t wait = first_us;

	for (int i = 1; i < failures && wait < most_us; i++)
		wait *= 2;
	wait = wait > most_us ? most_us : wait;
	return wait / 2 + (int64_t)((double)(wait / 2) * random);
}
