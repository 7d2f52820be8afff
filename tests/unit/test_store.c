#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/ledger_kit.h"

static const char row[] = "at,id,model,in_uncached\n2026-08-01T12:00:00Z,a,m,10\n";

static void
close_store(struct kit *kit)
{
	store_close(kit->store);
	kit->store = NULL;
}

static void
patch_file(const char *file, long offset, const void *bytes, size_t n)
{
	FILE *stream = fopen(file, "r+b");

	assert_non_null(stream);
	assert_int_equal(fseek(stream, offset, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, stream), n);
	assert_int_equal(fclose(stream), 0);
}

static void
a_ledger_is_made_with_its_folders_when_it_is_opened_for_writing(void **state)
{
	struct kit *kit = *state;
	char deep[300];
	struct store *store;
	struct err err;

	snprintf(deep, sizeof(deep), "%s/a/b.c/d", kit->folder);
	store = store_open(deep, STORE_WRITE, &err);
	assert_non_null(store);
	assert_non_null(strstr(store_path(store), "/a/b.c/d/" STORE_FILE));
	store_close(store);
}

static void
reading_where_there_is_no_ledger_is_said_to_be_missing(void **state)
{
	struct kit *kit = *state;

	assert_null(store_open(kit->folder, STORE_READ, &kit->err));
	assert_int_equal(kit->err.kind, ERR_MISSING);
	assert_non_null(strstr(kit->err.text, kit->folder));
}

static void
a_newer_ledger_is_refused_by_name_and_version(void **state)
{
	struct kit *kit = *state;
	const unsigned char version[4] = { 0, 0, 0, 99 };

	kit_store(kit);
	close_store(kit);
	patch_file(kit->file, 60, version, 4); /* user_version in the header of an SQLite file */
	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		assert_null(store_open(kit->folder, mode, &kit->err));
		assert_int_equal(kit->err.kind, ERR_OUTSIDE);
		assert_non_null(strstr(kit->err.text, kit->file));
		assert_non_null(strstr(kit->err.text, "version 99"));
		assert_non_null(strstr(kit->err.text, "newer"));
	}
}

static void
a_data_base_of_another_program_is_not_touched(void **state)
{
	struct kit *kit = *state;
	const unsigned char other[4] = { 1, 2, 3, 4 };

	kit_store(kit);
	close_store(kit);
	patch_file(kit->file, 68, other, 4); /* application_id */
	assert_null(store_open(kit->folder, STORE_WRITE, &kit->err));
	assert_non_null(strstr(kit->err.text, "another program"));
}

static void
a_file_that_is_no_data_base_is_said_to_be_damaged(void **state)
{
	struct kit *kit = *state;
	char junk[8192];

	memset(junk, 'x', sizeof(junk));
	FILE *stream = fopen(kit->file, "wb");
	assert_non_null(stream);
	fwrite(junk, 1, sizeof(junk), stream);
	fclose(stream);
	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		assert_null(store_open(kit->folder, mode, &kit->err));
		assert_int_equal(kit->err.kind, ERR_OUTSIDE);
		assert_non_null(strstr(kit->err.text, "damaged"));
	}
}

static void
a_ledger_that_was_cut_off_is_said_to_be_damaged(void **state)
{
	struct kit *kit = *state;

	assert_int_equal(kit_import(kit, row), 0);
	close_store(kit);
	assert_int_equal(truncate(kit->file, 20000), 0);
	assert_null(store_open(kit->folder, STORE_READ, &kit->err));
	assert_non_null(strstr(kit->err.text, "damaged"));
}

static void
the_integrity_check_finds_a_page_that_was_overwritten(void **state)
{
	struct kit *kit = *state;
	char junk[2048];
	struct stat status;

	assert_int_equal(kit_import(kit, row), 0);
	assert_int_equal(store_integrity(kit->store, &kit->err), 0);
	close_store(kit);
	memset(junk, 0x5a, sizeof(junk));
	assert_int_equal(stat(kit->file, &status), 0);
	patch_file(kit->file, status.st_size / 4096 / 2 * 4096, junk, sizeof(junk));
	kit->store = store_open(kit->folder, STORE_READ, &kit->err);
	if (kit->store != NULL)
		assert_int_not_equal(store_integrity(kit->store, &kit->err), 0);
	assert_non_null(strstr(kit->err.text, "damaged"));
}

