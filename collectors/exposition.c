#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/exposition.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

static const char *const type_names[] = {
	[METRIC_UNTYPED] = "untyped",
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_HISTOGRAM] = "histogram",
	[METRIC_SUMMARY] = "summary",
	[METRIC_INFO] = "info",
	[METRIC_STATESET] = "stateset",
	[METRIC_GAUGEHISTOGRAM] = "gaugehistogram",
};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

const char *
metric_type_name(enum metric_type type)
{
	return type_names[type];
}

/* ---- letters */

enum { NAME_FIRST = 1, NAME_REST = 2, LABEL_FIRST = 4, LABEL_REST = 8 };

static int
kind_of(char c)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

	if (letter)
		return NAME_FIRST | NAME_REST | LABEL_FIRST | LABEL_REST;
	if (c >= '0' && c <= '9')
		return NAME_REST | LABEL_REST;
	return c == ':' ? NAME_FIRST | NAME_REST : 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line being read. */
struct line {
	char *at, *end;
};

static void
skip_blanks(struct line *line)
{
	while (line->at < line->end && is_blank(*line->at))
		line->at++;
}

static bool
take(struct line *line, char c)
{
	if (line->at == line->end || *line->at != c)
		return false;
	line->at++;
	return true;
}

/* What stands up to the next blank. */
static struct text
take_word(struct line *line)
{
	char *begin = line->at;

	while (line->at < line->end && !is_blank(*line->at))
		line->at++;
	return (struct text){ begin, (size_t)(line->at - begin) };
}

/* A name of letters of the two kinds; empty where there is none. */
static struct text
take_name(struct line *line, int first, int rest)
{
	char *begin = line->at;

	if (line->at < line->end && (kind_of(*line->at) & first))
		while (line->at < line->end && (kind_of(*line->at) & rest))
			line->at++;
	return (struct text){ begin, (size_t)(line->at - begin) };
}

static int
refuse_rest(const struct line *line, const char *expected, struct err *err)
{
	char shown[SHOWN_MAX];

	if (line->at == line->end)
		return err_set(err, ERR_INPUT, "the line ends where %s should be", expected);
	return err_set(err, ERR_INPUT, "%s should be where '%s' is", expected,
		value_shown(shown, (struct text){ line->at, (size_t)(line->end - line->at) }));
}

/*
 * A quoted text, unescaped in place: \\ \" and \n; before any other letter a backslash is itself, as OpenMetrics has
 * it.
 */
static int
take_quoted(struct line *line, struct text *text, struct err *err)
{
	char *out, *p;

	if (!take(line, '"'))
		return refuse_rest(line, "a quoted text", err);
	text->p = out = p = line->at;
	while (p < line->end && *p != '"') {
		if (*p != '\\' || p + 1 == line->end) {
			*out++ = *p++;
			continue;
		}
		p++;
		if (*p != '\\' && *p != '"' && *p != 'n')
			*out++ = '\\';
		*out++ = *p == 'n' ? '\n' : *p;
		p++;
	}
	if (p == line->end) {
		line->at = p;
		return err_set(err, ERR_INPUT, "a quoted text does not end");
	}
	line->at = p + 1;
	text->n = (size_t)(out - text->p);
	return 0;
}

/* ---- labels */

