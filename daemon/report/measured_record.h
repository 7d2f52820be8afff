/*
 * measured_record: what was found in the ledger for a what-if, each input with where it came from.
 *
 * measured.c and measured_fleet.c fill it; the reports read it.
 */
#ifndef REPORT_MEASURED_RECORD_H
#define REPORT_MEASURED_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "models/compare/scenario.h"

enum input_origin {
	INPUT_MEASURED, /* from the ledger, a benchmark or published prices */
	INPUT_ASSUMED,  /* somebody said so: a fleet's row, the configuration, the question */
	INPUT_DEFAULT   /* nobody said anything: the program's own */
};

extern const char *const input_origin_names[3]; /* "measured", "assumed", "default" */

struct measured_input {
	const char *name; /* the scenario's path, "self_hosted.gpu_hour" */
	double value;
	const char *unit;
	enum input_origin origin;
	const char *source; /* a few words: from where */
};

#define MEASURED_INPUTS 32
#define MEASURED_NOTES 12

struct measured {
	struct scenario scenario;
	const char *workload;   /* NULL: all traffic */
	int64_t from_us, to_us; /* what was measured */
	double hours;           /* of it */
	int64_t tokens, input, output, requests;
	double priced_share; /* of its tokens; NAN without tokens */
	double amount_month; /* what is paid now, USD a month, priced tokens only; NAN: nothing priced */
	const char *closed_provider, *closed_model; /* NULL: what was used, at what it cost */
	const char *price_row;                      /* id, NULL: none */
	int64_t price_checked_us;                   /* 0: not known */
	const char *fleet;                          /* NULL: none named */
	const char *gpu;                            /* NULL: not said */
	double gpus_per_replica;
	size_t inputs;
	struct measured_input input_row[MEASURED_INPUTS];
	size_t notes;
	const char *note[MEASURED_NOTES];
};

/* Write down an input; a caveat. The texts must outlive the record. */
void measured_input(struct measured *measured, const struct measured_input *input);
void measured_note(struct measured *measured, const char *text);

#endif
