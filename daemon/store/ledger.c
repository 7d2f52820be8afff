/*
 * ledger: usage lines. The way in is short for the line that is new; a line that was there before takes the
 * longer way of being compared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/store/conflict.h"
#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"
#include "daemon/store/occurrence.h"
#include "daemon/store/trial.h"
#include "models/units/calendar.h"

#define EARLIEST_US (INT64_C(946684800) * SECOND_US)         /* 2000-01-01: earlier is a unit mixed up */
#define LATEST_US (INT64_C(4102444800) * SECOND_US)          /* 2100-01-01: later is milliseconds taken for seconds */
#define GPU_STRETCH_MAX_US (INT64_C(37) * DAY_S * SECOND_US) /* gpu_scan in sql/queries/reports.sql counts on it */
#define NAME_MAX_BYTES 1024

static int
check_time(const char *what, int64_t at_us, struct err *err)
{
	char printed[TIME_MAX];

	if (at_us >= EARLIEST_US && at_us < LATEST_US)
		return 0;
	if (at_us < -INT64_C(62135596800) * SECOND_US || at_us >= INT64_C(253402300800) * SECOND_US)
		return err_set(err, ERR_INPUT, "%s: %" PRId64 " seconds since 1970 is not between 2000 and 2100", what,
			at_us / SECOND_US);
	time_print(printed, sizeof(printed), at_us);
	return err_set(err, ERR_INPUT, "%s: %s is not between 2000 and 2100", what, printed);
}

/* A name must be short, without control characters, and UTF-8: it goes out again in JSON. */
static int
check_text(const char *what, struct text text, struct err *err)
{
	char shown[TEXT_SHOWN];

	if (text.n > NAME_MAX_BYTES)
		return err_set(err, ERR_INPUT, "%s is %zu bytes long; %d are allowed", what, text.n, NAME_MAX_BYTES);
	for (size_t i = 0; i < text.n;) {
		struct text rest = { text.p + i, text.n - i };
		unsigned char c = (unsigned char)text.p[i];
		size_t letter = c >= ' ' && c < 0x7f ? 1 : text_control(rest) ? 0 : text_letter(rest);

		if (letter == 0)
			return err_set(err, ERR_INPUT, "%s '%s' holds %s", what, text_shown(text, shown, sizeof(shown)),
				text_control(rest) ? "a control character" : "bytes that are not UTF-8");
		i += letter;
	}
	return 0;
}

