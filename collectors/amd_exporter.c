/*
 * amd-exporter: AMD's device metrics exporter (port 5000), or a log of its pages.
 *
 *   # TYPE gpu_gfx_activity gauge
 *   gpu_gfx_activity{card_model="AMD Instinct MI300X",gpu_id="0",gpu_partition_id="0",hostname="node-b",
 *     namespace="llm",pod="demo-70b-0",serial_number="692251001124"} 64          (on one line)
 *
 * Names may have a prefix ("amd_gpu_gfx_activity"). Energy is microjoules, memory is taken for MiB. On a GPU that is
 * cut into partitions only partition 0 tells anything.
 */
#include <string.h>

#include "collectors/gpu_page.h"
#include "collectors/scrape.h"

static const struct gpu_row rows[] = {
	{ "gpu_gfx_activity", GPU_BUSY, 0, 4, 1 },
	{ "gpu_used_vram", GPU_MEMORY, 0, 0, 1 },
	{ "gpu_package_power", GPU_POWER, 0, 3, 1 },
	{ "gpu_average_package_power", GPU_POWER, 1, 3, 1 },
	{ "gpu_power_usage", GPU_POWER, 2, 3, 1 },
	{ "gpu_energy_consumed", GPU_ENERGY, 0, 0, 1 },
	{ "gpu_total_vram", GPU_PRESENT, 0, 0, 1 },
	{ "gpu_junction_temperature", GPU_PRESENT, 0, 0, 1 },
};

static const struct gpu_kind kind = {
	.what = "AMD's exporter",
	.prefixed = true,
	.rows = rows,
	.n = sizeof(rows) / sizeof(rows[0]),
	.device = { "gpu_uuid", "serial_number" },
	.host = { "hostname", "exported_hostname", "instance" },
	.index = { "gpu_id" },
	.model = { "card_model", "card_series" },
	.pod = { "pod", "exported_pod" },
	.space = { "namespace", "exported_namespace" },
	.partition = "gpu_partition_id",
};

static int
sniff(const char *head, size_t n, const char **why_not)
{
	(void)why_not;
	return exposition_sniff(head, n) > 0 && memmem(head, n, "gpu_gfx_activity", 16) != NULL ? 90 : 0;
}

static int
parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	return gpu_page_parse(&kind, input, options, sink, err);
}

const struct collector collector_amd_exporter = {
	.name = "amd-exporter",
	.title = "GPU time from AMD's device metrics exporter: /metrics, or a log of it",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sniff,
	.parse = parse,
	.pull = &scrape_pull,
};
