#include <semaphore.h>

#include "daemon/ingest/push.h"
#include "tests/unit/ledger_kit.h"

#define S "1793491200000000000" /* 2026-11-01T00:00:00Z */
#define T1 "1793491260000000000"
#define T2 "1793491320000000000"
#define T3 "1793491380000000000"
#define NOW_US (INT64_C(1793500000) * SECOND_US)

static int64_t
fixed_now(void)
{
	return NOW_US;
}

static struct push *
start(struct kit *kit)
{
	struct push *push = push_start(
		&(struct push_config){
			.store = kit_store(kit), .zone = &kit->utc, .now_us = fixed_now, .bytes_max = 1 << 22 },
		&kit->err);

	if (push == NULL)
		fail_msg("%s", kit->err.text);
	return push;
}

static void
stop(struct push *push)
{
	push_stop(push);
	push_free(push);
}

static void
wake(void *ctx)
{
	sem_post(ctx);
}

/* Push a body and wait for what became of it. */
static struct push_result
send_body(struct kit *kit, struct push *push, enum push_form form, const char *text)
{
	struct parcel *parcel;
	sem_t woken;

	sem_init(&woken, 0, 0);
	parcel = parcel_read(push,
		&(struct push_body){
			.bytes = text, .n = strlen(text), .form = form, .now_us = NOW_US, .arena = kit->arena });
	if (parcel_waits(parcel)) {
		push_send(push, parcel, wake, &woken);
		while (sem_wait(&woken) != 0)
			continue;
	}
	sem_destroy(&woken);
	return *parcel_result(parcel);
}

/* taken, repeated, refused and left out, and the outcome. */
#define assert_pushed(result, taken_, repeated_, refused_, left_out_) \
	do { \
		struct push_result pushed_ = (result); \
\
		if (pushed_.outcome == PUSH_UNREADABLE || pushed_.outcome == PUSH_FAILED) \
			fail_msg("%s", pushed_.err.text); \
		assert_int_equal(pushed_.taken, taken_); \
		assert_int_equal(pushed_.repeated, repeated_); \
		assert_int_equal(pushed_.refused, refused_); \
		assert_int_equal(pushed_.left_out, left_out_); \
		assert_int_equal(pushed_.conflicting, 0); \
	} while (0)

static void
assert_tokens(struct kit *kit, struct push *push, int64_t in, int64_t read, int64_t write, int64_t out, int64_t thought)
{
	struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct store *reader = store_open(kit->folder, STORE_READ, &kit->err);
	struct usage_result result;

	(void)push;
	if (reader == NULL || query_usage(reader, &query, kit->arena, &result, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	assert_int_equal(result.total.tokens[IN_UNCACHED], in);
	assert_int_equal(result.total.tokens[IN_CACHE_READ], read);
	assert_int_equal(result.total.tokens[IN_CACHE_WRITE_5M], write);
	assert_int_equal(result.total.tokens[OUT_VISIBLE], out);
	assert_int_equal(result.total.tokens[OUT_REASONING], thought);
	store_close(reader);
}

/* ---- bodies */

#define TEXT_ATTRIBUTE(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
#define RESOURCE "\"resource\":{\"attributes\":[" TEXT_ATTRIBUTE("service.name", "bot") "]}"

static const char *
metrics(struct kit *kit, const char *list)
{
	return arena_format(
		kit->arena, "{\"resourceMetrics\":[{" RESOURCE ",\"scopeMetrics\":[{\"metrics\":[%s]}]}]}", list);
}

/* A sum: temporality 1 delta, 2 cumulative. attributes: a list without its brackets. */
static const char *
sum(struct kit *kit, const char *name, int temporality, const char *attributes, const char *begin, const char *end,
	const char *value)
{
	return arena_format(kit->arena,
		"{\"name\":\"%s\",\"sum\":{\"aggregationTemporality\":%d,\"isMonotonic\":true,\"dataPoints\":[{"
		"\"attributes\":[%s],\"startTimeUnixNano\":\"%s\",\"timeUnixNano\":\"%s\",\"asInt\":\"%s\"}]}}",
		name, temporality, attributes, begin, end, value);
}

static const char *
histogram(struct kit *kit, int temporality, const char *type, const char *begin, const char *end, const char *tokens,
	const char *calls)
{
	return arena_format(kit->arena,
		"{\"name\":\"gen_ai.client.token.usage\",\"histogram\":{\"aggregationTemporality\":%d,\"dataPoints\":[{"
		"\"attributes\":[" TEXT_ATTRIBUTE("gen_ai.request.model", "m") "," TEXT_ATTRIBUTE("gen_ai.token.type",
			"%s") "],\"startTimeUnixNano\":\"%s\",\"timeUnixNano\":%s,\"count\":\"%s\",\"sum\":%s}]}}",
		temporality, type, begin, end, calls, tokens);
}

#define CLAUDE "claude_code.token.usage"
#define MODEL TEXT_ATTRIBUTE("model", "claude-demo-5")
#define PERSON TEXT_ATTRIBUTE("user.id", "p1")
#define TYPE(type) MODEL "," PERSON "," TEXT_ATTRIBUTE("type", type)

static void
the_order_of_attributes_does_not_part_a_series(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, sum(kit, CLAUDE, 1, TYPE("input"), S, T1, "10"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS,
			      metrics(kit,
				      sum(kit, CLAUDE, 1, TEXT_ATTRIBUTE("type", "input") "," PERSON "," MODEL, S, T1,
					      "10"))),
		0, 1, 0, 0);
	assert_pushed(
		send_body(kit, push, PUSH_METRICS, metrics(kit, sum(kit, CLAUDE, 1, TYPE("input"), T1, T2, "10"))), 1,
		0, 0, 0);
	assert_tokens(kit, push, 20, 0, 0, 0, 0);
	stop(push);
	assert_sound(kit);
}

static void
the_kinds_of_claude_code_s_tokens_do_not_overlap(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	const char *list = arena_format(kit->arena, "%s,%s,%s,%s", sum(kit, CLAUDE, 1, TYPE("input"), S, T1, "3"),
		sum(kit, CLAUDE, 1, TYPE("output"), S, T1, "50"), sum(kit, CLAUDE, 1, TYPE("cacheRead"), S, T1, "9000"),
		sum(kit, CLAUDE, 1, TYPE("cacheCreation"), S, T1, "700"));

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, list)), 4, 0, 0, 0);
	assert_tokens(kit, push, 3, 9000, 700, 50, 0);
	stop(push);
}

