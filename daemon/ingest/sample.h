/*
 * sample: made-up records to show the program with, reproducible from a seed.
 *
 * Three workloads over `days` days up to `now`: a chat assistant and a code assistant whose request lengths,
 * mix of input to output and burstiness follow the published Azure LLM inference traces of 2023 (conversation
 * and code), and a nightly document extraction (long in, short out) whose lengths are assumed. The week has
 * the reference shape (working hours, weekends at two fifths) and volume grows slowly. The same options give
 * the same bytes. The texts are what a person would import: usage-csv, focus-csv, nvidia-smi-csv. Everything
 * is marked: the account is SAMPLE_ACCOUNT and descriptions say "sample".
 *
 * A usage row stands for up to about a hundred requests of one model in a short while; the input of a row stays under
 * SAMPLE_ROW_INPUT_MAX so that no price with a context threshold can mistake a row for one long request.
 */
#ifndef INGEST_SAMPLE_H
#define INGEST_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct random;

#define SAMPLE_ACCOUNT "sample"
#define SAMPLE_DAYS 120
#define SAMPLE_FLEET_DAYS 14 /* how long the two GPUs have been there */
#define SAMPLE_ROW_INPUT_MAX 120000

enum sample_workload { SAMPLE_CHAT, SAMPLE_CODE, SAMPLE_EXTRACTION, SAMPLE_WORKLOADS };

/* "chat-assistant", "code-assistant", "document-extraction". */
extern const char *const sample_workload_names[SAMPLE_WORKLOADS];

struct sample_options {
	uint64_t seed;
	int64_t now_us; /* nothing is later than this */
	int days;       /* 1..366; SAMPLE_DAYS is what the demonstration uses */
};

/* Where the text goes. write returns 0, or -1 with *err, which ends the run. */
struct sample_sink {
	int (*write)(void *ctx, const char *bytes, size_t n, struct err *err);
	void *ctx;
};

/* A sink's write whose ctx is a FILE. */
int sample_write_file(void *file, const char *bytes, size_t n, struct err *err);

/* Token usage in the columns of usage-csv, rising in time, at most 150,000 rows for SAMPLE_DAYS. */
int sample_usage(const struct sample_options *options, const struct sample_sink *sink, struct err *err);

/*
 * Invoices in FOCUS 1.2 columns for the whole calendar months (UTC) behind now that the sample covers from
 * their first day: one line per provider, model and month at list price, equal to what the usage rows of the same
 * options come to, and beside them, by name, what no meter sees: SAMPLE_FEE_NANO for tool calls and a
 * credit of SAMPLE_CREDIT_NANO per provider and month. So invoice less metered cost is their difference.
 */
int sample_invoices(const struct sample_options *options, const struct sample_sink *sink, struct err *err);

#define SAMPLE_FEE_NANO INT64_C(38400000000)    /* USD 38.40 */
#define SAMPLE_CREDIT_NANO INT64_C(15000000000) /* USD 15.00 */

/* nvidia-smi CSV of two GPUs, a sample each quarter of an hour over the last SAMPLE_FLEET_DAYS; times in UTC. */
int sample_gpus(const struct sample_options *options, const struct sample_sink *sink, struct err *err);

/* One request's lengths in tokens: an input and an output, each drawn from the workload's distribution. */
struct sample_lengths {
	int64_t input, output;
};
struct sample_lengths sample_draw(enum sample_workload workload, struct random *random);

#endif