static int
compare(struct text a, struct text b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

/* Put a label where its name belongs. A label that is empty is the same as none. */
static int
add_label(struct metric_sample *sample, struct metric_label label, struct err *err)
{
	char shown[SHOWN_MAX];
	size_t i = sample->labels;
	int order = -1;

	while (i > 0 && (order = compare(sample->label[i - 1].name, label.name)) > 0)
		i--;
	if (i > 0 && order == 0)
		return err_set(err, ERR_INPUT, "label '%s' comes twice", value_shown(shown, label.name));
	if (sample->labels == METRIC_LABELS_MAX)
		return err_set(err, ERR_INPUT, "there are more than %d labels", METRIC_LABELS_MAX);
	memmove(&sample->label[i + 1], &sample->label[i], (sample->labels - i) * sizeof(label));
	sample->label[i] = label;
	sample->labels++;
	return 0;
}

/* Between the braces. A quoted text alone is the name of the metric, where it was not before them. */
static int
take_labels(struct line *line, struct metric_sample *sample, struct err *err)
{
	for (;;) {
		struct metric_label label;
		bool quoted;

		skip_blanks(line);
		if (take(line, '}'))
			return 0;
		quoted = line->at < line->end && *line->at == '"';
		if (quoted && take_quoted(line, &label.name, err) != 0)
			return -1;
		if (!quoted)
			label.name = take_name(line, LABEL_FIRST, LABEL_REST);
		if (label.name.n == 0)
			return refuse_rest(line, "the name of a label", err);
		skip_blanks(line);
		if (quoted && sample->name.n == 0 && (line->at == line->end || *line->at != '=')) {
			sample->name = label.name;
		} else {
			if (!take(line, '='))
				return refuse_rest(line, "'='", err);
			skip_blanks(line);
			if (take_quoted(line, &label.value, err) != 0 || add_label(sample, label, err) != 0)
				return -1;
		}
		skip_blanks(line);
		if (!take(line, ',') && (line->at == line->end || *line->at != '}'))
			return refuse_rest(line, "',' or '}'", err);
	}
}

struct text
metric_label(const struct metric_sample *sample, const char *name)
{
	for (size_t i = 0; i < sample->labels; i++)
		if (text_is(sample->label[i].name, name))
			return sample->label[i].value;
	return (struct text){ "", 0 };
}

/* ---- numbers */

static bool
word_same(const char *p, size_t n, const char *word)
{
	return name_same((struct text){ p, n }, word);
}

/* Digits with at most one point among or beside them; how many digits there are. */
static size_t
skip_mantissa(const char **p, const char *end)
{
	size_t digits = 0;
	bool point = false;

	for (; *p < end && ((**p >= '0' && **p <= '9') || (**p == '.' && !point)); (*p)++) {
		point = point || **p == '.';
		digits += **p != '.';
	}
	return digits;
}

/* What Go's ParseFloat takes: a decimal with or without point and exponent, Inf, Infinity and NaN in any case. */
static int
read_number(struct text text, double *value)
{
	const char *p = text.p, *end = text.p + text.n;
	char copy[METRIC_VALUE_MAX + 1];
	bool negative = text.n > 0 && *p == '-';

	if (text.n == 0 || text.n > METRIC_VALUE_MAX)
		return -1;
	if (word_same(p, text.n, "nan")) {
		*value = NAN;
		return 0;
	}
	if (*p == '-' || *p == '+')
		p++;
	if (word_same(p, (size_t)(end - p), "inf") || word_same(p, (size_t)(end - p), "infinity")) {
		*value = negative ? -INFINITY : INFINITY;
		return 0;
	}
	if (skip_mantissa(&p, end) == 0)
		return -1;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		if (p == end)
			return -1;
		while (p < end && *p >= '0' && *p <= '9')
			p++;
		if (p[-1] < '0' || p[-1] > '9')
			return -1;
	}
	if (p < end)
		return -1;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	*value = strtod(copy, NULL);
	return 0;
}

#define TIME_MOST_US (INT64_C(253402300800) * SECOND_US) /* the year 10000 */

/* Whole milliseconds in text format, seconds in OpenMetrics. */
static int
read_time(const struct exposition *page, struct text text, int64_t *at_us)
{
	size_t sign = text.n > 0 && *text.p == '-';

	if (page->openmetrics)
		return decimal_parse(text.p, text.n, 6, at_us, NULL, NULL) == 0 && *at_us <= TIME_MOST_US &&
				*at_us >= -TIME_MOST_US
			? 0
			: -1;
	if (count_parse((struct text){ text.p + sign, text.n - sign }, TIME_MOST_US / 1000, at_us) != 0)
		return -1;
	*at_us *= sign ? -1000 : 1000;
	return 0;
}

