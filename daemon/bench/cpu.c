/*
 * cpu: see cpu.h.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bench/cpu.h"
#include "daemon/bench/reference.h"
#include "daemon/bench/team.h"
#include "models/units/err.h"
#include "models/units/quantile.h"

static double
seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

size_t
cpu_bytes(const struct cpu_plan *plan)
{
	return decoder_bytes(&plan->shape, plan->precision, plan->prompt + plan->tokens, plan->prompt);
}

/* The number behind the name at the start of a line of a file, in units of `unit` bytes; fallback: there is none. */
static size_t
number_in(const char *path, const char *name, size_t unit, size_t fallback)
{
	FILE *file = fopen(path, "r");
	size_t n = strlen(name), found = fallback;
	char line[512];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		unsigned long long value;

		if (strncmp(line, name, n) == 0 && sscanf(line + n, "%llu", &value) == 1) {
			found = (size_t)value * unit;
			break;
		}
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* What the control group (version 2) of this process may still take, as a container's limit has it; SIZE_MAX: all. */
static size_t
group_memory(void)
{
	char group[256] = "", path[512];
	FILE *file = fopen("/proc/self/cgroup", "r");
	size_t most, used, given;

	while (file != NULL && fgets(path, sizeof(path), file) != NULL)
		if (sscanf(path, "0::%255s", group) == 1)
			break;
	if (file != NULL)
		fclose(file);
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", group);
	most = number_in(path, "", 1, SIZE_MAX);
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.current", group);
	used = number_in(path, "", 1, 0);
	/* Of what files take of that, this much is given back when it is wanted. */
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.stat", group);
	given = number_in(path, "inactive_file ", 1, 0);
	used = used > given ? used - given : 0;
	return most == SIZE_MAX ? most : most > used ? most - used : 1;
}

size_t
cpu_memory(void)
{
	size_t all = number_in("/proc/meminfo", "MemAvailable:", 1024, 0), group = group_memory();

	if (all == 0)
		return group == SIZE_MAX ? 0 : group;
	return all < group ? all : group;
}

static size_t
largest_cache(void)
{
	static const int names[] = { _SC_LEVEL4_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL2_CACHE_SIZE };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sysconf(names[i]) > 0)
			return (size_t)sysconf(names[i]);
	return 0;
}

/* ---- the machine's limits */

struct limit {
	const struct kernels *kernels;
	const unsigned char *memory;
	size_t bytes;
	bool whole; /* arithmetic on bytes */
	size_t rounds;
	uint64_t sum;
	double operations;
};

static void
read_memory(void *ctx, struct team *team, int thread)
{
	struct limit *limit = ctx;
	size_t from, to;

	team_share(team, thread, limit->bytes / 256, 1, &from, &to);
	__atomic_fetch_add(
		&limit->sum, limit->kernels->read(limit->memory + from * 256, (to - from) * 256), __ATOMIC_RELAXED);
}

static void
count_operations(void *ctx, struct team *team, int thread)
{
	struct limit *limit = ctx;
	double operations =
		limit->whole ? limit->kernels->peak_int8(limit->rounds) : limit->kernels->peak_float(limit->rounds);

	if (thread == 0)
		limit->operations = operations * team_size(team);
}

static double
bandwidth(struct limit *limit, struct team *team)
{
	double start = seconds();

	team_run(team, read_memory, limit);
	return (double)(limit->bytes / 256 * 256) / (seconds() - start);
}

/*
 * About a twentieth of a second, whatever the processor, and the better of two: where one was interrupted while it
 * still was short, it says nothing.
 */
static double
arithmetic(struct limit *limit, struct team *team)
{
	double before = 0;

	limit->rounds = 1000;
	for (;;) {
		double start = seconds(), took, rate;

		team_run(team, count_operations, limit);
		took = seconds() - start;
		rate = limit->operations / took;
		if (took <= 0.05)
			limit->rounds *= took < 0.005 ? 8 : 2;
		else if (before > 0)
			return rate > before ? rate : before;
		before = took > 0.05 ? rate : 0;
	}
}

/* ---- repetitions */

enum { DECODE, PREFILL, BANDWIDTH, ARITHMETIC, DECODE_SHARE, PREFILL_SHARE, CPU_SHARE, FIGURES };

