#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/zone.h"
#include "models/units/err.h"

/* A folder of zones made here: Europe/Berlin and UTC+1 alike, and a file that is none. */
static char folder[] = "/tmp/breakeven-zone-XXXXXX";

static void
write_file(const char *name, const void *bytes, size_t n)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	fwrite(bytes, 1, n, file);
	fclose(file);
}

static int
make_folder(void **state)
{
	unsigned char bytes[44 + 6 + 4] = "TZif";
	char path[128];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	bytes[39] = 1;
	bytes[43] = 4;
	bytes[46] = 0x0e; /* 3600 seconds */
	bytes[47] = 0x10;
	snprintf(path, sizeof(path), "%s/Europe", folder);
	mkdir(path, 0700);
	write_file("Europe/Berlin", bytes, sizeof(bytes));
	write_file("Made", bytes, sizeof(bytes));
	write_file("Wrong", bytes, 20);
	setenv("TZDIR", folder, 1);
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "Europe/Berlin", "Made", "Wrong" };
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/Europe", folder);
	rmdir(path);
	return rmdir(folder);
}

static void
a_zone_is_found_in_the_folder_that_tzdir_names(void **state)
{
	struct zone zone;
	struct err err = { 0 };

	(void)state;
	if (zone_load(&zone, "Europe/Berlin", &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(zone.name, "Europe/Berlin");
	assert_int_equal(zone_offset(&zone, 0), 3600);
}

static void
utc_needs_no_folder(void **state)
{
	struct zone zone;
	struct err err = { 0 };

	(void)state;
	setenv("TZDIR", "/nonexistent", 1);
	assert_int_equal(zone_load(&zone, "UTC", &err), 0);
	assert_int_equal(zone_offset(&zone, 0), 0);
	assert_int_equal(zone_load(&zone, "Europe/Berlin", &err), -1);
	assert_int_equal(err.kind, ERR_MISSING);
	assert_non_null(strstr(err.text, "tzdata"));
	setenv("TZDIR", folder, 1);
}

static void
an_unknown_zone_is_answered_with_the_nearest(void **state)
{
	static const struct {
		const char *name, *error;
	} cases[] = {
		{ "Europe/Berln", "time zone 'Europe/Berln' is unknown; the nearest is 'Europe/Berlin'" },
		{ "europe/berlin", "the nearest is 'Europe/Berlin'" },
		{ "berlin", "the nearest is 'Europe/Berlin'" },
		{ "utc", "the nearest is 'UTC'" },
		{ "Mde", "the nearest is 'Made'" },
		{ "Europe", "time zone 'Europe' is unknown; a name is such as" },
		{ "Made/Here", "time zone 'Made/Here' is unknown" },
		{ "Mars/Olympus_Mons", "time zone 'Mars/Olympus_Mons' is unknown; a name is such as" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zone zone;
		struct err err = { 0 };

		assert_int_equal(zone_load(&zone, cases[i].name, &err), -1);
		assert_int_equal(err.kind, ERR_MISSING);
		if (strstr(err.text, cases[i].error) == NULL)
			fail_msg("%s", err.text);
	}
}

static void
a_name_cannot_lead_out_of_the_folder(void **state)
{
	static const char *const names[] = { "", "/etc/passwd", "../Made", "Europe/../Made", "Europe//Berlin",
		"Europe/", "./Made", "Ma de", "Made\n", "a.b",
		"Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct zone zone;
		struct err err = { 0 };

		if (zone_load(&zone, names[i], &err) == 0)
			fail_msg("'%s' was taken", names[i]);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_null(strchr(err.text, '\n'));
	}
}

static void
a_file_that_is_no_zone_is_refused_by_its_name(void **state)
{
	struct zone zone;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(zone_load(&zone, "Wrong", &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.text, "Wrong"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_found_in_the_folder_that_tzdir_names),
		cmocka_unit_test(utc_needs_no_folder),
		cmocka_unit_test(an_unknown_zone_is_answered_with_the_nearest),
		cmocka_unit_test(a_name_cannot_lead_out_of_the_folder),
		cmocka_unit_test(a_file_that_is_no_zone_is_refused_by_its_name),
	};

	return cmocka_run_group_tests_name("zone", tests, make_folder, remove_folder);
}
