/*
 * context: what most commands begin with: settings, reporting zone, ledger, arena, the time.
 */
#ifndef DAEMON_CONTEXT_H
#define DAEMON_CONTEXT_H

#include <stdint.h>

#include "daemon/base/options.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"

struct arena;
struct err;

struct context {
	struct settings settings;
	struct zone zone;
	struct store *store; /* NULL until context_store */
	struct arena *arena;
	int64_t now_us; /* when the command began */
};

/*
 * Settings from config (NULL: the usual places) and the environment, data (NULL: as configured) over
 * them; then the log, the zone, the arena and the clock. Returns 0 or -1; context_close in either case.
 */
int context_open(struct context *context, const char *config, const char *data, struct err *err);

/* Open the ledger of the data directory, and take over the settings that are kept in it. */
int context_store(struct context *context, enum store_mode mode, struct err *err);

/* The same take-over for a ledger that was opened otherwise. */
int context_kept(struct context *context, struct err *err);

/*
 * Open the ledger for writing and make one change of it in one transaction: committed when change returns 0,
 * otherwise as if it had never begun. The context's store is open afterwards.
 */
typedef int context_changer(struct context *context, const void *what, struct err *err);
int context_change(struct context *context, context_changer *change, const void *what, struct err *err);

void context_close(struct context *context);

/* The wall clock in microseconds. */
int64_t clock_now_us(void);

#endif
