/*
 * pattern: regular expressions compiled to a small program, run on all its threads at once, so that the
 * time is bounded by program length times text length whatever the pattern is.
 */
#include "models/price/pattern.h"

#include <stdint.h>
#include <string.h>

#include "models/units/err.h"

#define CODE_MAX 1024
#define SETS_MAX 48
#define DEPTH_MAX 16
#define CHOICES_MAX 128
#define REPEAT_MAX 255

enum op {
	OP_CHAR,
	OP_ANY,
	OP_SET,
	OP_SPLIT,
	OP_JUMP,
	OP_BEGIN,
	OP_END,
	OP_WORD,
	OP_NOT_WORD,
	OP_AHEAD,
	OP_NOT_AHEAD,
	OP_MATCH
};

struct step {
	uint8_t op;
	uint8_t byte;  /* OP_CHAR: the byte; OP_SET: number of the set */
	uint16_t x, y; /* where to go on; OP_AHEAD: x the inner program, y behind it */
};

struct code {
	struct step steps[CODE_MAX];
	unsigned n;
	uint8_t sets[SETS_MAX][32];
	unsigned sets_n;
	bool fold; /* (?i) */
};

struct compiler {
	struct text pattern;
	size_t at;
	struct code *code;
	int depth, choices; /* nested groups, alternatives in a row */
	const char *wrong;  /* NULL while all is well */
};

static int compile_choice(struct compiler *compiler);

static int
fail(struct compiler *compiler, const char *wrong)
{
	if (compiler->wrong == NULL)
		compiler->wrong = wrong;
	return -1;
}

static bool
more(const struct compiler *compiler)
{
	return compiler->at < compiler->pattern.n;
}

static char
peek(const struct compiler *compiler)
{
	return more(compiler) ? compiler->pattern.p[compiler->at] : '\0';
}

static bool
ahead(const struct compiler *compiler, const char *string)
{
	size_t n = strlen(string);

	return compiler->pattern.n - compiler->at >= n && memcmp(compiler->pattern.p + compiler->at, string, n) == 0;
}

