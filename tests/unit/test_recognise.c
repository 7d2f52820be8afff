/*
 * A fixture called sample, page, plain, rows, lines, table or day is
 * recognised as its format and as no other.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/collector.h"
#include "models/units/err.h"
#include "tests/unit/printed_sink.h"

#define HEAD 4096 /* what an import looks at */

static void
recognise(const char *name, const char *path)
{
	struct err err = { 0 };
	size_t n = 0;
	char *bytes = read_file(path, &n);
	const struct collector *found;

	assert_non_null(bytes);
	found = collector_recognise(bytes, n < HEAD ? n : HEAD, &err);
	if (found == NULL)
		fail_msg("%s: %s", path, err.text);
	if (strcmp(found->name, name) != 0)
		fail_msg("%s is taken for %s", path, found->name);
	free(bytes);
}

static void
every_format_is_recognised_by_its_first_bytes(void **state)
{
	static const char *const cases[] = { "sample", "page", "plain", "rows", "lines", "table", "day" };
	int met = 0;

	(void)state;
	for (size_t i = 0; collectors[i] != NULL; i++)
		for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
			char path[256];
			FILE *file;

			snprintf(path, sizeof(path), "tests/fixtures/%s/%s.in", collectors[i]->name, cases[k]);
			if ((file = fopen(path, "rb")) == NULL)
				continue;
			fclose(file);
			recognise(collectors[i]->name, path);
			met++;
		}
	assert_true(met > 15);
}

/* Both have provider, model and classes; only usage has columns that no price has. */
static void
a_table_of_prices_is_told_from_one_of_usage(void **state)
{
	static const char *const heads[][2] = {
		{ "prices-csv", "provider,model,in_uncached,out_visible\nhouse,own-8b,0.2,0.6\n" },
		{ "prices-csv", "provider;model;in_uncached;checked;in_uncashed\n" },
		{ "usage-csv", "at,provider,model,in_uncached\n2026-08-01,a,b,1\n" },
	};
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const struct collector *found = collector_recognise(heads[i][1], strlen(heads[i][1]), &err);

		assert_non_null(found);
		assert_string_equal(found->name, heads[i][0]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_recognised_by_its_first_bytes),
		cmocka_unit_test(a_table_of_prices_is_told_from_one_of_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
