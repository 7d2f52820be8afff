#include "collectors/prices.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "collectors/input.h"
#include "collectors/price_list.h"
#include "models/price/match.h"
#include "models/units/err.h"

int
prices_deliver(const struct price_run *run)
{
	struct price_book book = price_list_book(run->list);

	if (price_book_check(&book, run->err) != 0)
		return -1;
	for (size_t i = 0; run->sink->price != NULL && i < book.n; i++) {
		char path[DRAFT_ID];

		snprintf(path, sizeof path, "%.*s", (int)book.rows[i].id.n, book.rows[i].id.p);
		if (run->sink->price(run->sink->ctx, (struct place){ 0, path }, &book.rows[i], run->err) != 0)
			return -1;
	}
	return 0;
}

const struct pull_option prices_pull_options[] = {
	{ "apply", "review|at_once", "review",
		"review: a catalogue that differs waits until somebody applies it; at_once: it is applied from the day it came" },
	{ NULL, NULL, NULL, NULL },
};

int
prices_parse_json(const struct price_format *format, struct input *input, const struct price_run *asked)
{
	struct price_run run = *asked;
	struct json_doc *doc = json_new();
	const struct json *root;
	char *bytes = NULL;
	size_t n = 0;
	int rc = -1;

	run.source = format->source;
	run.list = price_list_new();
	if (doc == NULL || run.list == NULL) {
		err_set(run.err, ERR_OUTSIDE, "no memory for a price catalogue");
		goto done;
	}
	bytes = input_whole(input, &n, run.err);
	if (bytes == NULL)
		goto done;
	root = json_parse(doc, bytes, n, run.err);
	if (root != NULL && format->build(&run, root) == 0)
		rc = prices_deliver(&run);
done:
	free(bytes);
	price_list_free(run.list);
	json_free(doc);
	return rc;
}

void
draft_begin(const struct price_run *run, struct price_draft *draft, struct text provider, struct text model)
{
	draft->row = (struct price_row){
		.provider = provider,
		.model = model,
		.from_us = PRICE_FROM_ALWAYS,
		.to_us = PRICE_TO_ALWAYS,
		.days = PRICE_ALL_DAYS,
		.currency = text_of("USD"),
		.state = PRICE_PRICED,
		.tiers = TIERS_WHOLE,
		.components = draft->components,
		.source = text_of(run->source),
		.checked_us = run->options->now_us,
	};
	draft->id[0] = '\0';
	draft->match[0] = '\0';
}

void
draft_id(struct price_draft *draft, const char *format, ...)
{
	size_t used = strlen(draft->id);
	va_list args;

	va_start(args, format);
	vsnprintf(draft->id + used, sizeof draft->id - used, format, args);
	va_end(args);
	draft->row.id = text_of(draft->id);
}

static struct price_component *
draft_find(struct price_draft *draft, int item, int64_t above_tokens)
{
	for (size_t i = 0; i < draft->row.n; i++)
		if (draft->components[i].item == item && draft->components[i].above_tokens == above_tokens)
			return &draft->components[i];
	return NULL;
}

int
draft_set(const struct price_run *run, struct price_draft *draft, struct price_component component)
{
	struct price_component *have = draft_find(draft, component.item, component.above_tokens);

	if (have != NULL) {
		*have = component;
		return 0;
	}
	if (draft->row.n >= DRAFT_COMPONENTS)
		return err_set(run->err, ERR_INPUT, "model '%.*s': more than %d prices", (int)draft->row.model.n,
			draft->row.model.p, DRAFT_COMPONENTS);
	draft->components[draft->row.n++] = component;
	return 0;
}

bool
draft_has(const struct price_draft *draft, int item)
{
	for (size_t i = 0; i < draft->row.n; i++)
		if (draft->components[i].item == item)
			return true;
	return false;
}

int
draft_price(const struct price_run *run, struct price_draft *draft, const struct json *json, struct price_spot spot)
{
	struct price_component component = { spot.item, spot.above_tokens, 0 };
	bool rounded = false, is_number = json->type == JSON_NUMBER || json->type == JSON_STRING;
	struct text model = draft->row.model, value = is_number ? json->text : text_of(json_type_name(json));
	const char *wrong = NULL;

	if (draft_find(draft, spot.item, spot.above_tokens) != NULL)
		return 0;
	if (!is_number || decimal_parse(value.p, value.n, spot.unit, &component.rate_femto, &rounded, NULL) != 0)
		wrong = "is not a price";
	else if (component.rate_femto < 0)
		wrong = "is a negative price";
	if (wrong != NULL)
		return err_set(run->err, ERR_INPUT, "line %lld: model '%.*s': %.*s %s: %.*s", (long long)json->line,
			(int)model.n, model.p, (int)spot.field.n, spot.field.p, wrong, value.n > 60 ? 60 : (int)value.n,
			value.p);
	if (rounded)
		prices_warn(run, model, "a price has more digits than 1e-15 per unit and was rounded");
	return draft_set(run, draft, component);
}

bool
draft_is_zero(const struct price_draft *draft)
{
	for (size_t i = 0; i < draft->row.n; i++)
		if (draft->components[i].rate_femto != 0)
			return false;
	return true;
}

int
draft_fill(const struct price_run *run, struct price_draft *draft, const struct price_draft *standard)
{
	bool half = text_is(draft->row.service_tier, "batch") || text_is(draft->row.service_tier, "flex");

	for (size_t i = 0; i < standard->row.n; i++) {
		struct price_component component = standard->components[i];

		if (draft_find(draft, component.item, component.above_tokens) != NULL)
			continue;
		if (half && component.item < PRICE_REQUESTS)
			component.rate_femto = (int64_t)money_divide(component.rate_femto, 2);
		if (draft_set(run, draft, component) != 0)
			return -1;
	}
	return 0;
}

int
draft_add(const struct price_run *run, struct price_draft *draft)
{
	struct text model = draft->row.model;

	if (strlen(draft->match) >= sizeof draft->match - 1)
		return err_set(
			run->err, ERR_INPUT, "model '%.*s': its match clauses are too long", (int)model.n, model.p);
	draft->row.match = text_of(draft->match);
	if (draft->match[0] != '\0' && match_check(draft->row.match, run->err) != 0)
		return err_in(run->err, "model '%.*s'", (int)model.n, model.p);
	return price_list_add(run->list, &draft->row, run->err);
}

void
prices_warn(const struct price_run *run, struct text path, const char *reason)
{
	char where[DRAFT_ID];

	if (run->sink->warn == NULL)
		return;
	snprintf(where, sizeof where, "%.*s", (int)(path.n < sizeof where ? path.n : sizeof where - 1), path.p);
	run->sink->warn(run->sink->ctx, (struct place){ 0, where }, reason);
}

bool
head_has(const char *head, size_t n, char first, const char *const *words)
{
	size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n'))
		i++;
	if (i >= n || head[i] != first)
		return false;
	for (; *words != NULL; words++)
		if (memmem(head, n, *words, strlen(*words)) == NULL)
			return false;
	return true;
}
