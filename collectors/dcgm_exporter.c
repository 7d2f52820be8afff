/*
 * dcgm-exporter: NVIDIA's DCGM exporter (port 9400), or a log of its pages.
 *
 *   # TYPE DCGM_FI_DEV_GPU_UTIL gauge
 *   DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-00000000-1111",modelName="NVIDIA H100 80GB HBM3",hostname="node-a",
 *     container="server",namespace="llm",pod="demo-8b-0"} 87          (on one line)
 *
 * Which figures there are is up to who runs it: none must be there. Memory is MiB, energy millijoules since boot. What
 * older versions print where they have no value (2147483632 to 2147483647, 9223372036854775792 and above, about
 * 1.4e14) is no value. Instances of MIG have no GPU_UTIL: their share comes from GR_ENGINE_ACTIVE. No pod: the GPU was
 * there and given to nobody.
 */
#include <string.h>

#include "collectors/gpu_page.h"
#include "collectors/scrape.h"

static const struct gpu_row rows[] = {
	{ "DCGM_FI_DEV_GPU_UTIL", GPU_BUSY, 0, 4, 1 },
	{ "DCGM_FI_PROF_GR_ENGINE_ACTIVE", GPU_BUSY, 1, 6, 1 },
	{ "DCGM_FI_DEV_FB_USED", GPU_MEMORY, 0, 0, 1 },
	{ "DCGM_FI_DEV_POWER_USAGE", GPU_POWER, 0, 3, 1 },
	{ "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", GPU_ENERGY, 0, 3, 1 },
	{ "DCGM_FI_DEV_GPU_TEMP", GPU_PRESENT, 0, 0, 1 },
	{ "DCGM_FI_DEV_SM_CLOCK", GPU_PRESENT, 0, 0, 1 },
	{ "DCGM_FI_DEV_FB_FREE", GPU_PRESENT, 0, 0, 1 },
};

static const struct gpu_kind kind = {
	.what = "the DCGM exporter",
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.device = { "UUID", "uuid" },
	.host = { "hostname", "Hostname", "exported_hostname", "instance" },
	.index = { "gpu", "device" },
	.model = { "modelName", "model_name" },
	.pod = { "pod", "exported_pod", "pod_name" },
	.space = { "namespace", "exported_namespace", "pod_namespace" },
	.instance = "GPU_I_ID",
	.profile = "GPU_I_PROFILE",
	.blanks = true,
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return exposition_sniff(head, n) > 0 && memmem(head, n, "DCGM_FI_", 8) != NULL ? 95 : 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return gpu_page_parse(&kind, input, options, sink, err);
}

const struct collector collector_dcgm_exporter = {
	.name = "dcgm-exporter",
	.title = "GPU time from NVIDIA's DCGM exporter: /metrics, or a log of it",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &scrape_pull,
};
