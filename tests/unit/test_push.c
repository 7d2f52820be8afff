#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>

#include "daemon/ingest/push.h"
#include "daemon/ingest/writer.h"
#include "models/units/random.h"
#include "tests/unit/ledger_kit.h"

/* One body on its way, and the sender that waits for it. */
struct sent {
	struct arena *arena;
	struct parcel *parcel;
	sem_t woken;
};

static int64_t
fixed_now(void)
{
	return KIT_NOW_US;
}

static struct push *
start(struct kit *kit, size_t bytes_max)
{
	struct push *push = push_start(
		&(struct push_config){
			.store = kit_store(kit), .zone = &kit->utc, .now_us = fixed_now, .bytes_max = bytes_max },
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

/* Read and hand over; what does not wait is woken at once. */
static struct sent *
send_text(struct push *push, const char *text)
{
	struct sent *sent = calloc(1, sizeof(*sent));

	sem_init(&sent->woken, 0, 0);
	sent->arena = arena_new();
	sent->parcel = parcel_read(push,
		&(struct push_body){ .bytes = text, .n = strlen(text), .now_us = KIT_NOW_US, .arena = sent->arena });
	if (parcel_waits(sent->parcel))
		push_send(push, sent->parcel, wake, &sent->woken);
	else
		sem_post(&sent->woken);
	return sent;
}

static const struct push_result *
result_of(struct sent *sent)
{
	while (sem_wait(&sent->woken) != 0)
		continue;
	sem_post(&sent->woken);
	return parcel_result(sent->parcel);
}

static void
drop(struct sent *sent)
{
	sem_destroy(&sent->woken);
	arena_free(sent->arena);
	free(sent);
}

static void
assert_result(struct sent *sent, enum push_outcome outcome, int taken, int repeated)
{
	const struct push_result *result = result_of(sent);

	if (result->outcome != outcome)
		fail_msg("outcome %d: %s", (int)result->outcome, result->err.text);
	assert_int_equal(result->taken, taken);
	assert_int_equal(result->repeated, repeated);
	drop(sent);
}

static const char *
event(char *buffer, const char *id, int tokens)
{
	snprintf(buffer, 256,
		"{\"id\":\"%s\",\"at\":\"2026-08-01T12:00:00Z\",\"model\":\"m\",\"workload\":\"w\",\"in_uncached\":%d}\n",
		id, tokens);
	return buffer;
}

/* A second handle, as another process has one. */
static struct store *
other_handle(struct kit *kit, enum store_mode mode)
{
	struct store *store = store_open(kit->folder, mode, &kit->err);

	if (store == NULL)
		fail_msg("%s", kit->err.text);
	return store;
}

static int64_t
rows_seen(struct kit *kit, struct store *reader)
{
	const struct usage_query query = { .from_us = TIME_FIRST_US, .to_us = TIME_LAST_US, .zone = &kit->utc };
	struct usage_result result;

	if (query_usage(reader, &query, kit->arena, &result, &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	return result.total.rows;
}

static void
what_was_acknowledged_is_in_the_sums_that_others_read(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct store *reader = other_handle(kit, STORE_READ);
	char text[256], id[16];

	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "e%d", i);
		assert_result(send_text(push, event(text, id, 1)), PUSH_TAKEN, 1, 0);
		assert_int_equal(rows_seen(kit, reader), i + 1);
	}
	stop(push);
	assert_int_equal(rows_seen(kit, reader), 100);
	store_close(reader);
	assert_sound(kit);
}

static void
each_sender_gets_the_tallies_of_its_own_body(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	char first[256], other[256], mixed[1024];
	struct sent *sent;
	const struct push_result *result;

	assert_result(send_text(push, event(first, "a", 1)), PUSH_TAKEN, 1, 0);
	snprintf(mixed, sizeof(mixed), "%s%s{}\n%s7\n", event(first, "a", 1), event(other, "a", 2),
		"{\"id\":\"b\",\"at\":1785585600}\n");
	sent = send_text(push, mixed);
	result = result_of(sent);
	assert_int_equal(result->outcome, PUSH_CONFLICT);
	assert_int_equal(result->taken, 1);
	assert_int_equal(result->repeated, 1);
	assert_int_equal(result->conflicting, 1);
	assert_true(text_is(result->conflicts->id, "a"));
	assert_null(result->conflicts->next);
	assert_int_equal(result->refused, 2);
	assert_int_equal(result->first_refused->row, 3);
	assert_int_equal(result->first_refused->next->row, 5);
	drop(sent);
	assert_result(send_text(push, "[]"), PUSH_TAKEN, 0, 0);
	assert_result(send_text(push, "[{},{}]"), PUSH_REFUSED, 0, 0);
	assert_result(send_text(push, "[{]"), PUSH_UNREADABLE, 0, 0);
	assert_result(send_text(push, " "), PUSH_UNREADABLE, 0, 0);
	stop(push);
	assert_sound(kit);
}

static void
a_row_that_only_the_ledger_can_refuse_stands_at_its_place(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct sent *sent = send_text(push,
		"{}\n{\"id\":\"x\",\"at\":1785585600,\"provider\":\"openai\",\"model\":\"gpt-4o\",\"in_uncached\":9007199254740992}\n"
		"{\"id\":\"y\"}\n{\"id\":\"z\",\"at\":1785585600}\n");
	const struct push_result *result = result_of(sent);
	int64_t row = 1;

	assert_int_equal(result->outcome, PUSH_TAKEN);
	assert_int_equal(result->taken, 1);
	assert_int_equal(result->refused, 3);
	for (const struct push_refused *refused = result->first_refused; refused != NULL; refused = refused->next)
		assert_int_equal(refused->row, row++);
	drop(sent);
	stop(push);
}

/* A body whose sums leave 64 bits. */
static char *
too_much(void)
{
	char *text = malloc(1100 * 128), *p = text;

	for (int i = 0; i < 1100; i++)
		p += sprintf(p,
			"{\"id\":\"much-%d\",\"at\":1785585600,\"model\":\"n\",\"in_uncached\":9007199254740992}\n", i);
	return text;
}

static void
a_body_that_cannot_be_taken_does_not_sink_those_that_wait_beside_it(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct store *other = other_handle(kit, STORE_WRITE);
	char texts[4][256], *much = too_much();
	struct sent *sent[5];

	assert_int_equal(store_begin(other, &kit->err), 0);
	sent[0] = send_text(push, event(texts[0], "a", 1)); /* the writer takes this one and finds the ledger locked */
	usleep(50000);
	sent[1] = send_text(push, event(texts[1], "b", 1));
	sent[2] = send_text(push, much);
	sent[3] = send_text(push, event(texts[2], "b", 2));
	sent[4] = send_text(push, event(texts[3], "c", 1));
	store_rollback(other);
	assert_result(sent[0], PUSH_TAKEN, 1, 0);
	assert_result(sent[1], PUSH_TAKEN, 1, 0);
	assert_result(sent[2], PUSH_UNREADABLE, 0, 0);
	assert_result(sent[3], PUSH_CONFLICT, 0, 0);
	assert_result(sent[4], PUSH_TAKEN, 1, 0);
	store_close(other);
	stop(push);
	assert_int_equal(kit_total(kit).rows, 3);
	assert_sound(kit);
	free(much);
}

static void
what_waits_is_bounded_and_the_rest_is_told_at_once(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 300);
	struct store *other = other_handle(kit, STORE_WRITE);
	char texts[2][256];
	struct sent *waits;

	assert_int_equal(store_begin(other, &kit->err), 0);
	waits = send_text(push, event(texts[0], "a", 1));
	for (int i = 0; i < 3; i++) {
		char padded[300];

		snprintf(padded, sizeof(padded), "%-280s", event(texts[1], "b", 1));
		assert_result(send_text(push, padded), PUSH_FULL, 0, 0);
	}
	store_rollback(other);
	assert_result(waits, PUSH_TAKEN, 1, 0);
	assert_result(send_text(push, event(texts[1], "b", 1)), PUSH_TAKEN, 1, 0);
	store_close(other);
	stop(push);
}

static void
what_comes_after_the_stop_is_answered_and_not_taken(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	char text[256];
	struct sent *sent;

	push_stop(push);
	sent = send_text(push, event(text, "a", 1));
	assert_int_equal(result_of(sent)->err.kind, ERR_BUSY);
	assert_result(sent, PUSH_FAILED, 0, 0);
	push_free(push);
	assert_int_equal(kit_total(kit).rows, 0);
}

static void
more_events_than_a_request_may_bring_are_refused_whole(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 23);
	char *text = malloc((PUSH_EVENTS_MAX + 1) * 64), *p = text;

	for (int i = 0; i <= PUSH_EVENTS_MAX; i++) {
		if (i == PUSH_EVENTS_MAX)
			assert_result(send_text(push, text), PUSH_TAKEN, PUSH_EVENTS_MAX, 0);
		p += sprintf(p, "{\"id\":\"%d\",\"at\":1785585600}\n", i);
	}
	assert_result(send_text(push, text), PUSH_TOO_MANY, 0, 0);
	stop(push);
	assert_int_equal(kit_total(kit).rows, PUSH_EVENTS_MAX);
	free(text);
}

