/*
 * query: what the ledger holds, summed. The smallest rollup that answers exactly is read; where none
 * does, the raw rows of the range are folded.
 *
 * Ranges are half open [from, to). Time groups are those of the zone that is handed in; the sum of the
 * groups is the range, in any zone. Everything that is returned lives in the arena.
 */
#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/store/ledger.h"
#include "models/price/usage.h"
#include "models/units/money.h"

struct arena;
struct err;
struct store;
struct zone;

#define TIME_FIRST_US INT64_C(0)                       /* 1970-01-01 */
#define TIME_LAST_US (INT64_C(253402300800) * 1000000) /* 10000-01-01 */

enum by {
	BY_NONE,
	BY_HOUR,
	BY_DAY,
	BY_WEEK, /* from Monday */
	BY_MONTH,
	BY_PROVIDER,
	BY_MODEL,
	BY_WORKLOAD, /* as attributed, see rules.h; so are the next two */
	BY_TEAM,
	BY_COST_CENTRE,
	BY_ACCOUNT,
	BY_PROJECT,
	BY_KEY,
	BY_SERVICE_TIER,
	BY_TAG,
	BY_STATUS, /* ok, error, timeout */
	BYS
};

/* "", "hour", "day", ... the names of parameters and columns. */
extern const char *const by_names[BYS];

/* BYS where the name is none of them. */
enum by by_parse(const char *name);

static inline bool
by_is_time(enum by by)
{
	return by >= BY_HOUR && by <= BY_MONTH;
}

struct usage_sum {
	int64_t rows;     /* ledger lines */
	int64_t requests; /* a line that does not say counts as one */
	int64_t tokens[USAGE_CLASSES];
	int64_t rows_without_usage;         /* tokens unknown (failed calls) */
	int64_t state_tokens[PRICE_STATES]; /* all tokens, by how they are priced; adds up to the classes */
	int64_t state_rows[PRICE_STATES];
	wide amount_nano; /* nano-USD of priced lines: a lower bound where anything is unpriced */
};

int64_t usage_sum_tokens(const struct usage_sum *sum);
int64_t usage_sum_input(const struct usage_sum *sum);
int64_t usage_sum_output(const struct usage_sum *sum);

/* Share (0..1) of tokens that are priced, free or flat; NAN where there are no tokens. */
double usage_sum_covered(const struct usage_sum *sum);

#define QUERY_BYS 3

struct usage_query {
	int64_t from_us, to_us;  /* TIME_FIRST_US and TIME_LAST_US: everything */
	const struct zone *zone; /* never NULL */
	int month_start_day;     /* 1..28; 0 is 1 */
	enum by by[QUERY_BYS];   /* at most one of them a time; BY_NONE first: one row, the total */
	const char *only[BYS];   /* only[BY_MODEL] = "gpt-4o": just those; NULL: all; time members unused */
	bool left_out;           /* what rules leave out of sums (counts no), and nothing else */
};

struct usage_row {
	int64_t from_us, to_us;      /* the time group (cut to the range), else the range */
	const char *name[QUERY_BYS]; /* "" where not reported; NULL for the time group */
	struct usage_sum sum;
};

enum query_level { LEVEL_DAY, LEVEL_QUARTER, LEVEL_RAW };

struct usage_result {
	struct usage_row *rows; /* by time, then by the names; time groups without a line are left out; never NULL */
	size_t n;
	struct usage_sum total;
	enum query_level level; /* what was read */
};

int query_usage(struct store *store, const struct usage_query *query, struct arena *arena, struct usage_result *result,
	struct err *err);

/* The first and last line of what the query selects (its by is unused). */
struct coverage {
	bool any;
	int64_t first_us, last_us;
};

int query_coverage(struct store *store, const struct usage_query *query, struct coverage *coverage, struct err *err);

/*
 * The week's shape: tokens and requests by hour of week in the zone (Monday 0:00 is 0) and how many
 * such hours the range holds, so that a mean per hour can be told. The range is cut to the first and
 * last line (whole hours) when it is wider.
 */
struct week_profile {
	int64_t from_us, to_us;
	double hours[168]; /* clock hours of the range that fall in this one; may be fractional at the ends */
	int64_t input[168], output[168], requests[168];
	wide amount_nano[168];                  /* nano-USD of priced lines */
	int64_t unpriced_tokens[168];           /* tokens without a known price */
	int64_t peak_hour_tokens, peak_hour_us; /* the busiest single hour (UTC) */
};

int query_profile(struct store *store, const struct usage_query *query, struct week_profile *profile, struct err *err);

