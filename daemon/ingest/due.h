/*
 * due: what a source wants next, and when. Arithmetic over its state; nothing here asks a clock.
 *
 * A run reads from the trailing time before what is read up to now, in windows, the oldest first; what is missed
 * (the daemon was off) is read with it. Between runs the history is filled back, the newest window first.
 */
#ifndef INGEST_DUE_H
#define INGEST_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct source_plan;
struct source_state;

/* What was done later than now by more than this was done before the clock was set back: it is no reason to wait. */
#define DUE_SET_BACK_US (INT64_C(60) * 1000000)

/* What is remembered of a source while the daemon runs. */
struct due_memory {
	bool asked;            /* somebody wants a run now */
	int64_t run_us;        /* when the last run ended, well or not; 0: none since the start */
	int64_t at_us, to_us;  /* the run that goes on: the begin of its next window, and its end; 0, 0: none */
	int64_t back_after_us; /* no history before this instant: a moment between two windows of it */
	int64_t window_us;     /* the longest window that was not too much; 0: as the collector says */
	double jitter;         /* 0 to 1, of this source alone */
};

enum due_what { DUE_NOTHING, DUE_RUN, DUE_BACK };

struct due {
	enum due_what what;
	int64_t at_us;          /* when; INT64_MAX: never */
	int64_t from_us, to_us; /* the window to ask for */
	bool last;              /* the run ends with it */
	int64_t run_to_us;      /* of a run that begins: its end */
};

/* now_us: what the window is made for; *due->at_us may lie before it. */
struct due due_next(const struct source_plan *plan, const struct source_state *state, const struct due_memory *memory,
	int64_t now_us);

/* What of the history is still to be filled back: 1 with [*from_us, *to_us) and when that began, 0 nothing is. */
int due_history(const struct source_plan *plan, const struct source_state *state, int64_t now_us, int64_t *from_us,
	int64_t *to_us);

#endif