static void
damage_inside_a_small_ledger_is_said_when_it_is_opened(void **state)
{
	struct kit *kit = *state;
	char junk[2048];
	struct stat status;

	assert_int_equal(kit_import(kit, row), 0);
	close_store(kit);
	memset(junk, 0x5a, sizeof(junk));
	assert_int_equal(stat(kit->file, &status), 0);
	patch_file(kit->file, status.st_size / 4096 / 2 * 4096, junk, sizeof(junk));
	for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
		assert_null(store_open(kit->folder, mode, &kit->err));
		assert_non_null(strstr(kit->err.text, "damaged"));
		assert_null(strchr(kit->err.text, '\n')); /* one sentence */
		assert_null(strstr(kit->err.text, "***"));
	}
}

static void
a_ledger_that_another_writes_to_is_said_to_be_locked(void **state)
{
	struct kit *kit = *state;
	struct store *second;

	kit_store(kit);
	second = store_open(kit->folder, STORE_WRITE, &kit->err);
	assert_non_null(second);
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	assert_int_equal(store_begin(second, &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_BUSY);
	assert_non_null(strstr(kit->err.text, "locked"));
	store_rollback(kit->store);
	assert_int_equal(store_begin(second, &kit->err), 0);
	store_close(second);
}

static void
a_reader_sees_what_was_committed_while_another_writes(void **state)
{
	struct kit *kit = *state;
	struct store *reader;
	char value[16];

	kit_store(kit);
	reader = store_open(kit->folder, STORE_READ, &kit->err);
	assert_non_null(reader);
	assert_int_equal(store_begin(kit->store, &kit->err), 0);
	assert_int_equal(store_meta_set(kit->store, "demo", "1", &kit->err), 0);
	assert_int_equal(store_meta_get(reader, "demo", value, sizeof(value), &kit->err), 0);
	assert_int_equal(store_commit(kit->store, &kit->err), 0);
	assert_int_equal(store_meta_get(reader, "demo", value, sizeof(value), &kit->err), 1);
	assert_string_equal(value, "1");
	store_close(reader);
}

static void
a_reading_handle_cannot_write(void **state)
{
	struct kit *kit = *state;
	struct store *reader;

	kit_store(kit);
	reader = store_open(kit->folder, STORE_READ, &kit->err);
	assert_int_equal(store_meta_set(reader, "demo", "1", &kit->err), -1);
	assert_non_null(strstr(kit->err.text, "read-only"));
	store_close(reader);
}

/* In a process that is not root: root may write everywhere. Exit status 0 when open behaves, else which part. */
static int
open_as_nobody(struct kit *kit)
{
	struct store *store;
	struct err err;

	if (geteuid() == 0 && (setegid(65534) != 0 || seteuid(65534) != 0))
		return 1;
	if ((store = store_open(kit->folder, STORE_WRITE, &err)) != NULL)
		return 2;
	if (strstr(err.text, "read-only") == NULL && strstr(err.text, "cannot be opened") == NULL)
		return 3;
	if ((store = store_open(kit->folder, STORE_READ, &err)) == NULL)
		return 4;
	store_close(store);
	return 0;
}

static void
in_a_folder_that_cannot_be_written_a_ledger_can_be_read_but_not_opened_for_writing(void **state)
{
	struct kit *kit = *state;
	int status = 0;
	pid_t child;

	assert_int_equal(kit_import(kit, row), 0);
	close_store(kit);
	assert_int_equal(chmod(kit->file, 0444), 0);
	assert_int_equal(chmod(kit->folder, 0555), 0);
	child = fork();
	if (child == 0)
		_exit(open_as_nobody(kit));
	assert_int_equal(waitpid(child, &status, 0), child);
	chmod(kit->folder, 0755);
	assert_int_equal(status, 0);
}

static void
a_backup_is_a_ledger_with_the_same_sums_and_no_other_file(void **state)
{
	struct kit *kit = *state;
	char file[288], log[300];
	struct store *copy;

	assert_int_equal(kit_import(kit, row), 0);
	snprintf(file, sizeof(file), "%s/copy.backup", kit->folder);
	snprintf(log, sizeof(log), "%s-wal", file);
	assert_int_equal(store_backup(kit->store, file, &kit->err), 0);
	assert_int_not_equal(access(log, F_OK), 0);
	copy = store_open(file, STORE_READ, &kit->err);
	assert_non_null(copy);
	assert_int_equal(rollup_check(copy, &kit->err), 0);
	store_close(copy);
	assert_int_equal(store_backup(kit->store, file, &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_INPUT);
}

static void
a_restore_brings_back_what_the_backup_held_and_keeps_what_was_there(void **state)
{
	struct kit *kit = *state;
	char file[288], kept[400];
	struct store *old;

	assert_int_equal(kit_import(kit, row), 0);
	snprintf(file, sizeof(file), "%s/copy.db", kit->folder);
	assert_int_equal(store_backup(kit->store, file, &kit->err), 0);
	assert_int_equal(kit_import(kit, "at,id,model,in_uncached\n2026-08-02T12:00:00Z,b,m,5\n"), 0);
	close_store(kit);
	if (store_restore(kit->folder, file, kept, sizeof(kept), &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	assert_int_equal(kit_total(kit).rows, 1);
	old = store_open(kept, STORE_READ, &kit->err);
	assert_non_null(old);
	store_close(old);
}

static void
a_ledger_that_is_in_use_is_not_restored_over(void **state)
{
	struct kit *kit = *state;
	char file[288], kept[400];

	assert_int_equal(kit_import(kit, row), 0);
	snprintf(file, sizeof(file), "%s/copy.db", kit->folder);
	assert_int_equal(store_backup(kit->store, file, &kit->err), 0);
	assert_int_equal(kit_import(kit, "at,id,model,in_uncached\n2026-08-02T12:00:00Z,b,m,5\n"), 0);
	assert_int_equal(store_restore(kit->folder, file, kept, sizeof(kept), &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_BUSY);
	assert_non_null(strstr(kit->err.text, "in use"));
	assert_int_equal(kit_total(kit).rows, 2);
}

static void
what_is_no_sound_ledger_is_not_restored(void **state)
{
	struct kit *kit = *state;
	char file[288], kept[400];
	FILE *stream;

	assert_int_equal(kit_import(kit, row), 0);
	close_store(kit);
	snprintf(file, sizeof(file), "%s/junk.db", kit->folder);
	assert_int_equal(store_restore(kit->folder, "/no/such/backup", kept, sizeof(kept), &kit->err), -1);
	assert_int_equal(kit->err.kind, ERR_MISSING);
	stream = fopen(file, "w");
	fputs("not a ledger, and long enough to be looked at as one would look at a page of a file", stream);
	fclose(stream);
	assert_int_equal(store_restore(kit->folder, file, kept, sizeof(kept), &kit->err), -1);
	assert_int_equal(kit_total(kit).rows, 1);
}

static void
a_damaged_ledger_is_moved_aside_by_a_restore(void **state)
{
	struct kit *kit = *state;
	char file[288], kept[400], junk[8192];

	assert_int_equal(kit_import(kit, row), 0);
	snprintf(file, sizeof(file), "%s/copy.db", kit->folder);
	assert_int_equal(store_backup(kit->store, file, &kit->err), 0);
	close_store(kit);
	memset(junk, 'x', sizeof(junk));
	patch_file(kit->file, 0, junk, sizeof(junk));
	if (store_restore(kit->folder, file, kept, sizeof(kept), &kit->err) != 0)
		fail_msg("%s", kit->err.text);
	assert_int_equal(access(kept, F_OK), 0);
	assert_int_equal(kit_total(kit).rows, 1);
	assert_sound(kit);
}

#define with_kit(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_kit(a_ledger_is_made_with_its_folders_when_it_is_opened_for_writing),
		with_kit(reading_where_there_is_no_ledger_is_said_to_be_missing),
		with_kit(a_newer_ledger_is_refused_by_name_and_version),
		with_kit(a_data_base_of_another_program_is_not_touched),
		with_kit(a_file_that_is_no_data_base_is_said_to_be_damaged),
		with_kit(a_ledger_that_was_cut_off_is_said_to_be_damaged),
		with_kit(the_integrity_check_finds_a_page_that_was_overwritten),
		with_kit(damage_inside_a_small_ledger_is_said_when_it_is_opened),
		with_kit(a_ledger_that_another_writes_to_is_said_to_be_locked),
		with_kit(a_reader_sees_what_was_committed_while_another_writes),
		with_kit(a_reading_handle_cannot_write),
		with_kit(in_a_folder_that_cannot_be_written_a_ledger_can_be_read_but_not_opened_for_writing),
		with_kit(a_backup_is_a_ledger_with_the_same_sums_and_no_other_file),
		with_kit(a_restore_brings_back_what_the_backup_held_and_keeps_what_was_there),
		with_kit(a_ledger_that_is_in_use_is_not_restored_over),
		with_kit(what_is_no_sound_ledger_is_not_restored),
		with_kit(a_damaged_ledger_is_moved_aside_by_a_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
