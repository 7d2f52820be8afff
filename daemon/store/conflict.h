/*
 * conflict: content that came for a key which stands with other content.
 */
#ifndef STORE_CONFLICT_H
#define STORE_CONFLICT_H

#include <sqlite3.h>
#include <stdint.h>

#include "daemon/store/ledger.h"
#include "models/units/text.h"

enum conflict_kind { CONFLICT_USAGE, CONFLICT_GPU, CONFLICT_INVOICE, CONFLICT_KINDS };

struct conflict_of {
	enum conflict_kind kind;
	int64_t at_us;
	struct text key;
	int64_t run;
	/* Bound; each gives one row with one JSON text. NULL, or no row: nothing came, nothing stands. */
	sqlite3_stmt *came, *stands;
};

/* Keep it in sight. PUT_CONFLICT, or PUT_FAILED with *err. */
enum put_result conflict_keep(struct store *store, const struct conflict_of *conflict, struct err *err);

#endif