int
ledger_check_names(const struct usage_reading *reading, struct err *err)
{
	const struct {
		const char *name;
		struct text text;
	} texts[] = { { "provider", reading->provider }, { "model", reading->model }, { "workload", reading->workload },
		{ "account", reading->account }, { "project", reading->project }, { "key", reading->key },
		{ "service_tier", reading->service_tier }, { "tag", reading->tag } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (check_text(texts[i].name, texts[i].text, err) != 0)
			return -1;
	return 0;
}

static int
check_count(const char *what, int64_t count, struct err *err)
{
	if (count == NOT_REPORTED || (count >= 0 && count <= USAGE_TOKENS_MAX))
		return 0;
	return err_set(err, ERR_INPUT, "%s: %" PRId64 " is not between 0 and 2^53", what, count);
}

int
ledger_check_usage(const struct usage_reading *reading, int64_t now_us, struct err *err)
{
	(void)now_us;
	if (check_time("at", reading->at_us, err) != 0 || check_text("id", reading->id, err) != 0)
		return -1;
	if (check_count("requests", reading->requests, err) != 0 ||
		check_count("latency_ms", reading->latency_ms, err) != 0 ||
		check_count("ttft_ms", reading->ttft_ms, err) != 0)
		return -1;
	return usage_check(&reading->usage, err);
}

int
ledger_check_gpu(const struct gpu_reading *reading, int64_t now_us, struct err *err)
{
	(void)now_us;
	if (check_time("from", reading->from_us, err) != 0 || check_time("to", reading->to_us, err) != 0 ||
		check_text("device", reading->device, err) != 0 || check_text("gpu", reading->gpu, err) != 0 ||
		check_text("account", reading->account, err) != 0 ||
		check_text("workload", reading->workload, err) != 0)
		return -1;
	if (reading->device.n == 0)
		return err_set(err, ERR_INPUT, "device is empty");
	if (reading->to_us <= reading->from_us)
		return err_set(err, ERR_INPUT, "the stretch ends before it begins");
	if (reading->to_us - reading->from_us > GPU_STRETCH_MAX_US)
		return err_set(err, ERR_INPUT, "the stretch is longer than 37 days");
	if (reading->busy_ppm != NOT_REPORTED && (reading->busy_ppm < 0 || reading->busy_ppm > 1000000))
		return err_set(
			err, ERR_INPUT, "utilisation: %" PRId64 " ppm is not between 0 and 1000000", reading->busy_ppm);
	if (check_count("memory_used_mib", reading->memory_used_mib, err) != 0)
		return -1;
	return check_count("power_mw", reading->power_mw, err);
}

int
ledger_check_invoice(const struct invoice_reading *reading, int64_t now_us, struct err *err)
{
	(void)now_us;
	if (check_time("billing period from", reading->period_from_us, err) != 0 ||
		check_time("billing period to", reading->period_to_us, err) != 0 ||
		check_time("charge period from", reading->charge_from_us, err) != 0 ||
		check_time("charge period to", reading->charge_to_us, err) != 0)
		return -1;
	if (reading->period_to_us < reading->period_from_us)
		return err_set(err, ERR_INPUT, "the billing period ends before it begins");
	if (reading->charge_to_us < reading->charge_from_us)
		return err_set(err, ERR_INPUT, "the charge period ends before it begins");
	if (reading->currency.n == 0)
		return err_set(err, ERR_INPUT, "currency is empty");
	return check_text("id", reading->id, err);
}

/* ---- putting a usage line */

/* The parameters of usage_add by their place; the first thing that prepares them checks the places. */
enum {
	ADD_AT = 1,
	ADD_ID,
	ADD_RUN,
	ADD_SERIES,
	ADD_STATUS,
	ADD_REQUESTS,
	ADD_LATENCY,
	ADD_TTFT,
	ADD_CLASSES,
	ADD_EXTRAS = ADD_CLASSES + USAGE_CLASSES,
	ADD_STATE,
	ADD_PRICE,
	ADD_AMOUNT
};

static inline void
bind_or_null(sqlite3_stmt *statement, int place, bool has, int64_t value)
{
	if (has)
		sqlite3_bind_int64(statement, place, value);
	else
		sqlite3_bind_null(statement, place);
}

/* 1 the line is new and in, 0 its key was there, -1. */
static int
add_usage(struct store *store, int64_t run, const struct usage_line *line, struct err *err)
{
	sqlite3_stmt *add = store->statement[ST_usage_add];
	const struct line_price *price = &line->price;
	int code;

	if (store->trial != NULL && trial_fetch_usage(store, line->at_us, line->id, err) != 0)
		return -1;
	sqlite3_bind_int64(add, ADD_AT, line->at_us);
	sqlite3_bind_text(add, ADD_ID, line->id.p, (int)line->id.n, SQLITE_STATIC);
	sqlite3_bind_int64(add, ADD_RUN, run);
	sqlite3_bind_int64(add, ADD_SERIES, line->series.series);
	sqlite3_bind_int64(add, ADD_STATUS, (int)line->status);
	bind_or_null(add, ADD_REQUESTS, line->requests >= 0, line->requests);
	bind_or_null(add, ADD_LATENCY, line->latency_ms >= 0, line->latency_ms);
	bind_or_null(add, ADD_TTFT, line->ttft_ms >= 0, line->ttft_ms);
	bind_or_null(add, ADD_CLASSES, line->has_usage, line->usage.tokens[0]);
	for (int i = 1; i < USAGE_CLASSES; i++)
		sqlite3_bind_int64(add, ADD_CLASSES + i, line->usage.tokens[i]);
	if (line->extras.n > 0)
		sqlite3_bind_text(add, ADD_EXTRAS, line->extras.p, (int)line->extras.n, SQLITE_STATIC);
	else
		sqlite3_bind_null(add, ADD_EXTRAS);
	sqlite3_bind_int64(add, ADD_STATE, (int)price->state);
	bind_or_null(add, ADD_PRICE, price->price > 0, price->price);
	bind_or_null(add, ADD_AMOUNT, price->state != PRICE_UNPRICED, price->amount_nano);
	code = sqlite3_step(add);
	sqlite3_reset(add);
	return code == SQLITE_DONE ? sqlite3_changes(store->db) : store_fail(store, code, err);
}

struct standing {
	int64_t run;
	bool same;
	bool covers, covered; /* no class of it is smaller, or larger, than the line's */
};

static bool
same_content(sqlite3_stmt *stands, const struct usage_line *line)
{
	if (sqlite3_column_int64(stands, 1) != line->series.series ||
		sqlite3_column_int(stands, 2) != (int)line->status || column_reported(stands, 3) != line->requests ||
		column_reported(stands, 4) != line->latency_ms || column_reported(stands, 5) != line->ttft_ms ||
		(sqlite3_column_type(stands, 6) != SQLITE_NULL) != line->has_usage)
		return false;
	for (int i = 0; i < USAGE_CLASSES; i++)
		if (sqlite3_column_int64(stands, 6 + i) != line->usage.tokens[i])
			return false;
	return text_same(column_text(stands, 12), line->extras);
}

static int
read_standing(struct store *store, const struct usage_line *line, struct standing *standing, struct err *err)
{
	sqlite3_stmt *get = statement_get(store, ST_usage_get);
	int status;

	bind_whole(get, ":at_us", line->at_us);
	bind_text(get, ":id", line->id);
	status = statement_step(store, get, err);
	if (status == 0)
		return err_set(err, ERR_OUTSIDE, "ledger %s: a line that is there cannot be read", store_path(store));
	if (status < 0)
		return -1;
	standing->run = sqlite3_column_int64(get, 0);
	standing->same = same_content(get, line);
	standing->covers = standing->covered = true;
	for (int i = 0; i < USAGE_CLASSES; i++) {
		int64_t tokens = sqlite3_column_int64(get, 6 + i);

		standing->covers = standing->covers && tokens >= line->usage.tokens[i];
		standing->covered = standing->covered && tokens <= line->usage.tokens[i];
	}
	sqlite3_reset(get);
	return 0;
}

enum put_result
ledger_keep_usage(struct store *store, int64_t run, const struct usage_line *line, struct err *err)
{
	sqlite3_stmt *stands = statement_get(store, ST_usage_event);
	sqlite3_stmt *came = statement_get(store, ST_usage_event_of);

	bind_whole(stands, ":at_us", line->at_us);
	bind_text(stands, ":id", line->id);
	bind_whole(came, ":at_us", line->at_us);
	bind_text(came, ":id", line->id);
	bind_whole(came, ":series", line->series.series);
	bind_whole(came, ":status", (int)line->status);
	bind_reported(came, ":requests", line->requests);
	bind_reported(came, ":latency_ms", line->latency_ms);
	bind_reported(came, ":ttft_ms", line->ttft_ms);
	for (int i = 0; i < USAGE_CLASSES; i++) {
		char name[40];

		snprintf(name, sizeof(name), ":%s", usage_class_names[i]);
		bind_if(came, name, line->has_usage, line->usage.tokens[i]);
	}
	if (line->extras.n > 0)
		bind_text(came, ":extras", line->extras);
	else
		bind_null(came, ":extras");
	return conflict_keep(store,
		&(struct conflict_of){ .kind = CONFLICT_USAGE,
			.at_us = line->at_us,
			.key = line->id,
			.run = run,
			.came = came,
			.stands = stands },
		err);
}

enum put_result
ledger_try_usage(struct store *store, int64_t run, const struct usage_line *line, int64_t *stands, struct err *err)
{
	struct standing standing;
	int added = add_usage(store, run, line, err);

	if (added != 0)
		return added < 0 ? PUT_FAILED : PUT_TAKEN;
	if (read_standing(store, line, &standing, err) != 0)
		return PUT_FAILED;
	*stands = standing.run;
	return standing.same || (line->grows && standing.covers) ? PUT_REPEATED : PUT_CONFLICT;
}

/* A line that grows and met one that is smaller: it takes its place. */
static enum put_result
put_grown(struct store *store, int64_t run, const struct usage_line *line, struct err *err)
{
	struct standing standing;

	if (read_standing(store, line, &standing, err) != 0)
		return PUT_FAILED;
	if (!standing.covered)
		return ledger_keep_usage(store, run, line, err);
	if (ledger_take_back(store, LEDGER_USAGE, line->at_us, line->id, err) < 0 ||
		add_usage(store, run, line, err) != 1)
		return PUT_FAILED;
	return PUT_GREW;
}

static enum put_result
put_named(struct store *store, int64_t run, const struct usage_line *line, struct err *err)
{
	int64_t stands;
	enum put_result result = ledger_try_usage(store, run, line, &stands, err);

	if (result == PUT_CONFLICT && line->grows)
		return put_grown(store, run, line, err);
	return result == PUT_CONFLICT ? ledger_keep_usage(store, run, line, err) : result;
}

/* 1 when this occurrence was not met before in this run, 0 when it was, -1. */
static int
see(struct store *store, const struct usage_line *line, int64_t n, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_seen_add);

	bind_whole(add, ":at_us", line->at_us);
	bind_whole(add, ":hash", line->hash);
	bind_whole(add, ":n", n);
	return statement_run(store, add, err) != 0 ? -1 : sqlite3_changes(store->db);
}