int
metric_whole(const struct metric_sample *sample, int digits, int64_t *value, struct err *err)
{
	char shown[SHOWN_MAX];
	struct text text = sample->written;

	/* A point without digits on one side is a number here and none to decimal_parse. */
	if (text.n > 1 && text.p[text.n - 1] == '.')
		text.n--;
	if (isfinite(sample->value) && decimal_parse(text.p, text.n, digits, value, NULL, NULL) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "the value '%s' is no number that can be counted with",
		value_shown(shown, sample->written));
}

/* ---- lines */

/* # {trace_id="x"} 0.3 1712.5: what stands behind a value is looked at and not kept. */
static int
take_exemplar(struct line *line, struct err *err)
{
	struct metric_sample exemplar;
	double ignored;
	struct text word;

	line->at++;
	skip_blanks(line);
	exemplar.labels = 0;
	exemplar.name = text_of("exemplar");
	if (!take(line, '{'))
		return refuse_rest(line, "the labels of an exemplar", err);
	if (take_labels(line, &exemplar, err) != 0)
		return -1;
	skip_blanks(line);
	word = take_word(line);
	if (read_number(word, &ignored) != 0)
		return err_set(err, ERR_INPUT, "the exemplar has no value");
	skip_blanks(line);
	word = take_word(line);
	if (word.n > 0 && read_number(word, &ignored) != 0)
		return err_set(err, ERR_INPUT, "the time of the exemplar is no number");
	return 0;
}

static int
take_value(const struct exposition *page, struct line *line, struct metric_sample *sample, struct err *err)
{
	char shown[SHOWN_MAX];
	struct text word;

	skip_blanks(line);
	sample->written = take_word(line);
	if (sample->written.n == 0)
		return refuse_rest(line, "a value", err);
	if (read_number(sample->written, &sample->value) != 0)
		return err_set(err, ERR_INPUT, "the value '%s' is no number", value_shown(shown, sample->written));
	skip_blanks(line);
	if (line->at < line->end && *line->at != '#') {
		word = take_word(line);
		sample->has_time = true;
		if (read_time(page, word, &sample->at_us) != 0)
			return err_set(err, ERR_INPUT, "the time '%s' is no number of %s", value_shown(shown, word),
				page->openmetrics ? "seconds" : "whole milliseconds");
		skip_blanks(line);
	}
	if (line->at < line->end && *line->at == '#' && take_exemplar(line, err) != 0)
		return -1;
	skip_blanks(line);
	return line->at == line->end ? 0 : refuse_rest(line, "the end of the line", err);
}

static bool
ends_in(struct text name, struct text family, const char *suffix)
{
	return name.n == family.n + strlen(suffix) && memcmp(name.p, family.p, family.n) == 0 &&
		memcmp(name.p + family.n, suffix, strlen(suffix)) == 0;
}

/* The type of the family that the sample belongs to, when that is the one of the last TYPE line. */
static enum metric_type
type_of(const struct exposition *page, struct text name)
{
	static const char *const suffixes[][5] = {
		[METRIC_UNTYPED] = { "" },
		[METRIC_COUNTER] = { "", "_total", "_created" },
		[METRIC_GAUGE] = { "" },
		[METRIC_HISTOGRAM] = { "_bucket", "_sum", "_count", "_created", "" },
		[METRIC_SUMMARY] = { "", "_sum", "_count", "_created" },
		[METRIC_INFO] = { "_info", "" },
		[METRIC_STATESET] = { "" },
		[METRIC_GAUGEHISTOGRAM] = { "_bucket", "_gsum", "_gcount", "" },
	};

	if (page->family.n == 0 || name.n < page->family.n)
		return METRIC_UNTYPED;
	for (size_t i = 0; i < 5 && suffixes[page->type][i] != NULL; i++)
		if (ends_in(name, page->family, suffixes[page->type][i]))
			return page->type;
	return METRIC_UNTYPED;
}