/* Names that occur in the ledger, by descending tokens in the range. */
struct usage_names {
	const char **names;
	size_t n;
};

int query_names(struct store *store, const struct usage_query *query, enum by by, struct arena *arena,
	struct usage_names *names, struct err *err);

/* ---- GPU hours */
/*
 * Workload, team and cost centre are those that rules give (rules.h), as of calls: asked with the account and the workload
 * that were said, the device as the key, the product as the model. Whether calls count is not asked of GPU hours.
 */
enum gpu_by {
	GPU_BY_NONE,
	GPU_BY_DEVICE,
	GPU_BY_GPU,
	GPU_BY_WORKLOAD,
	GPU_BY_TEAM,
	GPU_BY_COST_CENTRE,
	GPU_BY_ACCOUNT,
	GPU_BY_DAY
};

struct gpu_query {
	int64_t from_us, to_us;
	const struct zone *zone;
	enum gpu_by by;
	const char *workload, *team, *gpu; /* NULL: all */
	enum gpu_basis basis;              /* what a host saw, or what was allocated: the two are never added up */
};

struct gpu_row {
	int64_t from_us, to_us;
	const char *name;     /* NULL for GPU_BY_NONE and GPU_BY_DAY */
	int64_t allocated_us; /* GPU-time held, cut to the range */
	int64_t known_us;     /* of which with a reported utilisation */
	wide busy_ppm_us;     /* sum of utilisation (ppm) x time over known_us */
	wide power_mw_us;     /* energy: mean power (mW) x time, where reported */
	int64_t power_us;     /* time with a reported power */
	int64_t devices;      /* distinct */
	int64_t rated_us;     /* time whose price per hour was told with it */
	wide rate_nano_us;    /* sum of that price (nano-USD an hour) x time */
};

struct gpu_result {
	struct gpu_row *rows;
	size_t n;
	struct gpu_row total;
	int64_t other_us; /* GPU-time of the other basis that the query selects */
};

int query_gpu(struct store *store, const struct gpu_query *query, struct arena *arena, struct gpu_result *result,
	struct err *err);

/* ---- invoices */
enum invoice_by {
	INVOICE_BY_NONE,
	INVOICE_BY_PROVIDER,
	INVOICE_BY_SERVICE,
	INVOICE_BY_PERIOD, /* billing period */
	INVOICE_BY_INVOICE,
	INVOICE_BY_CATEGORY,
	INVOICE_BY_SKU,
	INVOICE_BY_CLASS,     /* corrections of earlier periods, and the rest */
	INVOICE_BY_COMMITMENT /* what was used of commitments, what was not, and the rest */
};

struct invoice_query {
	int64_t from_us, to_us;  /* lines whose charge period begins inside, as zone_billed has it */
	const struct zone *zone; /* reporting zone */
	enum invoice_by by;
	const char *provider, *service; /* NULL: all */
};

struct invoice_row {
	int64_t from_us, to_us; /* the billing period for INVOICE_BY_PERIOD, else the range */
	const char *name;
	const char *currency; /* lines of different currencies are never summed: one row each */
	int64_t lines;
	wide billed_nano, effective_nano, list_nano, contracted_nano;
	int64_t without_billed, without_effective, without_list, without_contracted; /* lines that do not say */
};

struct invoice_result {
	struct invoice_row *rows;
	size_t n;
};

int query_invoices(struct store *store, const struct invoice_query *query, struct arena *arena,
	struct invoice_result *result, struct err *err);

/* One line of an invoice, for those who judge each by itself. Texts are valid for the call. */
struct invoice_line {
	int64_t period_from_us; /* billing period */
	int64_t charge_from_us, charge_to_us;
	struct text provider, publisher, service, sku, category, charge_class, description, quantity_unit;
	struct text commitment_status, currency;
	bool has_billed, has_effective;
	int64_t billed_nano, effective_nano; /* 0 where not said */
};

/* Every line of every invoice; visit returns 0, or -1 with *err to end the walk. */
int query_invoice_lines(struct store *store, int (*visit)(void *ctx, const struct invoice_line *line, struct err *err),
	void *ctx, struct err *err);

/* Days on which one provider's charges came by two collectors: perhaps the same ones. Texts are valid for the call. */
struct invoice_twice {
	struct text provider, first, second; /* collectors */
	int64_t from_day, to_day;            /* the first such day and the last, of UTC since 1970 */
	int64_t days;
};

int query_invoices_twice(
	struct store *store, void (*visit)(void *ctx, const struct invoice_twice *twice), void *ctx, struct err *err);

#endif
