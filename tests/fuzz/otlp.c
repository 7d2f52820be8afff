/*
 * OTLP: the first byte says which signal and which encoding, the rest is the body. Promises: a failure has a sentence,
 * a refusal a reason; what is usage keeps the bounds of a reading; ids are hex; attributes can be put in order.
 */
#include <string.h>

#include "collectors/otlp.h"
#include "models/price/reading.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

static int
take(void *ctx, struct otlp_item *item, struct err *err)
{
	struct otlp_meaning meaning;
	struct err why = { 0 };
	enum otlp_verdict verdict = otlp_meaning(item, &meaning, &why);
	const char *const ids[] = { item->trace, item->span, item->parent };

	(void)ctx, (void)err;
	promise(item->resource != NULL && item->resource->n <= OTLP_ATTRIBUTES_MAX, "there is a resource");
	for (int i = 0; i < 3; i++)
		promise(strlen(ids[i]) < OTLP_ID_MAX && strspn(ids[i], "0123456789abcdef") == strlen(ids[i]),
			"ids are hex");
	if (verdict == OTLP_REFUSED)
		promise(why.kind == ERR_INPUT && why.text[0] != '\0', "a refusal has a reason");
	if (verdict == OTLP_USAGE) {
		promise(meaning.family < OTLP_FAMILIES && meaning.role < OTLP_ROLES, "usage has a family and a role");
		promise(usage_check(&meaning.usage, NULL) == 0, "tokens are in bounds");
		promise(meaning.latency_ms >= NOT_REPORTED, "a time is not negative");
		promise(meaning.is_call || (item->value.is_whole && item->value.whole >= 0), "a point is a count");
		promise(item->time_ns != 0, "usage has a time");
	}
	otlp_sort(&item->attributes);
	for (size_t i = 0; i < item->attributes.n; i++) {
		const struct otlp_attribute *one = &item->attributes.list[i];

		promise(one->key.n > 0 && one->key.p != NULL, "an attribute has a name");
		promise(i == 0 || one[-1].key.p[0] <= one->key.p[0] ||
				(unsigned char)one[-1].key.p[0] <= (unsigned char)one->key.p[0],
			"attributes are in order");
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct otlp *otlp;
	const struct otlp_sink sink = { .item = take };
	struct err err = { 0 };
	char *bytes;
	int status;

	if (size == 0)
		return 0;
	if (otlp == NULL)
		otlp = otlp_new();
	bytes = malloc(size);
	promise(otlp != NULL && bytes != NULL, "there is memory");
	memcpy(bytes, data + 1, size - 1);
	bytes[size - 1] = '\0';
	status = data[0] & 4
		? otlp_read_protobuf((enum otlp_signal)((data[0] & 3) % 3), bytes, size - 1, &sink, &err)
		: otlp_read_json(otlp, (enum otlp_signal)((data[0] & 3) % 3), bytes, size - 1, &sink, &err);
	if (status != 0)
		promise(err.kind != ERR_NONE && err.text[0] != '\0', "a failure has a sentence");
	free(bytes);
	return 0;
}
