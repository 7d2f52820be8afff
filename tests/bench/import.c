/*
 * import: how fast our own CSV becomes a committed, priced and summed ledger, beside a bare SQLite loop that
 * inserts the same rows into the same table in the same run.
 *
 * Prints the rates, their ratio, and the peak memory of imports of one and of four times the rows; exits 1
 * when a limit is missed. Sizes can be given: import [ROWS [REPETITIONS]].
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "daemon/ingest/ingest.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/random.h"

#define RATE_MIN 250000.0 /* rows a second, from CSV to the committed ledger */
#define RATIO_MIN 0.6     /* of the bare loop */
#define MEMORY_MAX 1.25   /* peak of 4 x the rows over peak of 1 x */
#define DAYS 90
#define FIRST_S INT64_C(1780272000) /* 2026-06-01 */

static char folder[64];

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "import: %s: %s\n", what, why);
	exit(1);
}

/* ---- the rows: 90 days, in the order of time, 3 workloads, 6 models, 24 keys */

struct row {
	int64_t at_us;
	char id[24];
	int workload, model, key, status, latency, ttft;
	int64_t classes[6];
};

static const struct {
	const char *provider, *model;
} models[] = { { "openai", "gpt-4o" }, { "openai", "gpt-4o-mini" }, { "anthropic", "claude-sonnet-4-5" },
	{ "anthropic", "claude-haiku-4-5" }, { "google", "gemini-2.5-flash" }, { "mistral", "mistral-large-latest" } };
static const char *const workloads[] = { "chat", "code", "batch-summaries" };
static const char *const statuses[] = { "ok", "error", "timeout" };

static void
make_row(struct row *row, struct random *random, int64_t i, int64_t rows)
{
	uint64_t bits = random_next(random);
	int64_t step = (int64_t)DAYS * DAY_S * 1000 / rows;

	row->at_us = FIRST_S * SECOND_US +
		(i * (int64_t)DAYS * DAY_S * 1000 / rows + (int64_t)(bits % (uint64_t)(step + 1))) * 1000;
	snprintf(row->id, sizeof(row->id), "%016" PRIx64, random_next(random));
	row->workload = (int)(bits >> 8 & 0xff) % 3;
	row->model = row->workload * 2 + (int)(bits >> 16 & 1);
	row->key = row->workload * 8 + (int)(bits >> 20 & 7);
	row->status = (bits >> 24 & 0xff) == 0 ? 1 : 0;
	row->latency = 200 + (int)(bits >> 32 & 0xfff);
	row->ttft = 40 + (int)(bits >> 44 & 0xff);
	row->classes[0] = 20 + (int64_t)(bits >> 28 & 0xfff);
	row->classes[1] = (bits >> 52 & 3) == 0 ? (int64_t)(bits >> 20 & 0x1fff) : 0;
	row->classes[2] = row->model >= 2 && row->model < 4 && (bits >> 54 & 7) == 0 ? 1024 : 0;
	row->classes[3] = 0;
	row->classes[4] = 1 + (int64_t)(bits >> 36 & 0x1ff);
	row->classes[5] = (bits >> 57 & 3) == 0 ? (int64_t)(bits >> 40 & 0x3ff) : 0;
}