static int
read_sample(const struct exposition *page, struct line *line, struct metric_sample *sample, struct err *err)
{
	sample->line = page->line;
	sample->labels = 0; /* the labels themselves are many and left as they are */
	sample->has_time = false;
	sample->at_us = 0;
	sample->name = take_name(line, NAME_FIRST, NAME_REST);
	if (sample->name.n == 0 && (line->at == line->end || *line->at != '{'))
		return refuse_rest(line, "the name of a metric", err);
	skip_blanks(line);
	if (take(line, '{')) {
		if (take_labels(line, sample, err) != 0)
			return -1;
		if (sample->name.n == 0)
			return err_set(err, ERR_INPUT, "the metric has no name");
	} else if (line->at < line->end && !is_blank(line->at[-1])) {
		return refuse_rest(line, "a blank behind the name of the metric", err);
	}
	if (take_value(page, line, sample, err) != 0)
		return -1;
	sample->type = type_of(page, sample->name);
	return 0;
}

static void
read_type(struct exposition *page, struct line *line)
{
	struct text name, type;
	struct err ignored;

	skip_blanks(line);
	if (line->at < line->end && *line->at == '"') {
		if (take_quoted(line, &name, &ignored) != 0)
			return;
	} else {
		name = take_word(line);
	}
	skip_blanks(line);
	type = take_word(line);
	page->family = name;
	page->type = METRIC_UNTYPED;
	for (size_t i = 0; i < TYPES; i++)
		if (text_is(type, type_names[i]))
			page->type = (enum metric_type)i;
}

static void
read_comment(struct exposition *page, struct line *line)
{
	struct text word;

	line->at++;
	skip_blanks(line);
	word = take_word(line);
	if (text_is(word, "TYPE"))
		read_type(page, line);
	else if (text_is(word, "EOF") && line->at == line->end)
		page->ended = page->openmetrics;
}

/* Whether the last line that is not empty is "# EOF". */
static bool
ends_in_eof(const char *bytes, size_t n)
{
	while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
		n--;
	return n >= 5 && memcmp(bytes + n - 5, "# EOF", 5) == 0 && (n == 5 || bytes[n - 6] == '\n');
}

void
exposition_begin(struct exposition *page, char *bytes, size_t n, int64_t line)
{
	*page = (struct exposition){ .at = bytes,
		.end = n == 0 ? bytes : bytes + n,
		.line = line - 1,
		.openmetrics = n > 0 && ends_in_eof(bytes, n) };
}

int
exposition_next(struct exposition *page, struct metric_sample *sample, struct err *err)
{
	while (page->at < page->end) {
		char *begin = page->at, *end = memchr(begin, '\n', (size_t)(page->end - begin));
		struct line line = { begin, end == NULL ? page->end : end };

		page->at = end == NULL ? page->end : end + 1;
		page->line++;
		if (line.end > line.at && line.end[-1] == '\r')
			line.end--;
		skip_blanks(&line);
		if (line.at == line.end)
			continue;
		if (page->ended)
			return err_set(err, ERR_INPUT, "there is more behind '# EOF'");
		if (*line.at != '#')
			return read_sample(page, &line, sample, err) == 0 ? 1 : -1;
		read_comment(page, &line);
	}
	return 0;
}

int
exposition_sniff(const char *head, size_t n)
{
	struct text line = head_line(head, n);
	bool comment = line.n > 7 && (memcmp(line.p, "# HELP ", 7) == 0 || memcmp(line.p, "# TYPE ", 7) == 0);

	return comment || (line.n > 9 && memcmp(line.p, "# scrape ", 9) == 0) ? 60 : 0;
}
