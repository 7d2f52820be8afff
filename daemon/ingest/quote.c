#include <stdlib.h>
#include <string.h>

#include "collectors/json.h"
#include "collectors/usage_object.h"
#include "daemon/ingest/quote.h"
#include "daemon/ingest/quote_print.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define CACHE_SLOTS 2048
#define CACHE_KEY 256

/* ---- lookups, remembered for as long as their answer holds */

struct slot {
	size_t key_n;
	char key[CACHE_KEY];
	struct price_found found;
	struct text nearest; /* where found has no row; lives with the prices */
};

struct quote {
	struct quote_prices prices;
	struct slot *slots;
	struct json_doc *doc;
	int64_t now_us;
	bool begun;
};

struct quote *
quote_open(const struct quote_prices *prices, int64_t now_us, struct err *err)
{
	struct quote *quote = calloc(1, sizeof(*quote));

	if (quote != NULL) {
		quote->prices = *prices;
		quote->now_us = now_us;
		quote->doc = json_new();
		quote->slots = calloc(CACHE_SLOTS, sizeof(*quote->slots));
	}
	if (quote == NULL || quote->doc == NULL || quote->slots == NULL) {
		quote_close(quote);
		err_set(err, ERR_OUTSIDE, "no memory for the lookups");
		return NULL;
	}
	return quote;
}

void
quote_close(struct quote *quote)
{
	if (quote == NULL)
		return;
	free(quote->slots);
	json_free(quote->doc);
	free(quote);
}

static size_t
put_key(char *key, const struct price_question *question)
{
	const struct text *parts[] = { &question->provider, &question->model, &question->service_tier };
	size_t n = 0;

	for (int i = 0; i < 3; i++) {
		if (n + parts[i]->n + 2 > CACHE_KEY)
			return 0;
		if (parts[i]->n > 0)
			memcpy(key + n, parts[i]->p, parts[i]->n);
		n += parts[i]->n;
		key[n++] = '\n';
	}
	key[n - 1] = question->tier_hinted ? '?' : '\n';
	return n;
}

static void
ask(struct quote *quote, const struct price_question *question, struct slot *slot)
{
	quote->prices.find(quote->prices.ctx, question, &slot->found);
	slot->nearest = (struct text){ NULL, 0 };
	if (slot->found.row == NULL && slot->found.state == PRICE_UNPRICED)
		slot->nearest = quote->prices.nearest(quote->prices.ctx, question);
}

/* Remembered until another question takes its place. */
static const struct slot *
find_price(struct quote *quote, const struct price_question *question)
{
	char key[CACHE_KEY];
	size_t n = put_key(key, question);
	uint32_t hash = 2166136261u;
	struct slot *slot;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)key[i]) * 16777619u;
	slot = &quote->slots[(hash ^ hash >> 16) % CACHE_SLOTS];
	if (n > 0 && slot->key_n == n && memcmp(slot->key, key, n) == 0 && question->at_us >= slot->found.from_us &&
		question->at_us < slot->found.to_us)
		return slot;
	slot->key_n = n;
	memcpy(slot->key, key, n);
	ask(quote, question, slot);
	return slot;
}

/* ---- one line */

static int
text_member(const struct json *event, const char *name, struct text *text, struct err *err)
{
	const struct json *json = json_value(event, name);

	*text = (struct text){ NULL, 0 };
	if (json == NULL)
		return 0;
	if (json->type != JSON_STRING)
		return err_set(err, ERR_INPUT, "%s is %s%s%.*s, not a text", name, json_type_name(json),
			json->text.n > 0 ? " " : "", json->text.n > 40 ? 40 : (int)json->text.n, json->text.p);
	*text = json->text;
	return 0;
}

static int
read_at(const struct json *event, struct quote *quote, struct price_question *question, struct err *err)
{
	const struct json *at = json_value(event, "at");

	question->at_us = quote->now_us;
	if (at == NULL)
		return 0;
	if (at->type != JSON_STRING && at->type != JSON_NUMBER)
		return err_set(err, ERR_INPUT, "at is %s, not a time", json_type_name(at));
	return time_parse(at->text.p, at->text.n, &question->at_us, err) == 0 ? 0 : err_in(err, "at");
}

/* The classes by name, or the provider's own object: of both the classes count, as in events of the ledger. */
static int
read_usage(const struct json *event, struct usage_about *about, struct usage_object *object, struct err *err)
{
	const struct json *usage = json_value(event, "usage");
	int classes;

	*object = (struct usage_object){ .quantities.requests = 1 };
	classes = usage_classes_read(event, &object->quantities.usage, err);
	if (classes != 0)
		return classes < 0 ? -1 : 0;
	return usage == NULL ? err_set(err, ERR_INPUT, "usage is missing")
			     : usage_object_read(usage, about, object, err);
}

