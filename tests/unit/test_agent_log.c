/*
 * agent_log: logs with more calls than are gathered at once.
 */
#include "tests/unit/usage_kit.h"

#include "collectors/agent_log.h"

#define CALLS (3 * AGENT_CALLS_MAX)

/* A log that is made while it is read: each call on three lines, the last of them after the next call began. */
struct making {
	int64_t line;
	char piece[512];
	size_t n, at;
};

static bool
next_line(struct making *making)
{
	int64_t turn = making->line / 3, call = making->line % 3 == 2 ? turn - 1 : turn;

	if (making->line++ >= 3 * (int64_t)CALLS + 3)
		return false;
	making->n = making->at = 0;
	if (call < 0 || call >= CALLS)
		return true;
	making->n = (size_t)snprintf(making->piece, sizeof(making->piece),
		"{\"type\":\"assistant\",\"timestamp\":\"2026-11-01T09:%02d:%02d.%03dZ\",\"requestId\":\"r%lld\",\"message\":{"
		"\"id\":\"m%lld\",\"model\":\"m\",\"usage\":{\"input_tokens\":1,\"output_tokens\":%d}}}\n",
		(int)(making->line / 60000 % 60), (int)(making->line / 1000 % 60), (int)(making->line % 1000),
		(long long)call, (long long)call, (int)((making->line - 1) % 3 + 1));
	return true;
}

static long
read_making(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct making *making = ctx;
	size_t n;

	(void)err;
	while (making->at == making->n)
		if (!next_line(making))
			return 0;
	n = making->n - making->at < size ? making->n - making->at : size;
	memcpy(buffer, making->piece + making->at, n);
	making->at += n;
	return (long)n;
}

struct sums {
	int64_t calls, output;
};

static int
add(void *ctx, struct place place, const struct usage_reading *reading, struct err *err)
{
	struct sums *sums = ctx;

	(void)place, (void)err;
	sums->calls++;
	sums->output += usage_output(&reading->usage);
	return 0;
}

static void
calls_count_once_however_many_a_log_holds(void **state)
{
	struct making making = { .line = 0 };
	struct input input = { "log", read_making, &making };
	struct sums sums = { 0, 0 };
	struct zone utc;
	struct collect_options options = { .zone = &utc };
	struct sink sink = { .ctx = &sums, .usage = add, .refuse = tell_refused };
	struct err err;

	(void)state;
	zone_utc(&utc);
	if (collector_find("claude-code-logs", &err)->parse(&input, &options, &sink, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(sums.calls, CALLS);
	assert_int_equal(sums.output, 3 * (int64_t)CALLS);
}

static void
the_last_folder_of_a_path_is_the_project(void **state)
{
	static const char *const paths[][2] = { { "/srv/code/shop", "shop" }, { "/srv/code/shop//", "shop" },
		{ "C:\\code\\shop", "shop" }, { "shop", "shop" }, { "/", "" }, { "", "" } };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_true(text_is(agent_project(text_of(paths[i][0])), paths[i][1]));
	assert_int_equal(agent_project((struct text){ NULL, 0 }).n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_count_once_however_many_a_log_holds),
		cmocka_unit_test(the_last_folder_of_a_path_is_the_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
