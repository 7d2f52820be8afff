/*
 * kept: settings that are kept with the ledger, under what a file, the environment and the command line say.
 */
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

#include <stdint.h>

struct err;
struct settings;
struct store;

/*
 * Take over what the ledger keeps where nobody said otherwise. A key or a value that this program does not take is
 * warned of in the log and left.
 */
int kept_apply(struct store *store, struct settings *settings, struct err *err);

/* Keep a checked value. Called in a transaction. */
int kept_put(struct store *store, const char *key, const char *value, int64_t now_us, struct err *err);

/* 1 forgotten, 0 there was none. */
int kept_remove(struct store *store, const char *key, struct err *err);

#endif
