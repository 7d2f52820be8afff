#include "collectors/line_item.h"

#include <stdbool.h>

static bool
ends_with(struct text text, const char *end)
{
	size_t n = strlen(end);

	return text.n > n && memcmp(text.p + text.n - n, end, n) == 0;
}

static struct text
without(struct text text, const char *end)
{
	return ends_with(text, end) ? (struct text){ text.p, text.n - strlen(end) } : text;
}

struct line_item
line_item_of(struct text text)
{
	/* The longer first: ", cached input" is no input of a model "..., cached". */
	static const char *const kinds[] = { ", cached input", ", cache writes", ", input", ", output" };
	static const char *const contents[] = { " audio", " text", " image" };
	static const char priority[] = "priority | ";
	struct text model = without(text, ", long context");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = sizeof(priority) - 1, cut;

		if (!ends_with(model, kinds[i]))
			continue;
		model = without(model, kinds[i]);
		cut = model.n + 2;
		for (size_t k = 0; k < sizeof(contents) / sizeof(contents[0]); k++)
			model = without(model, contents[k]);
		if (model.n > n && memcmp(model.p, priority, n) == 0)
			model = (struct text){ model.p + n, model.n - n };
		return (struct line_item){ model, { text.p + cut, text.n - cut } };
	}
	return (struct line_item){ text, { NULL, 0 } };
}
