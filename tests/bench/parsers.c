/*
 * parsers: how fast the parsers of providers' replies and exports read, beside cJSON's own parse of the same bytes where
 * they are JSON, and what memory they take of an input of 1 GB, which is made while it is read.
 *
 * Prints megabytes for each CPU second, the ratio, and peak memory; exits 1 when a limit is missed. The size in MB
 * can be given: parsers [MB [GB in MB]].
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "collectors/collector.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "tests/bench/measure.h"

#define RATIO_MIN 0.5   /* of the speed of cJSON */
#define MEMORY_MAX 1.25 /* peak of the large input over that of the small one */
#define ROW_BYTES 2048

/* An input of this form: begin, rows parted by `between`, end. */
static const struct form {
	const char *collector;
	bool json; /* one document that cJSON can parse */
	const char *begin, *row, *between, *end;
} forms[] = {
	{ "openai-usage", true,
		"{\"object\":\"page\",\"data\":[{\"object\":\"bucket\",\"start_time\":1793491200,\"end_time\":1793494800,"
		"\"results\":[]}",
		",{\"object\":\"bucket\",\"start_time\":%1$d,\"end_time\":%2$d,\"results\":[{\"object\":"
		"\"organization.usage.completions.result\",\"input_tokens\":1250000,\"input_cached_tokens\":800000,"
		"\"input_cache_write_tokens\":50000,\"input_uncached_tokens\":400000,\"output_tokens\":210000,"
		"\"input_text_tokens\":390000,\"output_text_tokens\":205000,\"input_cached_text_tokens\":800000,"
		"\"input_audio_tokens\":10000,\"input_cached_audio_tokens\":0,\"output_audio_tokens\":5000,"
		"\"input_image_tokens\":0,\"input_cached_image_tokens\":0,\"output_image_tokens\":0,"
		"\"num_model_requests\":431,\"project_id\":\"proj_demo1\",\"user_id\":null,\"api_key_id\":null,"
		"\"model\":\"gpt-demo-2026-03-01\",\"batch\":false,\"service_tier\":\"default\"}]}",
		"", "],\"has_more\":false,\"next_page\":null}" },
	{ "openai-costs", true,
		"{\"object\":\"page\",\"data\":[{\"object\":\"bucket\",\"start_time\":1793491200,\"end_time\":1793577600,"
		"\"results\":[]}",
		",{\"object\":\"bucket\",\"start_time\":%1$d,\"end_time\":%2$d,\"results\":[{\"object\":"
		"\"organization.costs.result\",\"amount\":{\"value\":\"0.0412500000000000000000000000\",\"currency\":\"usd\"},"
		"\"line_item\":\"gpt-demo-2026-03-01, cached input\",\"project_id\":\"proj_demo1\",\"api_key_id\":null,"
		"\"quantity\":330000,\"quantity_unit\":\"tokens\"}]}",
		"", "],\"has_more\":false,\"next_page\":null}" },
	{ "anthropic-usage", true,
		"{\"data\":[{\"starting_at\":\"2026-11-01T00:00:00Z\",\"ending_at\":\"2026-11-01T01:00:00Z\",\"results\":[]}",
		",{\"starting_at\":\"2026-11-01T00:00:00Z\",\"ending_at\":\"2026-11-01T01:00:00Z\",\"results\":[{"
		"\"account_id\":null,\"api_key_id\":null,\"service_account_id\":null,\"workspace_id\":\"wrkspc_%1$d\","
		"\"model\":\"claude-demo-5\",\"service_tier\":\"standard\",\"context_window\":\"0-200k\",\"inference_geo\":"
		"\"global\",\"uncached_input_tokens\":41200,\"cache_read_input_tokens\":380000,\"cache_creation\":{"
		"\"ephemeral_5m_input_tokens\":21000,\"ephemeral_1h_input_tokens\":4000},\"output_tokens\":18750,"
		"\"server_tool_use\":{\"web_search_requests\":6}}]}",
		"", "],\"has_more\":false,\"next_page\":null}" },
	{ "anthropic-cost", true,
		"{\"data\":[{\"starting_at\":\"2026-11-01T00:00:00Z\",\"ending_at\":\"2026-11-02T00:00:00Z\",\"results\":[]}",
		",{\"starting_at\":\"2026-11-01T00:00:00Z\",\"ending_at\":\"2026-11-02T00:00:00Z\",\"results\":[{"
		"\"amount\":\"412.0625\",\"currency\":\"USD\",\"cost_type\":\"tokens\",\"token_type\":"
		"\"uncached_input_tokens\",\"model\":\"claude-demo-5\",\"service_tier\":\"standard\",\"context_window\":"
		"\"0-200k\",\"inference_geo\":\"global\",\"description\":\"Claude Demo 5 Usage - Input Tokens\","
		"\"workspace_id\":\"wrkspc_%1$d\"}]}",
		"", "],\"has_more\":false,\"next_page\":null}" },
	{ "anthropic-claude-code", true,
		"{\"data\":[{\"date\":\"2026-11-01T00:00:00Z\",\"actor\":{},\"core_metrics\":{},\"model_breakdown\":[]}",
		",{\"date\":\"2026-11-01T00:00:00Z\",\"actor\":{\"type\":\"user_actor\",\"email_address\":"
		"\"u%1$d@example.invalid\"},\"customer_type\":\"api\",\"terminal_type\":\"vscode\",\"core_metrics\":{"
		"\"num_sessions\":5,\"lines_of_code\":{\"added\":1543,\"removed\":892}},\"model_breakdown\":[{\"model\":"
		"\"claude-demo-5\",\"tokens\":{\"input\":100000,\"output\":35000,\"cache_read\":10000,\"cache_creation\":5000},"
		"\"estimated_cost\":{\"currency\":\"USD\",\"amount\":1025}}]}",
		"", "],\"has_more\":false,\"next_page\":null}" },
	{ "litellm-spend", true, "[",
		"{\"request_id\":\"chatcmpl-%1$d\",\"call_type\":\"acompletion\",\"api_key\":\"88dc28d0f030\",\"spend\":0.00412,"
		"\"total_tokens\":1320,\"prompt_tokens\":1200,\"completion_tokens\":120,\"startTime\":"
		"\"2026-11-01T10:00:00.120000Z\",\"endTime\":\"2026-11-01T10:00:02.900000Z\",\"completionStartTime\":"
		"\"2026-11-01T10:00:00.480000Z\",\"model\":\"gpt-demo\",\"model_group\":\"default-chat\","
		"\"custom_llm_provider\":\"openai\",\"user\":\"u-1\",\"end_user\":\"\",\"team_id\":\"team-a\",\"cache_hit\":"
		"\"False\",\"request_tags\":[\"job:7\"],\"status\":\"success\",\"metadata\":{}}",
		",\n", "]" },
	{ "openrouter-activity", true, "{\"data\":[",
		"{\"date\":\"2026-11-01\",\"model\":\"openai/gpt-demo\",\"model_permaslug\":\"openai/gpt-demo-2026-03-01\","
		"\"endpoint_id\":\"550e8400-%1$d\",\"provider_name\":\"OpenAI\",\"usage\":0.015,\"byok_usage_inference\":0.012,"
		"\"requests\":5,\"prompt_tokens\":50,\"completion_tokens\":125,\"reasoning_tokens\":25}",
		",", "]}" },
	{ "gcp-billing", true, "[",
		"{\"billing_account_id\":\"01AB\",\"invoice\":{\"month\":\"202611\"},\"cost_type\":\"regular\",\"service\":{"
		"\"id\":\"S\",\"description\":\"Vertex AI\"},\"sku\":{\"id\":\"sku%1$d\",\"description\":\"Demo input tokens\"},"
		"\"usage_start_time\":\"2026-11-01T10:00:00Z\",\"usage_end_time\":\"2026-11-01T11:00:00Z\",\"project\":{\"id\":"
		"\"demo\",\"labels\":[]},\"location\":{\"region\":\"us-central1\"},\"cost\":1.25,\"currency\":\"USD\",\"usage\":{"
		"\"amount\":500000.0,\"unit\":\"count\"},\"credits\":[{\"name\":\"Promotion\",\"amount\":-0.25,\"type\":"
		"\"PROMOTION\",\"id\":\"p1\"}],\"export_time\":\"2026-11-02T01:00:00Z\"}",
		",\n", "]" },
	{ "claude-code-logs", true, "[",
		"{\"parentUuid\":\"u-0\",\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/srv/code/shop\",\"sessionId\":"
		"\"0d9b6c2e\",\"version\":\"2.1.63\",\"type\":\"assistant\",\"uuid\":\"u-%1$d\",\"timestamp\":"
		"\"2026-11-01T09:00:02.120Z\",\"requestId\":\"req_%1$d\",\"message\":{\"id\":\"msg_%1$d\",\"type\":\"message\","
		"\"role\":\"assistant\",\"model\":\"claude-demo-5\",\"content\":[{\"type\":\"text\",\"text\":\"The function reads a "
		"line and hands it over; what is cut off waits for its end.\"}],\"stop_reason\":null,\"usage\":{"
		"\"input_tokens\":4,\"cache_creation_input_tokens\":300,\"cache_read_input_tokens\":90000,"
		"\"cache_creation\":{\"ephemeral_5m_input_tokens\":200,\"ephemeral_1h_input_tokens\":100},"
		"\"output_tokens\":90,\"service_tier\":\"standard\"}}}",
		",\n", "]" },
	{ "codex-logs", true, "[",
		"{\"timestamp\":\"2026-11-01T09:00:09Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":{"
		"\"total_token_usage\":{\"input_tokens\":%1$d,\"cached_input_tokens\":400,\"output_tokens\":50,"
		"\"reasoning_output_tokens\":20,\"total_tokens\":950},\"last_token_usage\":{\"input_tokens\":900,"
		"\"cached_input_tokens\":400,\"output_tokens\":50,\"reasoning_output_tokens\":20,\"total_tokens\":950},"
		"\"model_context_window\":272000},\"rate_limits\":{\"primary\":null,\"secondary\":null}}}",
		",\n", "]" },
	{ "gemini-cli-logs", true, "{\"sessionId\":\"s1\",\"projectHash\":\"5eb9\",\"messages\":[",
		"{\"id\":\"m%1$d\",\"timestamp\":\"2026-11-01T09:00:03.100Z\",\"type\":\"gemini\",\"content\":\"The answer is "
		"four.\",\"thoughts\":[],\"model\":\"gemini-demo\",\"tokens\":{\"input\":7173,\"output\":40,\"cached\":7000,"
		"\"thoughts\":17,\"tool\":0,\"total\":7230}}",
		",\n", "]}" },
	{ "opencode-logs", true, "[",
		"{\"id\":\"msg_%1$d\",\"sessionID\":\"ses_1\",\"role\":\"assistant\",\"time\":{\"created\":1793523600000,"
		"\"completed\":1793523604000},\"modelID\":\"claude-demo-5\",\"providerID\":\"anthropic\",\"mode\":\"build\",\"path\":{"
		"\"cwd\":\"/srv/code/shop\",\"root\":\"/\"},\"cost\":0,\"tokens\":{\"input\":12,\"output\":340,\"reasoning\":5,"
		"\"cache\":{\"read\":9000,\"write\":500}}}",
		",\n", "]" },
	{ "aws-cur", false,
		"bill_payer_account_id,bill_billing_period_start_date,bill_billing_period_end_date,line_item_usage_account_id,"
		"line_item_line_item_type,line_item_usage_start_date,line_item_usage_end_date,line_item_product_code,"
		"line_item_usage_type,line_item_usage_amount,line_item_currency_code,line_item_unblended_cost,"
		"line_item_line_item_description,pricing_unit\n",
		"111,2026-11-01T00:00:00.000Z,2026-12-01T00:00:00.000Z,222,Usage,2026-11-01T10:00:00.000Z,"
		"2026-11-01T11:00:00.000Z,AmazonBedrock,USE1-demo-%1$d-input-tokens,1373.542,USD,4.120626,Demo input tokens,1K "
		"tokens\n",
		"", "" },
	{ "vllm-metrics", false, "",
		"# scrape %1$d http://gpu1:8000/metrics\n# HELP vllm:prompt_tokens_total Number of prefill tokens pro"
		"cessed.\n# TYPE vllm:prompt_tokens_total counter\nvllm:prompt_tokens_total{engine=\"0\",model_name="
		"\"demo-8b\"} %1$d\n# HELP vllm:generation_tokens_total Number of generation tokens processed.\n# TYP"
		"E vllm:generation_tokens_total counter\nvllm:generation_tokens_total{engine=\"0\",model_name=\"demo-"
		"8b\"} %2$d\n# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine=\"0\",model_nam"
		"e=\"demo-8b\"} 3.0\n# TYPE vllm:time_to_first_token_seconds histogram\nvllm:time_to_first_token_seco"
		"nds_bucket{engine=\"0\",le=\"0.1\",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_bu"
		"cket{engine=\"0\",le=\"0.25\",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_bucket{"
		"engine=\"0\",le=\"0.5\",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_bucket{engine"
		"=\"0\",le=\"1.0\",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_bucket{engine=\"0\""
		",le=\"2.5\",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_bucket{engine=\"0\",le=\""
		"5.0\",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_bucket{engine=\"0\",le=\"+Inf\""
		",model_name=\"demo-8b\"} %1$d\nvllm:time_to_first_token_seconds_sum{engine=\"0\",model_name=\"demo-8"
		"b\"} %1$d.25\nvllm:time_to_first_token_seconds_count{engine=\"0\",model_name=\"demo-8b\"} %1$d\n",
		"", "" },
	{ "dcgm-exporter", false, "",
		"# scrape %1$d http://n1:9400/metrics\n# TYPE DCGM_FI_DEV_GPU_UTIL gauge\nDCGM_FI_DEV_GPU_UTIL{gpu=\""
		"0\",UUID=\"GPU-00000000-1111\",modelName=\"NVIDIA H100 80GB HBM3\",hostname=\"n1\",namespace=\"llm\""
		",pod=\"demo-8b-0\"} 87\n# TYPE DCGM_FI_DEV_FB_USED gauge\nDCGM_FI_DEV_FB_USED{gpu=\"0\",UUID=\"GPU-0"
		"0000000-1111\",modelName=\"NVIDIA H100 80GB HBM3\",hostname=\"n1\",namespace=\"llm\",pod=\"demo-8b-0"
		"\"} 65012\n# TYPE DCGM_FI_DEV_POWER_USAGE gauge\nDCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-000000"
		"00-1111\",modelName=\"NVIDIA H100 80GB HBM3\",hostname=\"n1\",namespace=\"llm\",pod=\"demo-8b-0\"} 5"
		"12.35\n",
		"", "" },
	{ "slurm-sacct", false, "",
		"%1$d|hpc1|alice|nlp|gpu|COMPLETED|1793491100|%1$d|%2$d|3600|billing=16,cpu=16,gres/gpu=1,gres/gpu:a1"
		"00=1,mem=128G,node=1|gpu07\n",
		"", "" },
	{ "opencost", true, "{\"code\":200,\"status\":\"success\",\"data\":[{\"a\":{}",
		",\"llm/demo-%1$d\":{\"name\":\"llm/demo-%1$d\",\"properties\":{\"cluster\":\"c1\",\"node\":\"node-a"
		"\",\"namespace\":\"llm\",\"pod\":\"demo-8b-0\",\"labels\":{\"app\":\"vllm\"}},\"window\":{\"start\":"
		"\"2026-11-01T00:00:00Z\",\"end\":\"2026-11-02T00:00:00Z\"},\"start\":\"2026-11-01T00:00:00Z\",\"end"
		"\":\"2026-11-02T00:00:00Z\",\"minutes\":1440,\"cpuCoreHours\":192,\"cpuCost\":6.06912,\"gpuCount\":2"
		",\"gpuHours\":48,\"gpuCost\":120.0,\"totalCost\":128.17912,\"totalEfficiency\":null}",
		"", "}]}" },
	{ "invoice-csv", false, "date,provider,service,description,amount,currency,category,invoice\n",
		"2026-11-03,DemoCloud,GPU rental,\"2x H100, %1$d h\",57.60,USD,Usage,INV-7\n", "", "" },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* The form written as long as `left` lasts; a row is made anew every thousandth time, so that making costs little. */
struct making {
	const struct form *form;
	int64_t left; /* bytes until the end is written */
	int64_t rows;
	char piece[ROW_BYTES];
	size_t n, at;
	bool ended, begun;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
next_piece(struct making *making)
{
	const struct form *form = making->form;
	int at_s = (int)(1793491200 + making->rows % 1000 * HOUR_S);
	int n;

	if (!making->begun)
		n = snprintf(making->piece, ROW_BYTES, "%s", form->begin);
	else if (making->left <= 0)
		n = snprintf(making->piece, ROW_BYTES, "%s", form->end);
	else {
		n = snprintf(making->piece, ROW_BYTES, "%s", making->rows > 0 ? form->between : "");
		n += snprintf(making->piece + n, (size_t)(ROW_BYTES - n), form->row, at_s, at_s + HOUR_S);
		making->rows++;
	}
	making->ended = making->begun && making->left <= 0;
	making->begun = true;
	making->left -= n;
	making->n = (size_t)n;
	making->at = 0;
}
#pragma GCC diagnostic pop

static long
read_making(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct making *making = ctx;
	size_t filled = 0;

	(void)err;
	while (filled < size) {
		size_t n = making->n - making->at;

		if (n == 0 && making->ended)
			break;
		if (n == 0) {
			next_piece(making);
			continue;
		}
		n = n < size - filled ? n : size - filled;
		memcpy(buffer + filled, making->piece + making->at, n);
		making->at += n;
		filled += n;
	}
	return (long)filled;
}

/* ---- reading */

struct memory {
	const char *bytes;
	size_t n, at;
};

static long
read_memory(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct memory *memory = ctx;
	size_t n = memory->n - memory->at;

	(void)err;
	n = n < size ? n : size;
	memcpy(buffer, memory->bytes + memory->at, n);
	memory->at += n;
	return (long)n;
}

struct counts {
	int64_t rows, refused;
};

static int
count_usage(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	(void)place, (void)reading, (void)err;
	((struct counts *)ctx)->rows++;
	return 0;
}

static int
count_invoice(void *ctx, struct place place, const struct invoice_reading *reading, struct err *err)
{
	(void)place, (void)reading, (void)err;
	((struct counts *)ctx)->rows++;
	return 0;
}

static int
count_gpu(void *ctx, struct place place, const struct gpu_reading *reading, struct err *err)
{
	(void)place, (void)reading, (void)err;
	((struct counts *)ctx)->rows++;
	return 0;
}

static void
count_refused(void *ctx, struct place place, const char *reason)
{
	(void)place, (void)reason;
	((struct counts *)ctx)->refused++;
}

/* Rows of the input, all of them understood. */
static int64_t
parse(const struct form *form, struct input *input)
{
	struct zone utc;
	struct collect_options options = { .zone = &utc };
	struct counts counts = { 0, 0 };
	struct sink sink = { .ctx = &counts,
		.usage = count_usage,
		.gpu = count_gpu,
		.invoice = count_invoice,
		.refuse = count_refused };
	struct err err;
	const struct collector *collector = collector_find(form->collector, &err);

	zone_utc(&utc);
	if (collector == NULL || collector->parse(input, &options, &sink, &err) != 0)
		fail(form->collector, err.text);
	if (counts.refused > 0 || counts.rows == 0)
		fail(form->collector, "rows were refused");
	return counts.rows;
}

static double
best_parse(const struct form *form, const char *bytes, size_t n, int repetitions)
{
	double best = 0;

	for (int i = 0; i < repetitions; i++) {
		struct memory memory = { bytes, n, 0 };
		struct input input = { form->collector, read_memory, &memory };
		double began = cpu_seconds(), took;

		parse(form, &input);
		took = cpu_seconds() - began;
		best = best == 0 || took < best ? took : best;
	}
	return best;
}

static double
best_cjson(const struct form *form, const char *bytes, size_t n, int repetitions)
{
	double best = 0;

	for (int i = 0; i < repetitions; i++) {
		double began = cpu_seconds(), took;
		cJSON *json = cJSON_ParseWithLength(bytes, n);

		took = cpu_seconds() - began;
		if (json == NULL)
			fail(form->collector, "cJSON does not parse it");
		cJSON_Delete(json);
		best = best == 0 || took < best ? took : best;
	}
	return best;
}

/* Peak resident KiB of a process that does nothing but parse so much. */
static long
peak_of(const struct form *form, int64_t bytes)
{
	struct rusage usage;
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		struct making making = { .form = form, .left = bytes };
		struct input input = { form->collector, read_making, &making };

		parse(form, &input);
		_exit(0);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0)
		fail(form->collector, "the parse in a process of its own failed");
	return usage.ru_maxrss;
}

static bool
judge_memory(const struct form *form, int64_t small, int64_t large)
{
	char line[96];
	long small_peak = peak_of(form, small), large_peak = peak_of(form, large);

	snprintf(line, sizeof(line), "%s: peak of %" PRId64 " MB, %.1f MiB, over that of %" PRId64, form->collector,
		large / 1000000, (double)large_peak / 1024, small / 1000000);
	return figure_print(&(struct figure){ .name = line,
		.unit = "of it",
		.value = (double)large_peak / (double)small_peak,
		.limit = MEMORY_MAX,
		.kind = AT_MOST,
		.digits = 2 });
}

static bool
judge_speed(const struct form *form, int64_t size)
{
	struct making making = { .form = form, .left = size };
	char *bytes = malloc((size_t)size + 2 * ROW_BYTES), line[96];
	size_t n;
	double ours, theirs;
	bool missed = false;

	if (bytes == NULL)
		fail(form->collector, "no memory");
	n = (size_t)read_making(&making, bytes, (size_t)size + 2 * ROW_BYTES, NULL);
	ours = best_parse(form, bytes, n, 3);
	snprintf(line, sizeof(line), "%s", form->collector);
	figure_print(&(struct figure){ .name = line, .unit = "MB/CPU s", .value = (double)n / 1e6 / ours });
	if (form->json) {
		theirs = best_cjson(form, bytes, n, 3);
		snprintf(line, sizeof(line), "%s / cJSON (%.0f MB/CPU s)", form->collector, (double)n / 1e6 / theirs);
		missed = figure_print(&(struct figure){ .name = line,
			.unit = "of its speed",
			.value = theirs / ours,
			.limit = RATIO_MIN,
			.kind = AT_LEAST,
			.digits = 2 });
	}
	free(bytes);
	return missed;
}

int
main(int argc, char **argv)
{
	int64_t small = (argc > 1 ? atoll(argv[1]) : 32) * 1000000,
		large = (argc > 2 ? atoll(argv[2]) : 1000) * 1000000;
	bool missed = false;

	load_print();
	for (size_t i = 0; i < FORMS; i++) /* before this process has grown itself */
		if (strcmp(forms[i].collector, "litellm-spend") == 0 ||
			strcmp(forms[i].collector, "claude-code-logs") == 0 ||
			strcmp(forms[i].collector, "openai-usage") == 0 || !forms[i].json)
			missed |= judge_memory(&forms[i], small, large);
	for (size_t i = 0; i < FORMS; i++)
		missed |= judge_speed(&forms[i], small);
	if (missed)
		printf("a limit is missed\n");
	return missed;
}
