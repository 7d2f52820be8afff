#include "collectors/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/units/err.h"

#define CHUNK 512 /* nodes taken from the system at once */

struct chunk {
	struct chunk *next;
	struct json nodes[CHUNK];
};

struct json_doc {
	struct chunk *first, *now;
	size_t used; /* of chunk `now` */
};

struct parser {
	struct json_doc *doc;
	char *at, *end;
	int64_t line;
	int depth;
	struct err *err;
};

static bool parse_value(struct parser *parser, struct json *node);

struct json_doc *
json_new(void)
{
	return calloc(1, sizeof(struct json_doc));
}

void
json_free(struct json_doc *doc)
{
	struct chunk *next;

	if (doc == NULL)
		return;
	for (struct chunk *chunk = doc->first; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(doc);
}

static struct json *
take_node(struct parser *parser)
{
	struct json_doc *doc = parser->doc;
	struct json *node;

	if (doc->now == NULL || doc->used == CHUNK) {
		struct chunk **where = doc->now == NULL ? &doc->first : &doc->now->next;

		if (*where == NULL)
			*where = calloc(1, sizeof **where);
		if (*where == NULL) {
			err_set(parser->err, ERR_OUTSIDE, "no memory for a JSON document");
			return NULL;
		}
		doc->now = *where;
		doc->used = 0;
	}
	node = &doc->now->nodes[doc->used++];
	*node = (struct json){ .line = parser->line };
	return node;
}

static bool
fail(struct parser *parser, const char *what)
{
	if (parser->at < parser->end && (unsigned char)*parser->at > 0x20 && (unsigned char)*parser->at < 0x7f)
		err_set(parser->err, ERR_INPUT, "line %" PRId64 ": not JSON: %s at '%c'", parser->line, what,
			*parser->at);
	else
		err_set(parser->err, ERR_INPUT, "line %" PRId64 ": not JSON: %s%s", parser->line, what,
			parser->at >= parser->end ? " at the end" : "");
	return false;
}

static void
skip_blanks(struct parser *parser)
{
	for (; parser->at < parser->end; parser->at++) {
		if (*parser->at == '\n')
			parser->line++;
		else if (*parser->at != ' ' && *parser->at != '\t' && *parser->at != '\r')
			return;
	}
}

static bool
is_digit(const struct parser *parser)
{
	return parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9';
}

static bool
take(struct parser *parser, char c)
{
	if (parser->at >= parser->end || *parser->at != c)
		return false;
	parser->at++;
	return true;
}

static bool
parse_digits(struct parser *parser)
{
	if (!is_digit(parser))
		return fail(parser, "a digit is missing");
	while (is_digit(parser))
		parser->at++;
	return true;
}

static bool
parse_number(struct parser *parser, struct json *node)
{
	char *from = parser->at;

	node->type = JSON_NUMBER;
	take(parser, '-');
	if (!take(parser, '0') && !parse_digits(parser))
		return false;
	if (take(parser, '.') && !parse_digits(parser))
		return false;
	if (take(parser, 'e') || take(parser, 'E')) {
		if (!take(parser, '-'))
			take(parser, '+');
		if (!parse_digits(parser))
			return false;
	}
	if (is_digit(parser))
		return fail(parser, "a number begins with 0");
	node->text = (struct text){ from, (size_t)(parser->at - from) };
	return true;
}

/* ---- strings */

static bool
parse_hex(struct parser *parser, unsigned *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++, parser->at++) {
		char c = parser->at < parser->end ? *parser->at : '\0';
		char low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			*code = *code * 16 + (unsigned)(c - '0');
		else if (low >= 'a' && low <= 'f')
			*code = *code * 16 + (unsigned)(low - 'a' + 10);
		else
			return fail(parser, "four hexadecimal digits are missing");
	}
	return true;
}

