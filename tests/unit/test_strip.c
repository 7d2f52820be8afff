#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/base/strip.h"

struct example {
	const char *from, *to;
};

static void
strips_to(size_t (*strip)(char *, size_t), const struct example *examples, size_t n)
{
	char text[512];

	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(examples[i].from);

		memcpy(text, examples[i].from, length + 1);
		text[strip(text, length)] = '\0';
		assert_string_equal(text, examples[i].to);
	}
}

static void
comments_and_blanks_go_from_a_script(void **state)
{
	static const struct example examples[] = {
		{ "", "" },
		{ "// only a comment", "" },
		{ "let a = 1; // one\n\n\tlet b = 2;\n", "let a=1;\nlet b=2;\n" },
		{ "a /* between */ b", "a b\n" },
		{ "a/* over\n lines */b", "a\nb\n" },
		{ "x = { a: 1, b : [ 2 ] }", "x={a:1,b:[2]}\n" },
		{ "/* first */\nimport { a } from './b.js';\n", "import{a}from'./b.js';\n" },
	};

	(void)state;
	strips_to(strip_script, examples, sizeof(examples) / sizeof(examples[0]));
}

static void
blanks_that_part_signs_stay(void **state)
{
	static const struct example examples[] = {
		{ "a + +b - -c", "a + +b - -c" },
		{ "a < !--b", "a < !--b" },
		{ "return  x in y", "return x in y\n" },
		{ "1 .toFixed()", "1 .toFixed()" },
		{ "return\nx", "return\nx" },
		{ "a\n++\nb", "a\n++\nb" },
	};

	(void)state;
	strips_to(strip_script, examples, sizeof(examples) / sizeof(examples[0]));
}

static void
strings_templates_and_regular_expressions_stay_as_they_are(void **state)
{
	static const struct example examples[] = {
		{ "'// no  comment'", "'// no  comment'" },
		{ "\"it's /* none */\"", "\"it's /* none */\"" },
		{ "'a\\'b  // c'", "'a\\'b  // c'" },
		{ "`a  // b\n\t${ c /* gone */ }  d`", "`a  // b\n\t${c}  d`\n" },
		{ "`${ f({ a: `in  ${ 1 }  it` }) }  out`", "`${f({a:`in  ${1}  it`})}  out`\n" },
		{ "`\\${ x }`", "`\\${ x }`" },
		{ "x.replace(/[/'\"]  \\/ \\//g, '')", "x.replace(/[/'\"]  \\/ \\//g,'')\n" },
		{ "return /a  b/.test(c)", "return /a  b/.test(c)" },
		{ "a / b  / c // d", "a / b / c\n" },
		{ "f(a) / 2 + b[0] / 3 + '  '", "f(a)/ 2 + b[0]/ 3 +'  '\n" },
		{ "typeof /x  y/ ", "typeof /x  y/\n" },
	};

	(void)state;
	strips_to(strip_script, examples, sizeof(examples) / sizeof(examples[0]));
}

static void
what_is_not_closed_ends_with_the_text(void **state)
{
	static const struct example examples[] = {
		{ "'a", "'a" },
		{ "`a ${ b", "`a ${b\n" },
		{ "/* a", "" },
		{ "x = /a", "x=/a\n" },
		{ "'a\\", "'a\\" },
	};

	(void)state;
	strips_to(strip_script, examples, sizeof(examples) / sizeof(examples[0]));
}

static void
a_style_sheet_keeps_the_blanks_that_it_means(void **state)
{
	static const struct example examples[] = {
		{ "/* a */\na b { color: red; } /* c */\n", "a b { color: red; }\n" },
		{ "a { width: calc(1px + 2px);\n\n\tcontent: '/*  */'; }\n",
			"a { width: calc(1px + 2px);\ncontent: '/*  */'; }\n" },
		{ "a/**/b {}", "a b {}\n" },
		{ "a { background: url(//x/y) }", "a { background: url(//x/y) }" },
	};

	(void)state;
	strips_to(strip_style, examples, sizeof(examples) / sizeof(examples[0]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_blanks_go_from_a_script),
		cmocka_unit_test(blanks_that_part_signs_stay),
		cmocka_unit_test(strings_templates_and_regular_expressions_stay_as_they_are),
		cmocka_unit_test(what_is_not_closed_ends_with_the_text),
		cmocka_unit_test(a_style_sheet_keeps_the_blanks_that_it_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
