/*
 * breakeven demo: the daemon on a scratch ledger that is filled, through the ordinary importers, with sample data.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "daemon/args.h"
#include "daemon/cmd_serve.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/sample.h"
#include "daemon/scratch.h"
#include "daemon/store/fleet.h"
#include "daemon/store/workloads.h"
#include "models/units/err.h"

#define SEED 20260801

/* What is generated and which collector takes it in. */
struct part {
	const char *name, *collector;
	int (*make)(const struct sample_options *options, const struct sample_sink *sink, struct err *err);
};

static const struct part parts[] = {
	{ "sample-usage.csv", "usage-csv", sample_usage },
	{ "sample-invoices.csv", "focus-csv", sample_invoices },
	{ "sample-gpus.csv", "nvidia-smi-csv", sample_gpus },
};

/* Generate into an unnamed temporary file, then import it as any file would be. */
static int
import_part(struct context *context, const struct part *part, struct err *err)
{
	struct sample_options sample = { .seed = SEED, .now_us = context->now_us, .days = SAMPLE_DAYS };
	struct zone utc;
	struct ingest_options options = {
		.collect = { .account = text_of(SAMPLE_ACCOUNT), .zone = &utc, .now_us = context->now_us },
		.days = &context->zone,
		.name = part->name
	};
	const struct collector *collector = collector_find(part->collector, err);
	struct ingest_result *result = malloc(sizeof(*result));
	FILE *file = tmpfile();
	struct input input = { .name = part->name };
	struct ingest_file *opened = NULL;
	char path[64];
	int status = -1;

	zone_utc(&utc); /* sample times carry no zone of their own */
	if (collector == NULL || result == NULL)
		goto out;
	if (file == NULL) {
		err_set(err, ERR_OUTSIDE, "cannot make a temporary file: %s", strerror(errno));
		goto out;
	}
	if (part->make(&sample, &(struct sample_sink){ sample_write_file, file }, err) != 0)
		goto out;
	if (fflush(file) != 0) {
		err_set(err, ERR_OUTSIDE, "cannot write a temporary file: %s", strerror(errno));
		goto out;
	}
	rewind(file);
	snprintf(path, sizeof(path), "/dev/fd/%d", fileno(file));
	opened = ingest_file_open(path, &input, err);
	if (opened == NULL)
		goto out;
	input.name = part->name;
	status = ingest_run(context->store, collector, &input, &options, result, err);
	if (status == 0 && result->run.refused > 0)
		status = err_set(err, ERR_OUTSIDE, "%s: %lld sample rows were refused: %s", part->name,
			(long long)result->run.refused, result->run.reasons > 0 ? result->run.reason[0].text : "");
out:
	ingest_file_close(opened);
	if (file != NULL)
		fclose(file);
	free(result);
	return status;
}

/* A fleet of two GPUs a replica, marked as sample, and what each sample workload is compared with. */
static int
set_up(struct context *context, struct err *err)
{
	struct fleet_row fleet;
	int status = -1;

	fleet_defaults(&fleet);
	fleet.name = "sample-h100-pair";
	fleet.gpu = "H100 SXM";
	fleet.gpus_per_replica = 2;
	fleet.gpu_hour_nano = 2500000000;
	fleet.gpu_hour_source = "sample price";
	fleet.throughput_milli_tok_s = 3000000;
	fleet.throughput_origin = ORIGIN_ASSUMED;
	fleet.throughput_source = "sample: a 70B model in 8 bits on two GPUs";
	fleet.ops_month_nano = INT64_C(3750000000000);
	fleet.changed_us = context->now_us;
	if (store_begin(context->store, err) != 0)
		return -1;
	if (fleet_put(context->store, &fleet, err) != 0)
		goto out;
	for (int i = 0; i < SAMPLE_WORKLOADS; i++) {
		struct workload workload = { sample_workload_names[i], "sample owner", "", "", fleet.name,
			context->now_us };

		if (workload_put(context->store, &workload, err) != 0)
			goto out;
	}
	if (store_meta_set(context->store, "demo", "sample data", err) != 0)
		goto out;
	status = 0;
out:
	if (status != 0) {
		store_rollback(context->store);
		return -1;
	}
	return store_commit(context->store, err);
}

static int
fill(struct context *context, const char *folder, struct err *err)
{
	context->store = ingest_open(folder, context->now_us, err);
	if (context->store == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (import_part(context, &parts[i], err) != 0)
			return -1;
	if (set_up(context, err) != 0)
		return -1;
	store_close(context->store);
	context->store = NULL;
	return 0;
}

/* Serve the scratch ledger; the person's own data directory takes its place when the page removes it. */
static int
serve_scratch(struct context *context, const char *folder, const char *listen, struct err *err)
{
	static char own_data[SETTING_PATH];
	struct serve_options options = { .command = "demo", .settings = &context->settings, .own_data = own_data };

	snprintf(own_data, sizeof(own_data), "%s", context->settings.data);
	if (settings_set(&context->settings, setting_find("data", NULL), folder, SETTING_GIVEN, err) != 0)
		return -1;
	if (listen != NULL &&
		settings_set(&context->settings, setting_find("listen", NULL), listen, SETTING_GIVEN, err) != 0)
		return -1;
	return serve_run(&options);
}

static int
demo_command(int argc, char **argv)
{
	struct err err;
	struct context context = { .store = NULL };
	const char *config = NULL, *data = NULL, *listen = NULL, *web = NULL;
	const struct arg args[] = { { .name = "config", .value = &config }, { .name = "data", .value = &data },
		{ .name = "listen", .value = &listen }, { .name = "web", .value = &web }, { .name = NULL } };
	char folder[SETTING_PATH];
	int words, status = -1;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("demo", &err);
	if (words > 0)
		err_set(&err, ERR_INPUT, "'%s' is one word too many", argv[1]);
	else if (context_open(&context, config, data, &err) == 0 &&
		(web == NULL ||
			settings_set(&context.settings, setting_find("web", NULL), web, SETTING_GIVEN, &err) == 0) &&
		scratch_make(folder, sizeof(folder), "demo", &err) == 0) {
		status = fill(&context, folder, &err) == 0 ? serve_scratch(&context, folder, listen, &err) : -1;
		store_close(context.store);
		context.store = NULL;
		scratch_remove(folder);
	}
	context_close(&context);
	return status < 0 ? command_fail("demo", &err) : status;
}

const struct command cmd_demo = {
	.name = "demo",
	.summary = "serve a scratch ledger with sample data",
	.usage =
		"[--listen ADDR:PORT] [--web DIR] [--config FILE] [--data DIR]\n\n"
		"  Fills a scratch ledger with 120 days of made-up usage of three workloads, invoices and GPU-hours,\n"
		"  serves it, and removes it at the end. The page's button leaves the sample for your own ledger (--data).\n",
	.example = "breakeven demo --listen 127.0.0.1:0",
	.run = demo_command,
};
