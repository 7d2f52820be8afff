#include <stdbool.h>
#include <string.h>

#include "daemon/base/strip.h"

#define DEPTH_MAX 64

/* Where the reading stands and what has been written before it; out <= in always. */
struct strip {
	char *text;
	size_t in, n, out;
	size_t word;           /* where the last name or number that was written begins, when it is what stands last */
	bool has_word;         /* a name or a number stands last, blanks apart */
	bool blank;            /* blanks were passed and not yet written */
	bool line_ends;        /* an end of a line was passed and not yet written */
	int braces[DEPTH_MAX]; /* open braces inside of each open ${ of a template */
	int depth;
};

static bool
in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
		c == '#' || (unsigned char)c >= 0x80;
}

/* No blank is needed beside it. A slash, a plus, a minus, a bang and a dot are not among them: `a / /b/`, `a - -b`,
 * `a < !--b` and `1 .x` hang on theirs. */
static bool
stands_alone(char c)
{
	return c != '\0' && strchr("{}()[],;:?=>&|*%\"'`", c) != NULL;
}

static char
last(const struct strip *s)
{
	return s->out == 0 ? '\0' : s->text[s->out - 1];
}

/* What was passed since the last byte is made good before the next one is written. */
static void
settle(struct strip *s, char next)
{
	if (s->out > 0 && s->line_ends)
		s->text[s->out++] = '\n';
	else if (s->out > 0 && s->blank && !stands_alone(last(s)) && !stands_alone(next))
		s->text[s->out++] = ' ';
	s->blank = s->line_ends = false;
}

static void
put(struct strip *s)
{
	char c = s->text[s->in];
	bool word = in_word(c);

	settle(s, c);
	if (word && !(s->has_word && s->out > 0 && in_word(last(s))))
		s->word = s->out;
	s->has_word = word;
	s->text[s->out++] = c;
	s->in++;
}

/* Byte for byte up to and with the sign that closes; a backslash takes the next byte with it. */
static void
copy_quoted(struct strip *s, char quote)
{
	settle(s, quote);
	s->has_word = false;
	s->text[s->out++] = s->text[s->in++];
	while (s->in < s->n) {
		char c = s->text[s->out++] = s->text[s->in++];

		if (c == '\\' && s->in < s->n)
			s->text[s->out++] = s->text[s->in++];
		else if (c == quote)
			break;
	}
}

static void
copy_expression(struct strip *s)
{
	bool in_class = false;

	settle(s, '/');
	s->has_word = false;
	s->text[s->out++] = s->text[s->in++];
	while (s->in < s->n && s->text[s->in] != '\n') {
		char c = s->text[s->out++] = s->text[s->in++];

		if (c == '\\' && s->in < s->n)
			s->text[s->out++] = s->text[s->in++];
		else if (c == '[')
			in_class = true;
		else if (c == ']')
			in_class = false;
		else if (c == '/' && !in_class)
			break;
	}
}

/* The text of a template up to its end, or into a ${ that is open then. in stands behind the sign that began it. */
static void
copy_template(struct strip *s)
{
	while (s->in < s->n) {
		char c = s->text[s->out++] = s->text[s->in++];

		if (c == '\\' && s->in < s->n) {
			s->text[s->out++] = s->text[s->in++];
		} else if (c == '`') {
			return;
		} else if (c == '$' && s->in < s->n && s->text[s->in] == '{' && s->depth < DEPTH_MAX) {
			s->text[s->out++] = s->text[s->in++];
			s->braces[s->depth++] = 0;
			return;
		}
	}
}

/* Whether a slash here divides. */
static bool
divides(const struct strip *s)
{
	static const char *const openers[] = { "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new",
		"else", "do", "instanceof", "yield", "await" };
	char c = last(s);

	if (!s->has_word)
		return c == ')' || c == ']' || c == '}' || c == '"' || c == '\'' || c == '`' || c == '/';
	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
		if (strlen(openers[i]) == s->out - s->word &&
			memcmp(openers[i], s->text + s->word, s->out - s->word) == 0)
			return false;
	return true;
}

/* Past a comment, if one begins here. It stands for a blank, or for the end of a line that is in it. */
static bool
skip_comment(struct strip *s, bool lines)
{
	const char *p = s->text + s->in;
	size_t left = s->n - s->in;

	if (left < 2 || p[0] != '/' || (p[1] != '*' && !(lines && p[1] == '/')))
		return false;
	if (p[1] == '/') {
		while (s->in < s->n && s->text[s->in] != '\n')
			s->in++;
		return true;
	}
	s->blank = true;
	for (s->in += 2; s->in < s->n; s->in++) {
		if (s->text[s->in] == '\n')
			s->line_ends = true;
		if (s->text[s->in] == '*' && s->in + 1 < s->n && s->text[s->in + 1] == '/') {
			s->in += 2;
			return true;
		}
	}
	return true;
}

static bool
skip_blank(struct strip *s)
{
	char c = s->text[s->in];

	if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
		return false;
	if (c == '\n')
		s->line_ends = true;
	s->blank = true;
	s->in++;
	return true;
}

/* Braces tell where a ${ of a template ends; returns whether this one did, and its text goes on. */
static bool
count_brace(struct strip *s, char c)
{
	if (s->depth == 0)
		return false;
	if (c == '{')
		s->braces[s->depth - 1]++;
	if (c != '}' || s->braces[s->depth - 1]-- > 0)
		return false;
	s->depth--;
	return true;
}

size_t
strip_script(char *text, size_t n)
{
	struct strip s = { .text = text, .n = n };

	while (s.in < s.n) {
		char c = text[s.in];

		if (skip_blank(&s) || skip_comment(&s, true))
			continue;
		if (c == '"' || c == '\'') {
			copy_quoted(&s, c);
		} else if (c == '/' && !divides(&s)) {
			copy_expression(&s);
		} else if (c == '`') {
			put(&s);
			copy_template(&s);
		} else {
			put(&s);
			if (count_brace(&s, c))
				copy_template(&s);
		}
	}
	if (s.out > 0 && s.out < n)
		text[s.out++] = '\n';
	return s.out;
}

/* A style sheet needs its blanks: `a b`, `calc(a + b)`, `and (x)`. */
size_t
strip_style(char *text, size_t n)
{
	struct strip s = { .text = text, .n = n };

	while (s.in < s.n) {
		char c = text[s.in];

		if (skip_blank(&s) || skip_comment(&s, false))
			continue;
		if (s.out > 0 && s.line_ends)
			s.text[s.out++] = '\n';
		else if (s.out > 0 && s.blank)
			s.text[s.out++] = ' ';
		s.blank = s.line_ends = false;
		if (c == '"' || c == '\'')
			copy_quoted(&s, c);
		else
			s.text[s.out++] = s.text[s.in++];
	}
	if (s.out > 0 && s.out < n)
		text[s.out++] = '\n';
	return s.out;
}