static int64_t *
order_of(int64_t rows, bool shuffled)
{
	int64_t *order = malloc((size_t)rows * sizeof(*order));
	struct random random;

	if (order == NULL)
		die("order", "no memory");
	for (int64_t i = 0; i < rows; i++)
		order[i] = i;
	random_seed(&random, 7);
	for (int64_t i = rows - 1; shuffled && i > 0; i--) {
		int64_t j = (int64_t)(random_next(&random) % (uint64_t)(i + 1)), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	return order;
}

static void
write_csv(const char *file, int64_t rows, bool shuffled)
{
	struct row *all = malloc((size_t)rows * sizeof(*all));
	int64_t *order = order_of(rows, shuffled);
	FILE *stream = fopen(file, "w");
	struct random random;

	if (stream == NULL || all == NULL)
		die(file, "cannot be written");
	random_seed(&random, 42);
	for (int64_t i = 0; i < rows; i++)
		make_row(&all[i], &random, i, rows);
	fprintf(stream,
		"id,at,provider,model,workload,account,project,key,service_tier,status,requests,latency_ms,ttft_ms,"
		"in_uncached,in_cache_read,in_cache_write_5m,in_cache_write_1h,out_visible,out_reasoning\n");
	for (int64_t i = 0; i < rows; i++) {
		const struct row *row = &all[order[i]];
		char at[TIME_MAX];

		time_print(at, sizeof(at), row->at_us);
		fprintf(stream,
			"%s,%s,%s,%s,%s,acme,project-%d,key-%02d,,%s,1,%d,%d,%" PRId64 ",%" PRId64 ",%" PRId64
			",%" PRId64 ",%" PRId64 ",%" PRId64 "\n",
			row->id, at, models[row->model].provider, models[row->model].model, workloads[row->workload],
			row->key / 4, row->key, statuses[row->status], row->latency, row->ttft, row->classes[0],
			row->classes[1], row->classes[2], row->classes[3], row->classes[4], row->classes[5]);
	}
	if (fclose(stream) != 0)
		die(file, "cannot be written");
	free(order);
	free(all);
}

/* ---- the two ways in */

static void
clear_ledger(char *path, size_t size)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[160];

	snprintf(path, size, "%s/ledger.db", folder);
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
}

/* Seconds from the CSV to the committed ledger; opening, the schema and the built-in prices not counted. */
static double
import_once(const char *csv, int64_t rows)
{
	struct ingest_result *result = malloc(sizeof(*result));
	struct ingest_options options = { .collect = { .now_us = (FIRST_S + 100 * DAY_S) * SECOND_US } };
	char path[128];
	struct zone utc;
	struct err err;
	struct input input;
	struct store *store;
	struct ingest_file *file;
	double begin;

	zone_utc(&utc);
	options.collect.zone = &utc;
	options.days = &utc;
	clear_ledger(path, sizeof(path));
	if ((store = ingest_open(path, options.collect.now_us, &err)) == NULL)
		die(path, err.text);
	begin = seconds();
	if ((file = ingest_file_open(csv, &input, &err)) == NULL ||
		ingest_run(store, collector_find("usage-csv", &err), &input, &options, result, &err) != 0)
		die(csv, err.text);
	begin = seconds() - begin;
	if (result->run.taken != rows)
		die(csv, "not every row was taken");
	ingest_file_close(file);
	store_close(store);
	free(result);
	return begin;
}

#define COLUMNS 18

/* The rows of an imported ledger as plain values, to be inserted bare. */
struct bare {
	int64_t whole[COLUMNS];
	char id[24];
	uint32_t null;
};

static struct bare *
read_bare(const char *path, int64_t rows)
{
	struct bare *bare = calloc((size_t)rows, sizeof(*bare));
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	int64_t n = 0;

	if (bare == NULL || sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(db, "SELECT * FROM usage", -1, &statement, NULL) != SQLITE_OK)
		die(path, "cannot be read back");
	for (; n < rows && sqlite3_step(statement) == SQLITE_ROW; n++)
		for (int i = 0; i < COLUMNS; i++) {
			bare[n].null |= sqlite3_column_type(statement, i) == SQLITE_NULL ? 1u << i : 0;
			bare[n].whole[i] = sqlite3_column_int64(statement, i);
			if (i == 1)
				snprintf(bare[n].id, sizeof(bare[n].id), "%s",
					(const char *)sqlite3_column_text(statement, i));
		}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	if (n != rows)
		die(path, "rows are missing");
	return bare;
}