/* Multiply-adds of the linear layers for one token, counted as two operations. */
static double
operations_of(const struct decoder *d)
{
	double sum = 0;

	for (size_t l = 0; l < d->shape.layers; l++) {
		const struct matrix *all[] = { &d->layer[l].qkv, &d->layer[l].out, &d->layer[l].gate_up,
			&d->layer[l].down };

		for (size_t i = 0; i < 4; i++)
			sum += 2.0 * (double)all[i]->rows * (double)all[i]->columns;
	}
	return sum;
}

/* Keys and values that a token at the middle of the run reads. */
static size_t
cache_read(const struct cpu_plan *plan)
{
	const struct shape *s = &plan->shape;

	return 2 * s->layers * s->kv_heads * s->head_dim * sizeof(uint16_t) * (plan->prompt + plan->tokens / 2);
}

struct work {
	const struct cpu_plan *plan;
	struct decoder decoder;
	struct team *team;
	size_t *tokens;  /* of the prompt */
	double *seconds; /* of each generated token */
};

static void
repeat(struct work *work, double *figure)
{
	const struct cpu_plan *plan = work->plan;
	struct decoder *decoder = &work->decoder;
	double cpu = team_cpu_seconds(work->team), wall = seconds(), prefill, before, after;
	struct limit limit = { .kernels = decoder->kernels, .memory = decoder->memory, .bytes = decoder->weight_bytes };
	size_t token;

	limit.whole = plan->precision == WEIGHTS_Q8_0 || plan->precision == WEIGHTS_Q4_0;
	token = decoder_prompt(decoder, work->team, work->tokens, plan->prompt, 0);
	prefill = seconds() - wall;
	/* Half of the limit before and half behind what is held against it. */
	before = bandwidth(&limit, work->team);
	for (size_t i = 0; i < plan->tokens; i++) {
		double start = seconds();

		token = decoder_token(decoder, work->team, token, plan->prompt + i);
		work->seconds[i] = seconds() - start;
	}
	wall = seconds() - wall;
	figure[CPU_SHARE] = (team_cpu_seconds(work->team) - cpu) / (wall * team_size(work->team));
	after = bandwidth(&limit, work->team);
	quantile_sort(work->seconds, plan->tokens);
	figure[DECODE] = 1 / quantile(work->seconds, plan->tokens, 0.5);
	figure[PREFILL] = (double)plan->prompt / prefill;
	figure[BANDWIDTH] = 2 / (1 / before + 1 / after);
	figure[ARITHMETIC] = arithmetic(&limit, work->team);
	figure[DECODE_SHARE] = (double)(decoder->weight_bytes + cache_read(plan)) * figure[DECODE] / figure[BANDWIDTH];
	figure[PREFILL_SHARE] = operations_of(decoder) * figure[PREFILL] / figure[ARITHMETIC];
}

static void
say(const struct cpu_plan *plan, double done, const char *what)
{
	if (plan->progress != NULL)
		plan->progress(plan->ctx, done, what);
}

static void
measure(struct work *work, struct cpu_result *result)
{
	const struct cpu_plan *plan = work->plan;
	double all[FIGURES][CPU_REPEATS], figure[FIGURES];
	struct spread *const to[FIGURES] = {
		[DECODE] = &result->decode_tok_s,
		[PREFILL] = &result->prefill_tok_s,
		[BANDWIDTH] = &result->bandwidth,
		[ARITHMETIC] = &result->arithmetic,
		[DECODE_SHARE] = &result->decode_share,
		[PREFILL_SHARE] = &result->prefill_share,
		[CPU_SHARE] = &result->cpu_share,
	};

	/* The first pass finds cold caches and a sleeping clock, and is not counted. */
	for (int i = -1; i < plan->repeats; i++) {
		say(plan, (i + 2.0) / (plan->repeats + 2.0), i < 0 ? "warming up" : "measuring");
		repeat(work, figure);
		for (int f = 0; f < FIGURES && i >= 0; f++)
			all[f][i] = figure[f];
	}
	for (int f = 0; f < FIGURES; f++)
		*to[f] = spread_of(all[f], plan->repeats);
}

