/*
 * A mapping and a file: lines of "key=value" up to an empty line, then the file. Promises: a failure has a sentence, a
 * refusal a reason, readings keep their bounds, and an instant is read twice alike.
 */
#include <string.h>

#include "collectors/collector.h"
#include "collectors/mapping.h"
#include "models/price/usage.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

struct bytes {
	const uint8_t *data;
	size_t size, at;
};

static long
read_bytes(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct bytes *bytes = ctx;
	size_t n = bytes->size - bytes->at;

	(void)err;
	n = n < size ? n : size;
	if (n > 0)
		memcpy(buffer, bytes->data + bytes->at, n);
	bytes->at += n;
	return (long)n;
}

static int
take(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	(void)ctx, (void)err;
	promise(place.line >= 1, "a row has a line");
	promise(usage_check(&reading->usage, NULL) == 0, "tokens are in bounds");
	promise(reading->requests >= 0 && reading->latency_ms >= NOT_REPORTED, "counts are not negative");
	return 0;
}

static void
hear(void *ctx, struct place place, const char *reason)
{
	(void)ctx, (void)place;
	promise(reason[0] != '\0', "a refusal has a reason");
}

/* The line's key and value, each with a NUL; false where it is no such line. */
static bool
split(char *line, char **value)
{
	*value = strchr(line, '=');
	if (*value == NULL)
		return false;
	*(*value)++ = '\0';
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zone utc;
	struct mapping mapping = { .name = "m" };
	struct collect_options options = { .zone = &utc, .mapping = &mapping };
	const struct sink sink = { .usage = take, .refuse = hear, .warn = hear };
	struct err err = { 0 };
	struct bytes bytes = { .data = data, .size = size };
	struct input input = { "fuzz", read_bytes, &bytes };
	char line[200], *value;

	zone_utc(&utc);
	while (bytes.at < size) {
		const uint8_t *end = memchr(data + bytes.at, '\n', size - bytes.at);
		size_t n = end == NULL ? size - bytes.at : (size_t)(end - data) - bytes.at;

		if (n == 0 || n >= sizeof(line))
			break;
		memcpy(line, data + bytes.at, n);
		line[n] = '\0';
		bytes.at += n + (end != NULL);
		if (split(line, &value) && mapping_set(&mapping, line, value, &err) != 0)
			promise(err.text[0] != '\0', "a wrong line has a sentence");
	}
	if (bytes.at < size && data[bytes.at] == '\n')
		bytes.at++;
	if (mapping_check(&mapping, &err) != 0) {
		promise(err.text[0] != '\0', "a mapping that says too little has a sentence");
		return 0;
	}
	if (collector_find("mapped", &err)->parse(&input, &options, &sink, &err) != 0)
		promise(err.kind != ERR_NONE && err.text[0] != '\0', "a failure has a sentence");
	return 0;
}
