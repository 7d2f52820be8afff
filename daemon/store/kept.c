#include "daemon/store/kept.h"
#include "daemon/base/log.h"
#include "daemon/base/options.h"
#include "daemon/store/handle.h"

static void
take_over(struct settings *settings, const char *key, const char *value)
{
	struct err err;
	const struct setting *setting = setting_find(key, &err);

	if (setting != NULL && settings_origin(settings, key) != SETTING_DEFAULT)
		return;
	if (setting == NULL || !setting_is_kept(setting) ||
		settings_set(settings, setting, value, SETTING_LEDGER, &err) != 0)
		log_warn("ledger: a setting that is kept in it is not taken", "key", key, "value", value);
}

int
kept_apply(struct store *store, struct settings *settings, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_setting_list);
	int status;

	while ((status = statement_step(store, row, err)) == 1)
		take_over(
			settings, (const char *)sqlite3_column_text(row, 0), (const char *)sqlite3_column_text(row, 1));
	return status;
}

int
kept_put(struct store *store, const char *key, const char *value, int64_t now_us, struct err *err)
{
	sqlite3_stmt *put = statement_get(store, ST_setting_put);

	bind_string(put, ":key", key);
	bind_string(put, ":value", value);
	bind_whole(put, ":changed_us", now_us);
	return statement_run(store, put, err);
}

int
kept_remove(struct store *store, const char *key, struct err *err)
{
	sqlite3_stmt *gone = statement_get(store, ST_setting_remove);

	bind_string(gone, ":key", key);
	if (statement_run(store, gone, err) != 0)
		return -1;
	return sqlite3_changes(store->db) > 0;
}