/* ---- many senders */

struct crowd {
	struct push *push;
	int number, taken;
};

static void *
push_some(void *ctx)
{
	struct crowd *crowd = ctx;
	char text[256], id[32];

	for (int i = 0; i < 40; i++) {
		struct sent *sent;

		snprintf(id, sizeof(id), i % 4 == 0 ? "shared-%d" : "%d-%d", i, crowd->number);
		sent = send_text(crowd->push, event(text, id, i));
		crowd->taken += (int)result_of(sent)->taken;
		drop(sent);
	}
	return NULL;
}

static void
of_many_senders_at_once_each_event_is_taken_once(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct crowd crowd[16];
	pthread_t thread[16];
	int taken = 0;

	for (int i = 0; i < 16; i++) {
		crowd[i] = (struct crowd){ push, i, 0 };
		assert_int_equal(pthread_create(&thread[i], NULL, push_some, &crowd[i]), 0);
	}
	for (int i = 0; i < 16; i++) {
		pthread_join(thread[i], NULL);
		taken += crowd[i].taken;
	}
	stop(push);
	assert_int_equal(taken, 16 * 30 + 10);
	assert_int_equal(kit_total(kit).rows, taken);
	assert_sound(kit);
}

static struct store *
same_handle(void *ctx)
{
	return ((struct kit *)ctx)->store;
}

