#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/embed.h"
#include "daemon/store/handle.h"
#include "daemon/store/occurrence.h"
#include "daemon/store/rollup.h"
#include "daemon/store/trial.h"

#define APPLICATION_ID 0x62726b65 /* "brke": tells a ledger from other SQLite files */
#define BUSY_MS 5000
#define LOOKED_AT_WRITE (8 << 20) /* bytes of a ledger whose pages are looked at when it is opened: 30 ms */
#define LOOKED_AT_READ (4 << 20)
#define SCHEMA_FOLDER "sql/schema/"

int
store_fail(struct store *store, int code, struct err *err)
{
	const char *path = store->path;

	/* Parts of the write-ahead log report a full disk as a failed write. */
	if ((code & 0xff) == SQLITE_IOERR && sqlite3_system_errno(store->db) == ENOSPC)
		code = SQLITE_FULL;
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_BUSY, "ledger %s is locked: another process is writing to it; try again", path);
	case SQLITE_READONLY:
		return err_set(err, ERR_OUTSIDE, "ledger %s is read-only: file and folder must be writable", path);
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return err_set(err, ERR_OUTSIDE, "ledger %s cannot be opened: %s", path, sqlite3_errmsg(store->db));
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return err_set(err, ERR_OUTSIDE,
			"ledger %s is damaged (%s); `breakeven check` tells more, `breakeven restore` brings a backup back",
			path, sqlite3_errmsg(store->db));
	case SQLITE_FULL:
		return err_set(err, ERR_BUSY, "ledger %s cannot grow: the disk is full", path);
	case SQLITE_NOMEM:
		return err_set(err, ERR_OUTSIDE, "ledger %s: no memory left", path);
	default:
		return err_set(err, ERR_OUTSIDE, "ledger %s: %s", path, sqlite3_errmsg(store->db));
	}
}

int
store_exec(struct store *store, const char *sql, struct err *err)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : store_fail(store, code, err);
}

int
store_pragma_whole(struct store *store, const char *sql, int64_t *value, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		*value = sqlite3_column_int64(statement, 0);
		code = SQLITE_OK;
	}
	if (code != SQLITE_OK)
		store_fail(store, code, err);
	sqlite3_finalize(statement);
	return code == SQLITE_OK ? 0 : -1;
}

/* ---- where the file is */

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* The file of a path as store_open takes it; *folder is set to the length of its folder's name, 0: none. */
static int
find_file(const char *path, char *file, size_t *folder, struct err *err)
{
	struct stat status;
	bool exists = stat(path, &status) == 0;
	int n;

	if (strcmp(path, ":memory:") == 0 || (exists ? S_ISREG(status.st_mode) : ends_with(path, ".db")))
		n = snprintf(file, PATH_MAX, "%s", path);
	else
		n = snprintf(file, PATH_MAX, "%s%s" STORE_FILE, path, ends_with(path, "/") ? "" : "/");
	if (path[0] == '\0' || n >= PATH_MAX)
		return err_set(
			err, ERR_INPUT, "'%.60s%s' is no name of a data directory", path, n >= PATH_MAX ? "..." : "");
	*folder = strrchr(file, '/') == NULL ? 0 : (size_t)(strrchr(file, '/') - file);
	return 0;
}

int
store_file(const char *path, char *file, struct err *err)
{
	size_t folder;

	return find_file(path, file, &folder, err);
}

static int
make_folders(char *file, size_t folder, struct err *err)
{
	for (size_t i = 1; i <= folder; i++) {
		int failed;

		if (file[i] != '/')
			continue;
		file[i] = '\0';
		failed = mkdir(file, 0700) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS &&
			errno != EACCES;
		if (failed)
			err_set(err, ERR_OUTSIDE, "cannot make the folder %s: %s", file, strerror(errno));
		file[i] = '/';
		if (failed)
			return -1;
	}
	return 0;
}

/* ---- the schema */

static int
step_number(const struct embedded *file)
{
	return strncmp(file->name, SCHEMA_FOLDER, strlen(SCHEMA_FOLDER)) == 0 ? atoi(file->name + strlen(SCHEMA_FOLDER))
									      : 0;
}

static int
newest_step(void)
{
	int newest = 0;

	for (const struct embedded *file = embedded_files; file->name != NULL; file++)
		if (step_number(file) > newest)
			newest = step_number(file);
	return newest;
}

/* What kind of file this is: its version, or an error when it is none of ours. */
static int
read_version(struct store *store, int64_t *version, struct err *err)
{
	int64_t application, tables;

	if (store_pragma_whole(store, "PRAGMA user_version", version, err) != 0 ||
		store_pragma_whole(store, "PRAGMA application_id", &application, err) != 0 ||
		store_pragma_whole(store, "SELECT count(*) FROM sqlite_schema /*scan*/", &tables, err) != 0)
		return -1;
	if (application != APPLICATION_ID && (application != 0 || tables > 0))
		return err_set(err, ERR_OUTSIDE, "%s is a data base of another program, not a ledger of breakeven",
			store->path);
	if (*version > newest_step())
		return err_set(err, ERR_OUTSIDE,
			"ledger %s has version %lld, made by a newer breakeven; this one knows versions up to %d",
			store->path, (long long)*version, newest_step());
	return 0;
}