static void
a_cumulative_total_adds_what_it_grew_by(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T1, "100", "2"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T2, "250", "5"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T2, "250", "5"))),
		0, 1, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T1, "100", "2"))),
		0, 1, 0, 0);
	assert_tokens(kit, push, 250, 0, 0, 0, 0);
	/* Nothing new: nothing is put. */
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T3, "250", "5"))),
		0, 0, 0, 0);
	stop(push);
	assert_int_equal(kit_total(kit).requests, 5);
	assert_sound(kit);
}

static void
a_new_start_or_a_smaller_total_begins_again(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T1, "100", "2"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", T1, T2, "120", "3"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", T1, T3, "7", "1"))), 1,
		0, 0, 0);
	assert_tokens(kit, push, 227, 0, 0, 0, 0);
	stop(push);
	assert_int_equal(kit_total(kit).requests, 6);
}

/* Two processes of the same name, each with a start of its own, send in turns. */
static void
totals_of_different_starts_grow_side_by_side(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T1, "100", "1")));
	send_body(kit, push, PUSH_METRICS,
		metrics(kit, histogram(kit, 2, "input", "1793491201000000000", T1, "40", "1")));
	send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", S, T2, "110", "2")));
	send_body(kit, push, PUSH_METRICS,
		metrics(kit, histogram(kit, 2, "input", "1793491201000000000", T2, "44", "2")));
	assert_tokens(kit, push, 154, 0, 0, 0, 0);
	stop(push);
}

static void
a_total_without_a_start_says_where_counting_begins(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", "0", T1, "900", "9"))),
		0, 0, 0, 1);
	assert_pushed(
		send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "input", "0", T2, "950", "10"))), 1,
		0, 0, 0);
	assert_tokens(kit, push, 50, 0, 0, 0, 0);
	stop(push);
}

static void
totals_are_remembered_over_a_restart(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "output", S, T1, "100", "1")));
	stop(push);
	store_close(kit->store);
	kit->store = NULL;
	push = start(kit);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 2, "output", S, T2, "130", "2"))),
		1, 0, 0, 0);
	assert_tokens(kit, push, 0, 0, 0, 130, 0);
	stop(push);
}

static void
a_point_without_a_recorded_value_is_skipped(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(
		send_body(kit, push, PUSH_METRICS,
			metrics(kit,
				"{\"name\":\"" CLAUDE
				"\",\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
					"input") "],\"timeUnixNano\":\"" T1 "\",\"asInt\":\"5\",\"flags\":1}]}}")),
		0, 0, 0, 0);
	assert_tokens(kit, push, 0, 0, 0, 0, 0);
	stop(push);
}

