/*
 * serve: how fast the daemon answers on a ledger of millions of events, imported through the program itself:
 * what each page asks, small replies beside a bare libmicrohttpd, memory between requests, and the start.
 *
 * serve [ROWS [ROUNDS]]: 14,000,000 rows are a ledger of 1 GB. From 100,000,000 on the limit of a page is another,
 * and 15 GB must be free.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"
#include "tests/bench/rows.h"
#include "tests/bench/served.h"

#define MANY_ROWS INT64_C(100000000)
#define MANY_ROOM 15e9 /* bytes that such a ledger needs beside its import */
#define PAGE_MS 50.0
#define PAGE_MANY_MS 150.0
#define YEAR_MS 20.0
#define BARE_MIN 0.8
#define MEMORY_MIB 12.0
#define START_MS 50.0
#define THREADS 4u /* the default of serve.threads */
#define STARTS 9
#define PAIRS 61 /* the median is judged */
#define PAIR_S 0.05
#define SMALL "/api/v1/status"
#define REPORT "/api/v1/report/"
#define FIRST REPORT "usage?by=day"
#define YEAR "usage?by=day,model&from=2025-06-01&to=2026-06-01"

static char program[512], folder[128], data[160], empty[160];
static int missed;

/* What the pages ask for; the year first. Each as the page does, and with the widest range that it offers. */
static const char *const asked[] = { YEAR, "usage?by=week", "usage?by=workload", "idle", "breakeven",
	"breakeven?from=1970-01-01", "breakeven?workload=chat", "scenario", "scenario?from=1970-01-01",
	"spend?from=1970-01-01", "usage?by=day&from=1970-01-01", "usage?by=month&from=1970-01-01",
	"usage?by=hour&from=2026-05-29", "usage?by=week,model&from=1970-01-01", "usage?by=week,key&from=1970-01-01",
	"usage?by=key&from=1970-01-01", "usage?by=day&key=key-3", "usage?by=week&workload=chat",
	"compare?by=model&from=1970-01-01", "heatmap?from=1970-01-01", "heatmap?workload=chat",
	"heatmap?key=key-3&from=1970-01-01", "heatmap?status=ok&from=1970-01-01", "heatmap?workload=chat&key=key-12",
	"unattributed?from=1970-01-01", "explain?limit=100", "invoices?by=period", "reconcile", "prices", "workloads",
	"fleets", "settings", "runs?limit=200", "doctor", NULL };

static void
judge(const struct figure *figure)
{
	missed |= figure_print(figure);
}

static void
find_program(const char *self)
{
	const char *slash = strrchr(self, '/');

	snprintf(program, sizeof(program), "%.*s/../breakeven", slash == NULL ? 1 : (int)(slash - self),
		slash == NULL ? "." : self);
	if (access(program, X_OK) != 0)
		fail(program, "is not there; `make bench` builds it");
}

static double
room_bytes(const char *path)
{
	struct statvfs at;

	return statvfs(path, &at) == 0 ? (double)at.f_bavail * (double)at.f_frsize : 0;
}

static void
make_ledgers(int64_t rows)
{
	struct rows year = {
		.n = rows, .days = 365, .models = ROWS_MODELS, .workloads = ROWS_WORKLOADS, .keys = ROWS_KEYS
	};
	struct rows none = year;
	char file[200];
	struct stat status;
	double seconds;

	none.n = 0;
	snprintf(data, sizeof(data), "%s/full", folder);
	snprintf(empty, sizeof(empty), "%s/empty", folder);
	seconds = ledger_make(program, data, &year);
	ledger_make(program, empty, &none);
	snprintf(file, sizeof(file), "%s/ledger.db", data);
	if (stat(file, &status) != 0)
		fail(file, "is not there");
	printf("%-56s %10lld rows, %.2f GB, imported at %.0f rows/s\n", "ledger", (long long)rows,
		(double)status.st_size / 1e9, (double)rows / seconds);
	fflush(stdout);
}

/* ---- what pages ask */

