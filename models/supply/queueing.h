/*
 * queueing: how long requests wait for a place in a replica and in a pool of replicas.
 *
 * A pool is M/G/c or GI/G/c with as many servers as replicas have places: the chance to wait is Erlang's C, the mean
 * wait Kimura's interpolation between exponential and constant service, and the tail falls at the rate that gamma
 * distributions of the same first two moments have, the root of E[exp(x S/c)] E[exp(-x A)] = 1.
 * That holds for arrivals that keep to their moments; bursts that were measured are replayed instead.
 * A replica serves all who are in it at once, at a rate that depends on how many they are, and lets others wait in
 * line: a birth-death chain with p(n) ~ product of arrivals / rate(i). Rates a second, times in seconds.
 */
#ifndef SUPPLY_QUEUEING_H
#define SUPPLY_QUEUEING_H

#include <stddef.h>

double queue_erlang_b(double load, double servers);
double queue_erlang_c(double load, double servers); /* 1 from load = servers on */

struct queue_pool {
	double servers, arrivals_s, service_s;
	double arrivals_scv, service_scv; /* squared coefficient of variation: variance over squared mean */
};

struct queue_wait {
	double load;  /* of one server, 0..1 */
	double waits; /* chance of any wait */
	double mean_s;
	double decay_s; /* the tail falls as exp(-decay t) */
	double height;  /* of the tail at 0, as drawn back */
};

/* -1 where the load is 1 or more: waits grow without bound. */
int queue_wait(const struct queue_pool *pool, struct queue_wait *wait);

double queue_wait_tail(const struct queue_wait *wait, double seconds); /* chance to wait longer */
double queue_wait_quantile(const struct queue_wait *wait, double p);   /* seconds that the share p does not exceed */

/* rate[n - 1]: completions a second with n in service, rising; more than `places` wait in line. */
struct queue_replica {
	const double *rate;
	size_t places;
	double arrivals_s;
};

struct queue_held {
	double mean;    /* requests in service */
	double waiting; /* requests in line, mean */
	struct queue_wait wait;
};

/* -1 where more arrive than the full replica completes. */
int queue_replica(const struct queue_replica *replica, struct queue_held *held);

/*
 * Arrivals as they were measured, at_s rising, on so many servers that each take service_s, first come, first served:
 * request k begins when it is there and request k - servers is over. started: room for n numbers, set to when each began.
 */
struct queue_replay {
	const double *at_s;
	size_t n;
	double *started;
};

void queue_replay(const struct queue_replay *replay, size_t servers, double service_s);
/* The wait that the share p of them does not exceed, seconds; 0 where there are none. */
double queue_replay_quantile(const struct queue_replay *replay, double p);

/*
 * The most requests a second in any window of so many seconds of arrivals at_s, which rise. weight (may be NULL)
 * tells each one's tokens: then it is the most tokens a second.
 */
double queue_burst(const double *at_s, const double *weight, size_t n, double window_s);

#endif
