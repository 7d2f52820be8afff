/*
 * rebench: the daemon measures this machine's speed again from time to time, so that a drift is seen.
 *
 * The benchmark runs as a process of its own, at the lowest priority, and keeps its run in the ledger: its memory
 * goes with it, and what befalls it does not befall the daemon.
 */
#ifndef DAEMON_REBENCH_H
#define DAEMON_REBENCH_H

#include <stdint.h>

struct err;
struct rebench;
struct settings;
struct store;

struct rebench_config {
	const struct settings *settings; /* bench.every_hours > 0; outlives this */
	const char *data;                /* folder of the ledger; copied */
	int64_t (*now_us)(void);
	void *ctx;
	struct store *(*read_open)(void *ctx, struct err *err); /* borrow a reading handle */
	void (*read_close)(void *ctx, struct store *store);
};

/*
 * Begin: the first run is due when the latest kept one is so old, at the earliest a minute from now. NULL with *err.
 * Signals must have been blocked.
 */
struct rebench *rebench_start(const struct rebench_config *config, struct err *err);

/* A run that is under way is ended. NULL is nothing. */
void rebench_stop(struct rebench *rebench);

#endif
