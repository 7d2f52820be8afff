/*
 * trial: what a dry run is put into (STORE_TRIAL). Small tables are copied from the ledger when it is opened; of usage
 * and GPU hours the lines that a new one may meet are fetched when it comes.
 */
#ifndef STORE_TRIAL_H
#define STORE_TRIAL_H

#include <stdint.h>

#include "models/units/text.h"

struct err;
struct store;
struct trial;

/* The handle's connection is open, empty and of this program's version; uri: of the ledger, NULL: there is none. */
int trial_begin(struct store *store, const char *uri, struct err *err);
void trial_end(struct store *store); /* nothing where it is no trial */

/* Fetch what the ledger holds of this key, or the last stretch of the device that begins before to_us. */
int trial_fetch_usage(struct store *store, int64_t at_us, struct text id, struct err *err);
int trial_fetch_gpu(struct store *store, int64_t to_us, struct text device, struct err *err);

#endif
