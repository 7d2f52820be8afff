/*
 * closed: what a month costs at a provider who bills by the token.
 *
 *   A(V) = max(commit_month, (1 - discount) * list(V))
 * where list(V) is the price lines (mix of input and output, cached input, batch at half price) and then
 * the volume tiers. A tier begins strictly above its threshold. Graduated tiers price each slice; with
 * all-units tiers the whole volume takes the rate that is reached, so A falls at the threshold and
 * is not monotone. Volumes are Mtok (input + output) a month.
 */
#ifndef COMPARE_CLOSED_H
#define COMPARE_CLOSED_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define TIERS_MAX 64
#define BATCH_MULTIPLIER 0.5 /* what batched tokens cost of the plain price */
#define CACHE_READ_SHARE 0.1 /* price of a cached input token over a plain one where no price is given */
#define DEFAULT_INPUT_PER_OUTPUT 3.0

enum tier_mode { TIERS_GRADUATED, TIERS_ALL_UNITS };

struct tier {
	double from_mtok; /* the first is 0; rising */
	double price;     /* a Mtok of the mix */
};

/* What is said about the closed side. NAN: not given. closed_terms_default() sets what stands in brackets. */
struct closed_terms {
	bool given;
	double input, output;    /* prices a Mtok; one of them alone is the price of everything [NAN] */
	double price;            /* a Mtok of the mix, in place of input and output [NAN] */
	double input_per_output; /* input tokens for each output token [NAN: 3] */
	size_t tiers;            /* take the place of all the above [0] */
	struct tier tier[TIERS_MAX];
	enum tier_mode tier_mode; /* [graduated] */
	double commit_month;      /* least bill [0] */
	double discount;          /* of the contract, 0..1 [0] */
	double batch_share;       /* of all tokens, 0..1 [0] */
	double cached_share;      /* of input tokens, 0..1; without effect on a price of the mix [0] */
	double cache_read;        /* price a Mtok of cached input [NAN: a tenth of input] */
};

/* The terms made ready for asking; closed_make fills it. */
struct closed {
	size_t tiers; /* >= 1 */
	struct tier tier[TIERS_MAX];
	enum tier_mode tier_mode;
	double batch;    /* multiplier of the price lines */
	double discount; /* 0..1 */
	double commit_month;
	double input,
		output; /* a Mtok, after caching and batch, before discount; NAN: only a price of the mix is known */
	double input_per_output; /* NAN likewise */
};

void closed_terms_default(struct closed_terms *terms);

/* terms must be in range (see compare/scenario). ERR_INPUT, naming the key, when there is no price or the tiers do not rise from 0. */
int closed_make(struct closed *closed, const struct closed_terms *terms, struct err *err);

/* A closed side that costs nothing: stands in where only the self-hosted curve is asked for. */
void closed_nothing(struct closed *closed);

/* After price lines and tiers; before discount and commitment. */
double closed_list_month(const struct closed *closed, double mtok_month);

/* A(V). */
double closed_month(const struct closed *closed, double mtok_month);

/* list(V) / V; at V = 0 (or NAN) the price of the first Mtok. */
double closed_blended_price(const struct closed *closed, double mtok_month);

#endif