/* Back as it came, so it must be something that can be written behind "id". */
static int
read_id(const struct json *event, struct quote_answer *line, struct err *err)
{
	const struct json *id = json_value(event, "id"), *twice = json_twice(event);

	if (id != NULL && id->type != JSON_STRING && id->type != JSON_NUMBER)
		return err_set(err, ERR_INPUT, "id is %s, not a text or a number", json_type_name(id));
	line->id = id;
	if (twice != NULL)
		return err_set(err, ERR_INPUT, "%.*s is given twice", (int)(twice->key.n < 40 ? twice->key.n : 40),
			twice->key.p);
	return 0;
}

/* Steps that the provider bills beside the counts of the reply: priced as a request of their own. */
static int
add_steps(const struct quantities *steps, struct quote_answer *line, struct err *err)
{
	struct price_result result;

	if (price_usage(&line->found, steps, &result, err) != 0)
		return -1;
	if (result.state != PRICE_PRICED || line->result.state != PRICE_PRICED)
		return 0;
	line->result.other_femto += result.amount_femto;
	line->result.amount_femto += result.amount_femto;
	if (line->result.reason == NULL)
		line->result.reason =
			"compaction steps are billed beside these classes and are in other_amount and amount";
	return 0;
}

static int
read_event(struct quote *quote, const struct json *event, struct quote_answer *line, struct err *err)
{
	struct price_question question = { 0 };
	struct usage_about about = { 0 };
	struct usage_object object;
	const struct json *requests = json_value(event, "requests");
	const struct slot *slot;

	if (event->type != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "the line is %s, not an object", json_type_name(event));
	line->no_at = json_value(event, "at") == NULL;
	if (read_id(event, line, err) != 0 || text_member(event, "provider", &question.provider, err) != 0 ||
		text_member(event, "model", &question.model, err) != 0 ||
		text_member(event, "service_tier", &question.service_tier, err) != 0 ||
		text_member(event, "api", &about.api, err) != 0 || read_at(event, quote, &question, err) != 0)
		return -1;
	if (question.model.n == 0)
		return err_set(err, ERR_INPUT, "model is missing");
	about.provider = question.provider;
	about.model = question.model;
	if (read_usage(event, &about, &object, err) != 0)
		return -1;
	if (requests != NULL && json_count(requests, "requests", &object.quantities.requests, err) != 0)
		return -1;
	if (question.service_tier.n == 0) {
		question.service_tier = object.service_tier;
		question.tier_hinted = object.tier_hinted;
	}
	line->quantities = object.quantities;
	slot = find_price(quote, &question);
	line->found = slot->found;
	line->nearest = slot->nearest;
	if (price_usage(&line->found, &line->quantities, &line->result, err) != 0)
		return -1;
	return object.has_steps ? add_steps(&object.steps, line, err) : 0;
}

#define REASON 384

/* Why the answer is as it is, NULL where there is nothing to say; written into room where it is not a constant. */
static const char *
reason_of(const struct quote_answer *line, char room[REASON])
{
	const struct price_row *row = line->found.row;

	if (line->result.reason != NULL && line->nearest.n > 0)
		snprintf(room, REASON, "%s; the nearest is '%.*s'", line->result.reason, (int)line->nearest.n,
			line->nearest.p);
	else if (line->result.reason != NULL)
		return line->result.reason;
	else if (row != NULL && row->n == 0 && row->note.n > 0)
		snprintf(room, REASON, "%.*s", (int)row->note.n, row->note.p);
	else
		return NULL;
	return room;
}

int
quote_line(struct quote *quote, char *bytes, size_t n, enum quote_form form, FILE *out, struct err *err)
{
	struct quote_answer answer = { 0 };
	struct json *event = json_parse(quote->doc, bytes, n, err);
	char reason[REASON];
	int rc = 0;

	if (event == NULL || read_event(quote, event, &answer, err) != 0) {
		/* The parser counts lines of its own text; that text is one line of ours. */
		if (event == NULL && strncmp(err->text, "line 1: ", 8) == 0)
			memmove(err->text, err->text + 8, strlen(err->text + 8) + 1);
		answer.refused = true;
		answer.reason = err->text;
		rc = -1;
	} else {
		answer.reason = reason_of(&answer, reason);
	}
	quote_print(&answer, form, !quote->begun, out);
	quote->begun = true;
	return rc;
}
