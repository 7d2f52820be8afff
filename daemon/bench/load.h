/*
 * load: an OpenAI-compatible server under load, as its users would see it.
 *
 * Closed loop: so many requests are always under way. Open loop: requests come at random at a rate, or as they
 * came in a trace, whether or not the server keeps up; times count from when a request was due, so that a server
 * that makes its clients wait cannot hide it. One thread drives all streams and stamps each piece as it is read.
 *
 * Time to first token: until the first piece that holds text. Inter-token time: between pieces that hold text.
 * Time per output token: (last - first piece) / (tokens - 1), tokens as the server counted them. Only requests
 * that were due in the measured window are judged; tokens a second are those that came in the window.
 * http_library_open must have been called.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/bench/chat.h"
#include "daemon/bench/times.h"

struct err;

#define LOAD_STREAMS 2048 /* the most under way at once */

struct load_arrival {
	double at_s; /* from the beginning of the trace */
	int64_t isl, osl;
};

/* Where and how requests are sent. */
struct load_target {
	const char *url; /* chat_url's */
	const char *model;
	const char *key;     /* NULL: none */
	const char *ca_file; /* NULL: the system's */
	enum chat_extras extras;
	/* Tokens of a prompt of w words are about base + per_word * w; found by load_probe. */
	double base, per_word;
	bool counts; /* the server reports usage */
};

/* One request that was judged, when it is over. Instants are seconds of CLOCK_MONOTONIC; NAN: it did not come to that. */
struct load_each {
	const char *id; /* by which the server calls its reply; "" where it does not */
	double due_s, first_s, last_s;
	int64_t pieces, tokens; /* with text; as the server counted, CHAT_UNKNOWN where it did not */
	const char *outcome;    /* "good", or the name of its error */
};

struct load_plan {
	struct load_target target;
	int concurrency; /* closed loop; 0: open */
	double rate;     /* open loop: requests a second; 0: as the trace has them */
	const struct load_arrival *trace;
	size_t trace_n;
	int64_t isl, osl;              /* mean tokens; of a trace its own count */
	double spread;                 /* lengths are uniform on mean * (1 -+ spread); 0..1 */
	double warmup_s, duration_s;   /* duration without the warm-up */
	int64_t requests;              /* judged requests after which the window ends early; 0: none */
	double timeout_s, silent_s;    /* of a request; without a byte */
	double slo_ttft_s, slo_tpot_s; /* 0: none */
	uint64_t seed;
	void (*progress)(void *ctx, double done, const char *what);
	void (*each)(void *ctx, const struct load_each *each); /* NULL: nobody wants to know */
	void *ctx;
};

enum load_error {
	LOAD_CONNECT,  /* no connection */
	LOAD_TIMEOUT,  /* not over in time */
	LOAD_SILENT,   /* no byte for too long */
	LOAD_BUSY,     /* 429, 503 */
	LOAD_REFUSED,  /* another 4xx */
	LOAD_FAILED,   /* another 5xx or status */
	LOAD_STREAM,   /* an error inside the stream */
	LOAD_CLOSED,   /* ended without a reason to end */
	LOAD_NONSENSE, /* what is no event or no JSON */
	LOAD_EMPTY,    /* ended well and held no text */
	LOAD_ERRORS
};

const char *load_error_name(enum load_error error);

struct load_result {
	int64_t judged, good; /* requests due in the window; of these answered whole */
	int64_t errors[LOAD_ERRORS];
	char example[LOAD_ERRORS][160]; /* what was said with the first of each */
	int64_t unsent;                 /* due while LOAD_STREAMS were under way */
	bool partial;                   /* the run ended before its time or lost requests; why says so */
	char why[160];
	double window_s;
	double output_tok_s, requests_s;                    /* that came, that ended well, in the window */
	double goodput;                                     /* requests a second within both limits; NAN: none set */
	double within;                                      /* share of the judged within both limits; NAN */
	double prompt_tokens, output_tokens, cached_tokens; /* mean of a good request; NAN: not reported */
	/* Tokens counted by the server over pieces that held text: above 1 pieces hold several. NAN: not reported. */
	double tokens_per_piece;
	int64_t miscounted;                    /* requests with fewer tokens by the server than pieces with text */
	int64_t shortened;                     /* good requests that were shorter than asked */
	struct summary ttft, tpot, itl, whole; /* seconds */
	double in_flight;                      /* mean, over the window */
	/* The client itself: share of one processor, time a piece may have waited for it, how late it woke. */
	double cpu_share;
	struct summary busy, late;
	bool client_limited;
};

/*
 * One or two requests before a run: that the server answers, which fields it takes (extras only ever fall), and how
 * many tokens a word is. ERR_INPUT where it refuses (key, model), ERR_OUTSIDE where it cannot be reached.
 */
int load_probe(struct load_target *target, int64_t isl, double timeout_s, struct err *err);

/* ERR_OUTSIDE only when the client cannot work; a server that fails is a result. Ends in bounded time. */
int load_run(const struct load_plan *plan, struct load_result *result, struct err *err);

#endif