static void
ask_pages(int rounds, double page_ms)
{
	static struct reply reply;
	struct served served;
	double *ms = malloc((size_t)rounds * sizeof(*ms));
	int fd;

	if (ms == NULL)
		fail("the answers", "no memory");
	serve_start(&served, program, data, SMALL);
	fd = client_open(served.port);
	printf("%-56s %10s\n", "asked, as CPU time and median", "p95");
	for (int i = 0; asked[i] != NULL; i++) {
		char target[256], name[160];
		double cpu;

		snprintf(target, sizeof(target), REPORT "%s", asked[i]);
		client_get(fd, target, &reply);
		if (reply.status != 200)
			fail(target, reply.bytes);
		cpu = serve_cpu(&served);
		for (int round = 0; round < rounds; round++)
			ms[round] = 1e3 * client_get(fd, target, &reply);
		cpu = 1e3 * (serve_cpu(&served) - cpu) / rounds;
		qsort(ms, (size_t)rounds, sizeof(*ms), by_size);
		snprintf(name, sizeof(name), "%-38.38s %7.1f %7.1f", asked[i], cpu, rank_of(ms, rounds, 0.5));
		judge(&(struct figure){ .name = name,
			.unit = "ms",
			.value = rank_of(ms, rounds, 0.95),
			.limit = strcmp(asked[i], YEAR) == 0 && page_ms < PAGE_MANY_MS ? YEAR_MS : page_ms,
			.kind = AT_MOST,
			.digits = 1 });
	}
	close(fd);
	free(ms);
	serve_stop(&served);
}

/* ---- small replies */

/* Run, and let children run, on the n-th of these cores alone; on all where there are not so many. */
static void
use_core(const cpu_set_t *cores, int n)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	for (size_t core = 0; core < CPU_SETSIZE; core++)
		if (CPU_ISSET(core, cores) && n-- == 0)
			CPU_SET(core, &one);
	if (CPU_COUNT(&one) > 0)
		sched_setaffinity(0, sizeof(one), &one);
}

/* One after the other, each first every other time. */
static void
compare_pairs(struct load *ours, struct load *bare, double rate[2][PAIRS], double of_bare[PAIRS])
{
	for (int pair = 0; pair < PAIRS; pair++) {
		for (int turn = 0; turn < 2; turn++) {
			bool is_ours = turn == pair % 2;

			rate[is_ours][pair] = load_run(is_ours ? ours : bare, PAIR_S);
		}
		of_bare[pair] = rate[true][pair] / rate[false][pair];
	}
}

static void
compare_at(int connections, struct served *served, struct served *bare)
{
	struct load *loads[2] = { load_open(bare->port, connections, SMALL),
		load_open(served->port, connections, SMALL) };
	double rate[2][PAIRS], of_bare[PAIRS], cpu[2] = { serve_cpu(bare), serve_cpu(served) }, n[2] = { 0, 0 };
	char name[160];

	compare_pairs(loads[1], loads[0], rate, of_bare);
	cpu[0] = serve_cpu(bare) - cpu[0];
	cpu[1] = serve_cpu(served) - cpu[1];
	for (int i = 0; i < 2; i++) {
		load_close(loads[i]);
		for (int pair = 0; pair < PAIRS; pair++)
			n[i] += rate[i][pair] * PAIR_S;
		qsort(rate[i], PAIRS, sizeof(rate[i][0]), by_size);
	}
	qsort(of_bare, PAIRS, sizeof(*of_bare), by_size);
	snprintf(name, sizeof(name), "small JSON, %d connections: %.0f/s, bare %.0f/s", connections,
		rank_of(rate[1], PAIRS, 0.5), rank_of(rate[0], PAIRS, 0.5));
	judge(&(struct figure){ .name = name,
		.unit = "of bare",
		.value = rank_of(of_bare, PAIRS, 0.5),
		.limit = BARE_MIN,
		.kind = AT_LEAST,
		.digits = 2 });
	snprintf(name, sizeof(name), "  CPU of a request: %.1f us, bare %.1f us; pairs %.2f to %.2f",
		1e6 * cpu[1] / n[1], 1e6 * cpu[0] / n[0], rank_of(of_bare, PAIRS, 0.1), rank_of(of_bare, PAIRS, 0.9));
	figure_print(&(struct figure){
		.name = name, .unit = "of bare", .value = cpu[0] / n[0] / (cpu[1] / n[1]), .digits = 2 });
}

