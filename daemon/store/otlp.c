#include <string.h>

#include "daemon/store/handle.h"
#include "daemon/store/otlp.h"

#define SERIES_KEPT_US (90 * INT64_C(86400) * 1000000)
#define SPANS_KEPT_US (INT64_C(86400) * 1000000)

static sqlite3_stmt *
keyed(struct store *store, enum statement which, const struct otlp_key *key)
{
	sqlite3_stmt *statement = statement_get(store, which);

	sqlite3_bind_blob(
		statement, sqlite3_bind_parameter_index(statement, ":key"), key->bytes, OTLP_KEY_BYTES, SQLITE_STATIC);
	return statement;
}

int
otlp_total_get(struct store *store, const struct otlp_key *key, struct otlp_total *total, struct err *err)
{
	sqlite3_stmt *row = keyed(store, ST_otlp_series_get, key);
	int found = statement_step(store, row, err);

	if (found == 1)
		*total = (struct otlp_total){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1),
			sqlite3_column_int64(row, 2) };
	sqlite3_reset(row);
	return found;
}

int
otlp_total_put(struct store *store, const struct otlp_key *key, const struct otlp_total *total, int64_t now_us,
	struct err *err)
{
	sqlite3_stmt *put = keyed(store, ST_otlp_series_put, key);

	bind_whole(put, ":value", total->value);
	bind_whole(put, ":calls", total->calls);
	bind_whole(put, ":time_ns", total->time_ns);
	bind_whole(put, ":seen_us", now_us);
	return statement_run(store, put, err);
}

int
otlp_origin_get(struct store *store, const struct otlp_key *key, struct otlp_origin *origin, struct err *err)
{
	sqlite3_stmt *rows = keyed(store, ST_otlp_origin_all, key);
	int status;

	memset(origin, 0, sizeof(*origin));
	while ((status = statement_step(store, rows, err)) == 1) {
		int64_t family = sqlite3_column_int64(rows, 0);

		if (family < 0 || family >= OTLP_FAMILIES_MAX)
			continue; /* a newer program's */
		origin->family[family].heard_us = sqlite3_column_int64(rows, 1);
		origin->family[family].counted_us = sqlite3_column_int64(rows, 2);
	}
	return status;
}

int
otlp_origin_put(struct store *store, const struct otlp_key *key, const struct otlp_origin *origin, int family,
	int64_t now_us, struct err *err)
{
	sqlite3_stmt *put = keyed(store, ST_otlp_origin_put, key);

	bind_whole(put, ":family", family);
	bind_whole(put, ":heard_us", origin->family[family].heard_us);
	bind_whole(put, ":counted_us", origin->family[family].counted_us);
	bind_whole(put, ":seen_us", now_us);
	return statement_run(store, put, err);
}

int
otlp_span_encloses(struct store *store, const struct otlp_key *key, struct err *err)
{
	sqlite3_stmt *row = keyed(store, ST_otlp_span_get, key);
	int found = statement_step(store, row, err);

	sqlite3_reset(row);
	return found;
}

int
otlp_span_note(struct store *store, const struct otlp_key *key, int64_t now_us, struct err *err)
{
	sqlite3_stmt *put = keyed(store, ST_otlp_span_put, key);

	bind_whole(put, ":seen_us", now_us);
	return statement_run(store, put, err);
}

static int
forget(struct store *store, enum statement which, int64_t before_us, struct err *err)
{
	sqlite3_stmt *remove = statement_get(store, which);

	bind_whole(remove, ":before_us", before_us);
	return statement_run(store, remove, err);
}

int
otlp_forget(struct store *store, int64_t now_us, struct err *err)
{
	if (forget(store, ST_otlp_series_forget, now_us - SERIES_KEPT_US, err) != 0 ||
		forget(store, ST_otlp_origin_forget, now_us - SERIES_KEPT_US, err) != 0)
		return -1;
	return forget(store, ST_otlp_span_forget, now_us - SPANS_KEPT_US, err);
}
