/*
 * reconcile: invoices and metered usage put side by side: a cell for each month, provider and currency.
 */
#ifndef REPORT_RECONCILE_H
#define REPORT_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/report/report.h"
#include "models/price/tariff.h"
#include "models/units/money.h"

struct err;

/* What a line of an invoice is to somebody who counts tokens. */
enum charge_class {
	CHARGE_TOKENS,     /* what the meter counts */
	CHARGE_UNMETERED,  /* used, but not in tokens: requests, tools, searches, storage */
	CHARGE_FEE,        /* bought: subscriptions, commitments, and their unused part */
	CHARGE_CREDIT,     /* given back */
	CHARGE_TAX,        /* of a state */
	CHARGE_ADJUSTMENT, /* corrections and adjustments of other charges */
	CHARGE_CLASSES
};

/* "tokens", "unmetered", "fees", "credits", "taxes", "adjustments". */
extern const char *const charge_class_names[CHARGE_CLASSES];

/* A provider under the names that invoices and usage give it. */
struct party {
	const char *invoice, *usage; /* the first name met on either side; NULL: none */
};

struct cell_money {
	wide nano[CHARGE_CLASSES];
	int64_t without; /* lines that do not say */
};

struct reconcile_cell {
	int64_t from_us, to_us; /* the month */
	const struct party *party;
	const char *currency; /* "USD" where there is no invoice */
	int64_t lines;        /* of invoices */
	struct cell_money billed, effective;
	int64_t rows;     /* lines of usage */
	int64_t unpriced; /* tokens without a known price */
	bool unknown;     /* there is usage and none of it is priced */
	wide metered_nano;
};

struct reconciling {
	struct reconcile_cell *cells; /* by month, then provider, then currency */
	size_t n;
	int64_t first_us; /* first line of usage in the ledger; 0: none */
	int64_t longer;   /* invoice lines of use that end after the month that they begin in */
};

struct reconcile_range {
	int64_t from_us, to_us; /* months that meet it */
	bool effective;         /* corrections belong to the period that they correct */
	const char *provider;   /* NULL: all; matched as invoices and usage are */
};

/* The cells live in the request's arena. */
int reconcile_read(const struct request *request, const struct reconcile_range *range, struct reconciling *result,
	struct err *err);

/* Do an invoice's and a meter's provider mean the same one? Case, legal forms and known other names do not count. */
bool reconcile_same(const char *a, const char *b);

#endif