static int
check_plan(const struct cpu_plan *plan, const struct kernels *kernels, struct cpu_result *result, struct err *err)
{
	size_t bytes = cpu_bytes(plan), memory = cpu_memory();

	if (memory > 0 && bytes > memory)
		return err_set(err, ERR_INPUT,
			"at %s the weights, the cache and the work space take %.1f GB and %.1f GB of memory are free; %.1f GB are missing",
			weight_format_name(plan->precision), (double)bytes * 1e-9, (double)memory * 1e-9,
			(double)(bytes - memory) * 1e-9);
	if (reference_check(plan->precision, kernels, &result->error, err) != 0)
		return -1;
	result->error_limit = reference_limit(plan->precision);
	if (!(result->error <= result->error_limit))
		return err_set(err, ERR_OUTSIDE,
			"the %s kernels differ from the reference by %.2g of the result at %s, more than %.2g: this "
			"processor or this build cannot be trusted",
			kernels->name, result->error, weight_format_name(plan->precision), result->error_limit);
	return 0;
}

int
cpu_measure(const struct cpu_plan *plan, struct cpu_result *result, struct err *err)
{
	const struct kernels *kernels = plan->kernels == NULL ? kernels_best() : plan->kernels;
	int threads = plan->threads == 0 ? team_processors() : plan->threads;
	struct work work = { .plan = plan,
		.tokens = calloc(plan->prompt, sizeof(*work.tokens)),
		.seconds = calloc(plan->tokens, sizeof(*work.seconds)) };
	int status = -1;

	memset(result, 0, sizeof(*result));
	if (work.tokens == NULL || work.seconds == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for %zu tokens", plan->prompt + plan->tokens);
		goto out;
	}
	say(plan, 0, "comparing with the reference");
	if (check_plan(plan, kernels, result, err) != 0)
		goto out;
	work.team = team_new(threads, err);
	if (work.team == NULL)
		goto out;
	say(plan, 0.5 / (plan->repeats + 2.0), "drawing weights");
	if (decoder_init(&work.decoder, &plan->shape, plan->precision, kernels, plan->prompt + plan->tokens,
		    plan->prompt, work.team, 42, err) != 0)
		goto out;
	for (size_t i = 0; i < plan->prompt; i++)
		work.tokens[i] = i * 7919 % plan->shape.vocabulary;
	measure(&work, result);
	result->kernels = kernels->name;
	result->threads = threads;
	result->bound = team_bound(work.team);
	result->repeats = plan->repeats;
	result->weight_bytes = work.decoder.weight_bytes;
	result->cache_bytes = cache_read(plan);
	result->cached = largest_cache();
	decoder_free(&work.decoder);
	status = 0;
out:
	team_free(work.team);
	free(work.tokens);
	free(work.seconds);
	return status;
}

/* ---- without a model */

static void
touch(void *ctx, struct team *team, int thread)
{
	struct limit *limit = ctx;
	size_t from, to;

	team_share(team, thread, limit->bytes, 4096, &from, &to);
	memset((unsigned char *)(uintptr_t)limit->memory + from, thread + 1, to - from);
}

int
cpu_limits(size_t bytes, int threads, int repeats, struct cpu_result *result, struct err *err)
{
	double read[CPU_REPEATS], whole[CPU_REPEATS], had[CPU_REPEATS];
	struct limit limit = { .kernels = kernels_best(), .bytes = bytes, .whole = true };
	size_t memory = cpu_memory();
	struct team *team;
	void *buffer;

	memset(result, 0, sizeof(*result));
	if (memory > 0 && bytes > memory)
		return err_set(err, ERR_INPUT, "%.1f GB are to be read and %.1f GB of memory are free",
			(double)bytes * 1e-9, (double)memory * 1e-9);
	team = team_new(threads == 0 ? team_processors() : threads, err);
	if (team == NULL)
		return -1;
	buffer = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	if (buffer == NULL) {
		team_free(team);
		return err_set(err, ERR_OUTSIDE, "there is no memory for %.1f GB", (double)bytes * 1e-9);
	}
	limit.memory = buffer;
	team_run(team, touch, &limit);
	for (int i = 0; i < repeats; i++) {
		double cpu = team_cpu_seconds(team), wall = seconds();

		read[i] = bandwidth(&limit, team);
		whole[i] = arithmetic(&limit, team);
		wall = seconds() - wall;
		had[i] = (team_cpu_seconds(team) - cpu) / (wall * team_size(team));
	}
	result->cpu_share = spread_of(had, repeats);
	result->bandwidth = spread_of(read, repeats);
	result->arithmetic = spread_of(whole, repeats);
	result->kernels = limit.kernels->name;
	result->threads = team_size(team);
	result->bound = team_bound(team);
	result->repeats = repeats;
	result->weight_bytes = bytes;
	result->cached = largest_cache();
	free(buffer);
	team_free(team);
	return 0;
}
