/*
 * usage-jsonl: our own usage events as JSON: one object a line, or one array, or one object over several
 * lines:
 *
 * {"id":"7f3a","at":"2026-08-01T12:00:00Z","provider":"openai","model":"gpt-4o","in_uncached":1520,"out_visible":310}
 * {"id":"7f3b","at":1785585601.25,"provider":"anthropic","model":"claude-sonnet-4-5","usage":{"input_tokens":912,"output_tokens":77}}
 * {"id":"7f3c","at":"2026-08-01T12:00:02Z","model":"gpt-4o","status":"timeout"}
 */
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/input.h"
#include "collectors/json.h"
#include "collectors/pull.h"
#include "collectors/usage_event.h"
#include "models/units/err.h"

struct parsing {
	struct input *input;
	const struct collect_options *options;
	const struct sink *sink;
	struct usage_event *event;
	struct json_doc *doc;
	char *pending; /* an object that goes on in the next line */
	size_t held, room;
	int64_t pending_line;
};

/* Hand an event over or refuse it. -1 only when the sink fails. */
static int
take(struct parsing *parsing, struct place place, const struct json *object, struct err *err)
{
	const struct sink *sink = parsing->sink;
	struct usage_reading reading;
	struct err why = { .kind = ERR_NONE };

	if (usage_event_read(parsing->event, object, parsing->options, &reading, &why) == 0)
		return sink->usage == NULL ? 0 : sink->usage(sink->ctx, place, &reading, err);
	if (why.kind == ERR_OUTSIDE)
		return err_set(err, why.kind, "%s", why.text);
	sink->refuse(sink->ctx, place, why.text);
	return 0;
}

/* ---- an array is read whole */

static int
parse_array(struct parsing *parsing, char *bytes, size_t n, struct err *err)
{
	struct json *array = json_parse(parsing->doc, bytes, n, err);

	if (array == NULL)
		return err_in(err, "%s", parsing->input->name);
	if (array->type != JSON_ARRAY)
		return err_set(err, ERR_INPUT, "%s: expected an array", parsing->input->name);
	for (struct json *object = array->first; object != NULL; object = object->next) {
		struct place place = { .line = object->line };

		if (take(parsing, place, object, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- lines */

static int
hold(struct parsing *parsing, struct text line, struct err *err)
{
	size_t n = parsing->held + line.n + 1;

	if (n > parsing->room) {
		char *more = realloc(parsing->pending, 2 * n);

		if (more == NULL)
			return err_set(err, ERR_OUTSIDE, "no memory for an event");
		parsing->pending = more;
		parsing->room = 2 * n;
	}
	if (parsing->held > 0)
		parsing->pending[parsing->held++] = '\n';
	memcpy(parsing->pending + parsing->held, line.p, line.n);
	parsing->held += line.n;
	return 0;
}

/* Whether braces and brackets outside strings are still open at the end of the text. */
static bool
goes_on(const char *p, size_t n)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (quoted) {
			if (p[i] == '\\')
				i++;
			else
				quoted = p[i] != '"';
			continue;
		}
		quoted = p[i] == '"';
		depth += (p[i] == '{' || p[i] == '[') - (p[i] == '}' || p[i] == ']');
	}
	return depth > 0 && !quoted;
}

/* Refuse what is held. The place tells the line: the one that the parser counts begins with what is held. */
static void
refuse_held(const struct parsing *parsing, const struct err *why)
{
	parsing->sink->refuse(
		parsing->sink->ctx, (struct place){ .line = parsing->pending_line }, json_unplaced(why->text));
}

static void
refuse_pending(struct parsing *parsing)
{
	struct err why = { .kind = ERR_NONE };

	if (parsing->held > 0 && json_parse(parsing->doc, parsing->pending, parsing->held, &why) == NULL)
		refuse_held(parsing, &why);
	parsing->held = 0;
}

/*
 * A line that is whole is one event. One that leaves braces open is held, and ends with the line that closes
 * them; a line that begins an object of its own at the margin shows that what is held was cut off.
 */
static int
take_line(struct parsing *parsing, int64_t number, struct text line, struct err *err)
{
	struct text trimmed = text_trim(line);
	struct err why = { .kind = ERR_NONE };
	const struct json *object;

	if (trimmed.n == 0)
		return 0;
	if (parsing->held > 0 && (line.p[0] == '{' || parsing->held + line.n > RECORD_MAX))
		refuse_pending(parsing);
	if (parsing->held == 0)
		parsing->pending_line = number;
	if (hold(parsing, trimmed, err) != 0)
		return -1;
	if (goes_on(parsing->pending, parsing->held))
		return 0;
	object = json_parse(parsing->doc, parsing->pending, parsing->held, &why);
	parsing->held = 0;
	if (object != NULL)
		return take(parsing, (struct place){ .line = parsing->pending_line }, object, err);
	refuse_held(parsing, &why);
	return 0;
}

/* ---- which of the two it is */

static int
parse_lines(struct parsing *parsing, struct input *input, struct err *err)
{
	struct reader *reader = reader_open(input, err);
	struct text line;
	int got = -1;

	if (reader == NULL)
		return -1;
	while ((got = reader_next_line(reader, &line, err)) == 1)
		if (take_line(parsing, reader_line(reader), line, err) != 0) {
			got = -1;
			break;
		}
	if (got == 0)
		refuse_pending(parsing);
	reader_close(reader);
	return got;
}

static int
parse_whole(struct parsing *parsing, struct input *input, struct err *err)
{
	size_t n, skip;
	char *bytes = input_whole(input, &n, err);
	int status;

	if (bytes == NULL)
		return -1;
	skip = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	status = parse_array(parsing, bytes + skip, n - skip, err);
	free(bytes);
	return status;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct parsing parsing = { .input = input, .options = options, .sink = sink };
	struct peeked peeked;
	struct input again;
	char first;
	int status = -1;

	if ((parsing.event = usage_event_new(err)) == NULL)
		goto done;
	if ((parsing.doc = json_new()) == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for JSON");
		goto done;
	}
	if (input_peek(&peeked, input, &again, &first, err) != 0)
		goto done;
	if (peeked.n == 0)
		err_set(err, ERR_INPUT, "%s: the input is empty", input->name);
	else if (first == '[')
		status = parse_whole(&parsing, &again, err);
	else
		status = parse_lines(&parsing, &again, err);
done:
	usage_event_free(parsing.event);
	json_free(parsing.doc);
	free(parsing.pending);
	return status;
}

static int
sniff(const char *head, size_t n, const char **why_not)
{
	char first = input_first(head, n);

	if (first != '{' && first != '[')
		return 0;
	if (memmem(head, n, "\"at\"", 4) == NULL) {
		*why_not = "there is no member 'at'";
		return 0;
	}
	if (memmem(head, n, "\"in_uncached\"", 13) != NULL || memmem(head, n, "\"out_visible\"", 13) != NULL)
		return 95;
	if (memmem(head, n, "\"usage\"", 7) != NULL && memmem(head, n, "\"model\"", 7) != NULL)
		return 90;
	return memmem(head, n, "\"model\"", 7) != NULL ? 40 : 0;
}

static const struct pull files = {
	.shape = PULL_FILES,
	.interval_s = 60,
	.interval_least_s = 5,
	.endings = ".jsonl .ndjson",
};

const struct collector collector_usage_jsonl = {
	.name = "usage-jsonl",
	.title = "usage events as JSON lines (or one array), with classes or the provider's own usage object",
	.kind = COLLECTS_USAGE,
	.sniff = sniff,
	.parse = parse,
	.files = &files,
};
