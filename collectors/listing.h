/*
 * listing: what the parsers of billing APIs share: a saved reply or a page of one, row by row, and the values in it.
 *
 * Rows come from json_rows. A row that cannot be understood is refused with its line and does not sink the run; a
 * reply that is an error, or says that there is more and not how to ask for it, is an error.
 */
#ifndef COLLECTORS_LISTING_H
#define COLLECTORS_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/collector.h"
#include "collectors/json.h"
#include "models/units/calendar.h"

struct err;

struct listing {
	const struct collect_options *options;
	const struct sink *sink;
	int64_t line;          /* of the row */
	bool refused;          /* the row was refused: nothing more of it is told */
	char dimensions[1024]; /* see listing_dimension */
	size_t dimensions_n;
	struct {
		char text[TIME_MAX];
		size_t n;
		int64_t at_us;
	} time[2]; /* the last two times that were read: buckets share them */
};

struct listing_shape {
	const char *const *lists; /* names under which the rows stand, ended by NULL */
	bool lines;               /* rows may stand alone, as JSON lines; else they must be in a list */
	/* One row. 0 also when it was refused; -1 when the sink ended the run. */
	int (*row)(void *ctx, struct listing *listing, const struct json *row, struct err *err);
	/* What stood around the rows, their list empty: calls listing_page. NULL: `has_more` and `next_page`. */
	int (*around)(void *ctx, struct listing *listing, const struct json *around, struct err *err);
};

int listing_read(struct input *input, const struct collect_options *options, const struct sink *sink,
	const struct listing_shape *shape, void *ctx, struct err *err);

/* Tell the sink how to ask for the next page. */
int listing_page(struct listing *listing, struct text page, struct err *err);

/* Refuse the row; later calls for the same row are silent. */
void listing_refuse(struct listing *listing, const char *format, ...) __attribute__((format(printf, 2, 3)));
void listing_warn(const struct listing *listing, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The row goes on at this member: the place of what is said from here on, which is no longer refused. */
void listing_at(struct listing *listing, const struct json *member);

/* Refuse the row where its classes are no usage (usage_check). */
void listing_check(struct listing *listing, const struct usage *usage);

/* ---- values of a row; what is not understood refuses it, and a value of no consequence comes back */

/* A whole number; what is missing or null is `otherwise`. `name` may be a path of members, "a.b". */
int64_t listing_count(struct listing *listing, const struct json *object, const char *name, int64_t otherwise);

/* A member that must be there. */
int64_t listing_count_needed(struct listing *listing, const struct json *object, const char *name);

/* A text; empty where it is missing or null; a number or a truth as it is written. */
struct text listing_text(struct listing *listing, const struct json *object, const char *name);

/* RFC 3339 or Unix seconds, as text or number. It must be there. */
int64_t listing_time(struct listing *listing, const struct json *object, const char *name);

/*
 * An amount, number or string of one, times 10^digits; false where it is missing or null. What is lost to
 * rounding is told.
 */
bool listing_amount(struct listing *listing, const struct json *object, const char *name, int digits, int64_t *value);

/* Begin the dimensions of a row; add "name=value" where the value is there; what there is. */
void listing_no_dimensions(struct listing *listing);
void listing_dimension(struct listing *listing, const char *name, struct text value);
struct text listing_dimensions(const struct listing *listing);

#define DIMENSIONS_MAX 24

/*
 * All of these members that the object has, in the order of the names, which are at most DIMENSIONS_MAX; of one that is
 * an object its texts.
 */
void listing_dimensions_of(struct listing *listing, const struct json *object, const char *const *names, size_t count);

/* A member by a path of names parted by points; NULL where there is none or it is null. */
const struct json *listing_member(const struct json *object, const char *path);

#endif