static int
apply_step(struct store *store, const struct embedded *file, struct err *err)
{
	int number = step_number(file);
	int64_t version;
	char pragma[96];

	snprintf(
		pragma, sizeof(pragma), "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, number);
	if (store_begin(store, err) != 0 || read_version(store, &version, err) != 0)
		goto failed;
	if (version >= number) { /* another process was faster */
		store_rollback(store);
		return 0;
	}
	if (version != number - 1) {
		err_set(err, ERR_OUTSIDE, "ledger %s has version %lld, and step %d is missing", store->path,
			(long long)version, number - 1);
		goto failed;
	}
	if (store_exec(store, (const char *)file->bytes, err) != 0 || store_exec(store, pragma, err) != 0 ||
		store_commit(store, err) != 0)
		goto failed;
	return 0;
failed:
	store_rollback(store);
	return err_in(err, "%s", file->name);
}

static int
migrate(struct store *store, int64_t version, struct err *err)
{
	for (const struct embedded *file = embedded_files; file->name != NULL; file++)
		if (step_number(file) > version && apply_step(store, file, err) != 0)
			return -1;
	return 0;
}

/* ---- open and close */

#define URI_MAX (3 * PATH_MAX + 32)

static void
write_uri(const struct store *store, const char *query, char uri[URI_MAX])
{
	size_t n = (size_t)snprintf(uri, URI_MAX, "file:");

	for (const char *p = store->path; *p != '\0'; p++) {
		bool plain = strchr("?#%", *p) == NULL;

		n += (size_t)snprintf(uri + n, URI_MAX - n, plain ? "%c" : "%%%02x", (unsigned char)*p);
	}
	snprintf(uri + n, URI_MAX - n, "%s", query);
}

static int
connect_uri(struct store *store, const char *uri, struct err *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, code;

	flags |= store->mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	code = sqlite3_open_v2(uri, &store->db, flags, NULL);
	if (code != SQLITE_OK)
		return store->db == NULL ? err_set(err, ERR_OUTSIDE, "no memory for a ledger")
					 : store_fail(store, code, err);
	sqlite3_busy_timeout(store->db, BUSY_MS);
	return 0;
}

static int
connect_file(struct store *store, bool unchanging, struct err *err)
{
	char uri[URI_MAX];

	write_uri(store, unchanging ? "?immutable=1" : "", uri);
	store->unchanging = unchanging;
	return connect_uri(store, uri, err);
}

static int
open_writing(struct store *store, struct err *err)
{
	int64_t version;

	if (connect_file(store, false, err) != 0)
		return -1;
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return store_fail(store, SQLITE_READONLY, err);
	if (read_version(store, &version, err) != 0)
		return -1;
	if (store_exec(store,
		    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		    "PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864",
		    err) != 0)
		return -1;
	return version < newest_step() ? migrate(store, version, err) : 0;
}

/*
 * Where the folder cannot be written and nobody has the ledger open, SQLite cannot make the shared memory
 * that WAL needs; the file is then read as one that does not change.
 */
static int
open_reading(struct store *store, struct err *err)
{
	struct err newer;
	int64_t version;

	if (access(store->path, F_OK) != 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_OUTSIDE,
			errno == ENOENT ? "ledger %s: %s; `breakeven collect` makes one" : "ledger %s: %s", store->path,
			strerror(errno));
	if (connect_file(store, false, err) != 0)
		return -1;
	if (read_version(store, &version, err) != 0) {
		int code = sqlite3_errcode(store->db) & 0xff;
		char log[PATH_MAX + 8];

		snprintf(log, sizeof(log), "%s-wal", store->path);
		if ((code != SQLITE_CANTOPEN && code != SQLITE_READONLY) || access(log, F_OK) == 0)
			return -1;
		sqlite3_close(store->db);
		store->db = NULL;
		if (connect_file(store, true, err) != 0 || read_version(store, &version, err) != 0)
			return -1;
	}
	if (version < newest_step()) { /* bring it up to date first */
		struct store *writer = store_open(store->path, STORE_WRITE, &newer);

		store_close(writer);
		if (writer == NULL)
			return err_set(err, newer.kind, "%s", newer.text);
	}
	return store_exec(store, "PRAGMA cache_size = -512; PRAGMA query_only = ON", err);
}

/* The ledger is opened as it would be for reading, and so brought up to date, before it is read beside the trial. */
static int
open_trial(struct store *store, struct err *err)
{
	struct err why = { .kind = ERR_NONE };
	struct store *ledger = store_open(store->path, STORE_READ, &why);
	bool unchanging = ledger != NULL && ledger->unchanging;
	char uri[URI_MAX];

	if (ledger == NULL && why.kind != ERR_MISSING)
		return err_set(err, why.kind, "%s", why.text);
	store_close(ledger);
	if (connect_uri(store, "", err) != 0 || store_exec(store, "PRAGMA cache_size = -16384", err) != 0 ||
		migrate(store, 0, err) != 0)
		return -1;
	write_uri(store, unchanging ? "?immutable=1" : "?mode=ro", uri);
	return trial_begin(store, ledger == NULL ? NULL : uri, err);
}

/* A small ledger is looked at whole, so that damage is said at the start; a large one by `breakeven check`. */
static int
look_at_pages(struct store *store, struct err *err)
{
	if (store->mode == STORE_TRIAL ||
		store_size(store) > (store->mode == STORE_WRITE ? LOOKED_AT_WRITE : LOOKED_AT_READ))
		return 0;
	if (store_fault(store, "PRAGMA quick_check(1)", "ok", err) != 0)
		return -1;
	store_rest(store);
	return 0;
}

struct store *
store_open(const char *path, enum store_mode mode, struct err *err)
{
	struct store *store = calloc(1, sizeof(*store));
	size_t folder = 0;

	if (store == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a ledger");
		return NULL;
	}
	store->mode = mode;
	if (find_file(path, store->path, &folder, err) != 0)
		goto failed;
	if (mode == STORE_WRITE && make_folders(store->path, folder, err) != 0)
		goto failed;
	if ((mode == STORE_WRITE                 ? open_writing(store, err)
			    : mode == STORE_READ ? open_reading(store, err)
						 : open_trial(store, err)) != 0)
		goto failed;
	if (statements_prepare(store, err) != 0 || look_at_pages(store, err) != 0)
		goto failed;
	return store;
failed:
	store_close(store);
	return NULL;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_rollback(store);
	rollup_free(store);
	series_forget(store);
	occurrences_forget(store);
	statements_finalize(store);
	trial_end(store);
	sqlite3_close(store->db);
	free(store);
}

const char *
store_path(const struct store *store)
{
	return store->path;
}

/* ---- transactions */

int
store_begin(struct store *store, struct err *err)
{
	if (store_exec(store, store->trial == NULL ? "BEGIN IMMEDIATE" : "SAVEPOINT run", err) != 0)
		return -1;
	store->writing = true;
	return 0;
}

int
store_commit(struct store *store, struct err *err)
{
	if (store_exec(store, store->trial == NULL ? "COMMIT" : "RELEASE run", err) != 0)
		return -1;
	store->writing = false;
	return 0;
}

void
store_rollback(struct store *store)
{
	if (!store->writing)
		return;
	rollup_forget(store);
	series_forget(store);
	occurrences_forget(store);
	sqlite3_exec(store->db, store->trial == NULL ? "ROLLBACK" : "ROLLBACK TO run; RELEASE run", NULL, NULL, NULL);
	store->writing = false;
}

int64_t
store_rest(struct store *store)
{
	int held = 0, highest, left = 0;

	sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_USED, &held, &highest, 0);
	sqlite3_db_release_memory(store->db);
	sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_USED, &left, &highest, 0);
	return held - left;
}