/*
 * A line without an id: its made id is its content and the number of equal lines before it in this input.
 * An occurrence that this run itself put or met again is taken; the first that is left is this line's.
 */
static enum put_result
put_nameless(struct store *store, int64_t run, const struct usage_line *line, struct err *err)
{
	struct occurrence *hint = occurrence_hint(store, line->at_us, line->hash, run);
	struct usage_line made = *line;
	char id[LEDGER_MADE_ID];

	if (hint == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for the lines without an id");
		return PUT_FAILED;
	}
	for (int64_t n = hint->next;; n++) {
		struct standing standing = { .run = 0 };
		int added, seen;

		made.id = (struct text){ id, ledger_made_id(id, (uint64_t)line->hash, n) };
		if ((added = add_usage(store, run, &made, err)) < 0)
			return PUT_FAILED;
		hint->next = n + 1;
		if (added == 1)
			return PUT_TAKEN;
		if (read_standing(store, &made, &standing, err) != 0)
			return PUT_FAILED;
		if (standing.run == run)
			continue;
		if ((seen = see(store, line, n, err)) < 0)
			return PUT_FAILED;
		if (seen == 1)
			return standing.same ? PUT_REPEATED : ledger_keep_usage(store, run, &made, err);
	}
}

/* ---- what a source has taken back */

