/*
 * observed: what an engine at work in production tells of speed, as far as it does.
 *
 * An engine that waits for requests tells demand and not speed. A quarter hour of a replica counts when
 *   - it is known what it ran on, and no other model was at work there beside it;
 *   - it was watched for two thirds of the time or more, and every look found requests at work;
 *   - it tells how many these were at once, and of which lengths.
 * Quarter hours of one setup with about as many requests at once (rounded to a power of two) are taken together. From
 * OBSERVED_QUARTERS and OBSERVED_REQUESTS on they tell, at the mean number of requests at once,
 *   - the time per token: times between tokens over tokens but the first of each request;
 *   - output tokens a second, from OBSERVED_BUSY requests at once on: that is what so many requests yield, which is what
 *     the throughput model predicts, and not the most the engine could do. With fewer, looks that all find work still
 *     miss idle moments: of requests that come at random exp(-4), 2 % of the time, at four at once.
 * Both are means over loads that vary within the quarter hour: with requests that come at random they are less than 5 % off
 * what so many at once, no more and no fewer, would get. The time to the first token is left out: in production it
 * holds the wait for a place and what the prefix cache saved.
 *
 * The number at once is looked at now and then, and looks may mislead (a job that starts with the minute). Where the
 * engine counts a time for each token, Little's law gives the requests that decode without a look: sum of times / time.
 * What differs from that by more than OBSERVED_FACTOR is left out.
 */
#ifndef SUPPLY_OBSERVED_H
#define SUPPLY_OBSERVED_H

#include <stdbool.h>
#include <stdint.h>

#include "models/price/reading.h"

#define OBSERVED_QUARTERS 4  /* quarter hours */
#define OBSERVED_REQUESTS 50 /* that ended */
#define OBSERVED_BUSY 4      /* requests at once from which on tokens a second are told */
#define OBSERVED_FACTOR 1.6

/* Why something says nothing about speed. */
enum observed_lack {
	OBSERVED_ENOUGH,
	OBSERVED_NO_GPU,
	OBSERVED_SHARED,
	OBSERVED_NO_COUNT,
	OBSERVED_NO_LENGTHS,
	OBSERVED_UNWATCHED,
	OBSERVED_IDLE,
	OBSERVED_FEW,
	OBSERVED_CONTRADICTS,
	OBSERVED_LACKS
};

extern const char *const observed_lack_names[OBSERVED_LACKS]; /* a few words each; "" for enough */

/* Of one quarter hour by itself; shared: another model was at work on the replica. */
enum observed_lack observed_judge(const struct speed_reading *reading, bool shared);

/* Quarter hours that count, of one setup and level. Texts are borrowed. */
struct observed {
	struct text engine, model, replica; /* replica: of the first; */
	bool replicas;                      /* there are others */
	struct engine_place place;
	int level; /* of requests at once, power of two */
	int64_t quarters, from_us, to_us;
	double seconds;                         /* watched */
	double running_s, waiting_s;            /* requests at once x seconds */
	double input, cached, output, requests; /* tokens, requests that ended */
	double token_s, gaps, first_s;          /* seconds between tokens, how many gaps, seconds to first tokens */
};

/* Whether a quarter hour that counts belongs to it. */
bool observed_holds(const struct observed *observed, const struct speed_reading *reading);
/* An empty one that the reading belongs to; its texts are the reading's. */
void observed_begin(struct observed *observed, const struct speed_reading *reading);
void observed_add(struct observed *observed, const struct speed_reading *reading);

/* What it comes to; NAN where it does not tell. */
struct observed_speed {
	double at_once, isl, osl; /* requests, tokens */
	double cached;            /* share of the input, 0..1 */
	double tpot_s, output_tok_s;
};

enum observed_lack observed_speed(const struct observed *observed, struct observed_speed *speed);

#endif
