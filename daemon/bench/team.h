/*
 * team: threads that stay, each bound to a processor, and work on one thing together.
 *
 * They wait for one another by spinning for a moment and then yielding, because an inference step has a
 * hundred meetings and each would cost more asleep than awake. Where there are more threads than processors they
 * sleep: who spins would have the processor that another needs.
 */
#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct team;

/* Processors that this process may use. */
int team_processors(void);

/*
 * threads - 1 new threads; the caller is thread 0. NULL with *err. Threads are bound to a processor each
 * where there are enough of them (see team_bound).
 */
struct team *team_new(int threads, struct err *err);
void team_free(struct team *team); /* NULL is nothing */
int team_size(const struct team *team);
bool team_bound(const struct team *team);

/* Run work(ctx, team, thread) on every thread and wait for all of them. */
void team_run(struct team *team, void (*work)(void *ctx, struct team *team, int thread), void *ctx);

/* In work: wait until every thread is here. */
void team_meet(struct team *team, int thread);

/* Let the caller, thread 0, be bound to no processor for a while, and bind it again. */
void team_rest(struct team *team);
void team_resume(struct team *team);

/* The share of n things in units of `unit` that falls to this thread: from..to. */
void team_share(const struct team *team, int thread, size_t n, size_t unit, size_t *from, size_t *to);

/* CPU seconds that all threads used between the first call and this one; for the share of the machine had. */
double team_cpu_seconds(const struct team *team);

#endif
