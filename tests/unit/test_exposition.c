/*
 * The text of /metrics pages, in Prometheus' format and in OpenMetrics, by every rule of both.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/exposition.h"
#include "models/units/err.h"
#include "tests/unit/printed_sink.h"

static char page_text[4096];
static struct exposition page;
static struct metric_sample sample;
static struct err why;

static void
begin(const char *text)
{
	snprintf(page_text, sizeof(page_text), "%s", text);
	exposition_begin(&page, page_text, strlen(page_text), 1);
}

/* The only sample of a page. */
static void
read_one(const char *text)
{
	struct metric_sample more;

	begin(text);
	if (exposition_next(&page, &sample, &why) != 1)
		fail_msg("%s: %s", text, why.text);
	if (exposition_next(&page, &more, &why) != 0)
		fail_msg("%s: there is more than one sample", text);
}

static void
refused(const char *text, const char *reason)
{
	begin(text);
	if (exposition_next(&page, &sample, &why) != -1)
		fail_msg("%s: taken", text);
	if (strstr(why.text, reason) == NULL)
		fail_msg("%s: '%s' does not say '%s'", text, why.text, reason);
}

static void
label_is(const char *name, const char *value)
{
	struct text text = metric_label(&sample, name);

	if (!text_is(text, value))
		fail_msg("%s is '%.*s'", name, (int)text.n, text.p);
}

static void
a_sample_is_a_name_labels_a_value_and_a_time(void **state)
{
	(void)state;
	read_one("http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n");
	assert_true(text_is(sample.name, "http_requests_total"));
	assert_int_equal(sample.labels, 2);
	label_is("method", "post");
	label_is("code", "200");
	label_is("absent", "");
	assert_true(sample.value == 1027);
	assert_true(sample.has_time);
	assert_int_equal(sample.at_us, INT64_C(1395066363000000));
}

static void
blanks_and_line_ends_may_stand_where_the_grammar_lets_them(void **state)
{
	static const char *const same[] = { "a{b=\"c\"} 1", "a{b=\"c\"} 1\n", "  a{b=\"c\"}\t 1  \n",
		"a { b = \"c\" , } 1\n", "\n\n\ta{b=\"c\",} 1\r\n\n", "a{b=\"c\"}1\n",
		"# a comment\n#\n# HELP a it \\\\ is\\n\n# TYPE a gauge\na{b=\"c\"} 1\n", "{\"a\",b=\"c\"} 1\n",
		"{b=\"c\",\"a\"} 1\n", "{\"a\", \"b\"=\"c\"} 1\n", "a{\"b\"=\"c\"} 1\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		read_one(same[i]);
		assert_true(text_is(sample.name, "a"));
		assert_int_equal(sample.labels, 1);
		label_is("b", "c");
		assert_true(sample.value == 1);
		assert_false(sample.has_time);
	}
	read_one("a 1");
	assert_int_equal(sample.labels, 0);
	read_one("a{} 1\n");
	assert_int_equal(sample.labels, 0);
}

static void
escapes_of_label_values_are_undone(void **state)
{
	(void)state;
	read_one("a{path=\"C:\\\\DIR\\\\\",error=\"no\\n\\\"FILE\\\"\",odd=\"\\d\",braces=\"}{,=#\",empty=\"\"} 1\n");
	label_is("path", "C:\\DIR\\");
	label_is("error", "no\n\"FILE\"");
	label_is("odd", "\\d");
	label_is("braces", "}{,=#");
	label_is("empty", "");
	read_one("{\"my.metric\\\"s\",\"label.name\"=\"\xc3\xa9\"} 1\n");
	assert_true(text_is(sample.name, "my.metric\"s"));
	label_is("label.name", "\xc3\xa9");
}

static void
labels_come_in_one_order(void **state)
{
	(void)state;
	read_one("a{z=\"1\",b=\"2\",a=\"3\",ab=\"4\"} 1\n");
	assert_true(text_is(sample.label[0].name, "a"));
	assert_true(text_is(sample.label[1].name, "ab"));
	assert_true(text_is(sample.label[2].name, "b"));
	assert_true(text_is(sample.label[3].name, "z"));
}

