#include "daemon/store/trial.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/handle.h"

/* A trial alone has two data bases, so that these statements are not among the named ones. */
#define FETCH_USAGE "INSERT OR IGNORE INTO main.usage SELECT * FROM ledger.usage WHERE at_us = ?1 AND id = ?2"
#define FETCH_GPU \
	"INSERT OR IGNORE INTO main.gpu_hours SELECT * FROM ledger.gpu_hours WHERE device = ?2 AND from_us < ?1 " \
	"ORDER BY from_us DESC LIMIT 1"

struct trial {
	sqlite3_stmt *usage, *gpu; /* NULL: there is no ledger */
};

/* Whole, since rows are found by more than their keys. In the order of what they refer to. */
static const char *const copied[] = { "meta", "setting", "source", "run", "lane", "series", "price_book", "price",
	"price_component", "invoice_line", "invoice_adjustment", "incident", "status_page" };

static int
attach(struct store *store, const char *uri, struct err *err)
{
	sqlite3_stmt *attach = NULL;
	int code = sqlite3_prepare_v2(store->db, "ATTACH ?1 AS ledger", -1, &attach, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_text(attach, 1, uri, -1, SQLITE_STATIC);
		code = sqlite3_step(attach);
	}
	sqlite3_finalize(attach);
	return code == SQLITE_DONE ? 0 : store_fail(store, code, err);
}

static int
copy(struct store *store, const char *table, struct err *err)
{
	char sql[160];

	snprintf(sql, sizeof(sql), "INSERT INTO main.%s SELECT * FROM ledger.%s", table, table);
	return store_exec(store, sql, err);
}

static int
prepare(struct store *store, const char *sql, sqlite3_stmt **statement, struct err *err)
{
	int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);

	return code == SQLITE_OK ? 0 : store_fail(store, code, err);
}

int
trial_begin(struct store *store, const char *uri, struct err *err)
{
	store->trial = calloc(1, sizeof(*store->trial));
	if (store->trial == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a dry run");
	if (uri != NULL && attach(store, uri, err) != 0)
		return -1;
	/* One state of the ledger is read from here to the end, within which store_begin and its end are savepoints. */
	if (store_exec(store, "BEGIN", err) != 0)
		return -1;
	if (uri == NULL)
		return 0;
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (copy(store, copied[i], err) != 0)
			return -1;
	return prepare(store, FETCH_USAGE, &store->trial->usage, err) == 0
		? prepare(store, FETCH_GPU, &store->trial->gpu, err)
		: -1;
}

void
trial_end(struct store *store)
{
	if (store->trial == NULL)
		return;
	sqlite3_finalize(store->trial->usage);
	sqlite3_finalize(store->trial->gpu);
	free(store->trial);
	store->trial = NULL;
}

static int
fetch(struct store *store, sqlite3_stmt *statement, int64_t at_us, struct text key, struct err *err)
{
	int code;

	if (statement == NULL)
		return 0;
	sqlite3_bind_int64(statement, 1, at_us);
	sqlite3_bind_text(statement, 2, key.n == 0 ? "" : key.p, (int)key.n, SQLITE_STATIC);
	code = sqlite3_step(statement);
	sqlite3_reset(statement);
	return code == SQLITE_DONE ? 0 : store_fail(store, code, err);
}

int
trial_fetch_usage(struct store *store, int64_t at_us, struct text id, struct err *err)
{
	return fetch(store, store->trial->usage, at_us, id, err);
}

int
trial_fetch_gpu(struct store *store, int64_t to_us, struct text device, struct err *err)
{
	return fetch(store, store->trial->gpu, to_us, device, err);
}
