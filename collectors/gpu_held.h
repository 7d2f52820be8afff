/*
 * gpu_held: GPU-hours that schedulers and landlords tell as a sum, laid out as GPUs that were held.
 *
 * "48 GPU-hours between midnight and midnight" is two GPUs held for the whole day. Which physical GPUs they were nobody
 * says, and so they are named after who held them: "slurm hpc1/81234 #1". Each is held from the begin on; what does not
 * fill the time is the last one's.
 */
#ifndef COLLECTORS_GPU_HELD_H
#define COLLECTORS_GPU_HELD_H

#include "collectors/collector.h"

struct err;

#define HELD_GPUS_MAX 65536
#define HELD_NAME 512

struct gpu_held {
	int64_t from_us, to_us; /* between which it was held */
	int64_t gpu_us;         /* GPU-time held between them: GPUs x microseconds */
	struct text name;       /* of the holder */
	struct text gpu, account, workload;
	bool has_rate;
	int64_t rate_nano; /* nano-USD per GPU and hour */
};

/* Tell the sink of each GPU. ERR_INPUT in *why, and 1, where it makes no sense; -1 with *err when the sink fails. */
int gpu_held_tell(
	const struct gpu_held *held, const struct sink *sink, struct place place, struct err *why, struct err *err);

#endif
