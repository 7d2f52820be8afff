/* A stream of chat completions: cut in two anywhere, it says the same as in one piece. */
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/chat.h"
#include "daemon/bench/sse.h"
#include "tests/fuzz/fuzz.h"

struct sums {
	size_t events, text, counted;
};

static void
sum(void *ctx, const char *data, size_t n)
{
	struct sums *sums = ctx;
	struct chat_event event;

	chat_read(data, n, &event);
	sums->events++;
	sums->text += event.text;
	sums->counted += event.completion_tokens >= 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sums whole = { 0 }, parts = { 0 };
	struct sse sse = { .data = NULL };
	size_t cut = size == 0 ? 0 : data[0] % size;
	char message[80];

	sse_begin(&sse);
	sse_feed(&sse, (const char *)data, size, sum, &whole);
	sse_begin(&sse);
	sse_feed(&sse, (const char *)data, cut, sum, &parts);
	sse_feed(&sse, (const char *)data + cut, size - cut, sum, &parts);
	if (memcmp(&whole, &parts, sizeof(whole)) != 0)
		abort();
	sse_free(&sse);
	chat_error((const char *)data, size, message, sizeof(message));
	return 0;
}