void
store_patience(struct store *store, int ms)
{
	sqlite3_busy_timeout(store->db, ms);
}

int
store_changed_outside(struct store *store, struct err *err)
{
	int64_t version;

	if (store_pragma_whole(store, "PRAGMA data_version", &version, err) != 0)
		return -1;
	if (version == store->data_version)
		return 0;
	store->data_version = version;
	rollup_forget(store);
	series_forget(store);
	return 1;
}

int
store_read_begin(struct store *store, struct err *err)
{
	return store_exec(store, "BEGIN", err);
}

void
store_read_end(struct store *store)
{
	sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
}

/* ---- facts about the ledger */

int
store_meta_get(struct store *store, const char *name, char *value, size_t size, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_meta_get);
	int status;

	bind_string(statement, ":name", name);
	status = statement_step(store, statement, err);
	if (status == 1) {
		struct text text = column_text(statement, 0);

		snprintf(value, size, "%.*s", (int)text.n, text.p);
		sqlite3_reset(statement);
	}
	return status;
}

int
store_meta_set(struct store *store, const char *name, const char *value, struct err *err)
{
	sqlite3_stmt *statement = statement_get(store, ST_meta_set);

	bind_string(statement, ":name", name);
	bind_string(statement, ":value", value);
	return statement_run(store, statement, err);
}

int64_t
store_size(struct store *store)
{
	struct stat status;

	return stat(store->path, &status) == 0 ? (int64_t)status.st_size : 0;
}
