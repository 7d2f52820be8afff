/*
 * team: see team.h. One word counts arrivals, one the rounds; a thread leaves a meeting when the round moves. Threads
 * that are more than the processors sleep until then.
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "daemon/bench/team.h"
#include "models/units/err.h"

struct member {
	struct team *team;
	int thread;
	pthread_t id;
};

struct team {
	int threads, started;
	bool bound;
	cpu_set_t before; /* what thread 0 was bound to when it came */
	void (*work)(void *ctx, struct team *team, int thread);
	void *ctx;
	bool over;
	_Alignas(64) atomic_uint arrived;
	_Alignas(64) atomic_uint round;
	pthread_barrier_t sleepers; /* instead, where threads have no processor of their own */
	/* Between two jobs the members sleep. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	unsigned jobs;
	struct member member[];
};

int
team_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set);
}

int
team_size(const struct team *team)
{
	return team->threads;
}

bool
team_bound(const struct team *team)
{
	return team->bound;
}

static void
pause_once(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void
team_meet(struct team *team, int thread)
{
	unsigned round = atomic_load_explicit(&team->round, memory_order_relaxed);

	(void)thread;
	if (team->threads == 1)
		return;
	if (!team->bound) { /* without a processor each, those who wait would take them from those who work */
		pthread_barrier_wait(&team->sleepers);
		return;
	}
	if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) + 1 == (unsigned)team->threads) {
		atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
		atomic_store_explicit(&team->round, round + 1, memory_order_release);
		if (!team->bound)
			syscall(SYS_futex, &team->round, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
		return;
	}
	while (!team->bound && atomic_load_explicit(&team->round, memory_order_acquire) == round)
		syscall(SYS_futex, &team->round, FUTEX_WAIT_PRIVATE, round, NULL, NULL, 0);
	for (int spins = 0; atomic_load_explicit(&team->round, memory_order_acquire) == round; spins++)
		if (spins < 5000)
			pause_once();
		else
			sched_yield();
}

static void
bind_to(int nth)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && nth-- == 0) {
			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
			return;
		}
}

void
team_rest(struct team *team)
{
	if (team->bound)
		pthread_setaffinity_np(pthread_self(), sizeof(team->before), &team->before);
}

void
team_resume(struct team *team)
{
	if (team->bound)
		bind_to(0);
}

static void *
member_main(void *argument)
{
	struct member *self = argument;
	struct team *team = self->team;
	unsigned seen = 0;

	if (team->bound)
		bind_to(self->thread);
	for (;;) {
		pthread_mutex_lock(&team->lock);
		while (team->jobs == seen && !team->over)
			pthread_cond_wait(&team->wake, &team->lock);
		seen = team->jobs;
		pthread_mutex_unlock(&team->lock);
		if (team->over)
			return NULL;
		team->work(team->ctx, team, self->thread);
		team_meet(team, self->thread);
	}
}

struct team *
team_new(int threads, struct err *err)
{
	struct team *team = aligned_alloc(64, (sizeof(*team) + (size_t)threads * sizeof(struct member) + 63) / 64 * 64);
	int status = 0;

	if (team == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for %d threads", threads);
		return NULL;
	}
	memset(team, 0, sizeof(*team));
	team->threads = threads;
	team->bound = threads <= team_processors() && sched_getaffinity(0, sizeof(team->before), &team->before) == 0;
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->wake, NULL);
	pthread_barrier_init(&team->sleepers, NULL, (unsigned)threads);
	for (int i = 1; i < threads && status == 0; i++) {
		team->member[i] = (struct member){ .team = team, .thread = i };
		status = pthread_create(&team->member[i].id, NULL, member_main, &team->member[i]);
		if (status == 0)
			team->started = i;
	}
	if (status != 0) {
		err_set(err, ERR_OUTSIDE, "cannot start thread %d of %d: %s", team->started + 2, threads,
			strerror(status));
		team_free(team);
		return NULL;
	}
	team_resume(team);
	return team;
}

void
team_free(struct team *team)
{
	if (team == NULL)
		return;
	pthread_mutex_lock(&team->lock);
	team->over = true;
	pthread_cond_broadcast(&team->wake);
	pthread_mutex_unlock(&team->lock);
	for (int i = 1; i <= team->started; i++)
		pthread_join(team->member[i].id, NULL);
	team_rest(team);
	pthread_mutex_destroy(&team->lock);
	pthread_cond_destroy(&team->wake);
	pthread_barrier_destroy(&team->sleepers);
	free(team);
}

void
team_run(struct team *team, void (*work)(void *ctx, struct team *team, int thread), void *ctx)
{
	pthread_mutex_lock(&team->lock);
	team->work = work;
	team->ctx = ctx;
	team->jobs++;
	pthread_cond_broadcast(&team->wake);
	pthread_mutex_unlock(&team->lock);
	work(ctx, team, 0);
	team_meet(team, 0);
}

void
team_share(const struct team *team, int thread, size_t n, size_t unit, size_t *from, size_t *to)
{
	size_t units = (n + unit - 1) / unit, threads = (size_t)team->threads, t = (size_t)thread;

	*from = units * t / threads * unit;
	*to = units * (t + 1) / threads * unit;
	if (*to > n)
		*to = n;
	if (*from > n)
		*from = n;
}

static double
clock_seconds(clockid_t clock)
{
	struct timespec time;

	return clock_gettime(clock, &time) == 0 ? (double)time.tv_sec + (double)time.tv_nsec * 1e-9 : 0;
}

double
team_cpu_seconds(const struct team *team)
{
	double sum = clock_seconds(CLOCK_THREAD_CPUTIME_ID);

	for (int i = 1; i <= team->started; i++) {
		clockid_t clock;

		if (pthread_getcpuclockid(team->member[i].id, &clock) == 0)
			sum += clock_seconds(clock);
	}
	return sum;
}
