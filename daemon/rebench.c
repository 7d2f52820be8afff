/*
 * rebench: see rebench.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/arena.h"
#include "daemon/base/log.h"
#include "daemon/base/options.h"
#include "daemon/bench/matrix.h"
#include "daemon/rebench.h"
#include "daemon/report/benchmarks.h"
#include "daemon/store/bench_runs.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define LONGEST_S 1800 /* a run that takes longer is ended */

struct rebench {
	struct rebench_config config;
	char data[SETTING_PATH];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool over;
	pid_t child; /* 0: none */
};

static int64_t
latest_run(struct rebench *rebench)
{
	struct arena *arena = arena_new();
	struct bench_run *runs;
	struct err err = { 0 };
	int64_t latest = 0;
	size_t n = 0;
	struct store *store = arena == NULL ? NULL : rebench->config.read_open(rebench->config.ctx, &err);

	if (store != NULL && bench_run_list(store, arena, 100, &runs, &n, &err) == 0)
		for (size_t i = 0; i < n && latest == 0; i++)
			if (strcmp(runs[i].kind, "cpu") == 0)
				latest = runs[i].measured_us;
	if (store != NULL)
		rebench->config.read_close(rebench->config.ctx, store);
	arena_free(arena);
	return latest;
}

/* Wait so long, or until it is over; with the lock held. */
static void
wait_for(struct rebench *rebench, int64_t microseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += microseconds / SECOND_US;
	until.tv_nsec += microseconds % SECOND_US * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!rebench->over && pthread_cond_timedwait(&rebench->wake, &rebench->lock, &until) == 0)
		continue;
}

static int
spawn(struct rebench *rebench)
{
	const struct settings *settings = rebench->config.settings;
	const char *const argv[] = { "breakeven", "bench", "cpu", "--save", "--data", rebench->data, "--model",
		settings->bench.model, "--precision", weight_format_name((enum weight_format)settings->bench.precision),
		"--prompt", "64", "--tokens", "16", "--repeats", "5", "--format", "json", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	int status;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	status = posix_spawn(
		&rebench->child, "/proc/self/exe", &files, &attributes, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	if (status != 0) {
		rebench->child = 0;
		log_warn("bench: the scheduled run cannot be started", "reason", strerror(status));
		return -1;
	}
	setpriority(PRIO_PROCESS, (id_t)rebench->child, 19);
	return 0;
}

/* Wait for the child, looking now and then whether all is over; with the lock held. */
static void
attend(struct rebench *rebench)
{
	int status = 0;

	for (int seconds = 0; waitpid(rebench->child, &status, WNOHANG) == 0; seconds++) {
		if (rebench->over || seconds > LONGEST_S) {
			kill(rebench->child, SIGKILL);
			waitpid(rebench->child, &status, 0);
			break;
		}
		wait_for(rebench, SECOND_US);
	}
	rebench->child = 0;
	if (!rebench->over && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		log_warn("bench: the scheduled run failed and is tried again when it is due next");
}

static void *
run(void *argument)
{
	struct rebench *rebench = argument;
	int every = rebench->config.settings->bench.every_hours;
	int64_t begun = 0;

	pthread_mutex_lock(&rebench->lock);
	while (!rebench->over) {
		int64_t now = rebench->config.now_us(), latest;

		pthread_mutex_unlock(&rebench->lock);
		latest = latest_run(rebench);
		pthread_mutex_lock(&rebench->lock);
		/* A run that failed is not tried again at once. */
		if (latest < begun)
			latest = begun;
		wait_for(rebench, benchmark_due(latest, now, every) - now);
		begun = rebench->config.now_us();
		if (!rebench->over && spawn(rebench) == 0)
			attend(rebench);
	}
	pthread_mutex_unlock(&rebench->lock);
	return NULL;
}

struct rebench *
rebench_start(const struct rebench_config *config, struct err *err)
{
	struct rebench *rebench = calloc(1, sizeof(*rebench));
	pthread_condattr_t monotonic;
	int status;

	if (rebench == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for the scheduled benchmark");
		return NULL;
	}
	rebench->config = *config;
	snprintf(rebench->data, sizeof(rebench->data), "%s", config->data);
	pthread_mutex_init(&rebench->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&rebench->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	status = pthread_create(&rebench->thread, NULL, run, rebench);
	if (status == 0)
		return rebench;
	err_set(err, ERR_OUTSIDE, "cannot start a thread for the scheduled benchmark: %s", strerror(status));
	pthread_mutex_destroy(&rebench->lock);
	pthread_cond_destroy(&rebench->wake);
	free(rebench);
	return NULL;
}

void
rebench_stop(struct rebench *rebench)
{
	if (rebench == NULL)
		return;
	pthread_mutex_lock(&rebench->lock);
	rebench->over = true;
	pthread_cond_broadcast(&rebench->wake);
	pthread_mutex_unlock(&rebench->lock);
	pthread_join(rebench->thread, NULL);
	pthread_mutex_destroy(&rebench->lock);
	pthread_cond_destroy(&rebench->wake);
	free(rebench);
}
