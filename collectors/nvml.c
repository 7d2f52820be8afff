/*
 * nvml: the GPUs of this machine, as its NVIDIA driver tells them; a page that the daemon writes itself.
 *
 *   nvml_state{text="no NVIDIA driver on this machine: ..."} 0
 *   nvml_present{uuid="GPU-00000000-1111",name="NVIDIA H100 80GB HBM3",index="0"} 1
 *   nvml_utilization_percent{uuid="GPU-00000000-1111",name="NVIDIA H100 80GB HBM3",index="0"} 87
 *   nvml_memory_used_bytes{...} 68169302016
 *   nvml_power_milliwatts{...} 512350
 *   nvml_energy_millijoules_total{...} 918273645000
 *
 * Utilisation is the share of the last second or so in which at least one kernel ran; there is none on a GPU that is
 * cut into instances. The process that holds the most memory is the workload, where none is configured. What the driver does not tell has no line.
 */
#include <string.h>

#include "collectors/gpu_page.h"
#include "collectors/pull.h"

static const struct gpu_row rows[] = {
	{ "nvml_utilization_percent", GPU_BUSY, 0, 4, 1 },
	{ "nvml_memory_used_bytes", GPU_MEMORY, 0, 0, 1048576 },
	{ "nvml_power_milliwatts", GPU_POWER, 0, 0, 1 },
	{ "nvml_energy_millijoules_total", GPU_ENERGY, 0, 3, 1 },
	{ "nvml_present", GPU_PRESENT, 0, 0, 1 },
	{ "nvml_state", GPU_STATE, 0, 0, 1 },
};

static const struct gpu_kind kind = {
	.what = "NVML",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.device = { "uuid" },
	.index = { "index" },
	.model = { "name" },
	.merge = true,
	.pod = { "process" }, /* the one that holds the most memory */
};

static const struct pull pull = { .shape = PULL_MACHINE, .interval_s = 60, .interval_least_s = 5 };

static int
sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return exposition_sniff(head, n) > 0 && memmem(head, n, "nvml_", 5) != NULL ? 90 : 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return gpu_page_parse(&kind, input, options, sink, err);
}

const struct collector collector_nvml = {
	.name = "nvml",
	.title = "GPU time of this machine from its NVIDIA driver",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &pull,
};