static void
points_that_cannot_be_understood_are_refused_beside_those_that_can(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	struct push_result result;
	static const char *const bad[][2] = {
		{ "\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
			  "input") "],\"timeUnixNano\":\"" T1 "\",\"asDouble\":1.5}]}",
			"whole" },
		{ "\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
			  "input") "],\"timeUnixNano\":\"" T1 "\",\"asInt\":\"-5\"}]}",
			"whole" },
		{ "\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
			  "input") "],\"timeUnixNano\":\"" T1 "\"}]}",
			"no value" },
		{ "\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
			  "input") "],\"asInt\":5}]}",
			"timeUnixNano" },
		{ "\"sum\":{\"dataPoints\":[{\"attributes\":[" TYPE("input") "],\"timeUnixNano\":\"" T1
									     "\",\"asInt\":5}]}",
			"temporality" },
		{ "\"gauge\":{\"dataPoints\":[{\"attributes\":[" TYPE("input") "],\"timeUnixNano\":\"" T1
									       "\",\"asInt\":5}]}",
			"sum" },
		{ "\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
			  "tool") "],\"timeUnixNano\":\"" T1 "\",\"asInt\":5}]}",
			"'tool'" },
		{ "\"sum\":{\"aggregationTemporality\":1,\"dataPoints\":[{\"attributes\":[" TYPE(
			  "input") "],\"timeUnixNano\":\"1793491260\",\"asInt\":5}]}",
			"2000" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		result = send_body(kit, push, PUSH_METRICS,
			metrics(kit,
				arena_format(kit->arena, "{\"name\":\"" CLAUDE "\",%s},%s", bad[i][0],
					sum(kit, CLAUDE, 1, TYPE("output"), S, i % 2 == 0 ? T1 : T2, "1"))));
		assert_int_equal(result.refused, 1);
		assert_int_equal(result.taken + result.repeated, 1);
		assert_non_null(strstr(result.first_refused->reason, bad[i][1]));
	}
	assert_tokens(kit, push, 0, 0, 0, 2, 0);
	stop(push);
}

/* ---- the same work told in several ways */

static void
of_old_and_new_families_one_is_counted(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	const char *model = TEXT_ATTRIBUTE("gen_ai.request.model", "m");
	const char *list = arena_format(kit->arena, "%s,%s,%s,%s,%s,%s,%s",
		histogram(kit, 1, "input", S, T1, "1000", "4"), histogram(kit, 1, "output", S, T1, "90", "4"),
		sum(kit, "gen_ai.client.inference.usage.cache_read.input_tokens", 1, model, S, T1, "600"),
		sum(kit, "gen_ai.client.inference.usage.input_tokens", 1, model, S, T1, "1000"),
		sum(kit, "gen_ai.client.inference.usage.output_tokens", 1, model, S, T1, "90"),
		sum(kit, "gen_ai.client.inference.usage.reasoning.output_tokens", 1, model, S, T1, "30"),
		sum(kit, "gen_ai.client.inference.usage.cache_write.input_tokens", 1, model, S, T1, "100"));

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, list)), 2, 0, 0, 2);
	assert_tokens(kit, push, 300, 600, 100, 60, 30);
	/* The old one comes alone, in a request of its own: still the same work. */
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 1, "input", T1, T2, "50", "1"))),
		0, 0, 0, 1);
	assert_pushed(
		send_body(kit, push, PUSH_METRICS,
			metrics(kit, sum(kit, "gen_ai.client.inference.usage.input_tokens", 1, model, T1, T2, "50"))),
		1, 0, 0, 0);
	assert_tokens(kit, push, 350, 600, 100, 60, 30);
	stop(push);
}

static void
the_old_family_that_came_first_for_a_stretch_stays_counted(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	const char *model = TEXT_ATTRIBUTE("gen_ai.request.model", "m");

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 1, "input", S, T1, "100", "1"))),
		1, 0, 0, 0);
	assert_pushed(
		send_body(kit, push, PUSH_METRICS,
			metrics(kit, sum(kit, "gen_ai.client.inference.usage.input_tokens", 1, model, S, T1, "100"))),
		0, 0, 0, 1);
	/* From here on the better one counts. */
	assert_pushed(
		send_body(kit, push, PUSH_METRICS,
			metrics(kit, sum(kit, "gen_ai.client.inference.usage.input_tokens", 1, model, T1, T2, "40"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 1, "input", T1, T2, "40", "1"))),
		0, 0, 0, 1);
	assert_tokens(kit, push, 140, 0, 0, 0, 0);
	stop(push);
}