/* The servers have a core and the client has one: who shares with whom is not left to chance. */
static void
compare_bare(void)
{
	static const int connections[] = { 1, 32, 128, 256 };
	static struct reply reply;
	struct served served, bare;
	cpu_set_t all;
	int fd;

	sched_getaffinity(0, sizeof(all), &all);
	use_core(&all, 1);
	serve_start(&served, program, data, SMALL);
	fd = client_open(served.port);
	client_get(fd, SMALL, &reply);
	close(fd);
	bare_start(&bare, &reply, THREADS);
	use_core(&all, 0);
	for (size_t i = 0; i < sizeof(connections) / sizeof(connections[0]); i++)
		compare_at(connections[i], &served, &bare);
	sched_setaffinity(0, sizeof(all), &all);
	serve_stop(&bare);
	serve_stop(&served);
}

/* ---- memory and start */

static void
weigh(const char *name, const char *ledger, bool burst)
{
	static struct reply reply;
	struct served served;
	struct memory memory;
	char target[256], line[160];
	int fd;

	serve_start(&served, program, ledger, SMALL);
	fd = client_open(served.port);
	for (int i = 0; asked[i] != NULL; i++) {
		snprintf(target, sizeof(target), REPORT "%s", asked[i]);
		client_get(fd, target, &reply);
	}
	close(fd);
	if (burst) {
		struct load *load = load_open(served.port, 16, REPORT YEAR);

		load_run(load, 1);
		load_close(load);
	}
	sleep(1);
	memory = serve_memory(&served);
	snprintf(line, sizeof(line), "memory, %s: %.1f MiB private, resident", name, memory.private_mib);
	judge(&(struct figure){ .name = line,
		.unit = "MiB",
		.value = memory.resident_mib,
		.limit = MEMORY_MIB,
		.kind = AT_MOST,
		.digits = 1 });
	serve_stop(&served);
}

static void
time_starts(void)
{
	double ms[STARTS];

	for (int i = 0; i < STARTS; i++) {
		struct served served;

		serve_start(&served, program, data, FIRST);
		ms[i] = 1e3 * served.first_answer_s;
		serve_stop(&served);
	}
	qsort(ms, STARTS, sizeof(*ms), by_size);
	judge(&(struct figure){ .name = "start to the first answer, a year by day, median",
		.unit = "ms",
		.value = rank_of(ms, STARTS, 0.5),
		.limit = START_MS,
		.kind = AT_MOST,
		.digits = 1 });
}

static void
clear(void)
{
	static const char *const ends[] = { "full/ledger.db", "full", "empty/ledger.db", "empty", "" };
	char path[256];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, ends[i]);
		remove(path);
	}
}

int
main(int argc, char **argv)
{
	int64_t rows = argc > 1 ? atoll(argv[1]) : 14000000;
	int rounds = argc > 2 ? atoi(argv[2]) : 40;

	find_program(argv[0]);
	scratch_make(folder, sizeof(folder), "serve");
	if (rows >= MANY_ROWS && room_bytes(folder) < MANY_ROOM) {
		printf("skipped: %lld rows need %.0f GB of disk, %.1f GB are free\n", (long long)rows, MANY_ROOM / 1e9,
			room_bytes(folder) / 1e9);
		rmdir(folder);
		return 0;
	}
	if (rows < MANY_ROWS)
		printf("skipped: 100 million rows; `%s %lld` measures them\n", argv[0], (long long)MANY_ROWS);
	load_print();
	make_ledgers(rows);
	time_starts();
	weigh("empty ledger", empty, false);
	weigh("after each page", data, false);
	weigh("after 16 large answers at once", data, true);
	ask_pages(rounds, rows < MANY_ROWS ? PAGE_MS : PAGE_MANY_MS);
	compare_bare();
	clear();
	if (missed)
		printf("a limit is missed\n");
	return missed;
}
