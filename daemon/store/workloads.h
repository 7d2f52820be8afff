/*
 * workloads: what a workload of the usage ledger is compared with. A workload that only occurs in usage
 * needs no row here.
 */
#ifndef STORE_WORKLOADS_H
#define STORE_WORKLOADS_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct err;
struct store;

/* Texts may be empty (never NULL once read), except the name. */
struct workload {
	const char *name;
	const char *owner;
	const char *closed_provider, *closed_model; /* the closed side, where it is not the one that was used */
	const char *fleet;                          /* the self-hosted side */
	int64_t changed_us;
};

/* Make or replace; a fleet that is named must exist (ERR_INPUT). Called in a transaction. */
int workload_put(struct store *store, const struct workload *workload, struct err *err);

/* 1 with *workload (texts in the arena), 0 where there is none. */
int workload_get(
	struct store *store, const char *name, struct arena *arena, struct workload *workload, struct err *err);

int workload_list(struct store *store, struct arena *arena, struct workload **workloads, size_t *n, struct err *err);

/* 1 removed, 0 there was none. */
int workload_remove(struct store *store, const char *name, struct err *err);

#endif