static uint8_t
lower(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool
is_word(uint8_t byte)
{
	return (lower(byte) >= 'a' && lower(byte) <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* ---- emitting steps */

static int
emit(struct compiler *compiler, struct step step)
{
	if (compiler->code->n >= CODE_MAX)
		return fail(compiler, "too long");
	compiler->code->steps[compiler->code->n++] = step;
	return 0;
}

/* Make room for a step in front of a fragment; jumps inside the fragment move with it. */
static int
insert(struct compiler *compiler, unsigned at, struct step step)
{
	struct code *code = compiler->code;

	if (emit(compiler, (struct step){ 0 }) != 0)
		return -1;
	memmove(&code->steps[at + 1], &code->steps[at], (code->n - 1 - at) * sizeof code->steps[0]);
	for (unsigned i = at + 1; i < code->n; i++) {
		code->steps[i].x += code->steps[i].x >= at;
		code->steps[i].y += code->steps[i].y >= at;
	}
	code->steps[at] = step;
	return 0;
}

static int
emit_copy(struct compiler *compiler, unsigned from, unsigned n)
{
	unsigned moved = compiler->code->n - from;

	for (unsigned i = 0; i < n; i++) {
		struct step step = compiler->code->steps[from + i];

		step.x = (uint16_t)(step.x + moved);
		step.y = (uint16_t)(step.y + moved);
		if (emit(compiler, step) != 0)
			return -1;
	}
	return 0;
}

static int
make_optional(struct compiler *compiler, unsigned from)
{
	unsigned end = compiler->code->n + 1;

	return insert(compiler, from, (struct step){ OP_SPLIT, 0, (uint16_t)(from + 1), (uint16_t)end });
}

static int
make_star(struct compiler *compiler, unsigned from)
{
	if (make_optional(compiler, from) != 0 || emit(compiler, (struct step){ OP_JUMP, 0, (uint16_t)from, 0 }) != 0)
		return -1;
	compiler->code->steps[from].y = (uint16_t)compiler->code->n;
	return 0;
}

static int
make_plus(struct compiler *compiler, unsigned from)
{
	return emit(compiler, (struct step){ OP_SPLIT, 0, (uint16_t)from, (uint16_t)(compiler->code->n + 1) });
}

/* ---- sets of bytes */

static void
set_add(uint8_t *set, unsigned low, unsigned high, bool fold)
{
	for (unsigned byte = low; byte <= high; byte++) {
		set[byte >> 3] |= (uint8_t)(1u << (byte & 7));
		if (fold) {
			unsigned other = byte >= 'a' && byte <= 'z' ? byte - 32 : lower((uint8_t)byte);

			set[other >> 3] |= (uint8_t)(1u << (other & 7));
		}
	}
}

/* The set of `\d` and its like; false when the letter names none. */
static bool
set_named(uint8_t *set, char letter)
{
	uint8_t named[32] = { 0 };
	char kind = (char)lower((uint8_t)letter);

	if (kind == 'd') {
		set_add(named, '0', '9', false);
	} else if (kind == 'w') {
		set_add(named, '0', '9', false);
		set_add(named, 'a', 'z', true);
		set_add(named, '_', '_', false);
	} else if (kind == 's') {
		set_add(named, '\t', '\r', false);
		set_add(named, ' ', ' ', false);
	} else {
		return false;
	}
	for (int i = 0; i < 32; i++)
		set[i] |= kind == letter ? named[i] : (uint8_t)~named[i];
	return true;
}

static int
emit_set(struct compiler *compiler, const uint8_t *set)
{
	struct code *code = compiler->code;

	if (code->sets_n >= SETS_MAX)
		return fail(compiler, "too many character classes");
	memcpy(code->sets[code->sets_n], set, 32);
	return emit(compiler, (struct step){ OP_SET, (uint8_t)code->sets_n++, 0, 0 });
}

/* The byte that an escape stands for: `\n` and its like, else the character itself. */
static uint8_t
escaped(char letter)
{
	return letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : (uint8_t)letter;
}

/* Behind `[`. */
static int
compile_set(struct compiler *compiler)
{
	uint8_t set[32] = { 0 };
	bool negated = peek(compiler) == '^', first = true;

	compiler->at += negated;
	for (; more(compiler) && (peek(compiler) != ']' || first); first = false) {
		unsigned low = (uint8_t)peek(compiler), high;

		compiler->at++;
		if (low == '\\' && more(compiler)) {
			low = escaped(peek(compiler));
			if (set_named(set, compiler->pattern.p[compiler->at++]))
				continue;
		}
		high = low;
		if (peek(compiler) == '-' && compiler->at + 1 < compiler->pattern.n &&
			compiler->pattern.p[compiler->at + 1] != ']') {
			compiler->at++;
			high = (uint8_t)peek(compiler);
			compiler->at++;
			if (high == '\\' && more(compiler))
				high = escaped(compiler->pattern.p[compiler->at++]);
		}
		if (high < low)
			return fail(compiler, "a range runs backwards");
		set_add(set, low, high, compiler->code->fold);
	}
	if (!more(compiler))
		return fail(compiler, "a '[' is not closed");
	compiler->at++;
	for (int i = 0; negated && i < 32; i++)
		set[i] = (uint8_t)~set[i];
	return emit_set(compiler, set);
}

/* ---- the grammar */

static int
compile_char(struct compiler *compiler, uint8_t byte)
{
	return emit(compiler, (struct step){ OP_CHAR, compiler->code->fold ? lower(byte) : byte, 0, 0 });
}

/* Behind a backslash. */
static int
compile_escape(struct compiler *compiler)
{
	uint8_t set[32] = { 0 };
	char letter = peek(compiler);

	if (!more(compiler))
		return fail(compiler, "a backslash at the end");
	compiler->at++;
	if (set_named(set, letter))
		return emit_set(compiler, set);
	if (letter == 'b' || letter == 'B')
		return emit(compiler, (struct step){ letter == 'b' ? OP_WORD : OP_NOT_WORD, 0, 0, 0 });
	if (letter == 'A' || letter == 'Z' || letter == 'z')
		return emit(compiler, (struct step){ letter == 'A' ? OP_BEGIN : OP_END, 0, 0, 0 });
	if (letter >= '1' && letter <= '9')
		return fail(compiler, "references to groups are not supported");
	return compile_char(compiler, escaped(letter));
}

static int
compile_look(struct compiler *compiler, enum op op)
{
	unsigned at = compiler->code->n;

	if (emit(compiler, (struct step){ (uint8_t)op, 0, (uint16_t)(at + 1), 0 }) != 0 ||
		compile_choice(compiler) != 0 || emit(compiler, (struct step){ OP_MATCH, 0, 0, 0 }) != 0)
		return -1;
	compiler->code->steps[at].y = (uint16_t)compiler->code->n;
	return 0;
}

/* Behind `(`. */
static int
compile_group(struct compiler *compiler)
{
	int rc;

	if (++compiler->depth > DEPTH_MAX)
		return fail(compiler, "groups are nested too deeply");
	if (ahead(compiler, "?=") || ahead(compiler, "?!")) {
		enum op op = ahead(compiler, "?=") ? OP_AHEAD : OP_NOT_AHEAD;

		compiler->at += 2;
		rc = compile_look(compiler, op);
	} else {
		if (ahead(compiler, "?:"))
			compiler->at += 2;
		else if (ahead(compiler, "?"))
			return fail(compiler, "this kind of group is not supported");
		rc = compile_choice(compiler);
	}
	if (rc != 0)
		return -1;
	if (peek(compiler) != ')')
		return fail(compiler, "a '(' is not closed");
	compiler->at++;
	compiler->depth--;
	return 0;
}

static int
compile_atom(struct compiler *compiler)
{
	char c = compiler->pattern.p[compiler->at++];

	switch (c) {
	case '(':
		return compile_group(compiler);
	case '[':
		return compile_set(compiler);
	case '\\':
		return compile_escape(compiler);
	case '.':
		return emit(compiler, (struct step){ OP_ANY, 0, 0, 0 });
	case '^':
		return emit(compiler, (struct step){ OP_BEGIN, 0, 0, 0 });
	case '$':
		return emit(compiler, (struct step){ OP_END, 0, 0, 0 });
	case '*':
	case '+':
	case '?':
		return fail(compiler, "nothing in front of a repetition");
	default:
		return compile_char(compiler, (uint8_t)c);
	}
}

static bool
read_count(struct compiler *compiler, unsigned *count)
{
	size_t from = compiler->at;

	for (*count = 0; more(compiler) && peek(compiler) >= '0' && peek(compiler) <= '9'; compiler->at++)
		if (*count <= REPEAT_MAX)
			*count = *count * 10 + (unsigned)(peek(compiler) - '0');
	return compiler->at > from;
}

/* `{m}`, `{m,}` or `{m,n}` at the position: false (and not moved) when it is only a brace. */
static bool
read_bounds(struct compiler *compiler, unsigned *least, unsigned *most, bool *endless)
{
	size_t from = compiler->at++;
	bool ok = read_count(compiler, least);

	*most = *least;
	*endless = false;
	if (ok && peek(compiler) == ',') {
		compiler->at++;
		*endless = !read_count(compiler, most);
	}
	ok = ok && peek(compiler) == '}';
	compiler->at = ok ? compiler->at + 1 : from;
	return ok;
}

static int
compile_bounds(struct compiler *compiler, unsigned from, unsigned least, unsigned most, bool endless)
{
	unsigned n = compiler->code->n - from, last = from;

	if (least > REPEAT_MAX || (!endless && (most > REPEAT_MAX || most < least)))
		return fail(compiler, "a repetition is out of bounds");
	if (!endless && most == 0) {
		compiler->code->n = from;
		return 0;
	}
	if (least == 0 && endless)
		return make_star(compiler, from);
	for (unsigned i = 1; i < least; i++) {
		last = compiler->code->n;
		if (emit_copy(compiler, from, n) != 0)
			return -1;
	}
	if (endless)
		return make_plus(compiler, last);
	for (unsigned i = least == 0 ? 1 : least; i < most; i++) {
		last = compiler->code->n;
		if (emit_copy(compiler, from, n) != 0 || make_optional(compiler, last) != 0)
			return -1;
	}
	return least == 0 ? make_optional(compiler, from) : 0;
}

static int
compile_repeat(struct compiler *compiler, unsigned from)
{
	unsigned least, most;
	bool endless;
	int rc = 0;
	char c = peek(compiler);

	if (c == '*' || c == '+' || c == '?') {
		compiler->at++;
		rc = c == '*'      ? make_star(compiler, from)
			: c == '+' ? make_plus(compiler, from)
				   : make_optional(compiler, from);
	} else if (c == '{' && read_bounds(compiler, &least, &most, &endless)) {
		rc = compile_bounds(compiler, from, least, most, endless);
	} else {
		return 0;
	}
	if (rc == 0 && peek(compiler) == '?') /* lazy: whether it matches is the same */
		compiler->at++;
	return rc;
}

static int
compile_choice(struct compiler *compiler)
{
	unsigned from = compiler->code->n, branch;

	while (more(compiler) && peek(compiler) != '|' && peek(compiler) != ')') {
		unsigned atom = compiler->code->n;

		if (compile_atom(compiler) != 0 || compile_repeat(compiler, atom) != 0)
			return -1;
	}
	if (peek(compiler) != '|')
		return 0;
	compiler->at++;
	/* all so far, or what follows: the rest is compiled as the second branch */
	if (insert(compiler, from, (struct step){ OP_SPLIT, 0, (uint16_t)(from + 1), 0 }) != 0)
		return -1;
	branch = compiler->code->n;
	if (emit(compiler, (struct step){ OP_JUMP, 0, 0, 0 }) != 0)
		return -1;
	compiler->code->steps[from].y = (uint16_t)compiler->code->n;
	if (++compiler->choices > CHOICES_MAX || compile_choice(compiler) != 0)
		return fail(compiler, "too many alternatives");
	compiler->choices--;
	compiler->code->steps[branch].x = (uint16_t)compiler->code->n;
	return 0;
}

static int
compile(struct text pattern, struct code *code, struct compiler *compiler)
{
	*compiler = (struct compiler){ .pattern = pattern, .code = code };
	code->n = 0;
	code->sets_n = 0;
	code->fold = ahead(compiler, "(?i)");
	if (code->fold)
		compiler->at = 4;
	if (compile_choice(compiler) != 0)
		return -1;
	if (more(compiler))
		return fail(compiler, "a ')' too many");
	return emit(compiler, (struct step){ OP_MATCH, 0, 0, 0 });
}

/* ---- running */

struct threads {
	uint16_t at[CODE_MAX];
	unsigned n;
	uint8_t seen[CODE_MAX / 8];
};

static bool run(const struct code *code, unsigned start, struct text text, size_t from, bool anchored);

static bool
at_word(struct text text, size_t at)
{
	bool before = at > 0 && is_word((uint8_t)text.p[at - 1]);
	bool after = at < text.n && is_word((uint8_t)text.p[at]);

	return before != after;
}

/* Does a step without a character let the thread pass? */
static bool
passes(const struct code *code, const struct step *step, struct text text, size_t at)
{
	switch (step->op) {
	case OP_BEGIN:
		return at == 0;
	case OP_END:
		return at == text.n;
	case OP_WORD:
		return at_word(text, at);
	case OP_NOT_WORD:
		return !at_word(text, at);
	default:
		return run(code, step->x, text, at, true) == (step->op == OP_AHEAD);
	}
}

/* Add the thread and all it reaches without a character; true when it reaches the end of the program. */
static bool
follow(const struct code *code, struct threads *threads, unsigned start, struct text text, size_t at)
{
	uint16_t waiting[CODE_MAX + 1];
	unsigned n = 0;

	waiting[n++] = (uint16_t)start;
	while (n > 0) {
		unsigned i = waiting[--n];
		const struct step *step = &code->steps[i];

		if (threads->seen[i >> 3] & (1u << (i & 7)))
			continue;
		threads->seen[i >> 3] |= (uint8_t)(1u << (i & 7));
		if (step->op == OP_MATCH)
			return true;
		if (step->op <= OP_SET) {
			threads->at[threads->n++] = (uint16_t)i;
			continue;
		}
		/* each step is taken up once and puts at most two on the list */
		if (n + 2 > CODE_MAX)
			return false;
		if (step->op == OP_SPLIT)
			waiting[n++] = step->y;
		if (step->op == OP_SPLIT || step->op == OP_JUMP)
			waiting[n++] = step->x;
		else if (passes(code, step, text, at))
			waiting[n++] = step->op == OP_AHEAD || step->op == OP_NOT_AHEAD ? step->y : (uint16_t)(i + 1);
	}
	return false;
}

static bool
takes(const struct code *code, const struct step *step, uint8_t byte)
{
	if (step->op == OP_CHAR)
		return step->byte == (code->fold ? lower(byte) : byte);
	if (step->op == OP_ANY)
		return byte != '\n';
	return code->sets[step->byte][byte >> 3] & (1u << (byte & 7));
}

static bool
run(const struct code *code, unsigned start, struct text text, size_t from, bool anchored)
{
	struct threads lists[2];
	struct threads *now = &lists[0], *next = &lists[1];

	now->n = 0;
	memset(now->seen, 0, sizeof now->seen);
	for (size_t at = from;; at++) {
		struct threads *swap = now;

		if ((!anchored || at == from) && follow(code, now, start, text, at))
			return true;
		if (at >= text.n || (anchored && now->n == 0))
			return false;
		next->n = 0;
		memset(next->seen, 0, sizeof next->seen);
		for (unsigned i = 0; i < now->n; i++)
			if (takes(code, &code->steps[now->at[i]], (uint8_t)text.p[at]) &&
				follow(code, next, now->at[i] + 1u, text, at + 1))
				return true;
		now = next;
		next = swap;
	}
}

int
pattern_check(struct text pattern, struct err *err)
{
	struct code code;
	struct compiler compiler;

	if (compile(pattern, &code, &compiler) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "pattern '%.*s': %s, at character %zu", (int)pattern.n, pattern.p,
		compiler.wrong, compiler.at);
}

bool
pattern_search(struct text pattern, struct text text)
{
	struct code code;
	struct compiler compiler;

	return compile(pattern, &code, &compiler) == 0 && run(&code, 0, text, 0, false);
}
