#include "daemon/store/fleet.h"
#include "daemon/store/rules.h"
#include "daemon/store/sources.h"
#include "daemon/store/speed.h"
#include "daemon/store/workloads.h"
#include "tests/unit/ledger_kit.h"

#define HEADER "id,at,provider,model,workload,status,requests,latency_ms,in_uncached,out_visible\n"

static const char two[] = HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,chat,ok,1,100,1000,100\n"
				 "b,2026-08-01T12:00:01Z,openai,gpt-4o,chat,ok,1,100,2000,200\n";

static void
the_same_file_again_repeats_and_changes_nothing(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit, two), 0);
	assert_tallies(kit, 2, 0, 0, 0);
	assert_int_equal(kit_import(kit, two), 0);
	assert_tallies(kit, 0, 2, 0, 0);
	assert_int_equal(kit_total(kit).rows, 2);
	assert_int_equal(kit_total(kit).tokens[IN_UNCACHED], 3000);
	assert_sound(kit);
}

static void
the_same_key_with_other_content_is_a_conflict_that_stays_in_sight(void **state)
{
	struct kit *kit = *state;
	struct conflict_list conflicts;

	assert_int_equal(kit_import(kit, two), 0);
	for (int i = 0; i < 2; i++) { /* the same conflict twice is kept once */
		assert_int_equal(
			kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,chat,ok,1,100,999,100\n"), 0);
		assert_tallies(kit, 0, 0, 1, 0);
		assert_int_equal(kit->result->run.reason[0].kind, REASON_CONFLICT);
		assert_int_equal(kit->result->run.reason[0].place[0].line, 2);
	}
	assert_int_equal(kit_total(kit).tokens[IN_UNCACHED], 3000);
	assert_int_equal(ledger_conflicts(kit->store, kit->arena, 10, &conflicts, &kit->err), 0);
	assert_int_equal(conflicts.total, 1);
	assert_string_equal(conflicts.rows[0].kind, "usage");
	assert_string_equal(conflicts.rows[0].key, "a");
	assert_non_null(strstr(conflicts.rows[0].came, "\"in_uncached\":999"));
	assert_non_null(strstr(conflicts.rows[0].stands, "\"in_uncached\":1000"));
	assert_sound(kit);
}

static void
of_two_rows_of_one_key_in_a_file_the_first_stands(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit,
				 HEADER "a,2026-08-01T12:00:00Z,p,m,w,ok,1,,7,0\n"
					"a,2026-08-01T12:00:00Z,p,m,w,ok,1,,8,0\n"),
		0);
	assert_tallies(kit, 1, 0, 1, 0);
	assert_int_equal(kit_total(kit).tokens[IN_UNCACHED], 7);
}

static void
every_field_is_content(void **state)
{
	struct kit *kit = *state;
	static const char *const changed[] = { "a,2026-08-01T12:00:00Z,other,m,w,ok,1,5,7,0\n",
		"a,2026-08-01T12:00:00Z,p,other,w,ok,1,5,7,0\n", "a,2026-08-01T12:00:00Z,p,m,other,ok,1,5,7,0\n",
		"a,2026-08-01T12:00:00Z,p,m,w,error,1,5,7,0\n", "a,2026-08-01T12:00:00Z,p,m,w,ok,2,5,7,0\n",
		"a,2026-08-01T12:00:00Z,p,m,w,ok,1,6,7,0\n", "a,2026-08-01T12:00:00Z,p,m,w,ok,1,,7,0\n",
		"a,2026-08-01T12:00:00Z,p,m,w,ok,1,5,8,0\n", "a,2026-08-01T12:00:00Z,p,m,w,ok,1,5,7,1\n",
		"a,2026-08-01T12:00:00Z,p,m,w,ok,1,5,,\n" };
	char text[256];

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,ok,1,5,7,0\n"), 0);
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		snprintf(text, sizeof(text), HEADER "%s", changed[i]);
		assert_int_equal(kit_import(kit, text), 0);
		assert_tallies(kit, 0, 0, 1, 0);
	}
}

