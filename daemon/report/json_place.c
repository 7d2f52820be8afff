#include "daemon/report/json_place.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PLACE_PATH_MAX 256
#define PLACE_DEPTH_MAX 16 /* deeper values are passed over with their parent's path */

struct place {
	const char *at, *end;
	const char *sentence;
	int line;                  /* of `at` */
	int best;                  /* line of the best match so far */
	size_t best_n;             /* and how much of the sentence it matches */
	char path[PLACE_PATH_MAX]; /* of the value at hand */
};

static void
step(struct place *place)
{
	if (*place->at++ == '\n')
		place->line++;
}

static void
skip_blank(struct place *place)
{
	while (place->at < place->end && memchr(" \t\r\n", *place->at, 4) != NULL)
		step(place);
}

/* Past a string, its text (as written, without escapes resolved) in [*from, *to). */
static void
take_string(struct place *place, const char **from, const char **to)
{
	step(place);
	*from = place->at;
	while (place->at < place->end && *place->at != '"') {
		if (*place->at == '\\' && place->at + 1 < place->end)
			step(place);
		step(place);
	}
	*to = place->at;
	if (place->at < place->end)
		step(place);
}

/* Does the sentence speak of this path or of something in it? */
static void
offer(struct place *place)
{
	size_t n = strlen(place->path);

	if (n <= place->best_n || strncmp(place->sentence, place->path, n) != 0 ||
		strchr(":.[ ", place->sentence[n]) == NULL)
		return;
	place->best_n = n;
	place->best = place->line;
}

static void
take_scalar(struct place *place)
{
	const char *from, *to;

	if (place->at < place->end && *place->at == '"') {
		take_string(place, &from, &to);
		return;
	}
	while (place->at < place->end && strchr(",]} \t\r\n", *place->at) == NULL)
		step(place);
}

static void take_value(struct place *place, int depth);

/* A list or an object with all that is in it. */
static void
take_nest(struct place *place, int depth)
{
	bool object = *place->at == '{';
	size_t n = strlen(place->path);

	step(place);
	for (int i = 0;; i++) {
		const char *from, *to;

		skip_blank(place);
		if (place->at >= place->end || *place->at == '}' || *place->at == ']')
			break;
		if (*place->at == ',') {
			step(place);
			i--;
			continue;
		}
		if (object && *place->at == '"') {
			take_string(place, &from, &to);
			snprintf(place->path + n, sizeof(place->path) - n, "%s%.*s", n > 0 ? "." : "", (int)(to - from),
				from);
			offer(place);
			skip_blank(place);
			if (place->at < place->end && *place->at == ':')
				step(place);
		} else if (!object) {
			snprintf(place->path + n, sizeof(place->path) - n, "[%d]", i);
			offer(place);
		}
		take_value(place, depth + 1);
		place->path[n] = '\0';
	}
	if (place->at < place->end)
		step(place);
}

static void
take_value(struct place *place, int depth)
{
	const char *before = place->at;

	skip_blank(place);
	if (place->at < place->end && (*place->at == '{' || *place->at == '[') && depth < PLACE_DEPTH_MAX)
		take_nest(place, depth);
	else
		take_scalar(place);
	/* What is no JSON must not hold the walk up. */
	if (place->at == before && place->at < place->end)
		step(place);
}

int
json_line(const char *text, size_t n, const char *sentence)
{
	struct place place = { .at = text, .end = text + n, .sentence = sentence, .line = 1, .best = 1 };

	take_value(&place, 0);
	return place.best;
}