static void
while_the_ledger_is_changed_events_wait(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct crowd crowd = { push, 1, 0 };
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, push_some, &crowd), 0);
	for (int i = 0; i < 20; i++)
		push_switch(push, same_handle, kit);
	pthread_join(thread, NULL);
	stop(push);
	assert_int_equal(crowd.taken, 40);
	assert_int_equal(kit_total(kit).rows, 40);
}

/* What is told inside is not written before: the parcel waits for the handle that is lent. */
static void
send_while_lent(void *ctx, struct store *store)
{
	struct lent {
		struct push *push;
		struct sent *sent;
	} *lent = ctx;

	assert_non_null(store);
	lent->sent = send_text(lent->push, "{\"id\":\"b\",\"at\":1793000000,\"model\":\"m\",\"in_uncached\":2}");
	assert_int_equal(sem_trywait(&lent->sent->woken), -1);
}

static void
while_the_handle_is_lent_events_wait_and_their_run_goes_on(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct {
		struct push *push;
		struct sent *sent;
	} lent = { push, NULL };
	struct sent *first = send_text(push, "{\"id\":\"a\",\"at\":1793000000,\"model\":\"m\",\"in_uncached\":1}");
	struct run *runs;
	size_t n;

	assert_int_equal(result_of(first)->taken, 1);
	push_lend(push, send_while_lent, &lent);
	assert_int_equal(result_of(lent.sent)->taken, 1);
	drop(first);
	drop(lent.sent);
	stop(push);
	assert_int_equal(run_list(kit->store, kit->arena, 10, &runs, &n, &kit->err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(runs[0].taken, 2);
	assert_sound(kit);
}

/* As a ledger is that was made before there were courses of series. */
static void
take_courses_away(struct kit *kit)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(kit->file, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"DELETE FROM series_shape; INSERT INTO touched (level, slot) SELECT DISTINCT 3, day FROM day",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}

static void
a_ledger_of_an_older_program_gets_its_sums_when_it_is_served(void **state)
{
	struct kit *kit = *state;
	struct store *reader;
	struct push *push;
	char text[256];

	assert_int_equal(
		kit_import(kit, "id,at,model,in_uncached\na,2026-08-01T12:00:00Z,m,1\nb,2026-08-03T12:00:00Z,m,1\n"),
		0);
	take_courses_away(kit);
	reader = other_handle(kit, STORE_READ);
	assert_int_equal(rollup_lagging(reader, &kit->err), 2);
	push = start(kit, 1 << 20);
	assert_result(send_text(push, event(text, "c", 5)), PUSH_TAKEN, 1, 0);
	while (rollup_lagging(reader, &kit->err) > 0)
		usleep(1000);
	stop(push);
	assert_int_equal(rollup_lagging(reader, &kit->err), 0);
	assert_int_equal(rows_seen(kit, reader), 3);
	store_close(reader);
	assert_int_equal(rollup_check(kit->store, &kit->err), 0);
}

static void
a_ledger_of_an_older_program_gets_its_sums_when_it_is_written_to(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(
		kit_import(kit, "id,at,model,in_uncached\na,2026-08-01T12:00:00Z,m,1\nb,2026-08-03T12:00:00Z,m,1\n"),
		0);
	take_courses_away(kit);
	assert_int_equal(rollup_lagging(kit->store, &kit->err), 2);
	assert_int_equal(ingest_catch_up(kit->store, &kit->err), 0);
	assert_int_equal(rollup_lagging(kit->store, &kit->err), 0);
	assert_int_equal(rollup_check(kit->store, &kit->err), 0);
}

/* ---- the writer and its sums, without a thread */

static int64_t
sums_behind(struct kit *kit)
{
	int64_t n = 0;

	for (int level = ROLLUP_QUARTER; level <= ROLLUP_DAY; level++)
		for (int64_t slot = INT64_MIN; rollup_touched(kit_store(kit), level, &slot, &kit->err) == 1; slot++)
			n++;
	return n;
}

static void
sums_are_behind_until_they_are_made_and_every_question_is_answered_the_same(void **state)
{
	struct kit *kit = *state;
	struct push *push;
	struct zone zone[2];
	struct usage_result results[2][2];
	char text[256], id[16];

	zone_utc(&zone[0]);
	zone_utc(&zone[1]);
	zone[1].first_offset_s = 20700;
	assert_int_equal(
		kit_import(kit, "id,at,model,in_uncached\nx,2026-08-01T12:01:00Z,m,5\ny,2026-07-30T12:01:00Z,m,5\n"),
		0);
	push = start(kit, 1 << 20); /* from here on the handle is the writer thread's */
	for (int i = 0; i < 50; i++) {
		snprintf(id, sizeof(id), "e%d", i);
		assert_result(send_text(push, event(text, id, i)), PUSH_TAKEN, 1, 0);
	}
	for (int made = 0; made < 2; made++) {
		if (made == 1)
			stop(push);
		for (int z = 0; z < 2; z++) {
			const struct usage_query query = { .from_us = TIME_FIRST_US,
				.to_us = TIME_LAST_US,
				.zone = &zone[z],
				.by = { BY_HOUR, BY_MODEL } };
			struct store *reader = other_handle(kit, STORE_READ);

			assert_int_equal(query_usage(reader, &query, kit->arena, &results[made][z], &kit->err), 0);
			assert_int_equal(results[made][z].total.rows, 52);
			assert_int_equal(results[made][z].n, results[0][0].n);
			assert_memory_equal(
				&results[made][z].rows[1].sum, &results[0][0].rows[1].sum, sizeof(struct usage_sum));
			assert_int_equal(rollup_check(reader, &kit->err), 0);
			store_close(reader);
		}
	}
	assert_int_equal(sums_behind(kit), 0);
}

/* Lines in any order over three days, sums now and then, another process in between, transactions that fail. */
static void
sums_that_go_on_from_those_made_before_are_the_sums_of_their_lines(void **state)
{
	struct kit *kit = *state;
	struct push *push = start(kit, 1 << 20);
	struct store *other = other_handle(kit, STORE_WRITE);
	struct random random;
	char *much = too_much();
	int64_t rows = 0;

	random_seed(&random, 7);
	for (int i = 0; i < 300; i++) {
		char text[512];
		int64_t hour = (random_next(&random) % 4) == 0 ? (int64_t)(random_next(&random) % 72) : 60;
		uint64_t what = (random_next(&random) % 40);

		snprintf(text, sizeof(text),
			"{\"id\":\"e%d\",\"at\":%lld,\"model\":\"m%d\",\"account\":\"a%d\",\"in_uncached\":%d}", i,
			(long long)(1785542400 + hour * 3600), i % 3, i % 5, i);
		assert_result(send_text(push, text), PUSH_TAKEN, 1, 0);
		rows++;
		if (what == 0)
			usleep(250000); /* sums are made */
		if (what == 1)
			assert_result(send_text(push, much), PUSH_UNREADABLE, 0, 0);
		if (what == 2) {
			struct ingest_memory memory = { .bytes = text };
			struct ingest_options options = { .collect = { .zone = &kit->utc, .now_us = KIT_NOW_US } };
			struct input input;

			memory.n = (size_t)snprintf(text, sizeof(text), "id,at,model,in_uncached\nfile-%d,%lld,m1,3\n",
				i, (long long)(1785542400 + hour * 3600));
			ingest_memory_input(&memory, "text", &input);
			assert_int_equal(ingest_run(other, collector_find("usage-csv", NULL), &input, &options,
						 kit->result, &kit->err),
				0);
			rows++;
		}
		if (what < 8 && rollup_check(other, &kit->err) != 0)
			fail_msg("%s", kit->err.text);
	}
	stop(push);
	store_close(other);
	assert_int_equal(sums_behind(kit), 0);
	assert_sound(kit);
	assert_int_equal(kit_total(kit).rows, rows);
	free(much);
}

static void
sums_that_a_killed_process_left_behind_are_made_by_the_next(void **state)
{
	struct kit *kit = *state;
	struct writer writer = { .zone = &kit->utc };
	struct push *push;

	writer_take(&writer, kit_store(kit));
	assert_false(writer.sums_wait);
	assert_int_equal(kit_import(kit, "id,at,model,in_uncached\nx,2026-08-01T12:01:00Z,m,5\n"), 0);
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	assert_int_equal(rollup_touch(kit->store,
				 &(struct usage_line){ .at_us = INT64_C(1785585660) * SECOND_US, .series = { 1, 1 } },
				 &kit->err),
		0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
	assert_int_equal(sums_behind(kit), 2);
	writer_drop(&writer);
	store_close(kit->store);
	kit->store = NULL;
	push = start(kit, 1 << 20);
	stop(push);
	assert_int_equal(sums_behind(kit), 0);
	assert_sound(kit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_acknowledged_is_in_the_sums_that_others_read, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(each_sender_gets_the_tallies_of_its_own_body, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_row_that_only_the_ledger_can_refuse_stands_at_its_place, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_body_that_cannot_be_taken_does_not_sink_those_that_wait_beside_it, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			what_waits_is_bounded_and_the_rest_is_told_at_once, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			what_comes_after_the_stop_is_answered_and_not_taken, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			more_events_than_a_request_may_bring_are_refused_whole, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			of_many_senders_at_once_each_event_is_taken_once, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(while_the_ledger_is_changed_events_wait, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			while_the_handle_is_lent_events_wait_and_their_run_goes_on, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_ledger_of_an_older_program_gets_its_sums_when_it_is_served, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			a_ledger_of_an_older_program_gets_its_sums_when_it_is_written_to, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			sums_are_behind_until_they_are_made_and_every_question_is_answered_the_same, kit_setup,
			kit_teardown),
		cmocka_unit_test_setup_teardown(
			sums_that_go_on_from_those_made_before_are_the_sums_of_their_lines, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
			sums_that_a_killed_process_left_behind_are_made_by_the_next, kit_setup, kit_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