#define NAMELESS "at,model,in_uncached\n"

static void
two_equal_rows_without_an_id_in_one_file_both_count_and_repeat_with_it(void **state)
{
	struct kit *kit = *state;
	static const char twins[] = NAMELESS "2026-08-01T12:00:00Z,m,10\n2026-08-01T12:00:00Z,m,10\n";

	assert_int_equal(kit_import(kit, twins), 0);
	assert_tallies(kit, 2, 0, 0, 0);
	assert_int_equal(kit_import(kit, twins), 0);
	assert_tallies(kit, 0, 2, 0, 0);
	assert_int_equal(kit_import(kit, NAMELESS "2026-08-01T12:00:00Z,m,10\n"), 0);
	assert_tallies(kit, 0, 1, 0, 0);
	assert_int_equal(kit_import(kit,
				 NAMELESS "2026-08-01T12:00:00Z,m,10\n2026-08-01T12:00:00Z,m,10\n"
					  "2026-08-01T12:00:00Z,m,10\n"),
		0);
	assert_tallies(kit, 1, 2, 0, 0);
	assert_int_equal(kit_total(kit).tokens[IN_UNCACHED], 30);
	assert_sound(kit);
}

static void
a_file_that_overlaps_an_earlier_one_adds_only_what_is_new(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit, NAMELESS "2026-08-01T12:00:00Z,m,1\n2026-08-01T12:00:01Z,m,2\n"), 0);
	assert_int_equal(kit_import(kit, NAMELESS "2026-08-01T12:00:01Z,m,2\n2026-08-01T12:00:02Z,m,3\n"), 0);
	assert_tallies(kit, 1, 1, 0, 0);
	assert_int_equal(kit_total(kit).tokens[IN_UNCACHED], 6);
}

static void
many_equal_rows_without_an_id_are_told_apart_beyond_what_memory_hints(void **state)
{
	struct kit *kit = *state;
	const int copies = 3, kinds = 40000; /* more kinds than hints */
	char *text = malloc(64u * 3 * 40000), *p = text;

	p += sprintf(p, NAMELESS);
	for (int j = 0; j < copies; j++)
		for (int i = 0; i < kinds; i++)
			p += sprintf(p, "2026-08-01T12:00:00Z,m,%d\n", i);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kit_import(kit, text), 0);
		assert_int_equal(i == 0 ? kit->result->run.taken : kit->result->run.repeated, copies * kinds);
	}
	free(text);
	assert_int_equal(kit_total(kit).rows, copies * kinds);
}

static void
counts_that_cannot_be_are_refused_and_counted(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit,
				 HEADER "a,2026-08-01T12:00:00Z,p,m,w,ok,1,,9007199254740993,0\n"
					"b,2026-08-01T12:00:00Z,p,m,w,ok,1,,-1,0\n"
					"c,2026-08-01T12:00:00Z,p,m,w,ok,1,,99999999999999999999,0\n"
					"d,2026-08-01T12:00:00Z,p,m,w,ok,1,,1.5,0\n"
					"e,2026-08-01T12:00:00Z,p,m,w,ok,1,,9007199254740992,1\n"
					"f,2026-08-01T12:00:00Z,p,m,w,ok,1,,9007199254740992,0\n"),
		0);
	assert_tallies(kit, 1, 0, 0, 5);
	assert_non_null(strstr(kit->result->run.reason[0].text, "9007199254740993"));
	assert_non_null(strstr(kit->result->run.reason[1].text, "negative"));
	assert_int_equal(kit_total(kit).tokens[IN_UNCACHED], USAGE_TOKENS_MAX);
}

static void
times_that_cannot_be_are_refused_and_counted(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit,
				 NAMELESS ",m,1\nyesterday,m,1\n0,m,1\n1785585600000,m,1\n"
					  "2026-02-30T00:00:00Z,m,1\n1785585600,m,1\n"),
		0);
	assert_tallies(kit, 1, 0, 0, 5);
	assert_int_equal(kit->result->run.first_us, INT64_C(1785585600000000));
}

