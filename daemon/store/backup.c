/*
 * store: copies of a ledger, and whether one is sound.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/store/handle.h"
#include "daemon/store/rollup.h"

#define TRIES 100 /* of 50 ms */

/* ---- integrity */

int
store_fault(struct store *store, const char *sql, const char *sound, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), status = 0;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(statement, 0);

		if (sound == NULL || text == NULL || strcmp(text, sound) != 0) {
			const char *line = text == NULL ? "?" : text;

			/* SQLite puts a title line, "*** in database main ***", before what it found. */
			if (line[0] == '*' && strchr(line, '\n') != NULL)
				line = strchr(line, '\n') + 1;
			err_set(err, ERR_OUTSIDE,
				"ledger %s is damaged (%.*s); `breakeven restore` brings a backup back", store->path,
				(int)strcspn(line, "\n"), line);
			status = 1;
		}
	} else if ((code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB) {
		store_fail(store, code, err);
		status = 1;
	} else if (code != SQLITE_DONE) {
		status = store_fail(store, code, err);
	}
	sqlite3_finalize(statement);
	return status;
}

int
store_integrity(struct store *store, struct err *err)
{
	sqlite3_stmt *astray;
	int status = store_fault(store, "PRAGMA integrity_check(1)", "ok", err);

	if (status == 0)
		status = store_fault(store,
			"SELECT 'a row of ' || \"table\" || ' names a row of ' || parent || ' that is not there' "
			"FROM pragma_foreign_key_check LIMIT 1",
			NULL, err);
	if (status != 0)
		return status;
	astray = statement_get(store, ST_usage_astray);
	if (statement_step(store, astray, err) != 1)
		return -1;
	if (sqlite3_column_int64(astray, 0) > 0) {
		err_set(err, ERR_OUTSIDE,
			"ledger %s is damaged: %lld lines of usage name a series or price that is not there",
			store->path, (long long)sqlite3_column_int64(astray, 0));
		status = 1;
	}
	sqlite3_reset(astray);
	return status;
}

/* ---- copying */

static int
copy_all(sqlite3 *to, sqlite3 *from, const char *to_name, struct err *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int code, waited = 0;

	if (backup == NULL)
		return err_set(err, ERR_OUTSIDE, "%s: %s", to_name, sqlite3_errmsg(to));
	while (((code = sqlite3_backup_step(backup, -1)) == SQLITE_BUSY || code == SQLITE_LOCKED) && waited++ < TRIES)
		sqlite3_sleep(50);
	sqlite3_backup_finish(backup);
	if (code == SQLITE_DONE)
		return 0;
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return err_set(err, ERR_BUSY, "%s is locked: another process uses it", to_name);
	return err_set(err, ERR_OUTSIDE, "%s: %s", to_name, sqlite3_errstr(code));
}

/* Open a copy as a ledger and check it whole. */
static int
verify(const char *file, struct err *err)
{
	struct store *store = store_open(file, STORE_READ, err);
	int status = store == NULL ? -1 : store_integrity(store, err);

	if (status == 0)
		status = rollup_check(store, err);
	store_close(store);
	return status == 0 ? 0 : -1;
}

/* Make the copy a file of its own: without a log beside it, and with everything on the disk. */
static int
settle(sqlite3 *db, const char *name, struct err *err)
{
	int code = sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : err_set(err, ERR_OUTSIDE, "%s: %s", name, sqlite3_errmsg(db));
}

int
store_backup(struct store *store, const char *file, struct err *err)
{
	sqlite3 *copy = NULL;
	struct stat status;
	char part[PATH_MAX];
	int code;

	if (snprintf(part, sizeof(part), "%s.part.db", file) >= (int)sizeof(part))
		return err_set(err, ERR_INPUT, "the name of the backup is too long");
	if (stat(file, &status) == 0)
		return err_set(err, ERR_INPUT, "%s: there is a file of that name already", file);
	unlink(part);
	code = sqlite3_open_v2(part, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK) {
		err_set(err, ERR_OUTSIDE, "%s: cannot be written: %s", file,
			copy == NULL ? "no memory" : sqlite3_errmsg(copy));
		goto failed;
	}
	if (copy_all(copy, store->db, file, err) != 0 || settle(copy, file, err) != 0)
		goto failed;
	sqlite3_close(copy);
	copy = NULL;
	if (verify(part, err) != 0)
		goto failed;
	if (link(part, file) != 0 && rename(part, file) != 0) {
		err_set(err, ERR_OUTSIDE, "%s: %s", file, strerror(errno));
		goto failed;
	}
	unlink(part);
	return 0;
failed:
	sqlite3_close(copy);
	unlink(part);
	return -1;
}

