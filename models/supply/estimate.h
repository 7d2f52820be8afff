/*
 * estimate: a prediction brought nearer to what was measured under like conditions, with an honest band.
 *
 * The logarithm of measured over modelled is taken as a smooth random function of the conditions (Gaussian process
 * regression, "kriging"): two measurements share more of it the more they have in common, model, GPU, engine and
 * its age, precision, parallel layout, lengths and load. Few near measurements move a prediction a lot, far ones
 * a little, none not at all; the variance that is left makes the band.
 */
#ifndef SUPPLY_ESTIMATE_H
#define SUPPLY_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>

#include "models/supply/measured.h"

struct constants;
struct err;

/* Of what a modelled time is made: errors are shared part by part. */
enum time_part {
	PART_LINEAR_MEMORY,
	PART_LINEAR_MATH,
	PART_EXPERT_MEMORY,
	PART_EXPERT_MATH,
	PART_CACHE,
	PART_ATTENTION,
	PART_COLLECTIVE,
	PART_FIXED,
	TIME_PARTS
};

/* What two measurements are compared by; see estimate.c. */
struct likeness {
	int family;
	bool experts;
	double isl, osl, load, gpus, dp, pp; /* logarithms */
	double part[TIME_PARTS];             /* shares of the modelled time */
};

/* A measurement that predictions may lean on. */
struct anchor {
	struct asked asked;
	struct likeness likeness;
	double slower; /* log of measured over modelled time; speeds are turned round */
	double year;   /* when; NAN: not told */
	bool own;      /* measured by the user, not published */
	bool believed; /* measured by this program itself: however far from what is modelled, it is no mistake in a table */
	struct text source, date, engine_version;
	struct text id;
};

/* The anchor of a row with a value. ERR_INPUT: the row cannot be asked, predicted or has no value. */
int anchor_make(struct anchor *anchor, const struct measured *row, const struct shelves *shelves,
	const struct constants *constants, struct err *err);

/*
 * Anchors from a table with the columns of collectors/measured_csv.h (without quotes), such as anchors.csv, which is
 * placed inside the program. Rows that cannot be predicted are left out. ERR_INPUT when it is no such table.
 */
int anchors_parse(struct text csv, const struct shelves *shelves, const struct constants *constants,
	struct anchor *anchors, size_t max, size_t *n, struct err *err);

enum estimate_class {
	ESTIMATE_ANCHORED, /* measured under nearly these conditions */
	ESTIMATE_NEAR,     /* this model on this GPU, otherwise different conditions */
	ESTIMATE_DENSE,    /* modelled: a dense model */
	ESTIMATE_EXPERTS,  /* modelled: a mixture of experts */
	ESTIMATE_FAR,      /* modelled: accelerators or attention that nothing was calibrated on */
	ESTIMATE_CLASSES
};

/* What bands are told apart by within a class. */
enum estimate_kind { ESTIMATE_TOKEN, ESTIMATE_RATE, ESTIMATE_FIRST, ESTIMATE_KINDS };

const char *estimate_class_name(enum estimate_class class);

#define ESTIMATE_ANCHORS 4

struct estimate {
	double value, low, high; /* in the row's unit; the band holds four of five measurements */
	double band;             /* half its width as a share of the value */
	double modelled;         /* without anchors */
	enum estimate_class class;
	enum estimate_kind kind;
	struct throughput throughput;                   /* modelled; times are not corrected */
	double correction;                              /* value / modelled */
	const struct anchor *anchors[ESTIMATE_ANCHORS]; /* that weigh most; NULL behind the last */
	double weights[ESTIMATE_ANCHORS];
};

struct anchors {
	const struct anchor *rows;
	size_t n;
};

/* As measured_predict; anchors may be NULL. */
int estimate_of(const struct asked *asked, const struct constants *constants, const struct anchors *anchors,
	struct estimate *estimate, struct err *err);

#endif
