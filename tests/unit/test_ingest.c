#include <zlib.h>

#include "daemon/store/prices.h"
#include "tests/unit/ledger_kit.h"

#define HEADER "id,at,provider,model,workload,service_tier,in_uncached,out_visible\n"
#define OWN "provider,model,match,service_tier,from,to,above_tokens,in_uncached,out_visible,source_url,checked\n"

static void
a_document_that_breaks_off_leaves_the_ledger_as_it_was(void **state)
{
	struct kit *kit = *state;
	char *text = malloc(4u << 20), *p = text;

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1,0\n"), 0);
	p += sprintf(p, "[");
	for (int i = 0; i < 20000; i++)
		p += sprintf(p, "{\"id\":\"j%d\",\"at\":%d,\"model\":\"m\",\"in_uncached\":1},\n", i, 1785585600 + i);
	sprintf(p, "{\"id\":");
	assert_int_equal(kit_import_with(kit, "usage-jsonl", text, NULL), -1);
	assert_int_equal(kit->err.kind, ERR_INPUT);
	free(text);
	assert_int_equal(kit_total(kit).rows, 1);
	assert_sound(kit);
}

static long
read_and_fail(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct ingest_memory *memory = ctx;
	size_t n = memory->n - memory->at;

	if (n == 0)
		return err_set(err, ERR_OUTSIDE, "the disk is gone");
	n = n < size ? n : size;
	memcpy(buffer, memory->bytes + memory->at, n);
	memory->at += n;
	return (long)n;
}

static void
an_input_that_fails_after_batches_were_put_leaves_the_ledger_as_it_was(void **state)
{
	struct kit *kit = *state;
	char *text = malloc(4u << 20), *p = text;
	struct ingest_options options = { .collect = { .zone = &kit->utc, .now_us = KIT_NOW_US } };
	struct ingest_memory memory = { .bytes = text };
	struct input input = { .name = "text", .read = read_and_fail, .ctx = &memory };

	p += sprintf(p, "at,model,in_uncached\n");
	for (int i = 0; i < 50000; i++)
		p += sprintf(p, "%d,m,1\n", 1785585600 + i);
	memory.n = (size_t)(p - text);
	kit_store(kit);
	assert_int_equal(
		ingest_run(kit->store, collector_find("usage-csv", NULL), &input, &options, kit->result, &kit->err),
		-1);
	assert_int_equal(kit->err.kind, ERR_OUTSIDE);
	assert_int_equal(kit_total(kit).rows, 0);
	assert_int_equal(kit_import(kit, "at,model,in_uncached\n1785585600,m,1\n"), 0); /* and works again */
	assert_tallies(kit, 1, 0, 0, 0);
	assert_sound(kit);
	free(text);
}

static void
a_run_in_which_every_row_is_refused_fails_and_leaves_nothing(void **state)
{
	struct kit *kit = *state;
	struct run *runs;
	size_t n;

	assert_int_equal(kit_import(kit, HEADER "a,never,p,m,w,,1,0\nb,2026-08-01T12:00:00Z,p,m,w,,-1,0\n"), -1);
	assert_int_equal(kit->err.kind, ERR_INPUT);
	assert_non_null(strstr(kit->err.text, "all 2 rows"));
	assert_non_null(strstr(kit->err.text, "line 2"));
	assert_non_null(strstr(kit->err.text, "never"));
	assert_tallies(kit, 0, 0, 0, 2);
	assert_int_equal(run_list(kit->store, kit->arena, 10, &runs, &n, &kit->err), 0);
	assert_int_equal(n, 0);
}

static void
a_name_that_is_no_utf_8_or_far_too_long_is_refused(void **state)
{
	struct kit *kit = *state;
	char text[4096], *p = text;

	p += sprintf(p,
		HEADER "a,2026-08-01T12:00:00Z,p,m\xff,w,,1,0\n\xc3,2026-08-01T12:00:00Z,p,m,w,,1,0\n"
		       "c,2026-08-01T12:00:00Z,p,\xc3\xa9t\xc3\xa9,w,,1,0\nd,2026-08-01T12:00:00Z,p,");
	memset(p, 'x', 1025);
	sprintf(p + 1025, ",w,,1,0\n");
	assert_int_equal(kit_import(kit, text), 0);
	assert_tallies(kit, 1, 0, 0, 3);
	assert_non_null(strstr(kit->result->run.reason[0].text, "not UTF-8"));
}

