#include <inttypes.h>
#include <stdio.h>

#include "collectors/gpu_held.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

/* A stretch of the ledger is no longer than this; what is longer is told in pieces that begin at the same instants. */
#define PIECE_US (INT64_C(30) * DAY_S * SECOND_US)

static int
tell_gpu(const struct gpu_held *held, int64_t number, int64_t to_us, const struct sink *sink, struct place place,
	struct err *err)
{
	char name[HELD_NAME + 32];
	int n = snprintf(name, sizeof(name), "%.*s #%" PRId64,
		(int)(held->name.n < HELD_NAME ? held->name.n : HELD_NAME), held->name.p, number);
	struct gpu_reading reading = { .device = { name, (size_t)n },
		.gpu = held->gpu,
		.account = held->account,
		.workload = held->workload,
		.busy_ppm = NOT_REPORTED,
		.memory_used_mib = NOT_REPORTED,
		.power_mw = NOT_REPORTED,
		.basis = GPU_ALLOCATED,
		.has_rate = held->has_rate,
		.rate_nano = held->rate_nano };

	for (reading.from_us = held->from_us; reading.from_us < to_us; reading.from_us = reading.to_us) {
		reading.to_us = to_us - reading.from_us > PIECE_US ? reading.from_us + PIECE_US : to_us;
		if (sink->gpu != NULL && sink->gpu(sink->ctx, place, &reading, err) != 0)
			return -1;
	}
	return 0;
}

int
gpu_held_tell(
	const struct gpu_held *held, const struct sink *sink, struct place place, struct err *why, struct err *err)
{
	int64_t span_us = held->to_us - held->from_us, whole, rest_us;

	if (held->from_us < 0 || span_us <= 0 || held->gpu_us < 0) {
		err_set(why, ERR_INPUT, "the GPU-time has no length");
		return 1;
	}
	whole = held->gpu_us / span_us;
	rest_us = held->gpu_us % span_us;
	/* Sources round: a thousandth of the time over whole GPUs is no GPU more. */
	if (whole > 0 && rest_us < span_us / 1000)
		rest_us = 0;
	if (whole > HELD_GPUS_MAX) {
		err_set(why, ERR_INPUT, "%" PRId64 " GPUs at once are more than %d", whole, HELD_GPUS_MAX);
		return 1;
	}
	for (int64_t i = 1; i <= whole; i++)
		if (tell_gpu(held, i, held->to_us, sink, place, err) != 0)
			return -1;
	return rest_us > 0 ? tell_gpu(held, whole + 1, held->from_us + rest_us, sink, place, err) : 0;
}