static void
cumulative_subsets_are_taken_out_of_what_their_total_grew_by(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	const char *model = TEXT_ATTRIBUTE("gen_ai.request.model", "m");

	for (int i = 0; i < 2; i++) {
		const char *end = i == 0 ? T1 : T2;
		const char *list = arena_format(kit->arena, "%s,%s",
			sum(kit, "gen_ai.client.inference.usage.input_tokens", 2, model, S, end,
				i == 0 ? "100" : "180"),
			sum(kit, "gen_ai.client.inference.usage.cache_read.input_tokens", 2, model, S, end,
				i == 0 ? "60" : "90"));

		assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, list)), 1, 0, 0, 0);
		assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, list)), 0, 1, 0, 0);
	}
	assert_tokens(kit, push, 90, 90, 0, 0, 0);
	assert_int_equal(send_body(kit, push, PUSH_METRICS,
				 metrics(kit,
					 sum(kit, "gen_ai.client.inference.usage.cache_read.input_tokens", 2, model, S,
						 T3, "95")))
				 .refused,
		1);
	stop(push);
}

static const char *
claude_event(struct kit *kit, const char *at, const char *request, const char *input)
{
	return arena_format(kit->arena,
		"{\"resourceLogs\":[{" RESOURCE ",\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"%s\","
		"\"body\":{\"stringValue\":\"claude_code.api_request\"},\"attributes\":[" MODEL "," PERSON
		"," TEXT_ATTRIBUTE("input_tokens", "%s") "," TEXT_ATTRIBUTE(
			"request_id", "%s") ",{\"key\":\"output_tokens\","
					    "\"value\":{\"intValue\":7}}," TEXT_ATTRIBUTE("cache_read_tokens",
						    "1000") "," TEXT_ATTRIBUTE("cache_creation_tokens",
						    "0") "," TEXT_ATTRIBUTE("duration_ms", "1234") "]}]}]}]}",
		at, input, request);
}

static void
claude_code_s_events_and_its_metric_count_the_same_work_once(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	const char *list = arena_format(kit->arena, "%s,%s", sum(kit, CLAUDE, 1, TYPE("input"), S, T1, "9"),
		sum(kit, CLAUDE, 1, TYPE("output"), S, T1, "14"));

	/* An event comes at once, the metric at the end of its minute, and with it an event that was late. */
	assert_pushed(send_body(kit, push, PUSH_LOGS, claude_event(kit, "1793491230000000000", "r1", "4")), 1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_LOGS, claude_event(kit, "1793491230000000000", "r1", "4")), 0, 1, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, list)), 0, 0, 0, 2);
	assert_pushed(send_body(kit, push, PUSH_LOGS, claude_event(kit, "1793491259000000000", "r2", "5")), 1, 0, 0, 0);
	assert_tokens(kit, push, 9, 2000, 0, 14, 0);
	/* A minute of which the metric came first. */
	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, sum(kit, CLAUDE, 1, TYPE("input"), T1, T2, "3"))),
		1, 0, 0, 0);
	assert_pushed(send_body(kit, push, PUSH_LOGS, claude_event(kit, "1793491319000000000", "r3", "3")), 0, 0, 0, 1);
	assert_pushed(send_body(kit, push, PUSH_LOGS, claude_event(kit, "1793491321000000000", "r4", "2")), 1, 0, 0, 0);
	assert_tokens(kit, push, 14, 3000, 0, 21, 0);
	stop(push);
	assert_sound(kit);
}

static const char *
span(struct kit *kit, const char *id, const char *parent, const char *operation, const char *end, const char *more)
{
	return arena_format(kit->arena,
		"{\"traceId\":\"5B8EFFF798038103D269B633813FC60C\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\","
		"\"startTimeUnixNano\":\"" S "\",\"endTimeUnixNano\":\"%s\",\"attributes\":[" TEXT_ATTRIBUTE(
			"gen_ai.operation.name", "%s") "," TEXT_ATTRIBUTE("gen_ai.request.model", "m") "%s]}",
		id, parent, end, operation, more);
}

static const char *
spans(struct kit *kit, const char *list)
{
	return arena_format(kit->arena, "{\"resourceSpans\":[{" RESOURCE ",\"scopeSpans\":[{\"spans\":[%s]}]}]}", list);
}

#define COUNT(key, value) ",{\"key\":\"gen_ai.usage." key "\",\"value\":{\"intValue\":\"" value "\"}}"
#define TOKENS \
	COUNT("input_tokens", "100") \
	COUNT("cache_read.input_tokens", "60") COUNT("output_tokens", "20") COUNT("reasoning.output_tokens", "5")

