/*
 * report: the contract between a question and those who ask it (API, command line, page).
 *
 * One file per question, one row in reports.c. A report reads the store through its handle, thinks with
 * models/, and fills an answer. It never prints and never reads the clock.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct answer;
struct arena;
struct err;
struct settings;
struct store;
struct zone;

/* One declared parameter; the same declaration validates the query string and the command line. */
enum param_kind {
	PARAM_TEXT,
	PARAM_TIME,   /* RFC 3339, a date in the reporting zone, "-30d" or "-12h" before now, or "now" */
	PARAM_NUMBER, /* a finite number in [low, high] */
	PARAM_CHOICE  /* one of `choices`, parted by '|' */
};

struct param {
	const char *name;
	enum param_kind kind;
	const char *choices; /* PARAM_CHOICE: "day|model|..."; else NULL */
	double low, high;    /* PARAM_NUMBER */
	const char *text;    /* what it means, for help and the OpenAPI document */
};

#define REPORT_PARAMS_MAX 24

/* What is asked: values[i] belongs to report->params[i] and is NULL where nothing was given. */
struct request {
	struct store *store;             /* read handle; NULL for a report that needs none */
	const struct settings *settings; /* never NULL */
	const struct zone *zone;         /* the reporting zone; never NULL */
	int64_t now_us;
	struct arena *arena;
	const char *values[REPORT_PARAMS_MAX];
};

struct report {
	const char *name;           /* "breakeven": also the last part of its route */
	const char *title;          /* one line */
	const struct param *params; /* ended by a row whose name is NULL */
	int (*run)(const struct request *request, const struct report *report, struct answer *answer, struct err *err);
};

extern const struct report *const reports[]; /* ended by NULL */

/* NULL with ERR_MISSING and the nearest name. */
const struct report *report_find(const char *name, struct err *err);

/* All reports as columns: name, title, parameters. */
void reports_list(struct answer *answer);

/*
 * Check every given value against its declaration: -1 with ERR_INPUT naming parameter, value and what is
 * allowed. Called by both doors before run.
 */
int report_check(const struct report *report, const struct request *request, struct err *err);

/*
 * An instant as people write it: RFC 3339, a date (its begin in the zone), "-30d", "-12h", "now". ERR_INPUT names
 * it and the value.
 */
struct clock {
	const struct zone *zone;
	int64_t now_us;
};
int clock_read(const struct clock *clock, const char *name, const char *value, int64_t *at_us, struct err *err);

/* The value of a parameter by name, NULL where none was given. */
const char *request_text(const struct request *request, const struct report *report, const char *name);
/* A checked number, or otherwise where none was given. */
double request_number(const struct request *request, const struct report *report, const char *name, double otherwise);
/* A checked time in microseconds, or otherwise. */
int64_t request_time(const struct request *request, const struct report *report, const char *name, int64_t otherwise);

#endif
