#include "collectors/pull.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

/* ---- files */

#define FOLLOWED .shape = PULL_FILES, .interval_s = 60, .interval_least_s = 5, .whole = true
#define TABLES ".csv .tsv .txt .log .csv.gz .tsv.gz .txt.gz .log.gz"
#define OBJECTS ".json .jsonl .ndjson .json.gz .jsonl.gz .ndjson.gz"

const struct pull files_tables = { FOLLOWED, .endings = TABLES };
const struct pull files_rows = { FOLLOWED, .endings = TABLES " " OBJECTS };
const struct pull files_export_tables = { FOLLOWED, .endings = TABLES, .exports = true };
const struct pull files_export_rows = { FOLLOWED, .endings = TABLES " " OBJECTS, .exports = true };

/* ---- options */

struct text
pull_option(const struct pull_ask *ask, const char *name)
{
	for (size_t i = 0; i < ask->givens; i++)
		if (strcmp(ask->given[i].name, name) == 0)
			return text_of(ask->given[i].value);
	for (const struct pull_option *option = ask->pull->options; option != NULL && option->name != NULL; option++)
		if (strcmp(option->name, name) == 0)
			return text_of(option->otherwise);
	return (struct text){ NULL, 0 };
}

/* The next word of a list with commas; false at its end. */
static bool
next_word(struct text *list, struct text *word)
{
	const char *comma = list->n == 0 ? NULL : memchr(list->p, ',', list->n);
	size_t n = comma == NULL ? list->n : (size_t)(comma - list->p);

	if (list->n == 0)
		return false;
	*word = (struct text){ list->p, n };
	list->p += n + (comma != NULL);
	list->n -= n + (comma != NULL);
	while (word->n > 0 && word->p[0] == ' ')
		*word = (struct text){ word->p + 1, word->n - 1 };
	while (word->n > 0 && word->p[word->n - 1] == ' ')
		word->n--;
	return true;
}

bool
pull_option_names(const struct pull_ask *ask, const char *name, const char *word)
{
	struct text list = pull_option(ask, name), one;
	bool all = list.n == 0;

	while (next_word(&list, &one))
		if (text_is(one, word))
			return true;
	return all;
}

int
pull_option_check(const struct pull_ask *ask, const char *name, struct err *err)
{
	struct text list = pull_option(ask, name), one;

	while (next_word(&list, &one)) {
		const char *const *part = ask->pull->parts;
		char shown[TEXT_SHOWN], known[512] = "";
		struct nearest nearest;
		size_t used = 0;

		text_shown(one, shown, sizeof(shown));
		nearest_init(&nearest, shown);
		for (; *part != NULL && !text_is(one, *part); part++) {
			nearest_offer(&nearest, *part);
			if (used < sizeof(known))
				used += (size_t)snprintf(
					known + used, sizeof(known) - used, "%s%s", used == 0 ? "" : ", ", *part);
		}
		if (*part != NULL || one.n == 0)
			continue;
		return nearest_found(&nearest) != NULL
			? err_set(err, ERR_INPUT, "%s: there is no '%s'; the nearest is '%s'", name, shown,
				  nearest_found(&nearest))
			: err_set(err, ERR_INPUT, "%s: there is no '%s', but %s", name, shown, known);
	}
	return 0;
}

/* ---- windows */

static int64_t
step_us(const struct pull *pull)
{
	return (pull->align_s > 0 ? pull->align_s : 1) * SECOND_US;
}

int64_t
pull_align_down(const struct pull *pull, int64_t at_us)
{
	int64_t step = step_us(pull), over = at_us % step;

	return at_us - (over < 0 ? over + step : over);
}

int64_t
pull_align_up(const struct pull *pull, int64_t at_us)
{
	int64_t down = pull_align_down(pull, at_us);

	return down == at_us ? at_us : down + step_us(pull);
}

int64_t
pull_window_end(const struct pull *pull, int64_t from_us, int64_t to_us)
{
	int64_t end;

	if (pull->window_max_s <= 0 || to_us - from_us <= pull->window_max_s * SECOND_US)
		return to_us;
	end = pull_align_down(pull, from_us + pull->window_max_s * SECOND_US);
	return end > from_us ? end : pull_align_up(pull, from_us + 1);
}

