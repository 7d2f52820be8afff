#include <math.h>

#include "models/supply/queueing.h"

double
queue_erlang_b(double load, double servers)
{
	double b = 1;

	for (double k = 1; k <= servers; k++)
		b = load * b / (k + load * b);
	return b;
}

double
queue_erlang_c(double load, double servers)
{
	double b, rho = load / servers;

	if (rho >= 1)
		return 1;
	b = queue_erlang_b(load, servers);
	return b / (1 - rho * (1 - b));
}

/* log E[exp(x X)] of a gamma variable of that mean and squared variation; x mean scv < 1. */
static double
log_transform(double x, double mean, double scv)
{
	return scv < 1e-6 ? x * mean : -log1p(-x * mean * scv) / scv;
}

#define HALVINGS 60
#define REPLAY_HALVINGS 24

/* The root of log E[exp(x S/c)] + log E[exp(-x A)] above 0: it is negative before and positive behind. */
static double
decay(const struct queue_pool *pool)
{
	double servers = pool->servers, between = 1 / pool->arrivals_s, low = 0, high;

	if (pool->service_scv < 1e-6)
		high = 100 * servers / pool->service_s;
	else
		high = servers / (pool->service_s * pool->service_scv) * (1 - 1e-12);
	for (int i = 0; i < HALVINGS; i++) {
		double x = (low + high) / 2;

		if (log_transform(x / servers, pool->service_s, pool->service_scv) +
				log_transform(-x, between, pool->arrivals_scv) <
			0)
			low = x;
		else
			high = x;
	}
	return high;
}

/* Mean wait with Poisson arrivals: constant service after Cosmetatos, others between it and exponential (Kimura 1986). */
static double
mean_wait(const struct queue_pool *pool, double chance)
{
	double c = pool->servers, rho = pool->arrivals_s * pool->service_s / c, scv = pool->service_scv;
	double exponential = chance * pool->service_s / (c * (1 - rho));
	double shrink = (1 - rho) * (c - 1) * (sqrt(4 + 5 * c) - 2) / (16 * rho * c);
	double constant = exponential / 2 * (1 + fmin(shrink, 1));
	double poisson = (1 + scv) / (2 * scv / exponential + (1 - scv) / constant);

	/* Bursty arrivals after Allen and Cunneen. */
	if (scv > 1)
		poisson = fmax(poisson, exponential);
	return poisson * (pool->arrivals_scv + scv) / (1 + scv);
}

int
queue_wait(const struct queue_pool *pool, struct queue_wait *wait)
{
	double load = pool->arrivals_s * pool->service_s;

	*wait = (struct queue_wait){ .load = load / pool->servers };
	if (load <= 0)
		return 0;
	if (wait->load >= 1)
		return -1;
	wait->waits = queue_erlang_c(load, pool->servers);
	wait->mean_s = mean_wait(pool, wait->waits);
	wait->decay_s = decay(pool);
	wait->height = wait->mean_s * wait->decay_s;
	return 0;
}

double
queue_wait_tail(const struct queue_wait *wait, double seconds)
{
	double tail = wait->height * exp(-wait->decay_s * seconds);

	return seconds <= 0 ? wait->waits : fmin(tail, 1);
}

double
queue_wait_quantile(const struct queue_wait *wait, double p)
{
	return wait->height <= 1 - p || wait->waits <= 1 - p ? 0 : log(wait->height / (1 - p)) / wait->decay_s;
}

int
queue_replica(const struct queue_replica *replica, struct queue_held *held)
{
	double full = replica->rate[replica->places - 1], rho = replica->arrivals_s / full, sum = 1, mean = 0, p = 1;

	*held = (struct queue_held){ .wait.load = rho };
	if (rho >= 1)
		return -1;
	for (size_t n = 1; n < replica->places; n++) {
		p *= replica->arrivals_s / replica->rate[n - 1];
		/* Kept small, so that a thousand places do not leave the range of a double. */
		if (p > 1e200) {
			sum /= p;
			mean /= p;
			p = 1;
		}
		sum += p;
		mean += (double)n * p;
	}
	/* From the full replica on the chances fall by rho each. */
	p *= replica->arrivals_s / full;
	sum += p / (1 - rho);
	mean += p / (1 - rho) * (double)replica->places;
	held->mean = mean / sum;
	held->waiting = p / sum * rho / ((1 - rho) * (1 - rho));
	held->wait.waits = p / sum / (1 - rho);
	held->wait.height = held->wait.waits;
	held->wait.decay_s = full - replica->arrivals_s;
	held->wait.mean_s = held->wait.waits / held->wait.decay_s;
	return 0;
}

double
queue_burst(const double *at_s, const double *weight, size_t n, double window_s)
{
	double inside = 0, most = 0;
	size_t first = 0;

	for (size_t i = 0; i < n; i++) {
		inside += weight == NULL ? 1 : weight[i];
		for (; at_s[i] - at_s[first] >= window_s; first++)
			inside -= weight == NULL ? 1 : weight[first];
		most = fmax(most, inside);
	}
	return most / window_s;
}

void
queue_replay(const struct queue_replay *replay, size_t servers, double service_s)
{
	double *started = replay->started;

	for (size_t i = 0; i < replay->n; i++)
		started[i] = i < servers ? replay->at_s[i] : fmax(replay->at_s[i], started[i - servers] + service_s);
}

/* How many wait longer. */
static size_t
longer(const struct queue_replay *replay, double wait_s)
{
	size_t n = 0;

	for (size_t i = 0; i < replay->n; i++)
		n += replay->started[i] - replay->at_s[i] > wait_s;
	return n;
}

double
queue_replay_quantile(const struct queue_replay *replay, double p)
{
	double most = (1 - p) * (double)replay->n, low = 0, high = 0;

	if ((double)longer(replay, 0) <= most)
		return 0;
	for (size_t i = 0; i < replay->n; i++)
		high = fmax(high, replay->started[i] - replay->at_s[i]);
	for (int i = 0; i < REPLAY_HALVINGS; i++) {
		double middle = (low + high) / 2;

		if ((double)longer(replay, middle) <= most)
			high = middle;
		else
			low = middle;
	}
	return high;
}
