/*
 * tariff: dated prices of models, and the exact price of one request.
 *
 * A price row says what one model at one provider costs on one service tier from a moment to a moment: a
 * list of components, each a rate in femto-units of the currency per single unit (token, request, search).
 * Rows are never changed: a new price is a new row. Two rows of one model and tier must not hold at
 * the same instant, unless they differ in precedence (a daily off-peak row above the plain one).
 *
 * Context tiers: a component with above_tokens > 0 holds for a request whose whole input (uncached, read
 * and written) is STRICTLY greater. Whole-request tiers price every token of that request with the tier's
 * rate; marginal tiers cut each item's own count at the thresholds.
 *
 * An item without a rate of its own is charged at its parent's: 1 hour writes as 5 minute writes, these and
 * cache reads as plain input, reasoning as visible output, audio, images and video as the class they are in.
 *
 * Pure: texts and arrays belong to the caller.
 */
#ifndef PRICE_TARIFF_H
#define PRICE_TARIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/price/usage.h"
#include "models/units/money.h"
#include "models/units/text.h"

struct err;

/* What a component prices. The first USAGE_CLASSES items are the token classes, by the same numbers. */
enum price_item {
	PRICE_IN_AUDIO = USAGE_CLASSES, /* parts of in_uncached */
	PRICE_IN_IMAGE,
	PRICE_IN_VIDEO,
	PRICE_READ_AUDIO, /* parts of in_cache_read */
	PRICE_READ_IMAGE,
	PRICE_READ_VIDEO,
	PRICE_OUT_AUDIO, /* parts of out_visible */
	PRICE_OUT_IMAGE,
	PRICE_OUT_VIDEO,
	PRICE_OUT_CITATION,
	PRICE_REQUESTS,     /* per call */
	PRICE_WEB_SEARCHES, /* per search the provider made */
	PRICE_ITEMS
};

#define PRICE_PARTS (PRICE_REQUESTS - USAGE_CLASSES)

/* "in_uncached", ..., "in_audio", "read_audio", "out_citation", "requests", "web_searches". */
extern const char *const price_item_names[PRICE_ITEMS];

/* The item of that name, or -1. */
int price_item_find(struct text name);

/* The token class that a part (PRICE_IN_AUDIO to PRICE_OUT_CITATION) lies in. */
int price_part_class(int item);

/* How much was consumed. parts[i] is item USAGE_CLASSES + i and lies inside its class, never on top. */
struct quantities {
	struct usage usage;
	int64_t parts[PRICE_PARTS];
	int64_t requests;     /* how many calls the counts stand for; 0: not reported, priced as one */
	bool other_line;      /* the calls are counted in another line: no fee per call here */
	int64_t web_searches; /* 0 where none or not reported */
	/*
	 * Of a sum over calls: the input of each of them, where the source tells on which side of a threshold they lie;
	 * by it, not by the sum, the tier is chosen. 0: not told.
	 */
	int64_t context_tokens;
	bool bucket; /* a sum over calls, also where their number is not reported */
};

/* As usage_check, and every part is >= 0 and the parts of a class do not exceed it. */
int quantities_check(const struct quantities *quantities, struct err *err);

struct price_component {
	int item;             /* enum price_item */
	int64_t above_tokens; /* 0: always; > 0: when the input total is strictly greater */
	int64_t rate_femto;   /* >= 0, per single unit */
};

enum price_state {
	PRICE_UNPRICED, /* nobody knows: never counted as 0 */
	PRICE_PRICED,
	PRICE_FREE, /* known to cost nothing */
	PRICE_FLAT, /* paid for by a subscription or reserved capacity, not by use */
	PRICE_STATES
};

/* "unpriced", "priced", "free", "flat". */
extern const char *const price_state_names[PRICE_STATES];

enum price_tiers { TIERS_WHOLE, TIERS_MARGINAL };

#define PRICE_FROM_ALWAYS INT64_MIN
#define PRICE_TO_ALWAYS INT64_MAX
#define PRICE_ALL_DAYS 0x7fu

