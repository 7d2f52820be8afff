/*
 * prices: what the parsers of price catalogues share.
 *
 * A catalogue is taken whole or not at all: rows are gathered, the book is checked (overlaps in time, two
 * rows of one name), and only then handed to the sink.
 */
#ifndef COLLECTORS_PRICES_H
#define COLLECTORS_PRICES_H

#include "collectors/collector.h"
#include "collectors/json.h"
#include "collectors/pull.h"
#include "models/price/tariff.h"

struct price_list;

#define DRAFT_COMPONENTS 256
#define DRAFT_ID 640
#define DRAFT_MATCH 8192

/* How many digits to move a price as written to get femto-units per single unit. */
enum price_unit {
	PER_UNIT = 15,       /* currency per token, call, search */
	PER_THOUSAND = 12,   /* per thousand calls, searches */
	PER_MILLION = 9,     /* per million tokens */
	CENTS_PER_UNIT = 13, /* hundredths per token */
};

/* One catalogue being read. */
struct price_run {
	const struct collect_options *options;
	const struct sink *sink;
	struct err *err;
	struct price_list *list;
	const char *source; /* "genai-prices": goes into every row */
};

/* One row being written; its texts may point into the document or into the draft. */
struct price_draft {
	struct price_row row;
	struct price_component components[DRAFT_COMPONENTS];
	char id[DRAFT_ID], match[DRAFT_MATCH];
};

extern const struct pull_option prices_pull_options[]; /* "apply": what becomes of a catalogue that a source brings */

/* Read the whole JSON document and let build gather rows; then check and hand over. */
struct price_format {
	const char *source;
	int (*build)(struct price_run *run, const struct json *root);
};

int prices_parse_json(const struct price_format *format, struct input *input, const struct price_run *run);

/* Check the gathered rows and hand them to the sink, each with its id as its place. */
int prices_deliver(const struct price_run *run);

/* Start a row of a model: USD, always, priced, whole-request tiers, checked when the run began. */
void draft_begin(const struct price_run *run, struct price_draft *draft, struct text provider, struct text model);

/* The id: "model", or "provider/model", with suffixes put behind it ("@2026-07-30", "+batch"). */
void draft_id(struct price_draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Set or replace a component. -1 when the row has too many. */
int draft_set(const struct price_run *run, struct price_draft *draft, struct price_component component);

bool draft_has(const struct price_draft *draft, int item);

/* What a figure in the catalogue prices, and where it stands. */
struct price_spot {
	struct text field; /* "output_mtok": for sentences */
	int item;
	int64_t above_tokens;
	enum price_unit unit;
};

/*
 * Add the price that the JSON number (or string of one) says. Refused with model, field and value: no number,
 * negative, too large. A spot that has a price already keeps it.
 */
int draft_price(
	const struct price_run *run, struct price_draft *draft, const struct json *json, struct price_spot spot);

/* Are all rates 0? */
bool draft_is_zero(const struct price_draft *draft);

/*
 * Fill what a row of another tier does not say from the standard row: halved for batch and flex (token items
 * only), as it stands for others.
 */
int draft_fill(const struct price_run *run, struct price_draft *draft, const struct price_draft *standard);

/* Add the row to the run. */
int draft_add(const struct price_run *run, struct price_draft *draft);

/* Tell a person about something that was understood. */
void prices_warn(const struct price_run *run, struct text path, const char *reason);

/* Does the head begin (after blanks) with this character, and hold all words (ended by NULL)? */
bool head_has(const char *head, size_t n, char first, const char *const *words);

#endif