static void
numbers_are_what_go_writes(void **state)
{
	static const struct {
		const char *text;
		double value;
	} numbers[] = { { "a 12\n", 12 }, { "a 1.5e+06\n", 1.5e6 }, { "a +3\n", 3 }, { "a -0.25\n", -0.25 },
		{ "a .5\n", 0.5 }, { "a 5.\n", 5 }, { "a 1E-3\n", 1e-3 },
		{ "a 4.9406564584124654e-324\n", 4.9406564584124654e-324 }, { "a +Inf\n", INFINITY },
		{ "a -Inf\n", -INFINITY }, { "a inf\n", INFINITY }, { "a Infinity\n", INFINITY },
		{ "a 1.7976931348623157e+308\n", 1.7976931348623157e308 }, { "a 0\n", 0 } };
	static const char *const none[] = { "a 0x1p-2\n", "a 1_000\n", "a ten\n", "a 1e\n", "a e5\n", "a .\n",
		"a --1\n", "a 1,5\n", "a nano\n", "a +\n", "a 1e+\n", "a 1.2.3\n" };
	int64_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		read_one(numbers[i].text);
		if (sample.value != numbers[i].value)
			fail_msg("%s is %g", numbers[i].text, sample.value);
	}
	read_one("a NaN\n");
	assert_true(isnan(sample.value));
	assert_int_equal(metric_whole(&sample, 0, &whole, &why), -1);
	read_one("a nan\n");
	assert_true(isnan(sample.value));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		refused(none[i], "is no number");
}

static void
counts_are_exact_where_a_double_would_not_be(void **state)
{
	int64_t whole;

	(void)state;
	read_one("a 9007199254740993\n");
	assert_int_equal(metric_whole(&sample, 0, &whole, &why), 0);
	assert_int_equal(whole, INT64_C(9007199254740993));
	read_one("a 1.250431e+06\n");
	assert_int_equal(metric_whole(&sample, 0, &whole, &why), 0);
	assert_int_equal(whole, 1250431);
	read_one("a 241.7\n");
	assert_int_equal(metric_whole(&sample, 6, &whole, &why), 0);
	assert_int_equal(whole, 241700000);
	read_one("a 1e30\n");
	assert_int_equal(metric_whole(&sample, 0, &whole, &why), -1);
	read_one("a +Inf\n");
	assert_int_equal(metric_whole(&sample, 0, &whole, &why), -1);
}

static void
times_are_milliseconds_in_text_format_and_seconds_in_open_metrics(void **state)
{
	(void)state;
	read_one("a 1 1793491200123\n");
	assert_int_equal(sample.at_us, INT64_C(1793491200123000));
	read_one("a 1 -1000\n");
	assert_int_equal(sample.at_us, -1000000);
	refused("a 1 1793491200.5\n", "whole milliseconds");
	refused("a 1 1e3\n", "whole milliseconds");
	refused("a 1 99999999999999999999\n", "whole milliseconds");
	read_one("a 1 1793491200\n# EOF\n");
	assert_int_equal(sample.at_us, INT64_C(1793491200000000));
	read_one("a 1 1.793491200125e9\n# EOF");
	assert_int_equal(sample.at_us, INT64_C(1793491200125000));
	refused("a 1 soon\n# EOF\n", "no number of seconds");
}

static void
open_metrics_has_exemplars_units_and_an_end(void **state)
{
	(void)state;
	read_one(
		"# TYPE foo counter\n# UNIT foo seconds\nfoo_total{a=\"b\"} 17.0 1520879607.789 # {trace_id=\"KOO5S4vxi0o\"} 0.67\n# EOF\n");
	assert_int_equal(sample.type, METRIC_COUNTER);
	assert_int_equal(sample.at_us, INT64_C(1520879607789000));
	assert_true(sample.value == 17);
	read_one("# TYPE h histogram\nh_bucket{le=\"+Inf\"} 17 # {} 9.8 1520879607.789\n# EOF\n");
	assert_int_equal(sample.type, METRIC_HISTOGRAM);
	refused("a 1 # no\n# EOF\n", "exemplar");
	refused("a 1 # {a=\"b\"}\n# EOF\n", "exemplar has no value");
	refused("a 1 # {a=\"b\"} 1 later\n# EOF\n", "time of the exemplar");
	begin("a 1\n# EOF\nb 2\n# EOF\n");
	assert_int_equal(exposition_next(&page, &sample, &why), 1);
	assert_int_equal(exposition_next(&page, &sample, &why), -1);
	assert_non_null(strstr(why.text, "behind '# EOF'"));
}