struct price_row {
	struct text id;           /* unique in its book: "openai/o3@2025-06-10", "openai/gpt-4o+batch" */
	struct text provider;     /* as the catalogue spells it */
	struct text model;        /* the model's id in the catalogue; rows of one model share it */
	struct text match;        /* which names mean this model (models/price/match.h); empty: its id alone */
	struct text service_tier; /* empty: standard; else "batch", "flex", "priority", ... */
	int64_t from_us, to_us;   /* holds for from <= at < to */
	int32_t daily_from_s;     /* and only in this stretch of the UTC day (may wrap midnight); */
	int32_t daily_to_s;       /* both 0: all day */
	unsigned days;            /* and on these UTC weekdays (bit 0 Monday); PRICE_ALL_DAYS: every day */
	int precedence;           /* of two rows that hold, the higher one counts; 0 is plain */
	struct text currency;     /* "USD" */
	enum price_state state;
	enum price_tiers tiers;
	const struct price_component *components;
	size_t n;
	struct text source;     /* name of the catalogue */
	struct text source_url; /* where the figure can be checked; may be empty */
	struct text note;       /* why unpriced, or what to know; may be empty */
	int64_t checked_us;     /* when somebody or something last read it there; 0: not known */
};

/* The rows in the order of their catalogue: where several names match, the first row's model counts. */
struct price_book {
	const struct price_row *rows;
	size_t n;
};

/* True when both rows could hold for one request: same provider, model, tier and precedence, times that meet. */
bool price_rows_clash(const struct price_row *a, const struct price_row *b);

/* ERR_INPUT naming both ids and the time when any two rows of the book clash, or an id comes twice. */
int price_book_check(const struct price_book *book, struct err *err);

/* The newest checked_us of the book, 0 where none is known: what "stale after N days" is judged by. */
int64_t price_book_checked(const struct price_book *book);

/* The service tier of usage that own GPUs served: paid by their hours, and flat whatever the model's name is. */
#define SELF_HOSTED "self-hosted"

struct price_question {
	struct text provider, model;
	struct text service_tier; /* empty, "default", "standard", "auto", "on_demand": standard */
	bool tier_hinted;         /* the tier was not said by the caller but read from the usage object */
	int64_t at_us;
};

/* How the row was arrived at, and how to use it. */
struct price_found {
	const struct price_row *row; /* NULL: no price known; reason says why */
	int halves;                  /* token rates are multiplied by halves / 2: 2 is plain, 1 batch or flex by rule */
	enum price_state state;      /* of the answer: the row's, or PRICE_FLAT or PRICE_UNPRICED by service tier */
	const char *reason;          /* static, or NULL */
	bool weak;                   /* a guess by a name or a time nearby: another book may know better */
	int64_t from_us, to_us;      /* the same question gets the same answer for from <= at < to */
};

/*
 * The price of a model at an instant. Looks in this order, and takes the first that is found:
 * provider as given, then by its other names, then providers whose models it resells; model by its id,
 * then by match expressions in the order of the book, then without its provider prefix ("openai/gpt-4o"),
 * then without its date ("-2024-08-06", "-20250929", "@20250929").
 * batch and flex without a row of their own: half the standard row. priority and others: unpriced; but a
 * tier other than batch that was only hinted falls back to the plain row, and the reason says so. "scale" and
 * "provisioned" are capacity that was paid for: flat.
 */
void price_find(const struct price_book *book, const struct price_question *question, struct price_found *found);

/*
 * Of a book that does not have the model: that one of the provider's models, or where nobody in the book has the
 * provider's name the provider, whose name is most like the one asked for. Empty where none is near.
 */
struct text price_nearest(const struct price_book *book, const struct price_question *question);

/* What price_found_take starts from: nothing is known, for ever. */
extern const struct price_found price_found_none;

/*
 * Of several books asked the same question in the order of their rank: take the answer of the next one into
 * *best. The first that is not weak wins, then the first weak one, then the first reason; the range is
 * that in which all of them say the same. True when no further book needs to be asked.
 */
bool price_found_take(struct price_found *best, const struct price_found *next);

struct price_result {
	enum price_state state;
	wide input_femto, output_femto; /* exact; of the tokens */
	wide other_femto;               /* calls and searches */
	wide amount_femto;              /* the three together */
	bool has_input, has_output;     /* false: that side could not be priced and is not 0 */
	int64_t tier_tokens;            /* threshold of the tier that applied, 0: base */
	bool tier_unknown;              /* several requests together above a threshold: priced at the base tier */
	const char *reason;             /* static, or NULL */
};

/* Price the quantities. ERR_INPUT when an amount does not fit 128 bits. */
int price_usage(const struct price_found *found, const struct quantities *quantities, struct price_result *result,
	struct err *err);

/*
 * The rate of an item (its own or its parent's) for a request with this input total, in whole-request
 * tiers. Returns false where none is known.
 */
bool price_rate(const struct price_row *row, int item, int64_t input_total, int64_t *rate_femto);

#endif