int
ledger_take_back(struct store *store, enum ledger_kind kind, int64_t at_us, struct text key, struct err *err)
{
	static const enum statement statements[] = { ST_usage_remove, ST_gpu_remove, ST_invoice_remove };
	sqlite3_stmt *remove = statement_get(store, statements[kind]);

	bind_whole(remove, ":at_us", at_us);
	bind_text(remove, ":key", key);
	if (statement_run(store, remove, err) != 0)
		return -1;
	return sqlite3_changes(store->db);
}

int
ledger_keep_removed(
	struct store *store, enum ledger_kind kind, int64_t run, int64_t at_us, struct text key, struct err *err)
{
	static const enum statement events[] = { ST_usage_event, ST_gpu_event, ST_invoice_event };
	static const char *const names[][2] = { { ":at_us", ":id" }, { ":from_us", ":device" },
		{ ":period_from_us", ":id" } };
	sqlite3_stmt *stands = statement_get(store, events[kind]);

	bind_whole(stands, names[kind][0], at_us);
	bind_text(stands, names[kind][1], key);
	return conflict_keep(store,
		       &(struct conflict_of){ .kind = (enum conflict_kind)kind,
			       .at_us = at_us,
			       .key = key,
			       .run = run,
			       .stands = stands },
		       err) == PUT_CONFLICT
		? 0
		: -1;
}

enum put_result
ledger_put_usage(struct store *store, int64_t run, const struct usage_line *line, struct err *err)
{
	return line->id.n > 0 ? put_named(store, run, line, err) : put_nameless(store, run, line, err);
}

size_t
ledger_made_id(char *id, uint64_t hash, int64_t n)
{
	static const char digits[] = "0123456789abcdef";

	id[0] = '~';
	for (int i = 16; i > 0; i--, hash >>= 4)
		id[i] = digits[hash & 15];
	id[17] = '\0';
	return 17 + (n == 0 ? 0 : (size_t)snprintf(id + 17, LEDGER_MADE_ID - 17, ".%" PRId64, n));
}

int
ledger_run_ended(struct store *store, struct err *err)
{
	occurrences_forget(store);
	return statement_run(store, statement_get(store, ST_seen_clear), err);
}

/* ---- closed months */

#define CLOSED "closed_until_us"

int
ledger_closed_until(struct store *store, int64_t *until_us, struct err *err)
{
	char value[24] = "";
	int found = store_meta_get(store, CLOSED, value, sizeof(value), err);

	*until_us = found == 1 ? strtoll(value, NULL, 10) : INT64_MIN;
	return found < 0 ? -1 : 0;
}

int
ledger_close_until(struct store *store, int64_t until_us, struct err *err)
{
	char value[24];

	snprintf(value, sizeof(value), "%" PRId64, until_us);
	return store_meta_set(store, CLOSED, value, err);
}
