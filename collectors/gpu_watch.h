/*
 * gpu_watch: GPU-hours out of looks at GPUs.
 *
 * A look says how busy a GPU is now. It stands for the time up to the next look at the same device, when that is at
 * most WATCH_HOLD_US later; up to WATCH_GAP_US later the GPU has been there and nobody knows how busy; longer is time
 * that nobody watched, which is not counted, and told. Looks that are asked for each minute are put together to
 * quarter hours, so that a year is 35,000 rows a GPU; looks out of a file stay as they are, since a log that has grown
 * must meet its own rows.
 */
#ifndef COLLECTORS_GPU_WATCH_H
#define COLLECTORS_GPU_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/collector.h"

struct err;

#define WATCH_HOLD_US (INT64_C(900) * 1000000)
#define WATCH_GAP_US (INT64_C(3600) * 1000000)
#define WATCH_DEVICES_MAX 4096
#define WATCH_TEXT 256 /* bytes of a device, a product name, a workload */

/* One look at one GPU. Figures NOT_REPORTED or >= 0. */
struct gpu_look {
	int64_t at_us, line;
	struct text device, gpu, account, workload;
	int64_t busy_ppm; /* up to 1000000 */
	int64_t memory_used_mib;
	int64_t power_mw;
	int64_t energy_uj; /* a counter that rises, in microjoules: better than power, where both looks have it */
	enum gpu_basis basis;
	bool has_rate;
	int64_t rate_nano;
};

struct gpu_watch;

/* merge: to quarter hours. The watch goes on from options->state. NULL with *err. */
struct gpu_watch *gpu_watch_open(
	const struct collect_options *options, const struct sink *sink, bool merge, struct err *err);
void gpu_watch_close(struct gpu_watch *watch); /* NULL is nothing */

/* A device's looks come in rising time; one that does not rise is left out silently. */
int gpu_watch_look(struct gpu_watch *watch, const struct gpu_look *look, struct err *err);

/* All looks of an input are in: what has ended is told, the rest is kept in sink.state. */
int gpu_watch_end(struct gpu_watch *watch, int64_t now_us, struct err *err);

/*
 * The name of what runs in a pod: without the letters that Kubernetes puts behind it ("demo-8b-7d9f8b6c54-x2x4k" and
 * "demo-8b-0" are of "demo-8b").
 */
struct text pod_owner(struct text pod);

#endif