static void
of_nested_spans_the_innermost_is_counted(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	const char *list =
		arena_format(kit->arena, "%s,%s,%s,%s", span(kit, "00000000000000a1", "", "invoke_agent", T3, TOKENS),
			span(kit, "00000000000000a2", "00000000000000a1", "chat", T2, TOKENS),
			span(kit, "00000000000000a3", "00000000000000a2", "other", T2, ""),
			span(kit, "00000000000000a4", "00000000000000a3", "chat", T1, TOKENS));

	assert_pushed(send_body(kit, push, PUSH_TRACES, spans(kit, list)), 1, 0, 0, 1);
	assert_tokens(kit, push, 40, 60, 0, 15, 5);
	assert_pushed(send_body(kit, push, PUSH_TRACES, spans(kit, list)), 0, 1, 0, 1);
	/* The enclosing one comes in a later body. */
	assert_pushed(send_body(kit, push, PUSH_TRACES,
			      spans(kit, span(kit, "00000000000000b2", "00000000000000b1", "chat", T1, TOKENS))),
		1, 0, 0, 0);
	assert_pushed(
		send_body(kit, push, PUSH_TRACES, spans(kit, span(kit, "00000000000000b1", "", "chat", T2, TOKENS))), 0,
		0, 0, 1);
	assert_tokens(kit, push, 80, 120, 0, 30, 10);
	stop(push);
}

static void
cache_counts_larger_than_the_input_of_a_span_stand_beside_it(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(
		send_body(kit, push, PUSH_TRACES,
			spans(kit,
				span(kit, "00000000000000c1", "", "chat", T1,
					COUNT("input_tokens", "4") COUNT("cache_read_input_tokens", "9000") COUNT(
						"cache_creation_input_tokens", "50") COUNT("completion_tokens", "8")))),
		1, 0, 0, 0);
	assert_tokens(kit, push, 4, 9000, 50, 8, 0);
	stop(push);
}

static void
spans_are_left_out_where_their_program_sends_metrics_too(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);

	assert_pushed(send_body(kit, push, PUSH_METRICS, metrics(kit, histogram(kit, 1, "input", S, T1, "100", "1"))),
		1, 0, 0, 0);
	assert_pushed(
		send_body(kit, push, PUSH_TRACES, spans(kit, span(kit, "00000000000000d1", "", "chat", T2, TOKENS))), 0,
		0, 0, 1);
	assert_tokens(kit, push, 100, 0, 0, 0, 0);
	stop(push);
}

static void
a_body_for_another_address_is_refused_with_the_right_one(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit);
	struct push_result result = send_body(kit, push, PUSH_METRICS, spans(kit, ""));

	assert_int_equal(result.outcome, PUSH_UNREADABLE);
	assert_non_null(strstr(result.err.text, "/v1/traces"));
	assert_int_equal(send_body(kit, push, PUSH_LOGS, "[]").outcome, PUSH_UNREADABLE);
	assert_int_equal(send_body(kit, push, PUSH_LOGS, "{\"resourceLogs\":").outcome, PUSH_UNREADABLE);
	assert_int_equal(send_body(kit, push, PUSH_LOGS, "{}").outcome, PUSH_TAKEN);
	stop(push);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_order_of_attributes_does_not_part_a_series),
		TEST(the_kinds_of_claude_code_s_tokens_do_not_overlap),
		TEST(a_cumulative_total_adds_what_it_grew_by),
		TEST(a_new_start_or_a_smaller_total_begins_again),
		TEST(totals_of_different_starts_grow_side_by_side),
		TEST(a_total_without_a_start_says_where_counting_begins),
		TEST(totals_are_remembered_over_a_restart),
		TEST(a_point_without_a_recorded_value_is_skipped),
		TEST(points_that_cannot_be_understood_are_refused_beside_those_that_can),
		TEST(of_old_and_new_families_one_is_counted),
		TEST(the_old_family_that_came_first_for_a_stretch_stays_counted),
		TEST(cumulative_subsets_are_taken_out_of_what_their_total_grew_by),
		TEST(claude_code_s_events_and_its_metric_count_the_same_work_once),
		TEST(of_nested_spans_the_innermost_is_counted),
		TEST(cache_counts_larger_than_the_input_of_a_span_stand_beside_it),
		TEST(spans_are_left_out_where_their_program_sends_metrics_too),
		TEST(a_body_for_another_address_is_refused_with_the_right_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