/* ---- restoring */

/* Open the ledger at path so that nobody else has it open. WAL gives way only to the last handle. */
static int
open_alone(sqlite3 **db, const char *path, struct err *err)
{
	int code = sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(*db,
			"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT", NULL,
			NULL, NULL);
	if (code == SQLITE_OK)
		return 0;
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
		return err_set(err, ERR_BUSY, "ledger %s is in use: stop the program that has it open first", path);
	return err_set(err, ERR_OUTSIDE, "ledger %s: %s", path, *db == NULL ? "no memory" : sqlite3_errmsg(*db));
}

/* Whether the ledger holds anything that a person would miss. */
static int
holds_anything(struct store *store, bool *holds, struct err *err)
{
	int64_t rows = 0;

	*holds = false;
	if (store_pragma_whole(store, "SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM fleet)", &rows, err) !=
		0)
		return -1;
	*holds = rows > 0;
	return 0;
}

/* What is there is kept under another name; a damaged file is moved away as it is. */
static int
keep_old(const char *path, char *kept, size_t size, struct err *err)
{
	struct err why;
	struct store *old = store_open(path, STORE_WRITE, &why);
	bool holds = false;
	char log[PATH_MAX + 8];
	int n = snprintf(kept, size, "%s-before-%lld.db", path, (long long)time(NULL));

	if (n >= (int)size) {
		store_close(old);
		return err_set(err, ERR_INPUT, "the name of the ledger is too long");
	}
	if (old == NULL && why.kind == ERR_BUSY)
		return err_set(err, why.kind, "%s", why.text);
	if (old == NULL) { /* not readable as a ledger: out of the way with it */
		if (rename(path, kept) != 0)
			return err_set(err, ERR_OUTSIDE, "%s: %s", path, strerror(errno));
		for (int i = 0; i < 2; i++) {
			snprintf(log, sizeof(log), "%s%s", path, i == 0 ? "-wal" : "-shm");
			unlink(log);
		}
		return 0;
	}
	if (holds_anything(old, &holds, err) != 0 || (holds && store_backup(old, kept, err) != 0)) {
		store_close(old);
		return -1;
	}
	if (!holds)
		kept[0] = '\0';
	store_close(old);
	return 0;
}

int
store_restore(const char *path, const char *file, char *kept, size_t size, struct err *err)
{
	struct store *from = NULL, *made = NULL;
	char ledger[PATH_MAX];
	sqlite3 *to = NULL;
	int status = -1;

	kept[0] = '\0';
	if (access(file, R_OK) != 0)
		return err_set(
			err, errno == ENOENT ? ERR_MISSING : ERR_OUTSIDE, "backup %s: %s", file, strerror(errno));
	if (store_file(path, ledger, err) != 0 || (from = store_open(file, STORE_READ, err)) == NULL)
		return err_in(err, "backup");
	if ((store_integrity(from, err) != 0 || rollup_check(from, err) != 0) && err_in(err, "backup"))
		goto done;
	if (access(ledger, F_OK) == 0) {
		if (open_alone(&to, ledger, err) != 0 && err->kind == ERR_BUSY)
			goto done;
		sqlite3_close(to);
		to = NULL;
		if (keep_old(ledger, kept, size, err) != 0)
			goto done;
	}
	if (access(ledger, F_OK) != 0) {
		if ((made = store_open(ledger, STORE_WRITE, err)) == NULL)
			goto done;
		store_close(made);
	}
	if (open_alone(&to, ledger, err) != 0 || copy_all(to, from->db, ledger, err) != 0)
		goto done;
	sqlite3_close(to);
	to = NULL;
	if ((made = store_open(ledger, STORE_WRITE, err)) == NULL)
		goto done;
	status = rollup_check(made, err);
	store_close(made);
done:
	sqlite3_close(to);
	store_close(from);
	return status;
}
