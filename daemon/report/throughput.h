/*
 * throughput: how fast one model runs on some GPUs, as an answer; shared by the report and the command.
 */
#ifndef REPORT_THROUGHPUT_H
#define REPORT_THROUGHPUT_H

#include "daemon/report/report.h"
#include "models/supply/estimate.h"

struct answer;
struct arena;
struct err;

struct shelf;

/* What is asked for, as it was typed; NULL where nothing was said. */
struct throughput_question {
	const char *model, *gpu, *precision, *tp, *pp, *dp, *isl, *osl, *concurrency, *engine, *engine_version, *date;
	const char *cached, *accepted, *disaggregated;
};

#define THROUGHPUT_WORDS 15
#define THROUGHPUT_EXAMPLE "Llama-3.3-70B" /* where a page asks for no model yet */

/* The parameters in the order of the question's fields, ended by a row whose name is NULL. */
extern const struct param throughput_params[];

int throughput_answer(struct arena *arena, const struct shelf *shelf, const struct throughput_question *question,
	struct answer *answer, struct err *err);

/* "measured here", "measured elsewhere", "modelled". */
const char *throughput_origin(const struct estimate *estimate);

#endif
