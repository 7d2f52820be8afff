/*
 * meter: what its parts share. meter.c finds the differences, meter_tell.c makes readings of them, meter_state.c
 * remembers.
 */
#ifndef COLLECTORS_METER_INSIDE_H
#define COLLECTORS_METER_INSIDE_H

#include "collectors/meter.h"
#include "collectors/scrape.h"

#define METER_KEY_MAX 1024 /* bytes of a series as it is written down */
#define UNKNOWN_US INT64_C(0)

/* One number of a series: plain or _total, _sum, _count. */
enum { SLOT_PLAIN, SLOT_SUM, SLOT_COUNT, SLOTS };

struct slot {
	bool known, seen;      /* known from before; on this page */
	int64_t last, last_us; /* as it was counted last, and when */
	int64_t now, now_us;   /* on this page */
	int64_t line;
	const struct meter_row *row;
};

/* The numbers of one name (without its suffix) and one set of labels. */
struct series {
	char *key; /* name{a="b",...}, labels in order */
	size_t key_n;
	uint64_t hash;
	int64_t created_us, created_now_us; /* when it says that it began; UNKNOWN_US */
	bool seen;
	struct text model; /* points into the page */
	struct slot slot[SLOTS];
};

/* What one model was seen to do: the quarter hour so far, and what this page adds. */
struct model {
	char *name;
	size_t name_n;
	int64_t told_us;            /* up to when usage has been told */
	int64_t carry;              /* cached tokens that were told before the input they are a part of */
	struct speed_reading speed; /* without its texts; watched_us 0 and quarter_us 0: nothing yet */
	/* Of this page. */
	bool seen, reset;
	int64_t line, from_us, to_us;
	int64_t delta[METER_COUNTERS];
	int choice[METER_ROLES];
	bool has[METER_ROLES];
	int64_t now[METER_ROLES]; /* gauges: micro-units, summed */
	int64_t gauges[METER_ROLES];
};

struct meter {
	const struct meter_kind *kind;
	const struct collect_options *options;
	const struct sink *sink;
	struct engine_place place;
	int64_t at_us;    /* the scrape before; UNKNOWN_US */
	int64_t start_us; /* when the process says that it began; UNKNOWN_US */
	int64_t start_now_us;
	struct series *series; /* by their hash, open addressing; key NULL: free */
	size_t room, used;
	struct model *models;
	size_t n_models, models_room;
};

/* The series of that key, made where it is new; NULL with *err (no memory), or with ERR_INPUT when there are too many. */
struct series *meter_series(struct meter *meter, struct text key, struct err *err);
struct model *meter_model(struct meter *meter, struct text name, struct err *err);

/* Hand over what the page added for each model. */
int meter_tell(struct meter *meter, const struct scrape *scrape, struct err *err);

/* Read what is remembered into an empty meter; ERR_INPUT where it is not whole. */
int meter_recall(struct meter *meter, struct text state, struct err *err);
/* Hand what is to be remembered to the sink. */
int meter_remember(const struct meter *meter, struct err *err);

#endif