/* One prepared INSERT in one transaction under the ledger's own settings, into a ledger without rows. */
static double
insert_bare(const struct bare *bare, int64_t rows)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	char path[128];
	struct err err;
	struct store *store;
	double begin;

	clear_ledger(path, sizeof(path));
	if ((store = store_open(path, STORE_WRITE, &err)) == NULL)
		die(path, err.text);
	store_close(store);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384",
			NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(db, "INSERT INTO usage VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &statement,
			NULL) != SQLITE_OK)
		die(path, db == NULL ? "no memory" : sqlite3_errmsg(db));
	begin = seconds();
	sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (int64_t n = 0; n < rows; n++) {
		for (int i = 0; i < COLUMNS; i++)
			if ((bare[n].null & 1u << i) != 0)
				sqlite3_bind_null(statement, i + 1);
			else if (i == 1)
				sqlite3_bind_text(statement, 2, bare[n].id, -1, SQLITE_STATIC);
			else
				sqlite3_bind_int64(statement, i + 1, bare[n].whole[i]);
		if (sqlite3_step(statement) != SQLITE_DONE)
			die(path, sqlite3_errmsg(db));
		sqlite3_reset(statement);
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		die(path, sqlite3_errmsg(db));
	begin = seconds() - begin;
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return begin;
}

/* Peak resident KiB of a process that does nothing but one import. */
static long
peak_of_import(const char *csv, int64_t rows)
{
	struct rusage usage;
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		import_once(csv, rows);
		getrusage(RUSAGE_SELF, &usage);
		_exit(usage.ru_maxrss > 0 ? 0 : 1);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0)
		die(csv, "the import in a process of its own failed");
	return usage.ru_maxrss;
}

static double
best(double a, double b)
{
	return a == 0 || b < a ? b : a;
}

int
main(int argc, char **argv)
{
	int64_t rows = argc > 1 ? atoll(argv[1]) : 1000000;
	int repetitions = argc > 2 ? atoi(argv[2]) : 3, missed = 0;
	char csv[96], large[96], shuffled[96], path[128];
	double ours = 0, bare_loop = 0, mixed;
	long small_peak, large_peak;
	struct bare *bare;

	snprintf(
		folder, sizeof(folder), "%s/bench-import-XXXXXX", getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
	if (mkdtemp(folder) == NULL)
		die(folder, "cannot be made");
	snprintf(csv, sizeof(csv), "%s/ordered.csv", folder);
	snprintf(large, sizeof(large), "%s/large.csv", folder);
	snprintf(shuffled, sizeof(shuffled), "%s/shuffled.csv", folder);
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	write_csv(csv, rows, false);
	small_peak = peak_of_import(csv, rows); /* before this process has grown itself */
	write_csv(large, 4 * rows, false);
	large_peak = peak_of_import(large, 4 * rows);
	unlink(large);
	write_csv(shuffled, rows, true);
	mixed = import_once(shuffled, rows);
	unlink(shuffled);
	for (int i = 0; i < repetitions; i++) { /* interleaved, the best of each */
		ours = best(ours, import_once(csv, rows));
		bare = read_bare(path, rows);
		bare_loop = best(bare_loop, insert_bare(bare, rows));
		free(bare);
	}
	printf("rows                  %12" PRId64 "\n", rows);
	printf("import                %12.0f rows/s (at least %.0f)\n", (double)rows / ours, RATE_MIN);
	printf("bare insert loop      %12.0f rows/s\n", (double)rows / bare_loop);
	printf("import / bare         %12.3f (at least %.1f)\n", bare_loop / ours, RATIO_MIN);
	printf("import, shuffled      %12.0f rows/s\n", (double)rows / mixed);
	printf("peak memory           %12.1f MiB\n", (double)small_peak / 1024);
	printf("peak memory, 4 x rows %12.1f MiB (at most %.2f times)\n", (double)large_peak / 1024, MEMORY_MAX);
	missed = (double)rows / ours < RATE_MIN || bare_loop / ours < RATIO_MIN ||
		(double)large_peak > MEMORY_MAX * (double)small_peak;
	if (missed)
		printf("a limit is missed\n");
	unlink(csv);
	clear_ledger(path, sizeof(path));
	rmdir(folder);
	return missed;
}