/* ---- writing a request */

static void
put(struct pull_request *request, const char *bytes, size_t n)
{
	if (request->full || request->body != NULL || n >= request->end - request->used) {
		request->full = true;
		return;
	}
	memcpy(request->buffer + request->used, bytes, n);
	request->used += n;
	request->buffer[request->used] = '\0';
}

static void
put_string(struct pull_request *request, const char *string)
{
	put(request, string, strlen(string));
}

static void
put_encoded(struct pull_request *request, struct text text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < text.n; i++) {
		char code[4];

		if (text.p[i] != '\0' && strchr(plain, text.p[i]) != NULL) {
			put(request, text.p + i, 1);
			continue;
		}
		snprintf(code, sizeof(code), "%%%02X", (unsigned char)text.p[i]);
		put_string(request, code);
	}
}

void
pull_begin(struct pull_request *request, const char *path)
{
	request->used = 0;
	request->end = sizeof(request->buffer);
	request->full = request->questioned = false;
	request->n_headers = 0;
	request->path = request->buffer;
	request->body = NULL;
	put_string(request, path);
}

void
pull_segment(struct pull_request *request, struct text segment)
{
	put_encoded(request, segment);
}

void
pull_query(struct pull_request *request, const char *name, struct text value)
{
	put_string(request, request->questioned ? "&" : "?");
	request->questioned = true;
	put_encoded(request, text_of(name));
	put_string(request, "=");
	put_encoded(request, value);
}

void
pull_query_whole(struct pull_request *request, const char *name, int64_t value)
{
	char printed[24];

	snprintf(printed, sizeof(printed), "%" PRId64, value);
	pull_query(request, name, text_of(printed));
}

void
pull_query_time(struct pull_request *request, const char *name, int64_t at_us)
{
	char printed[TIME_MAX];

	time_print(printed, sizeof(printed), at_us);
	pull_query(request, name, text_of(printed));
}

void
pull_query_date(struct pull_request *request, const char *name, int64_t at_us)
{
	char printed[TIME_MAX];

	time_print(printed, sizeof(printed), at_us);
	pull_query(request, name, (struct text){ printed, strcspn(printed, "T") });
}

void
pull_header(struct pull_request *request, const char *name, struct text value)
{
	size_t named = strlen(name), n = named + 2 + value.n + 1;
	char *line;

	if (request->full || request->n_headers == PULL_HEADERS_MAX || n >= request->end - request->used) {
		request->full = true;
		return;
	}
	request->end -= n;
	line = request->buffer + request->end;
	memcpy(line, name, named);
	memcpy(line + named, ": ", 2);
	if (value.n > 0)
		memcpy(line + named + 2, value.p, value.n);
	line[n - 1] = '\0';
	if (strlen(line) != n - 1 || strpbrk(line, "\r\n") != NULL)
		request->full = true;
	else
		request->headers[request->n_headers++] = line;
}

void
pull_body(struct pull_request *request, const char *format, ...)
{
	size_t room = request->end - request->used;
	va_list args;
	int n;

	if (request->full || room < 2) {
		request->full = true;
		return;
	}
	room--; /* the byte 0 behind the path */
	request->body = request->buffer + request->used + 1;
	va_start(args, format);
	n = vsnprintf(request->buffer + request->used + 1, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		request->full = true;
	else
		request->used += 1 + (size_t)n;
}

int
pull_ended(const struct pull_request *request, struct err *err)
{
	if (!request->full)
		return 0;
	return err_set(err, ERR_INPUT, "the request would be longer than %d bytes, or one of its headers is no line",
		PULL_REQUEST_MAX);
}

int
pull_write(const struct pull_ask *ask, struct pull_request *request, struct err *err)
{
	if (ask->pull->request != NULL)
		return ask->pull->request(ask, request, err);
	pull_begin(request, ask->pull->path);
	return pull_ended(request, err);
}