static char *
put_utf8(char *to, unsigned code)
{
	static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (int i = n - 1; i > 0; i--) {
		to[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	to[0] = (char)(n == 1 ? code : heads[n] | code);
	return to + n;
}

/* Behind `\u`. A lone half of a pair becomes U+FFFD. */
static bool
parse_unicode(struct parser *parser, char **to)
{
	unsigned code, second;

	if (!parse_hex(parser, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00 && parser->end - parser->at >= 6 && parser->at[0] == '\\' &&
		parser->at[1] == 'u') {
		char *back = parser->at;

		parser->at += 2;
		if (!parse_hex(parser, &second))
			return false;
		if (second >= 0xdc00 && second < 0xe000)
			code = 0x10000 + ((code - 0xd800) << 10) + (second - 0xdc00);
		else
			parser->at = back;
	}
	if (code >= 0xd800 && code < 0xe000)
		code = 0xfffd;
	*to = put_utf8(*to, code);
	return true;
}

static bool
parse_escape(struct parser *parser, char **to)
{
	static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	char c = parser->at < parser->end ? *parser->at : '\0';
	const char *found = c == '\0' ? NULL : strchr(letters, c);

	if (c == 'u') {
		parser->at++;
		return parse_unicode(parser, to);
	}
	if (found == NULL)
		return fail(parser, "an escape that does not exist");
	parser->at++;
	*(*to)++ = bytes[found - letters];
	return true;
}

/* At the opening quote. What is unescaped is never longer than what was written. */
static bool
parse_string(struct parser *parser, struct text *text)
{
	char *to, *from;

	if (!take(parser, '"'))
		return fail(parser, "a string is missing");
	from = to = parser->at;
	for (;;) {
		char *run = parser->at;

		while (parser->at < parser->end && *parser->at != '"' && *parser->at != '\\' &&
			(unsigned char)*parser->at >= 0x20)
			parser->at++;
		if (to != run)
			memmove(to, run, (size_t)(parser->at - run));
		to += parser->at - run;
		if (parser->at >= parser->end || (*parser->at != '"' && *parser->at != '\\'))
			return fail(parser, "a string is not closed");
		if (take(parser, '"'))
			break;
		parser->at++;
		if (!parse_escape(parser, &to))
			return false;
	}
	*text = (struct text){ from, (size_t)(to - from) };
	return true;
}

/* ---- containers */

static bool
parse_member(struct parser *parser, struct json *node)
{
	skip_blanks(parser);
	if (!parse_string(parser, &node->key))
		return false;
	skip_blanks(parser);
	if (!take(parser, ':'))
		return fail(parser, "a ':' is missing");
	return parse_value(parser, node);
}

/* Behind the opening bracket. */
static bool
parse_children(struct parser *parser, struct json *node, char close)
{
	struct json **where = &node->first;

	if (++parser->depth > JSON_DEPTH_MAX)
		return fail(parser, "nested too deeply");
	skip_blanks(parser);
	if (!take(parser, close)) {
		do {
			struct json *child = take_node(parser);

			if (child == NULL)
				return false;
			*where = child;
			where = &child->next;
			if (!(close == '}' ? parse_member(parser, child) : parse_value(parser, child)))
				return false;
			skip_blanks(parser);
		} while (take(parser, ','));
		if (!take(parser, close))
			return fail(parser, close == '}' ? "a '}' or ',' is missing" : "a ']' or ',' is missing");
	}
	parser->depth--;
	return true;
}

static bool
parse_word(struct parser *parser, struct json *node)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = { { "null", JSON_NULL }, { "true", JSON_TRUE }, { "false", JSON_FALSE } };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t n = strlen(words[i].word);

		if ((size_t)(parser->end - parser->at) >= n && memcmp(parser->at, words[i].word, n) == 0) {
			node->type = words[i].type;
			parser->at += n;
			return true;
		}
	}
	return fail(parser, "a value is missing");
}

static bool
parse_value(struct parser *parser, struct json *node)
{
	skip_blanks(parser);
	node->line = parser->line;
	if (parser->at >= parser->end)
		return fail(parser, "a value is missing");
	switch (*parser->at) {
	case '{':
		node->type = JSON_OBJECT;
		parser->at++;
		return parse_children(parser, node, '}');
	case '[':
		node->type = JSON_ARRAY;
		parser->at++;
		return parse_children(parser, node, ']');
	case '"':
		node->type = JSON_STRING;
		return parse_string(parser, &node->text);
	default:
		return *parser->at == '-' || is_digit(parser) ? parse_number(parser, node) : parse_word(parser, node);
	}
}

struct json *
json_parse(struct json_doc *doc, char *bytes, size_t n, struct err *err)
{
	return json_parse_at(doc, bytes, n, 1, err);
}

struct json *
json_parse_at(struct json_doc *doc, char *bytes, size_t n, int64_t line, struct err *err)
{
	struct parser parser = { .doc = doc, .at = bytes, .end = bytes + n, .line = line, .err = err };
	struct json *root;

	doc->now = NULL;
	doc->used = 0;
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		parser.at += 3;
	root = take_node(&parser);
	if (root == NULL || !parse_value(&parser, root))
		return NULL;
	skip_blanks(&parser);
	if (parser.at < parser.end) {
		fail(&parser, "more text behind the value");
		return NULL;
	}
	return root;
}

struct json *
json_get(const struct json *object, const char *name)
{
	size_t n = strlen(name);

	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (struct json *child = object->first; child != NULL; child = child->next)
		if (child->key.n == n && memcmp(child->key.p, name, n) == 0)
			return child;
	return NULL;
}

struct json *
json_value(const struct json *object, const char *name)
{
	struct json *json = json_get(object, name);

	return json == NULL || json->type == JSON_NULL ? NULL : json;
}

const struct json *
json_twice(const struct json *object)
{
	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (const struct json *child = object->first; child != NULL; child = child->next)
		for (const struct json *before = object->first; before != child; before = before->next)
			if (before->key.n == child->key.n && memcmp(before->key.p, child->key.p, child->key.n) == 0)
				return child;
	return NULL;
}

struct text
json_text(const struct json *object, const char *name)
{
	const struct json *json = json_get(object, name);

	return json != NULL && json->type == JSON_STRING ? json->text : (struct text){ NULL, 0 };
}

const char *
json_type_name(const struct json *json)
{
	static const char *const names[] = { "null", "false", "true", "a number", "a string", "an array", "an object" };

	return json == NULL ? "nothing" : names[json->type];
}

const char *
json_unplaced(const char *error)
{
	int skip = 0;

	return sscanf(error, "line %*d: %n", &skip) == 0 && skip > 0 ? error + skip : error;
}
