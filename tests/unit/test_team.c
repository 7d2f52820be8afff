#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "daemon/bench/cpu.h"
#include "daemon/bench/team.h"
#include "models/units/err.h"

struct tally {
	int times[100];
	int met;
};

static void
count_share(void *ctx, struct team *team, int thread)
{
	struct tally *tally = ctx;
	size_t from, to;

	team_share(team, thread, 100, 8, &from, &to);
	for (size_t i = from; i < to; i++)
		tally->times[i]++;
	team_meet(team, thread);
	for (size_t i = 0; i < 100; i++)
		if (tally->times[i] == 1)
			__atomic_fetch_add(&tally->met, 1, __ATOMIC_RELAXED);
}

static void
a_team_does_everything_once_and_waits_for_all(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 5; threads++) {
		struct err err = { 0 };
		struct team *team = team_new(threads, &err);

		assert_non_null(team);
		for (int run = 0; run < 20; run++) {
			struct tally tally = { 0 };

			team_run(team, count_share, &tally);
			assert_int_equal(tally.met, 100 * threads);
		}
		team_free(team);
	}
}

static void
what_cannot_be_run_is_refused_with_the_size_that_is_wrong(void **state)
{
	static const struct {
		struct shape shape;
		const char *said;
	} wrong[] = {
		{ { 0, 64, 4, 4, 16, 64, 64 }, "layers is 0" },
		{ { 1, 64, 4, 4, 24, 64, 64 }, "head_dim is 24" },
		{ { 1, 64, 4, 3, 16, 64, 64 }, "4 heads cannot share 3" },
		{ { 1, 64, 4, 4, 16, 64, 99999999 }, "vocabulary is 99999999" },
	};
	struct err err = { 0 };
	struct team *team = team_new(1, &err);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct decoder decoder;

		memset(&err, 0, sizeof(err));
		assert_int_equal(
			decoder_init(&decoder, &wrong[i].shape, WEIGHTS_F32, kernels_best(), 16, 4, team, 1, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, wrong[i].said));
	}
	team_free(team);
}

static void
a_measurement_has_every_figure_and_its_spread(void **state)
{
	const struct cpu_plan plan = {
		.shape = { .layers = 2,
			.hidden = 128,
			.heads = 4,
			.kv_heads = 2,
			.head_dim = 32,
			.intermediate = 256,
			.vocabulary = 512 },
		.precision = WEIGHTS_Q8_0,
		.threads = 2,
		.prompt = 20,
		.tokens = 5,
		.repeats = 3,
	};
	struct cpu_result result;
	struct err err = { 0 };
	/* qkv 128 x 256, out 128 x 128, gate and up 128 x 512, down 256 x 128; the head 128 x 512; 17 bytes for 16 */
	size_t weights = (2 * (128 * 256 + 128 * 128 + 128 * 512 + 256 * 128) + 128 * 512) / 16 * 17;

	(void)state;
	assert_int_equal(cpu_measure(&plan, &result, &err), 0);
	assert_int_equal(result.weight_bytes, weights);
	assert_int_equal(result.threads, 2);
	assert_int_equal(result.cache_bytes, 2 * 2 * 2 * 32 * 2 * 22);
	const struct spread *all[] = { &result.decode_tok_s, &result.prefill_tok_s, &result.bandwidth,
		&result.arithmetic, &result.decode_share, &result.prefill_share, &result.cpu_share };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_true(all[i]->low > 0 && all[i]->low <= all[i]->median && all[i]->median <= all[i]->high);
}

static void
memory_is_counted_with_the_work_space_of_a_long_prompt(void **state)
{
	const struct shape shape = { 2, 128, 4, 2, 32, 256, 512 };
	size_t one = decoder_bytes(&shape, WEIGHTS_Q8_0, 8192, 1),
	       many = decoder_bytes(&shape, WEIGHTS_Q8_0, 8192, 4097);
	/* Of a token the residual stream, the widest product (gate and up), the MLP's inner and the heads; as prepared. */
	size_t floats = 128 + 512 + 256 + 4 * 32, prepared = 256 * (4 + 2 + 1) + 256 / 32 * 8;

	(void)state;
	assert_int_equal(many - one, 4096 * (floats * sizeof(float) + prepared));
	assert_true(
		cpu_memory() > 0 && cpu_memory() <= (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_team_does_everything_once_and_waits_for_all),
		cmocka_unit_test(what_cannot_be_run_is_refused_with_the_size_that_is_wrong),
		cmocka_unit_test(a_measurement_has_every_figure_and_its_spread),
		cmocka_unit_test(memory_is_counted_with_the_work_space_of_a_long_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
