#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/measure.h"

static double
clock_seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double
wall_seconds(void)
{
	return clock_seconds(CLOCK_MONOTONIC);
}

double
cpu_seconds(void)
{
	return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

void
fail(const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

void
scratch_make(char *folder, size_t size, const char *name)
{
	snprintf(folder, size, "%s/bench-%s-XXXXXX", getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"), name);
	if (mkdtemp(folder) == NULL)
		fail(folder, "cannot be made");
}

bool
figure_print(const struct figure *figure)
{
	bool missed = (figure->kind == AT_LEAST && !(figure->value >= figure->limit)) ||
		(figure->kind == AT_MOST && !(figure->value <= figure->limit));

	printf("%-56s %10.*f %s", figure->name, figure->digits, figure->value, figure->unit);
	if (figure->kind != NO_LIMIT)
		printf(" (at %s %.*f)%s", figure->kind == AT_LEAST ? "least" : "most", figure->digits, figure->limit,
			missed ? " MISSED" : "");
	printf("\n");
	fflush(stdout);
	return missed;
}

void
load_print(void)
{
	double load[3];

	if (getloadavg(load, 3) == 3)
		printf("%-56s %10.2f of 1 minute, %.2f of 5\n", "load before", load[0], load[1]);
}

int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
rank_of(const double *sorted, int n, double q)
{
	int rank = (int)ceil(q * n);

	return sorted[rank < 1 ? 0 : rank - 1];
}
