/*
 * otlp_work: a pushed data point, span or event between the thread that read it and the writer (inside of push).
 *
 * What counts telemetry once:
 * - A delta point is a line of the ledger by its series, start and time: sent again it is a repeat.
 * - A cumulative point adds what its total grew by since the last point of its series and start. A smaller total
 *   is a counter that began again. A point that is not later than the last one is a repeat. Without a start that
 *   is before its time, the first point only says where counting begins.
 * - The same work may be told in several ways (enum otlp_family), by one origin: a program, or a person's Claude
 *   Code, and a model. A way is left out while a higher one has been heard within the hour before, and where its
 *   stretch of time begins before the end of what another way was counted to. So of two complete ways the one that
 *   came first for a stretch counts, and when one falls silent the other goes on.
 * - A span that encloses a counted one repeats its tokens and is left out.
 */
#ifndef INGEST_OTLP_WORK_H
#define INGEST_OTLP_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/otlp.h"
#include "daemon/store/otlp.h"

struct err;
struct event;
struct parcel;
struct usage_reading;
struct writer;

#define OTLP_PARTS 3 /* a total and two subsets */

/* One data point. */
struct otlp_part {
	enum otlp_role role;
	struct otlp_key series; /* and start */
	int64_t start_ns, time_ns;
	int64_t value;
	int64_t calls; /* of a histogram; else NOT_REPORTED */
};

struct otlp_span_link {
	struct otlp_key span;
	const struct otlp_span_link *parent; /* NULL: none, or not in this body and not known any further */
};

struct otlp_work {
	enum otlp_family family;
	enum otlp_modality modality;
	struct otlp_key origin;
	bool is_call;    /* its tokens stand in the reading; else they are those of the parts */
	bool cumulative; /* data points */
	int n;
	struct otlp_part part[OTLP_PARTS]; /* the total first */
	const struct otlp_span_link *span; /* NULL: not a span */
};

/*
 * What the work adds, as far as the ledger must be asked for it. Fills the classes, requests and parts of the reading.
 * Returns 1: put the reading; 0: there is nothing to put; -1 with *err. Tells the parcel what became of it
 * where there is nothing to put.
 */
struct otlp_put {
	struct writer *writer;
	struct parcel *parcel;
	const struct event *event;
	int64_t now_us;
	int64_t parts[16]; /* room for the parts of the classes */
};
int otlp_reading(struct otlp_put *put, struct usage_reading *reading, struct err *err);

/* The reading is in the ledger. */
int otlp_counted(struct otlp_put *put, struct err *err);

#endif