static void
a_row_without_tokens_counts_as_a_request_whose_tokens_are_unknown(void **state)
{
	struct kit *kit = *state;
	struct usage_sum total;

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,chat,timeout,1,30000,,\n"), 0);
	total = kit_total(kit);
	assert_int_equal(total.rows_without_usage, 1);
	assert_int_equal(total.requests, 1);
	assert_int_equal(total.state_rows[PRICE_UNPRICED], 1);
	assert_true(total.amount_nano == 0);
}

static void
a_gpu_is_held_once_at_a_time(void **state)
{
	struct kit *kit = *state;
	struct gpu_reading reading = { .from_us = INT64_C(1785585600) * SECOND_US,
		.device = text_of("GPU-1"),
		.gpu = text_of("H100"),
		.busy_ppm = 500000,
		.memory_used_mib = NOT_REPORTED,
		.power_mw = NOT_REPORTED };
	const struct source source = { .collector = "t", .name = "t", .account = "" };
	struct run run = { .started_us = KIT_NOW_US };
	struct store *store = kit_store(kit);
	int64_t id;

	reading.to_us = reading.from_us + 3600 * SECOND_US;
	assert_int_equal(store_begin(store, &kit->err), 0);
	assert_int_equal(source_id(store, &source, &run.source, &kit->err), 0);
	assert_int_equal(run_begin(store, &run, &id, &kit->err), 0);
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_REPEATED);
	reading.busy_ppm = 400000;
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_CONFLICT);
	reading.from_us += 1800 * SECOND_US;
	reading.to_us += 1800 * SECOND_US;
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_CONFLICT);
	reading.from_us += 1800 * SECOND_US;
	reading.to_us += 1800 * SECOND_US;
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	reading.device = text_of("GPU-2");
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	assert_int_equal(store_commit(store, &kit->err), 0);

	struct gpu_query query = { .from_us = INT64_C(1785585600) * SECOND_US + 1800 * SECOND_US,
		.to_us = TIME_LAST_US,
		.zone = &kit->utc,
		.by = GPU_BY_DEVICE };
	struct gpu_result result;

	assert_int_equal(query_gpu(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(result.n, 2);
	assert_int_equal(result.total.devices, 2);
	assert_int_equal(result.total.allocated_us, (1800 + 3600 + 3600) * SECOND_US); /* cut to the range */
	assert_true(result.total.busy_ppm_us ==
		((wide)500000 * 1800 + (wide)400000 * 3600 + (wide)400000 * 3600) * SECOND_US);
}

static int64_t begin_run(struct kit *kit, struct store *store);

static int64_t
held_by(const struct gpu_result *result, const char *name)
{
	for (size_t i = 0; i < result->n; i++)
		if (strcmp(result->rows[i].name, name) == 0)
			return result->rows[i].allocated_us;
	return -1;
}

static void
gpu_hours_are_whose_the_rules_say_from_the_moment_they_hold(void **state)
{
	struct kit *kit = *state;
	const int64_t hour_us = 3600 * SECOND_US, from_us = INT64_C(1785585600) * SECOND_US;
	struct gpu_reading reading = { .from_us = from_us,
		.to_us = from_us + 4 * hour_us,
		.device = text_of("slurm c/1 #1"),
		.account = text_of("nlp"),
		.busy_ppm = 500000,
		.memory_used_mib = NOT_REPORTED,
		.power_mw = NOT_REPORTED };
	const struct rule rules[] = {
		{ .pattern = { [IF_ACCOUNT] = "nlp" },
			.gift = { "chat", "language", NULL, NULL },
			.from_us = from_us + hour_us,
			.to_us = RULE_TO_ALWAYS },
		{ .pattern = { [IF_KEY] = "slurm*" },
			.gift = { NULL, "cluster", "4711", "no" },
			.from_us = RULE_FROM_ALWAYS,
			.to_us = RULE_TO_ALWAYS },
	};
	struct gpu_query query = {
		.from_us = from_us, .to_us = from_us + 3 * hour_us, .zone = &kit->utc, .by = GPU_BY_TEAM
	};
	struct store *store = kit_store(kit);
	struct gpu_result result;
	int64_t id = begin_run(kit, store);

	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			rule_put(store, &(struct rule_put){ .rule = &rules[i], .row.note = "" }, &id, &kit->err), 0);
	assert_int_equal(store_commit(store, &kit->err), 0);
	assert_int_equal(query_gpu(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(held_by(&result, "cluster"), hour_us);
	assert_int_equal(held_by(&result, "language"), 2 * hour_us);
	assert_int_equal(result.total.allocated_us, 3 * hour_us); /* what counts is asked of calls */
	query.by = GPU_BY_COST_CENTRE;
	assert_int_equal(query_gpu(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(held_by(&result, "4711"), 3 * hour_us);
	query.by = GPU_BY_WORKLOAD;
	query.team = "language";
	assert_int_equal(query_gpu(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(held_by(&result, "chat"), 2 * hour_us);
	assert_int_equal(held_by(&result, ""), -1);
}

/* A run that has begun, in a transaction. */
static int64_t
begin_run(struct kit *kit, struct store *store)
{
	const struct source source = { .collector = "t", .name = "t", .account = "" };
	struct run run = { .started_us = KIT_NOW_US };
	int64_t id;

	assert_int_equal(store_begin(store, &kit->err), 0);
	assert_int_equal(source_id(store, &source, &run.source, &kit->err), 0);
	assert_int_equal(run_begin(store, &run, &id, &kit->err), 0);
	return id;
}

static void
an_allocation_grows_while_it_goes_on_and_is_never_added_to_what_hosts_saw(void **state)
{
	struct kit *kit = *state;
	const int64_t hour_us = 3600 * SECOND_US, from_us = INT64_C(1785585600) * SECOND_US;
	struct gpu_reading reading = { .from_us = from_us,
		.to_us = from_us + hour_us,
		.device = text_of("slurm c/1 #1"),
		.busy_ppm = NOT_REPORTED,
		.memory_used_mib = NOT_REPORTED,
		.power_mw = NOT_REPORTED,
		.basis = GPU_ALLOCATED,
		.has_rate = true,
		.rate_nano = 2000000000 };
	struct gpu_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct store *store = kit_store(kit);
	struct gpu_result result;
	int64_t id = begin_run(kit, store);

	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	reading.to_us += 2 * hour_us;
	reading.rate_nano = 2500000000;
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_REPEATED);
	reading.to_us -= hour_us; /* as an older file has it */
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_REPEATED);
	reading.workload = text_of("other");
	reading.to_us += 5 * hour_us;
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_CONFLICT);
	/* What a host sees does not grow: a second sample of one time is another opinion. */
	reading = (struct gpu_reading){ .from_us = from_us,
		.to_us = from_us + hour_us,
		.device = text_of("GPU-1"),
		.busy_ppm = 250000,
		.memory_used_mib = NOT_REPORTED,
		.power_mw = NOT_REPORTED };
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_TAKEN);
	reading.to_us += hour_us;
	assert_int_equal(ledger_put_gpu(store, id, &reading, &kit->err), PUT_CONFLICT);
	assert_int_equal(store_commit(store, &kit->err), 0);

	assert_int_equal(query_gpu(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(result.total.allocated_us, hour_us);
	assert_int_equal(result.total.rated_us, 0);
	assert_int_equal(result.other_us, 3 * hour_us);
	query.basis = GPU_ALLOCATED;
	assert_int_equal(query_gpu(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(result.total.allocated_us, 3 * hour_us);
	assert_int_equal(result.total.known_us, 0);
	assert_int_equal(result.total.rated_us, 3 * hour_us);
	assert_true(result.total.rate_nano_us == (wide)2500000000 * 3 * hour_us);
	assert_int_equal(result.other_us, hour_us);
}

struct speeds {
	struct kit *kit;
	struct speed_reading reading[4];
	bool shared[4];
	size_t n;
};

static void
note_speed(void *ctx, const struct speed_reading *reading, bool shared)
{
	struct speeds *speeds = ctx;

	assert_true(speeds->n < 4);
	speeds->shared[speeds->n] = shared;
	speeds->reading[speeds->n] = *reading;
	speed_keep(speeds->kit->arena, &speeds->reading[speeds->n++]);
}

static void
a_quarter_hour_of_speed_is_said_whole_again_and_the_longer_look_stands(void **state)
{
	struct kit *kit = *state;
	const int64_t quarter_us = INT64_C(1785585600) * SECOND_US;
	struct speed_reading reading = { .quarter_us = quarter_us,
		.engine = text_of("vllm"),
		.replica = text_of("gpu1:8000"),
		.model = text_of("m"),
		.from_us = quarter_us,
		.to_us = quarter_us + 60 * SECOND_US,
		.watched_us = 60 * SECOND_US,
		.input_tokens = 100,
		.cached_tokens = NOT_REPORTED,
		.output_tokens = 50,
		.requests = NOT_REPORTED,
		.busy_us = 0,
		.running_ms = NOT_REPORTED,
		.waiting_ms = NOT_REPORTED,
		.kv_ppm_ms = NOT_REPORTED,
		.ttft_us = NOT_REPORTED,
		.ttft_requests = NOT_REPORTED,
		.token_us = NOT_REPORTED,
		.token_gaps = NOT_REPORTED };
	struct store *store = kit_store(kit);
	struct speeds speeds = { .kit = kit };
	struct speed_each each = { &speeds, note_speed, false };

	begin_run(kit, store);
	assert_int_equal(speed_check(&reading, &kit->err), 0);
	assert_int_equal(speed_put(store, &reading, &kit->err), 0);
	reading.to_us += 60 * SECOND_US;
	reading.watched_us *= 2;
	reading.output_tokens = 120;
	assert_int_equal(speed_put(store, &reading, &kit->err), 0);
	reading.watched_us = 1; /* an older file again */
	reading.output_tokens = 7;
	assert_int_equal(speed_put(store, &reading, &kit->err), 0);
	reading.model = text_of("other");
	assert_int_equal(speed_put(store, &reading, &kit->err), 0);
	assert_int_equal(store_commit(store, &kit->err), 0);
	assert_int_equal(speed_each(store, quarter_us, quarter_us + 1, &each, &kit->err), 0);
	assert_int_equal(speeds.n, 2);
	assert_true(text_is(speeds.reading[0].model, "m") && speeds.shared[0] && speeds.shared[1]);
	assert_int_equal(speeds.reading[0].output_tokens, 120);
	assert_int_equal(speeds.reading[0].watched_us, 120 * SECOND_US);
	assert_int_equal(speeds.reading[0].cached_tokens, NOT_REPORTED);
	assert_int_equal(speeds.reading[0].busy_us, 0);
	speeds.n = 0;
	assert_int_equal(speed_each(store, quarter_us + 1, TIME_LAST_US, &each, &kit->err), 0);
	assert_int_equal(speeds.n, 0);
	each.placed = true;
	assert_int_equal(speed_each(store, 0, TIME_LAST_US, &each, &kit->err), 0);
	assert_int_equal(speeds.n, 0); /* of neither it is known what it ran on */
	assert_int_equal(store_begin(store, &kit->err), 0);
	reading.watched_us = 1000 * SECOND_US;
	reading.model = text_of("m");
	reading.place = (struct engine_place){ text_of("H100 SXM"), 4, 2, text_of("fp8"), text_of("0.11"),
		text_of("Llama-3.1-8B") };
	assert_int_equal(speed_put(store, &reading, &kit->err), 0);
	assert_int_equal(store_commit(store, &kit->err), 0);
	assert_int_equal(speed_each(store, 0, TIME_LAST_US, &each, &kit->err), 0);
	assert_int_equal(speeds.n, 1);
	assert_true(
		text_is(speeds.reading[0].place.gpu, "H100 SXM") && text_is(speeds.reading[0].place.precision, "fp8"));
	assert_true(text_is(speeds.reading[0].place.engine_version, "0.11"));
	assert_true(text_is(speeds.reading[0].place.anchor_model, "Llama-3.1-8B"));
	assert_true(speeds.reading[0].place.gpus == 4 && speeds.reading[0].place.tp == 2);
	reading.watched_us = 0;
	assert_int_equal(speed_check(&reading, &kit->err), -1);
	reading.watched_us = 1;
	reading.replica = text_of("a\nb");
	assert_int_equal(speed_check(&reading, &kit->err), -1);
}

static void
invoice_lines_repeat_and_conflict_like_all_else_and_currencies_stay_apart(void **state)
{
	struct kit *kit = *state;
	struct invoice_reading reading = { .period_from_us = INT64_C(1785542400) * SECOND_US,
		.period_to_us = INT64_C(1788220800) * SECOND_US,
		.provider = text_of("DemoCloud"),
		.service = text_of("GPU"),
		.currency = text_of("USD"),
		.has_billed = true,
		.billed_nano = 57600000000 };
	struct zone utc;
	const struct invoice_query query = {
		.from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &utc, .by = INVOICE_BY_PROVIDER
	};
	const struct source source = { .collector = "t", .name = "t", .account = "" };
	struct run run = { .started_us = KIT_NOW_US };
	struct store *store = kit_store(kit);
	struct invoice_result result;
	int64_t id;

	zone_utc(&utc);
	reading.charge_from_us = reading.period_from_us;
	reading.charge_to_us = reading.period_to_us;
	assert_int_equal(store_begin(store, &kit->err), 0);
	assert_int_equal(source_id(store, &source, &run.source, &kit->err), 0);
	assert_int_equal(run_begin(store, &run, &id, &kit->err), 0);
	assert_int_equal(ledger_put_invoice(store, id, &reading, &kit->err), PUT_TAKEN);
	assert_int_equal(ledger_put_invoice(store, id, &reading, &kit->err), PUT_TAKEN); /* a twin in the same input */
	reading.currency = text_of("EUR");
	reading.id = text_of("line-1");
	assert_int_equal(ledger_put_invoice(store, id, &reading, &kit->err), PUT_TAKEN);
	assert_int_equal(ledger_put_invoice(store, id, &reading, &kit->err), PUT_REPEATED);
	reading.billed_nano++;
	assert_int_equal(ledger_put_invoice(store, id, &reading, &kit->err), PUT_CONFLICT);
	assert_int_equal(store_commit(store, &kit->err), 0);
	assert_int_equal(query_invoices(store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(result.n, 2);
	assert_string_equal(result.rows[0].currency, "EUR");
	assert_int_equal(result.rows[1].lines, 2);
	assert_true(result.rows[1].billed_nano == (wide)2 * 57600000000);
	assert_int_equal(result.rows[1].without_effective, 2);
}

static void
a_fleet_comes_back_as_it_was_put_and_stays_while_a_workload_names_it(void **state)
{
	struct kit *kit = *state;
	struct store *store = kit_store(kit);
	struct workload workload = { .name = "chat", .owner = "support", .fleet = "h100" }, found;
	struct fleet_row fleet, back;

	fleet_defaults(&fleet);
	fleet.name = "h100";
	fleet.gpu_hour_nano = 2490000001;
	assert_int_equal(fleet_put(store, &fleet, &kit->err), -1); /* no throughput */
	assert_non_null(strstr(kit->err.text, "throughput"));
	fleet.throughput_milli_tok_s = 3000500;
	assert_int_equal(workload_put(store, &workload, &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "no fleet 'h100'"));
	assert_int_equal(fleet_put(store, &fleet, &kit->err), 0);
	assert_int_equal(workload_put(store, &workload, &kit->err), 0);
	assert_int_equal(fleet_get(store, "h100", kit->arena, &back, &kit->err), 1);
	assert_int_equal(back.gpu_hour_nano, 2490000001);
	assert_int_equal(back.throughput_milli_tok_s, 3000500);
	assert_int_equal(back.headroom_ppm, 700000);
	assert_int_equal(workload_get(store, "chat", kit->arena, &found, &kit->err), 1);
	assert_string_equal(found.owner, "support");
	assert_string_equal(found.closed_model, "");
	assert_int_equal(fleet_remove(store, "h100", &kit->err), -1);
	assert_int_equal(workload_remove(store, "chat", &kit->err), 1);
	assert_int_equal(fleet_remove(store, "h100", &kit->err), 1);
	assert_int_equal(fleet_get(store, "h100", kit->arena, &back, &kit->err), 0);
}

static void
runs_are_remembered_with_their_reasons_and_sources_with_their_cursor(void **state)
{
	struct kit *kit = *state;
	struct source *sources;
	struct run *runs;
	size_t n;

	assert_int_equal(
		kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,ok,1,,7,0\nb,never,p,m,w,ok,1,,7,0\n"), 0);
	assert_int_equal(run_list(kit->store, kit->arena, 10, &runs, &n, &kit->err), 0);
	assert_int_equal(n, 1);
	assert_string_equal(runs[0].collector, "usage-csv");
	assert_int_equal(runs[0].taken, 1);
	assert_int_equal(runs[0].refused, 1);
	assert_true(runs[0].bytes > 0);
	for (int i = 0; i < runs[0].reasons; i++)
		if (runs[0].reason[i].kind == REASON_REFUSED) {
			assert_non_null(strstr(runs[0].reason[i].text, "never"));
			assert_int_equal(runs[0].reason[i].place[0].line, 3);
		}
	assert_int_equal(source_list(kit->store, kit->arena, &sources, &n, &kit->err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(sources[0].runs, 1);
	assert_int_equal(source_set_cursor(kit->store, sources[0].id, "page 7", &kit->err), 0);
	assert_int_equal(source_list(kit->store, kit->arena, &sources, &n, &kit->err), 0);
	assert_string_equal(sources[0].cursor, "page 7");
}

#define with_kit(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_kit(the_same_file_again_repeats_and_changes_nothing),
		with_kit(the_same_key_with_other_content_is_a_conflict_that_stays_in_sight),
		with_kit(of_two_rows_of_one_key_in_a_file_the_first_stands),
		with_kit(every_field_is_content),
		with_kit(two_equal_rows_without_an_id_in_one_file_both_count_and_repeat_with_it),
		with_kit(a_file_that_overlaps_an_earlier_one_adds_only_what_is_new),
		with_kit(many_equal_rows_without_an_id_are_told_apart_beyond_what_memory_hints),
		with_kit(counts_that_cannot_be_are_refused_and_counted),
		with_kit(times_that_cannot_be_are_refused_and_counted),
		with_kit(a_row_without_tokens_counts_as_a_request_whose_tokens_are_unknown),
		with_kit(a_gpu_is_held_once_at_a_time),
		with_kit(gpu_hours_are_whose_the_rules_say_from_the_moment_they_hold),
		with_kit(an_allocation_grows_while_it_goes_on_and_is_never_added_to_what_hosts_saw),
		with_kit(a_quarter_hour_of_speed_is_said_whole_again_and_the_longer_look_stands),
		with_kit(invoice_lines_repeat_and_conflict_like_all_else_and_currencies_stay_apart),
		with_kit(a_fleet_comes_back_as_it_was_put_and_stays_while_a_workload_names_it),
		with_kit(runs_are_remembered_with_their_reasons_and_sources_with_their_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
