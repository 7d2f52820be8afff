/*
 * chat: requests to an OpenAI-compatible /v1/chat/completions, and what its stream says.
 */
#ifndef BENCH_CHAT_H
#define BENCH_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* Which fields beyond OpenAI's own a server takes. */
enum chat_extras {
	EXTRAS_NONE,       /* OpenAI and others that refuse what they do not know: max_completion_tokens */
	EXTRAS_MAX_TOKENS, /* max_tokens, as most take it */
	EXTRAS_IGNORE_END  /* and ignore_eos and min_tokens, so that every reply is as long as was asked */
};

struct chat_ask {
	const char *model;
	enum chat_extras extras;
	int64_t words;      /* of the prompt */
	int64_t max_tokens; /* of the reply */
	uint64_t seed;      /* of the prompt's words; another seed makes another beginning */
};

/* The body as JSON, on the heap; NULL when there is no memory. */
char *chat_body(const struct chat_ask *ask);

/* URL of the completions, out of what was given: a server, its /v1, or the whole. On the heap; ERR_INPUT. */
char *chat_url(const char *given, struct err *err);

#define CHAT_UNKNOWN INT64_C(-1)

/* What one event of a stream says. */
struct chat_event {
	bool done;     /* [DONE] */
	bool nonsense; /* no JSON object */
	bool text;     /* content, reasoning or a tool call that is not empty */
	bool finish;   /* a reason to end */
	bool error;
	char id[64];       /* of the reply: letters, digits and -_.:, others are '_'; "" where there is none */
	char reason[64];   /* "stop", "length"; of an error its type or code */
	char message[160]; /* of an error */
	/* Of a usage object; CHAT_UNKNOWN where it says nothing. */
	int64_t prompt_tokens, completion_tokens, cached_tokens;
};

void chat_read(const char *data, size_t n, struct chat_event *event);

/* The sentence of an error reply, in any of the shapes that servers use; "" where there is none. */
void chat_error(const char *body, size_t n, char *message, size_t size);

#endif