static void
a_dry_run_tells_and_shows_and_stores_nothing(void **state)
{
	struct kit *kit = *state;
	const struct ingest_options options = { .dry_run = true };

	assert_int_equal(kit_import_with(kit, "usage-csv",
				 HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1000,500\nb,x,,,,,1,1\n", &options),
		0);
	assert_tallies(kit, 1, 0, 0, 1);
	assert_int_equal(kit->result->shown, 1);
	assert_non_null(strstr(kit->result->show[0], "\"amount\":\"0.0075\""));
	assert_int_equal(kit_total(kit).rows, 0);
}

static void
a_line_keeps_its_exact_amount_and_what_is_not_known_is_unpriced(void **state)
{
	struct kit *kit = *state;
	struct usage_sum total;

	assert_int_equal(kit_import(kit,
				 HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1000,500\n"
					"b,2026-08-01T12:00:00Z,nobody,no-such-model,w,,1000,500\n"),
		0);
	total = kit_total(kit);
	assert_true(total.amount_nano == 7500000); /* 1000 x 2.50 + 500 x 10 USD per Mtok */
	assert_int_equal(total.state_tokens[PRICE_PRICED], 1500);
	assert_int_equal(total.state_tokens[PRICE_UNPRICED], 1500);
	assert_true(usage_sum_covered(&total) == 0.5);
	assert_int_equal(kit->result->run.warned, 1);
	assert_non_null(strstr(kit->result->run.reason[0].text, "no-such-model"));
}

static void
a_line_is_rounded_once_half_to_even(void **state)
{
	struct kit *kit = *state;

	/* 0.0005 USD per Mtok: a token is half a nano-USD */
	assert_int_equal(
		kit_import_with(kit, "prices-csv", OWN "me,half,,,,,,0.0005,0,https://example.com,2026-08-01\n", NULL),
		0);
	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,me,half,w,,1,0\n"), 0);
	assert_true(kit_total(kit).amount_nano == 0);
	assert_int_equal(kit_import(kit, HEADER "b,2026-08-01T12:00:00Z,me,half,w,,3,0\n"), 0);
	assert_true(kit_total(kit).amount_nano == 2);
}

static void
own_prices_come_before_the_built_in_ones_and_history_stays(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1000000,0\n"), 0);
	assert_true(kit_total(kit).amount_nano == INT64_C(2500000000));
	assert_int_equal(
		kit_import_with(kit, "prices-csv", OWN "openai,gpt-4o,,,,,,1,1,https://example.com,2026-08-01\n", NULL),
		0);
	assert_true(kit_total(kit).amount_nano == INT64_C(2500000000)); /* what was priced stays */
	assert_int_equal(kit_import(kit, HEADER "b,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1000000,0\n"), 0);
	assert_true(kit_total(kit).amount_nano == INT64_C(3500000000));
	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1000000,0\n"), 0);
	assert_tallies(kit, 0, 1, 0, 0); /* a repeat is not priced again */
	assert_true(kit_total(kit).amount_nano == INT64_C(3500000000));
}

static void
a_corrected_price_supersedes_and_the_old_row_stays(void **state)
{
	struct kit *kit = *state;
	const struct price_question question = {
		.provider = text_of("me"), .model = text_of("m"), .at_us = KIT_NOW_US
	};
	struct price_found found;
	struct price_row old;
	struct prices *prices;
	int64_t first;

	assert_int_equal(
		kit_import_with(kit, "prices-csv", OWN "me,m,,,,,,1,1,https://example.com,2026-08-01\n", NULL), 0);
	assert_tallies(kit, 1, 0, 0, 0);
	prices = prices_load(kit->store, &kit->err);
	prices_find(prices, &question, &found);
	first = prices_row(prices, found.row);
	prices_free(prices);
	assert_int_equal(
		kit_import_with(kit, "prices-csv", OWN "me,m,,,,,,1,1,https://example.com,2026-08-01\n", NULL), 0);
	assert_tallies(kit, 0, 1, 0, 0);
	assert_int_equal(
		kit_import_with(kit, "prices-csv", OWN "me,m,,,,,,3,1,https://example.com,2026-08-02\n", NULL), 0);
	assert_tallies(kit, 1, 0, 0, 0);
	prices = prices_load(kit->store, &kit->err);
	prices_find(prices, &question, &found);
	assert_int_equal(found.row->components[0].rate_femto, INT64_C(3000000000));
	assert_int_not_equal(prices_row(prices, found.row), first);
	prices_free(prices);
	assert_int_equal(price_get(kit->store, first, kit->arena, &old, &kit->err), 1);
	assert_int_equal(old.components[0].rate_femto, INT64_C(1000000000));
}

/* A row as a catalogue gives it. */
static struct price_row
catalogue_row(const char *id, int64_t from_us, int64_t to_us, const struct price_component *component)
{
	return (struct price_row){ .id = text_of(id),
		.provider = text_of("p"),
		.model = text_of("m"),
		.from_us = from_us,
		.to_us = to_us,
		.days = PRICE_ALL_DAYS,
		.currency = text_of("USD"),
		.state = PRICE_PRICED,
		.components = component,
		.n = 1,
		.source = text_of("catalogue") };
}

static void
rows_of_one_book_that_overlap_are_refused_and_a_later_one_closes_an_earlier_import_s(void **state)
{
	struct kit *kit = *state;
	const struct price_component cheap = { IN_UNCACHED, 0, 1 }, dear = { IN_UNCACHED, 0, 2 };
	struct price_source source = { .rank = RANK_IMPORTED, .run = 0, .now_us = KIT_NOW_US };
	struct price_question question = { .provider = text_of("p"), .model = text_of("m"), .at_us = 150 };
	struct price_row a = catalogue_row("m@1", 100, 200, &cheap), b = catalogue_row("m@2", 150, 250, &dear);
	struct store *store = kit_store(kit);
	struct prices *prices;
	struct price_found found;

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,,1,0\n"), 0); /* a run to belong to */
	source.run = kit->result->run.id;
	assert_int_equal(store_begin(store, &kit->err), 0);
	assert_int_equal(price_put(store, &source, &a, &kit->err), PUT_TAKEN);
	assert_int_equal(price_put(store, &source, &b, &kit->err), PUT_FAILED);
	assert_int_equal(kit->err.kind, ERR_INPUT);
	assert_non_null(strstr(kit->err.text, "m@1"));
	assert_non_null(strstr(kit->err.text, "m@2"));
	source.run = 0; /* of another run: the earlier row ends where this one begins */
	b.to_us = PRICE_TO_ALWAYS;
	assert_int_equal(price_put(store, &source, &b, &kit->err), PUT_TAKEN);
	assert_int_equal(store_commit(store, &kit->err), 0);
	prices = prices_load(store, &kit->err);
	prices_find(prices, &question, &found);
	assert_int_equal(found.row->components[0].rate_femto, 2);
	question.at_us = 149;
	prices_find(prices, &question, &found);
	assert_int_equal(found.row->components[0].rate_femto, 1);
	assert_int_equal(found.row->to_us, 150);
	prices_free(prices);
}

static void
the_built_in_prices_are_placed_once(void **state)
{
	struct kit *kit = *state;
	struct book_info *books;
	int64_t rows;
	size_t n;

	kit_store(kit);
	assert_int_equal(price_books(kit->store, kit->arena, &books, &n, &kit->err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(books[0].rank, RANK_BUILT_IN);
	rows = books[0].rows;
	assert_true(rows > 10);
	store_close(kit->store);
	kit->store = NULL;
	kit_store(kit);
	assert_int_equal(price_books(kit->store, kit->arena, &books, &n, &kit->err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(books[0].rows, rows);
}

static void
reasons_are_counted_with_their_first_lines_and_never_outgrow_their_room(void **state)
{
	struct kit *kit = *state;
	char *text = malloc(1u << 16), *p = text;
	const struct run *run = &kit->result->run;
	int64_t refused = 0;

	p += sprintf(p, HEADER "a,2026-08-01T12:00:00Z,openai,gpt-4o,w,,1,0\n");
	for (int i = 0; i < 100; i++)
		p += sprintf(p, "b,when %d,openai,gpt-4o,w,,1,0\n", i % 50);
	assert_int_equal(kit_import(kit, text), 0);
	free(text);
	assert_int_equal(run->refused, 100);
	assert_int_equal(run->reasons, RUN_REASONS + 1);
	assert_int_equal(run->reason[0].count, 2);
	assert_int_equal(run->reason[0].place[0].line, 3);
	assert_int_equal(run->reason[0].place[1].line, 53);
	for (int i = 0; i < run->reasons; i++)
		refused += run->reason[i].count;
	assert_int_equal(refused, 100);
	assert_string_equal(run->reason[RUN_REASONS].text, "other reasons");
}

static void
told_refuse(void *ctx, struct place place, const char *reason)
{
	(void)reason;
	*(int64_t *)ctx += place.line;
}

static void
told_conflict(void *ctx, struct place place, struct text id)
{
	(void)place;
	assert_true(text_is(id, "a"));
	*(int64_t *)ctx += 1000;
}

static void
who_watches_is_told_of_refused_rows_and_conflicts(void **state)
{
	struct kit *kit = *state;
	int64_t told = 0;
	const struct ingest_options options = {
		.watch = { .ctx = &told, .refused = told_refuse, .conflict = told_conflict }
	};

	assert_int_equal(kit_import(kit, HEADER "a,2026-08-01T12:00:00Z,p,m,w,,1,0\n"), 0);
	assert_int_equal(kit_import_with(kit, "usage-csv", HEADER "a,2026-08-01T12:00:00Z,p,m,w,,2,0\nb,x,p,m,w,,2,0\n",
				 &options),
		0);
	assert_int_equal(told, 1003);
}

static void
what_the_person_said_fills_in_what_rows_do_not(void **state)
{
	struct kit *kit = *state;
	const struct ingest_options options = {
		.collect = { .workload = text_of("chat"), .provider = text_of("openai"), .account = text_of("acme") }
	};
	struct usage_query query = { .from_us = TIME_FIRST_US,
		.to_us = TIME_LAST_US,
		.zone = &kit->utc,
		.by = { BY_WORKLOAD, BY_ACCOUNT, BY_PROVIDER } };
	struct usage_result result;

	assert_int_equal(
		kit_import_with(kit, "usage-csv",
			"at,workload,in_uncached\n2026-08-01T12:00:00Z,,1\n2026-08-01T12:00:00Z,code,1\n", &options),
		0);
	assert_int_equal(query_usage(kit->store, &query, kit->arena, &result, &kit->err), 0);
	assert_int_equal(result.n, 2);
	assert_string_equal(result.rows[0].name[0], "chat");
	assert_string_equal(result.rows[0].name[1], "acme");
	assert_string_equal(result.rows[1].name[0], "code");
	assert_string_equal(result.rows[1].name[2], "openai");
}

static void
a_packed_file_is_unpacked_and_one_that_was_cut_off_fails(void **state)
{
	struct kit *kit = *state;
	struct ingest_options options = { .collect = { .zone = &kit->utc, .now_us = KIT_NOW_US } };
	char path[288];
	gzFile packed;
	struct ingest_file *file;
	struct input input;
	const char *head;
	size_t n;

	snprintf(path, sizeof(path), "%s/usage.csv.gz", kit->folder);
	packed = gzopen(path, "wb");
	gzprintf(packed, HEADER);
	for (int i = 0; i < 1000; i++)
		gzprintf(packed, "r%d,2026-08-01T12:00:00Z,p,m,w,,%d,0\n", i * 7919 % 1000, i);
	gzclose(packed);
	for (int cut = 0; cut < 2; cut++) {
		if (cut)
			assert_int_equal(truncate(path, 1500), 0);
		file = ingest_file_open(path, &input, &kit->err);
		assert_non_null(file);
		if (!cut) {
			assert_int_equal(ingest_file_head(file, &head, &n, &kit->err), 0);
			assert_memory_equal(head, "id,at", 5);
			assert_ptr_equal(collector_recognise(head, n, &kit->err), collector_find("usage-csv", NULL));
		}
		assert_int_equal(ingest_run(kit_store(kit), collector_find("usage-csv", NULL), &input, &options,
					 kit->result, &kit->err),
			cut ? -1 : 0);
		ingest_file_close(file);
	}
	assert_int_equal(kit_total(kit).rows, 1000);
	assert_null(ingest_file_open("/nowhere/x.csv", &input, &kit->err));
	assert_int_equal(kit->err.kind, ERR_MISSING);
	assert_null(ingest_file_open(kit->folder, &input, &kit->err));
	assert_int_equal(kit->err.kind, ERR_INPUT);
}

#define with_kit(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_kit(a_document_that_breaks_off_leaves_the_ledger_as_it_was),
		with_kit(an_input_that_fails_after_batches_were_put_leaves_the_ledger_as_it_was),
		with_kit(a_run_in_which_every_row_is_refused_fails_and_leaves_nothing),
		with_kit(a_name_that_is_no_utf_8_or_far_too_long_is_refused),
		with_kit(a_dry_run_tells_and_shows_and_stores_nothing),
		with_kit(a_line_keeps_its_exact_amount_and_what_is_not_known_is_unpriced),
		with_kit(a_line_is_rounded_once_half_to_even),
		with_kit(own_prices_come_before_the_built_in_ones_and_history_stays),
		with_kit(a_corrected_price_supersedes_and_the_old_row_stays),
		with_kit(rows_of_one_book_that_overlap_are_refused_and_a_later_one_closes_an_earlier_import_s),
		with_kit(the_built_in_prices_are_placed_once),
		with_kit(reasons_are_counted_with_their_first_lines_and_never_outgrow_their_room),
		with_kit(who_watches_is_told_of_refused_rows_and_conflicts),
		with_kit(what_the_person_said_fills_in_what_rows_do_not),
		with_kit(a_packed_file_is_unpacked_and_one_that_was_cut_off_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
