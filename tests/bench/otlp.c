/*
 * otlp: how fast bodies of OTLP are read and understood, as JSON beside cJSON's own parse of the same bytes, and as
 * protobuf.
 *
 * Prints megabytes and data points for each CPU second; exits 1 when a limit is missed. otlp [POINTS of a body].
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "collectors/otlp.h"
#include "models/units/err.h"

#include "tests/bench/measure.h"

#define RATIO_MIN 0.5 /* of the speed of cJSON */
#define REPETITIONS 5

struct body {
	char *bytes;
	size_t n;
};

/* ---- making bodies: points of Claude Code's counter */

static struct body
make_json(int points)
{
	struct body body;
	FILE *out = open_memstream(&body.bytes, &body.n);

	fputs("{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
	      "\"claude-code\"}}]},\"scopeMetrics\":[{\"scope\":{\"name\":\"demo\"},\"metrics\":[{\"name\":"
	      "\"claude_code.token.usage\",\"sum\":{\"aggregationTemporality\":1,\"isMonotonic\":true,\"dataPoints\":[",
		out);
	for (int i = 0; i < points; i++)
		fprintf(out,
			"%s{\"attributes\":[{\"key\":\"type\",\"value\":{\"stringValue\":\"input\"}},{\"key\":\"model\",\"value\":{"
			"\"stringValue\":\"claude-demo-5\"}},{\"key\":\"session.id\",\"value\":{\"stringValue\":\"s-%d\"}}],"
			"\"startTimeUnixNano\":\"1793491200000000000\",\"timeUnixNano\":\"1793491260000000000\",\"asInt\":\"%d\"}",
			i == 0 ? "" : ",", i, 1000 + i);
	fputs("]}}]}]}]}", out);
	fclose(out);
	return body;
}

static void
put_varint(FILE *out, uint64_t value)
{
	for (; value > 127; value >>= 7)
		putc((int)(value & 127) | 128, out);
	putc((int)value, out);
}

static void
put_field(FILE *out, int number, const char *bytes, size_t n)
{
	put_varint(out, (uint64_t)number << 3 | 2);
	put_varint(out, n);
	fwrite(bytes, 1, n, out);
}

static void
put_fixed(FILE *out, int number, uint64_t value)
{
	put_varint(out, (uint64_t)number << 3 | 1);
	fwrite(&value, 1, sizeof(value), out);
}

static struct body
wrap(int number, struct body inner)
{
	struct body body;
	FILE *out = open_memstream(&body.bytes, &body.n);

	put_field(out, number, inner.bytes, inner.n);
	fclose(out);
	free(inner.bytes);
	return body;
}

static void
put_attribute(FILE *out, int number, const char *key, const char *value)
{
	struct body inner, text;
	FILE *pair = open_memstream(&text.bytes, &text.n);

	put_field(pair, 1, value, strlen(value));
	fclose(pair);
	pair = open_memstream(&inner.bytes, &inner.n);
	put_field(pair, 1, key, strlen(key));
	put_field(pair, 2, text.bytes, text.n);
	fclose(pair);
	put_field(out, number, inner.bytes, inner.n);
	free(text.bytes);
	free(inner.bytes);
}

static struct body
make_protobuf(int points)
{
	static const char name[] = "claude_code.token.usage";
	struct body sum, metric;
	FILE *out = open_memstream(&sum.bytes, &sum.n);

	for (int i = 0; i < points; i++) {
		struct body point;
		FILE *one = open_memstream(&point.bytes, &point.n);
		char session[24];

		snprintf(session, sizeof(session), "s-%d", i);
		put_attribute(one, 7, "type", "input");
		put_attribute(one, 7, "model", "claude-demo-5");
		put_attribute(one, 7, "session.id", session);
		put_fixed(one, 2, UINT64_C(1793491200000000000));
		put_fixed(one, 3, UINT64_C(1793491260000000000));
		put_fixed(one, 6, (uint64_t)(1000 + i));
		fclose(one);
		put_field(out, 1, point.bytes, point.n);
		free(point.bytes);
	}
	put_varint(out, 2 << 3);
	put_varint(out, 1);
	fclose(out);
	out = open_memstream(&metric.bytes, &metric.n);
	put_field(out, 1, name, sizeof(name) - 1);
	put_field(out, 7, sum.bytes, sum.n);
	fclose(out);
	free(sum.bytes);
	return wrap(1, wrap(2, wrap(2, metric)));
}

/* ---- reading them */

static int
count_item(void *ctx, struct otlp_item *item, struct err *err)
{
	struct otlp_meaning meaning;

	if (otlp_meaning(item, &meaning, err) == OTLP_USAGE)
		++*(int *)ctx;
	return 0;
}

static double
best_of_ours(const struct body *body, bool protobuf, int points)
{
	double best = 0;

	for (int i = 0; i < REPETITIONS; i++) {
		int found = 0, status;
		const struct otlp_sink sink = { .ctx = &found, .item = count_item };
		char *copy = malloc(body->n + 1);
		struct otlp *otlp = otlp_new();
		double began, took;
		struct err err;

		if (copy == NULL || otlp == NULL)
			fail("otlp", "no memory");
		memcpy(copy, body->bytes, body->n);
		began = cpu_seconds();
		status = protobuf ? otlp_read_protobuf(OTLP_METRICS, copy, body->n, &sink, &err)
				  : otlp_read_json(otlp, OTLP_METRICS, copy, body->n, &sink, &err);
		took = cpu_seconds() - began;
		if (status != 0)
			fail("otlp", err.text);
		if (found != points)
			fail("otlp", "not every point was understood");
		best = best == 0 || took < best ? took : best;
		otlp_free(otlp);
		free(copy);
	}
	return best;
}

static double
best_of_cjson(const struct body *body)
{
	double best = 0;

	for (int i = 0; i < REPETITIONS; i++) {
		double began = cpu_seconds(), took;
		cJSON *json = cJSON_ParseWithLength(body->bytes, body->n);

		took = cpu_seconds() - began;
		if (json == NULL)
			fail("otlp", "cJSON does not parse it");
		cJSON_Delete(json);
		best = best == 0 || took < best ? took : best;
	}
	return best;
}

static void
print_speed(const char *name, const struct body *body, int points, double took)
{
	char line[96];

	snprintf(line, sizeof(line), "%s, %.0f points/CPU s", name, points / took);
	figure_print(&(struct figure){ .name = line, .unit = "MB/CPU s", .value = (double)body->n / 1e6 / took });
}

int
main(int argc, char **argv)
{
	int points = argc > 1 ? atoi(argv[1]) : 5000;
	struct body json = make_json(points), protobuf = make_protobuf(points);
	double ours = best_of_ours(&json, false, points), theirs = best_of_cjson(&json);
	bool missed;

	load_print();
	print_speed("OTLP as JSON", &json, points, ours);
	missed = figure_print(&(struct figure){ .name = "OTLP as JSON / cJSON",
		.unit = "of its speed",
		.value = theirs / ours,
		.limit = RATIO_MIN,
		.kind = AT_LEAST,
		.digits = 2 });
	print_speed("OTLP as protobuf", &protobuf, points, best_of_ours(&protobuf, true, points));
	if (missed)
		printf("a limit is missed\n");
	free(json.bytes);
	free(protobuf.bytes);
	return missed;
}
