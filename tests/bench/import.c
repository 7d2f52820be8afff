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
#include <unistd.h>

#include "collectors/collector.h"
#include "daemon/ingest/ingest.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/random.h"

#include "tests/bench/measure.h"
#include "tests/bench/rows.h"

/*
 * One core is a core that nobody else uses meanwhile: rows for each second that the import computes, in one thread,
 * system calls included. Waiting for the disk is in the rates by the clock beside it, which are not judged:
 * they tell of the machine and its other work.
 */
#define RATE_MIN 250000.0 /* rows a CPU second, from CSV to the committed ledger */
#define RATIO_MIN 0.6     /* of the bare loop, CPU second for CPU second in the same run */
#define MEMORY_MAX 1.25   /* peak of 4 x the rows over peak of 1 x */
#define DAYS 90

static char folder[128];

static int64_t *
order_of(int64_t rows)
{
	int64_t *order = malloc((size_t)rows * sizeof(*order));
	struct random random;

	if (order == NULL)
		fail("order", "no memory");
	for (int64_t i = 0; i < rows; i++)
		order[i] = i;
	random_seed(&random, 7);
	for (int64_t i = rows - 1; i > 0; i--) {
		int64_t j = (int64_t)(random_next(&random) % (uint64_t)(i + 1)), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	return order;
}

static void
write_csv(const char *file, int64_t n, bool shuffled)
{
	struct rows rows = { .n = n, .days = DAYS, .models = 6, .workloads = 3, .keys = 12 };
	int64_t *order = shuffled ? order_of(n) : NULL;
	FILE *stream = fopen(file, "w");

	if (stream == NULL || rows_write(&rows, order, stream) != 0 || fclose(stream) != 0)
		fail(file, "cannot be written");
	free(order);
}

/* ---- the two ways in */

static void
clear_ledger(char *path, size_t size)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char file[192];

	snprintf(path, size, "%s/ledger.db", folder);
	for (int i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
}

struct took {
	double wall, cpu; /* seconds */
};

static struct took
began(void)
{
	return (struct took){ wall_seconds(), cpu_seconds() };
}

static struct took
since(struct took begin)
{
	return (struct took){ wall_seconds() - begin.wall, cpu_seconds() - begin.cpu };
}

/* From the CSV to the committed ledger; opening, the schema and the built-in prices not counted. */
static struct took
import_once(const char *csv, int64_t rows)
{
	struct ingest_result *result = malloc(sizeof(*result));
	struct ingest_options options = { .collect = { .now_us = (ROWS_FIRST_S + 100 * DAY_S) * SECOND_US } };
	char path[160];
	struct zone utc;
	struct err err;
	struct input input;
	struct store *store;
	struct ingest_file *file;
	struct took took;

	zone_utc(&utc);
	options.collect.zone = &utc;
	options.days = &utc;
	clear_ledger(path, sizeof(path));
	if ((store = ingest_open(path, options.collect.now_us, &err)) == NULL)
		fail(path, err.text);
	took = began();
	if ((file = ingest_file_open(csv, &input, &err)) == NULL ||
		ingest_run(store, collector_find("usage-csv", &err), &input, &options, result, &err) != 0)
		fail(csv, err.text);
	took = since(took);
	if (result->run.taken != rows)
		fail(csv, "not every row was taken");
	ingest_file_close(file);
	store_close(store);
	free(result);
	return took;
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
		fail(path, "cannot be read back");
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
		fail(path, "rows are missing");
	return bare;
}

/* One prepared INSERT in one transaction under the ledger's own settings, into a ledger without rows. */
static struct took
insert_bare(const struct bare *bare, int64_t rows)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	char path[160];
	struct err err;
	struct store *store;
	struct took took;

	clear_ledger(path, sizeof(path));
	if ((store = store_open(path, STORE_WRITE, &err)) == NULL)
		fail(path, err.text);
	store_close(store);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
		sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384",
			NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_prepare_v2(db, "INSERT INTO usage VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &statement,
			NULL) != SQLITE_OK)
		fail(path, db == NULL ? "no memory" : sqlite3_errmsg(db));
	took = began();
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
			fail(path, sqlite3_errmsg(db));
		sqlite3_reset(statement);
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		fail(path, sqlite3_errmsg(db));
	took = since(took);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return took;
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
		fail(csv, "the import in a process of its own failed");
	return usage.ru_maxrss;
}

static void
keep_best(struct took *best, struct took took)
{
	best->wall = best->wall == 0 || took.wall < best->wall ? took.wall : best->wall;
	best->cpu = best->cpu == 0 || took.cpu < best->cpu ? took.cpu : best->cpu;
}

static bool
print_rate(const char *name, int64_t rows, struct took took, double limit)
{
	char line[96];

	snprintf(line, sizeof(line), "%s, %.0f rows/s by the clock", name, (double)rows / took.wall);
	return figure_print(&(struct figure){ .name = line,
		.unit = "rows/CPU s",
		.value = (double)rows / took.cpu,
		.limit = limit,
		.kind = limit > 0 ? AT_LEAST : NO_LIMIT });
}

int
main(int argc, char **argv)
{
	int64_t rows = argc > 1 ? atoll(argv[1]) : 1000000;
	int repetitions = argc > 2 ? atoi(argv[2]) : 3;
	char csv[160], large[160], shuffled[160], path[160];
	struct took ours = { 0, 0 }, bare_loop = { 0, 0 }, mixed;
	long small_peak, large_peak;
	struct bare *bare;
	bool missed = false;

	scratch_make(folder, sizeof(folder), "import");
	snprintf(csv, sizeof(csv), "%s/ordered.csv", folder);
	snprintf(large, sizeof(large), "%s/large.csv", folder);
	snprintf(shuffled, sizeof(shuffled), "%s/shuffled.csv", folder);
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	load_print();
	write_csv(csv, rows, false);
	small_peak = peak_of_import(csv, rows); /* before this process has grown itself */
	write_csv(large, 4 * rows, false);
	large_peak = peak_of_import(large, 4 * rows);
	unlink(large);
	write_csv(shuffled, rows, true);
	mixed = import_once(shuffled, rows);
	unlink(shuffled);
	for (int i = 0; i < repetitions; i++) { /* interleaved, the best of each */
		keep_best(&ours, import_once(csv, rows));
		bare = read_bare(path, rows);
		keep_best(&bare_loop, insert_bare(bare, rows));
		free(bare);
	}
	printf("%-56s %10" PRId64 "\n", "rows", rows);
	missed |= print_rate("import", rows, ours, RATE_MIN);
	print_rate("bare insert loop", rows, bare_loop, 0);
	missed |= figure_print(&(struct figure){ .name = "import / bare",
		.value = bare_loop.cpu / ours.cpu,
		.unit = "of the CPU time",
		.limit = RATIO_MIN,
		.kind = AT_LEAST,
		.digits = 2 });
	print_rate("import, shuffled", rows, mixed, 0);
	figure_print(&(struct figure){
		.name = "peak memory", .unit = "MiB", .value = (double)small_peak / 1024, .digits = 1 });
	missed |= figure_print(&(struct figure){ .name = "peak memory of 4 x the rows",
		.unit = "of it",
		.value = (double)large_peak / (double)small_peak,
		.limit = MEMORY_MAX,
		.kind = AT_MOST,
		.digits = 2 });
	if (missed)
		printf("a limit is missed\n");
	unlink(csv);
	clear_ledger(path, sizeof(path));
	rmdir(folder);
	return missed;
}