static void
a_family_knows_its_samples_by_their_suffix(void **state)
{
	static const struct {
		const char *text;
		enum metric_type type;
	} cases[] = { { "# TYPE a counter\na 1\n", METRIC_COUNTER },
		{ "# TYPE a counter\na_total 1\n", METRIC_COUNTER },
		{ "# TYPE a_total counter\na_total 1\n", METRIC_COUNTER },
		{ "# TYPE a counter\na_created 1\n", METRIC_COUNTER }, { "# TYPE a counter\nab 1\n", METRIC_UNTYPED },
		{ "# TYPE a histogram\na_bucket{le=\"1\"} 1\n", METRIC_HISTOGRAM },
		{ "# TYPE a histogram\na_sum 1\n", METRIC_HISTOGRAM },
		{ "# TYPE a histogram\na_count 1\n", METRIC_HISTOGRAM },
		{ "# TYPE a summary\na{quantile=\"0.5\"} 1\n", METRIC_SUMMARY },
		{ "# TYPE a summary\na_sum 1\n", METRIC_SUMMARY }, { "# TYPE a gauge\na 1\n", METRIC_GAUGE },
		{ "# TYPE a gauge\na_sum 1\n", METRIC_UNTYPED }, { "# TYPE a info\na_info{v=\"1\"} 1\n", METRIC_INFO },
		{ "# TYPE a stateset\na{a=\"on\"} 1\n", METRIC_STATESET },
		{ "# TYPE a gaugehistogram\na_gsum 1\n", METRIC_GAUGEHISTOGRAM },
		{ "# TYPE a unknown\na 1\n", METRIC_UNTYPED }, { "# TYPE a untyped\na 1\n", METRIC_UNTYPED },
		{ "#\tTYPE\ta\tgauge\na 1\n", METRIC_GAUGE }, { "# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n", METRIC_GAUGE },
		{ "a 1\n", METRIC_UNTYPED }, { "# TYPE a_total histogram\na_total_sum 1\n", METRIC_HISTOGRAM } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		read_one(cases[i].text);
		if (sample.type != cases[i].type)
			fail_msg("%s is a %s", cases[i].text, metric_type_name(sample.type));
	}
}

static void
a_line_that_is_no_sample_costs_only_itself(void **state)
{
	int samples = 0, refusals = 0, got;

	(void)state;
	begin("a 1\nb{c=\"d} 2\n9e 3\nf{g=\"h\",g=\"i\"} 4\n{x=\"y\"} 5\nj-k 6\nl{m} 7\nn{o=p} 8\nq\nr 9 10 11\ns 12\n");
	while ((got = exposition_next(&page, &sample, &why)) != 0) {
		samples += got > 0;
		refusals += got < 0;
		assert_int_equal(page.line, samples + refusals);
	}
	assert_int_equal(samples, 2);
	assert_int_equal(refusals, 9);
}

static void
too_many_labels_are_refused(void **state)
{
	char text[4000] = "a{";

	(void)state;
	for (int i = 0; i < METRIC_LABELS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "l%d=\"v\",", i);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "} 1\n");
	read_one(text);
	assert_int_equal(sample.labels, METRIC_LABELS_MAX);
	snprintf(text + strlen(text) - 4, 32, "more=\"v\"} 1\n");
	refused(text, "more than");
}

/* Every line of a page that others wrote is a sample or a comment. */
static void
pages_of_others_are_read_whole(void **state)
{
	static const char *const files[] = { "vllm_metrics.txt", "dcgm_metrics.txt" };
	static const int counts[] = { 17, 4 };
	const char *shared = getenv("SHARED");
	char path[512];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t n;
		int samples = 0, got;
		char *bytes;

		snprintf(path, sizeof(path), "%s/data/samples/%s", shared == NULL ? "../shared" : shared, files[i]);
		if ((bytes = read_file(path, &n)) == NULL)
			skip();
		exposition_begin(&page, bytes, n, 1);
		while ((got = exposition_next(&page, &sample, &why)) == 1) {
			samples++;
			assert_true(sample.type != METRIC_UNTYPED);
		}
		assert_int_equal(got, 0);
		assert_int_equal(samples, counts[i]);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_is_a_name_labels_a_value_and_a_time),
		cmocka_unit_test(blanks_and_line_ends_may_stand_where_the_grammar_lets_them),
		cmocka_unit_test(escapes_of_label_values_are_undone),
		cmocka_unit_test(labels_come_in_one_order),
		cmocka_unit_test(numbers_are_what_go_writes),
		cmocka_unit_test(counts_are_exact_where_a_double_would_not_be),
		cmocka_unit_test(times_are_milliseconds_in_text_format_and_seconds_in_open_metrics),
		cmocka_unit_test(open_metrics_has_exemplars_units_and_an_end),
		cmocka_unit_test(a_family_knows_its_samples_by_their_suffix),
		cmocka_unit_test(a_line_that_is_no_sample_costs_only_itself),
		cmocka_unit_test(too_many_labels_are_refused),
		cmocka_unit_test(pages_of_others_are_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
