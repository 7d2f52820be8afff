#include <stdio.h>
#include <sys/stat.h>

#include "daemon/store/handle.h"
#include "daemon/store/totals.h"

int
ledger_totals(struct store *store, struct ledger_totals *totals, struct err *err)
{
	sqlite3_stmt *row = statement_get(store, ST_ledger_totals);
	char log[PATH_MAX + 8];
	struct stat status;
	int found = statement_step(store, row, err);

	if (found == 1)
		*totals = (struct ledger_totals){
			.imports = sqlite3_column_int64(row, 0),
			.taken = sqlite3_column_int64(row, 1),
			.repeated = sqlite3_column_int64(row, 2),
			.conflicting = sqlite3_column_int64(row, 3),
			.refused = sqlite3_column_int64(row, 4),
			.last_import_us = sqlite3_column_int64(row, 5),
			.last_usage_us = column_reported(row, 6),
		};
	sqlite3_reset(row);
	if (found != 1)
		return -1;
	totals->file_bytes = store_size(store);
	snprintf(log, sizeof(log), "%s-wal", store_path(store));
	totals->log_bytes = stat(log, &status) == 0 ? (int64_t)status.st_size : 0;
	return 0;
}
