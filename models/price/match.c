/*
 * match: expressions read from left to right and judged on the way.
 */
#include "models/price/match.h"

#include "models/price/pattern.h"
#include "models/units/err.h"

#define DEPTH_MAX 16

struct judge {
	struct text text; /* the expression */
	size_t at;
	struct text name; /* lower case */
	int depth;
	bool check;        /* only look whether it is well formed, patterns included */
	const char *wrong; /* NULL while all is well */
};

static bool judge_or(struct judge *judge);

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
is_special(char c)
{
	return c == '|' || c == '&' || c == '(' || c == ')';
}

static void
skip_blanks(struct judge *judge)
{
	while (judge->at < judge->text.n && (judge->text.p[judge->at] == ' ' || judge->text.p[judge->at] == '\t'))
		judge->at++;
}

static bool
fail(struct judge *judge, const char *wrong)
{
	if (judge->wrong == NULL)
		judge->wrong = wrong;
	return false;
}

/* One character of a glob at *at: itself, whether it is a star; *at moves behind it. */
static char
glob_next(struct text glob, size_t *at, bool *star)
{
	char c = glob.p[(*at)++];

	*star = c == '*';
	if (c == '\\' && *at < glob.n)
		c = glob.p[(*at)++];
	return lower(c);
}

static bool
glob_matches(struct text glob, struct text name)
{
	size_t g = 0, i = 0, star_g = 0, star_i = 0;
	bool have_star = false;

	while (i < name.n || g < glob.n) {
		size_t next = g;
		bool star = false;
		char c = g < glob.n ? glob_next(glob, &next, &star) : '\0';

		if (g < glob.n && star) {
			have_star = true;
			star_g = next;
			star_i = i;
			g = next;
		} else if (g < glob.n && i < name.n && c == name.p[i]) {
			g = next;
			i++;
		} else if (have_star && star_i < name.n) {
			g = star_g;
			i = ++star_i;
		} else {
			return false;
		}
	}
	return true;
}

static bool
judge_glob(struct judge *judge)
{
	size_t from = judge->at, end;

	while (judge->at < judge->text.n && !is_special(judge->text.p[judge->at]) && judge->text.p[judge->at] != ' ' &&
		judge->text.p[judge->at] != '\t')
		judge->at += judge->text.p[judge->at] == '\\' && judge->at + 1 < judge->text.n ? 2 : 1;
	end = judge->at;
	if (end == from)
		return fail(judge, "a name is missing");
	return glob_matches((struct text){ judge->text.p + from, end - from }, judge->name);
}

/* `/` opens a pattern only where an atom begins; inside names it is a character like any other. */
static bool
judge_pattern(struct judge *judge)
{
	size_t from = ++judge->at;
	struct text pattern;

	while (judge->at < judge->text.n && judge->text.p[judge->at] != '/')
		judge->at += judge->text.p[judge->at] == '\\' && judge->at + 1 < judge->text.n ? 2 : 1;
	if (judge->at >= judge->text.n)
		return fail(judge, "a pattern is not closed with '/'");
	pattern = (struct text){ judge->text.p + from, judge->at - from };
	judge->at++;
	if (judge->check)
		return pattern_check(pattern, NULL) == 0 || fail(judge, "a pattern is not understood");
	return pattern_search(pattern, judge->name);
}

static bool
judge_atom(struct judge *judge)
{
	bool result;

	skip_blanks(judge);
	if (judge->at >= judge->text.n)
		return fail(judge, "a name is missing");
	if (judge->text.p[judge->at] == '/')
		return judge_pattern(judge);
	if (judge->text.p[judge->at] != '(')
		return judge_glob(judge);
	if (++judge->depth > DEPTH_MAX)
		return fail(judge, "parentheses are nested too deeply");
	judge->at++;
	result = judge_or(judge);
	skip_blanks(judge);
	if (judge->wrong != NULL)
		return false;
	if (judge->at >= judge->text.n || judge->text.p[judge->at] != ')')
		return fail(judge, "a '(' is not closed");
	judge->at++;
	judge->depth--;
	return result;
}

/* Everything is read even when the answer is known, so that check and judging read alike. */
static bool
judge_and(struct judge *judge)
{
	bool result = judge_atom(judge);

	for (skip_blanks(judge); judge->wrong == NULL && judge->at < judge->text.n && judge->text.p[judge->at] == '&';
		skip_blanks(judge)) {
		judge->at++;
		result = judge_atom(judge) && result;
	}
	return result;
}

static bool
judge_or(struct judge *judge)
{
	bool result = judge_and(judge);

	for (skip_blanks(judge); judge->wrong == NULL && judge->at < judge->text.n && judge->text.p[judge->at] == '|';
		skip_blanks(judge)) {
		judge->at++;
		result = judge_and(judge) || result;
	}
	return result;
}

static bool
judge_all(struct judge *judge)
{
	bool result = judge_or(judge);

	if (judge->wrong == NULL && judge->at < judge->text.n)
		fail(judge, judge->text.p[judge->at] == ')' ? "a ')' too many" : "'|' or '&' is missing");
	return judge->wrong == NULL && result;
}

int
match_check(struct text expression, struct err *err)
{
	struct judge judge = { .text = expression, .check = true };

	judge_all(&judge);
	if (judge.wrong == NULL)
		return 0;
	return err_set(err, ERR_INPUT, "match '%.*s': %s, at character %zu", (int)expression.n, expression.p,
		judge.wrong, judge.at);
}

bool
match_name(struct text expression, struct text name)
{
	char buffer[MATCH_NAME_MAX];
	struct judge judge = { .text = expression };

	if (name.n == 0 || name.n > sizeof buffer)
		return false;
	for (size_t i = 0; i < name.n; i++)
		buffer[i] = lower(name.p[i]);
	judge.name = (struct text){ buffer, name.n };
	return judge_all(&judge);
}

size_t
match_quote(char *buffer, size_t size, size_t used, struct text text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool special = is_special(c) || c == '*' || c == '\\' || c == ' ' || c == '\t' || (c == '/' && i == 0);

		if (special) {
			if (used < size)
				buffer[used] = '\\';
			used++;
		}
		if (used < size)
			buffer[used] = c;
		used++;
	}
	if (size > 0)
		buffer[used < size ? used : size - 1] = '\0';
	return used;
}
