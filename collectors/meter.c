#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/meter_inside.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define SERIES_FIRST 64
#define SKEW_US (120 * SECOND_US) /* by how much the clock of an engine may be behind */
#define START "process_start_time_seconds"

/* ---- what is kept */

static uint64_t
hash_of(struct text key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (unsigned char)key.p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static struct series *
place_of(const struct series *series, size_t room, uint64_t hash, struct text key)
{
	size_t at = (hash ^ (hash >> 29)) & (room - 1);

	while (series[at].key != NULL &&
		(series[at].hash != hash || !text_same(key, (struct text){ series[at].key, series[at].key_n })))
		at = (at + 1) & (room - 1);
	return (struct series *)&series[at];
}

static int
widen(struct meter *meter, struct err *err)
{
	size_t room = meter->room == 0 ? SERIES_FIRST : 2 * meter->room;
	struct series *more = calloc(room, sizeof(*more));

	if (more == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for counters");
	for (size_t i = 0; i < meter->room; i++) {
		const struct series *one = &meter->series[i];

		if (one->key != NULL)
			*place_of(more, room, one->hash, (struct text){ one->key, one->key_n }) = *one;
	}
	free(meter->series);
	meter->series = more;
	meter->room = room;
	return 0;
}

struct series *
meter_series(struct meter *meter, struct text key, struct err *err)
{
	uint64_t hash = hash_of(key);
	struct series *series;

	if (2 * (meter->used + 1) > meter->room && widen(meter, err) != 0)
		return NULL;
	series = place_of(meter->series, meter->room, hash, key);
	if (series->key != NULL)
		return series;
	if (meter->used == METER_SERIES_MAX) {
		err_set(err, ERR_INPUT, "more than %d counters of one source are not kept apart", METER_SERIES_MAX);
		return NULL;
	}
	if ((series->key = malloc(key.n + 1)) == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a counter");
		return NULL;
	}
	memcpy(series->key, key.p, key.n);
	series->key_n = key.n;
	series->hash = hash;
	meter->used++;
	return series;
}

struct model *
meter_model(struct meter *meter, struct text name, struct err *err)
{
	struct model *model;

	for (size_t i = 0; i < meter->n_models; i++)
		if (text_same(name, (struct text){ meter->models[i].name, meter->models[i].name_n }))
			return &meter->models[i];
	if (meter->n_models == meter->models_room) {
		size_t room = meter->models_room == 0 ? 4 : 2 * meter->models_room;
		struct model *more = realloc(meter->models, room * sizeof(*more));

		if (more == NULL) {
			err_set(err, ERR_OUTSIDE, "no memory for a model");
			return NULL;
		}
		meter->models = more;
		meter->models_room = room;
	}
	model = &meter->models[meter->n_models];
	*model = (struct model){ .name = malloc(name.n + 1), .name_n = name.n };
	if (model->name == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for a model");
		return NULL;
	}
	if (name.n > 0)
		memcpy(model->name, name.p, name.n);
	meter->n_models++;
	return model;
}

static void
forget(struct meter *meter)
{
	for (size_t i = 0; i < meter->room; i++)
		free(meter->series[i].key);
	for (size_t i = 0; i < meter->n_models; i++)
		free(meter->models[i].name);
	free(meter->series);
	free(meter->models);
}

/* ---- names */

static bool
cut_suffix(struct text *name, const char *suffix)
{
	size_t n = strlen(suffix);

	if (name->n <= n || memcmp(name->p + name->n - n, suffix, n) != 0)
		return false;
	name->n -= n;
	return true;
}

/* The name without what its suffix says; the slot that it means, or SLOTS for the time of its creation. */
static int
base_of(struct text *name)
{
	if (cut_suffix(name, "_total"))
		return SLOT_PLAIN;
	if (cut_suffix(name, "_sum"))
		return SLOT_SUM;
	if (cut_suffix(name, "_count"))
		return SLOT_COUNT;
	return cut_suffix(name, "_created") ? SLOTS : SLOT_PLAIN;
}

struct writing {
	char *at, *end;
	bool full;
};

static void
put(struct writing *writing, const char *p, size_t n)
{
	if (writing->full || (size_t)(writing->end - writing->at) < n) {
		writing->full = true;
		return;
	}
	if (n > 0)
		memcpy(writing->at, p, n);
	writing->at += n;
}

static void
put_escaped(struct writing *writing, struct text text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			put(writing, "\\n", 2);
		else if (text.p[i] == '\\' || text.p[i] == '"')
			put(writing, text.p[i] == '"' ? "\\\"" : "\\\\", 2);
		else
			put(writing, &text.p[i], 1);
	}
}

/* name{a="b",...}: labels are in order already, and empty ones mean none. */
static int
key_of(const struct metric_sample *sample, struct text base, char buffer[METER_KEY_MAX], struct text *key)
{
	struct writing writing = { buffer, buffer + METER_KEY_MAX, false };
	bool first = true;

	put_escaped(&writing, base);
	for (size_t i = 0; i < sample->labels; i++) {
		if (sample->label[i].value.n == 0)
			continue;
		put(&writing, first ? "{" : ",", 1);
		put_escaped(&writing, sample->label[i].name);
		put(&writing, "=\"", 2);
		put_escaped(&writing, sample->label[i].value);
		put(&writing, "\"", 1);
		first = false;
	}
	if (!first)
		put(&writing, "}", 1);
	*key = (struct text){ buffer, (size_t)(writing.at - buffer) };
	return writing.full ? -1 : 0;
}

/* ---- reading a page */

static bool
same_type(enum metric_type said, enum metric_type meant)
{
	return said == METRIC_UNTYPED || said == meant || (said == METRIC_SUMMARY && meant == METRIC_HISTOGRAM);
}

/* The row that the sample is of; NULL where the engine's table has none. *type_differs: it is of another type. */
static const struct meter_row *
row_of(const struct meter_kind *kind, const struct metric_sample *sample, bool *type_differs)
{
	*type_differs = false;
	for (size_t i = 0; i < kind->n; i++) {
		const struct meter_row *row = &kind->rows[i];

		if (!text_is(sample->name, row->name))
			continue;
		if (row->label != NULL && !text_is(metric_label(sample, row->label), row->is))
			continue;
		if (same_type(sample->type, row->type))
			return row;
		*type_differs = true;
	}
	return NULL;
}

/* Whether a counter of the table has this name but for its suffix. */
static bool
counts_as(const struct meter_kind *kind, struct text base)
{
	for (size_t i = 0; i < kind->n; i++) {
		struct text name = text_of(kind->rows[i].name);

		base_of(&name);
		if (kind->rows[i].role < METER_COUNTERS && text_same(name, base))
			return true;
	}
	return false;
}

static bool
is_other_rank(const struct meter_kind *kind, const struct metric_sample *sample)
{
	for (size_t i = 0; i < sizeof(kind->ranks) / sizeof(kind->ranks[0]) && kind->ranks[i] != NULL; i++) {
		struct text rank = metric_label(sample, kind->ranks[i]);

		if (rank.n > 0 && !text_is(rank, "0"))
			return true;
	}
	return false;
}

static struct text
model_of(const struct meter *meter, const struct metric_sample *sample)
{
	struct text model = { "", 0 };

	if (meter->kind->model_label != NULL)
		model = metric_label(sample, meter->kind->model_label);
	return model.n > 0 ? model : meter->options->model;
}

static bool
in_seconds(enum meter_role role)
{
	return role == METER_TTFT_SUM || role == METER_TOKEN_SUM || role == METER_LATENCY_SUM;
}

static int
read_gauge(struct meter *meter, const struct meter_row *row, const struct metric_sample *sample, struct err *err)
{
	struct model *model;
	int64_t value;

	if (metric_whole(sample, 6, &value, NULL) != 0 || value < 0)
		return 0; /* nobody knows; a later page may */
	if ((model = meter_model(meter, model_of(meter, sample), err)) == NULL)
		return -1;
	if (model->has[row->role] && row->choice > model->choice[row->role])
		return 0;
	if (!model->has[row->role] || row->choice < model->choice[row->role]) {
		model->now[row->role] = 0;
		model->gauges[row->role] = 0;
	}
	model->has[row->role] = true;
	model->choice[row->role] = row->choice;
	if (__builtin_add_overflow(model->now[row->role], value, &model->now[row->role]))
		model->now[row->role] = INT64_MAX;
	model->gauges[row->role]++;
	return 0;
}

/* The series of a sample; NULL where it was refused (*failed false) or the run ends. */
static struct series *
find_series(struct meter *meter, const struct metric_sample *sample, struct text base, bool *failed, struct err *err)
{
	char buffer[METER_KEY_MAX];
	struct text key;
	struct series *series;
	struct err why = { .kind = ERR_NONE };

	*failed = false;
	if (key_of(sample, base, buffer, &key) != 0) {
		row_refuse(
			meter->sink, sample->line, "the labels of the counter are longer than %d bytes", METER_KEY_MAX);
		return NULL;
	}
	if ((series = meter_series(meter, key, &why)) != NULL)
		return series;
	if (why.kind == ERR_INPUT) {
		row_refuse(meter->sink, sample->line, "%s", why.text);
		return NULL;
	}
	*failed = true;
	err_set(err, why.kind, "%s", why.text);
	return NULL;
}

static int
read_counter(struct meter *meter, const struct scrape *scrape, const struct meter_row *row,
	const struct metric_sample *sample, struct err *err)
{
	struct text base = sample->name;
	int place = base_of(&base);
	struct series *series;
	struct slot *slot;
	struct err why = { .text = "a counter is never negative" };
	bool failed;
	int64_t value;

	if (metric_whole(sample, in_seconds(row->role) ? 6 : 0, &value, &why) != 0 || value < 0) {
		row_refuse(meter->sink, sample->line, "%s: %s", row->name, why.text);
		return 0;
	}
	if ((series = find_series(meter, sample, base, &failed, err)) == NULL)
		return failed ? -1 : 0;
	slot = &series->slot[place];
	if (slot->seen) {
		row_refuse(meter->sink, sample->line,
			"%s comes twice with the same labels: the page mixes replicas, and the second is not read",
			row->name);
		return 0;
	}
	series->seen = slot->seen = true;
	series->model = model_of(meter, sample);
	slot->row = row;
	slot->now = value;
	slot->now_us = sample->has_time ? sample->at_us : scrape->at_us;
	slot->line = sample->line;
	return 0;
}

/* Times at which counters and the process say that they began. */
static int
read_created(struct meter *meter, const struct metric_sample *sample, struct err *err)
{
	struct text base = sample->name;
	struct series *series;
	bool failed;
	int64_t at_us;

	if (metric_whole(sample, 6, &at_us, NULL) != 0 || at_us <= 0)
		return 0;
	if (text_is(sample->name, START)) {
		meter->start_now_us = at_us;
		return 0;
	}
	if (base_of(&base) != SLOTS || !counts_as(meter->kind, base))
		return 0;
	if ((series = find_series(meter, sample, base, &failed, err)) == NULL)
		return failed ? -1 : 0;
	series->created_now_us = at_us;
	return 0;
}

static int
read_sample(struct meter *meter, const struct scrape *scrape, const struct metric_sample *sample, bool *known,
	struct err *err)
{
	bool type_differs;
	const struct meter_row *row = row_of(meter->kind, sample, &type_differs);

	if (row == NULL && type_differs)
		row_refuse(meter->sink, sample->line, "'%.*s' is a %s on this page: it means something else here",
			(int)(sample->name.n < 80 ? sample->name.n : 80), sample->name.p,
			metric_type_name(sample->type));
	if (row == NULL)
		return read_created(meter, sample, err);
	*known = true;
	if (is_other_rank(meter->kind, sample))
		return 0;
	if (row->role >= METER_COUNTERS)
		return read_gauge(meter, row, sample, err);
	return read_counter(meter, scrape, row, sample, err);
}

/* ---- differences */

struct told {
	int64_t first; /* series seen for the first time */
	int64_t resets;
	int64_t others; /* of another process that was there before */
	int64_t line;
};

static int
add_delta(struct meter *meter, const struct series *series, const struct slot *slot, int64_t from_us, int64_t delta,
	bool reset, struct err *err)
{
	struct model *model = meter_model(meter, series->model, err);
	enum meter_role role = slot->row->role;

	if (model == NULL)
		return -1;
	if (model->has[role] && slot->row->choice > model->choice[role])
		return 0;
	if (!model->has[role] || slot->row->choice < model->choice[role])
		model->delta[role] = 0;
	model->has[role] = true;
	model->choice[role] = slot->row->choice;
	if (__builtin_add_overflow(model->delta[role], delta, &model->delta[role]))
		model->delta[role] = INT64_MAX;
	model->reset = model->reset || (reset && (role == METER_INPUT || role == METER_CACHED));
	if (!model->seen || from_us < model->from_us)
		model->from_us = from_us;
	if (!model->seen || slot->now_us > model->to_us)
		model->to_us = slot->now_us;
	if (!model->seen)
		model->line = slot->line;
	model->seen = true;
	return 0;
}

/*
 * When the counter began, as far as it is told: by itself, else by its process. A start that does not lie between the
 * scrape before and this one says nothing about where in between usage began.
 */
static int64_t
began(const struct meter *meter, const struct series *series)
{
	return series->created_now_us != UNKNOWN_US ? series->created_now_us : meter->start_now_us;
}

static bool
began_anew(const struct meter *meter, const struct series *series)
{
	if (series->created_us != UNKNOWN_US && series->created_now_us != UNKNOWN_US)
		return series->created_now_us != series->created_us;
	return meter->start_us != UNKNOWN_US && meter->start_now_us != UNKNOWN_US &&
		meter->start_now_us != meter->start_us;
}

/*
 * What is counted of a slot that is known: the difference, or all it holds where it has been reset. A process that
 * began before the one that was there answered last has not been started again: it is another one behind the same
 * address, and nothing is counted: 1, unless the one before has been silent for long; then counting begins with this
 * one. 0 else, -1.
 */
static int
take_known(
	struct meter *meter, const struct series *series, const struct slot *slot, struct told *told, struct err *err)
{
	int64_t began_us = began(meter, series), from_us = slot->last_us;
	bool reset = slot->now < slot->last || began_anew(meter, series);

	if (reset && began_us != UNKNOWN_US && began_us < slot->last_us - SKEW_US) {
		if (slot->now_us - slot->last_us > METER_SPREAD_US) { /* the one before is gone */
			told->first++;
			return 0;
		}
		told->others++;
		return 1;
	}
	if (reset && began_us > slot->last_us && began_us < slot->now_us)
		from_us = began_us;
	told->resets += reset;
	return add_delta(meter, series, slot, from_us, reset ? slot->now : slot->now - slot->last, reset, err);
}

static int
take_slot(struct meter *meter, const struct series *series, struct slot *slot, struct told *told, struct err *err)
{
	int64_t began_us = began(meter, series);

	if (told->line == 0)
		told->line = slot->line;
	if (slot->known && slot->now_us <= slot->last_us)
		return 0; /* an old sample again, or a clock put back: the next one has it all */
	if (slot->known) {
		int status = take_known(meter, series, slot, told, err);

		if (status != 0)
			return status < 0 ? -1 : 0;
	} else if (meter->at_us == UNKNOWN_US || began_us <= meter->at_us || began_us >= slot->now_us) {
		told->first++;
	} else if (add_delta(meter, series, slot, began_us, slot->now, false, err) != 0) {
		return -1;
	}
	slot->known = true;
	slot->last = slot->now;
	slot->last_us = slot->now_us;
	return 0;
}

static int
take_series(struct meter *meter, struct series *series, struct told *told, struct err *err)
{
	int64_t others = told->others;

	for (int i = 0; i < SLOTS; i++)
		if (series->slot[i].seen && take_slot(meter, series, &series->slot[i], told, err) != 0)
			return -1;
	if (series->created_now_us != UNKNOWN_US && told->others == others)
		series->created_us = series->created_now_us;
	return 0;
}

static void
say(const struct meter *meter, const struct told *told)
{
	char at[TIME_MAX] = "";

	time_print(at, sizeof(at), meter->at_us);
	if (told->first > 0)
		row_warn(meter->sink, told->line,
			"counters are seen for the first time: what they hold is where counting begins, and no usage");
	if (told->resets > 0)
		row_warn(meter->sink, told->line,
			"the engine started again: what it did between the scrape of %s and its end is not known", at);
	if (told->others > 0)
		row_refuse(meter->sink, told->line,
			"another process answers than before, and it was there already: it is not counted; each replica "
			"needs a source of its own");
}

static void
begin_page(struct meter *meter)
{
	meter->start_now_us = UNKNOWN_US;
	for (size_t i = 0; i < meter->room; i++) {
		struct series *series = &meter->series[i];

		series->seen = false;
		series->created_now_us = UNKNOWN_US;
		for (int k = 0; k < SLOTS; k++)
			series->slot[k].seen = false;
	}
	for (size_t i = 0; i < meter->n_models; i++) {
		struct model *model = &meter->models[i];

		model->seen = model->reset = false;
		memset(model->has, 0, sizeof(model->has));
		memset(model->delta, 0, sizeof(model->delta));
	}
}

static int
read_page(struct meter *meter, const struct scrape *scrape, bool *known, struct err *err)
{
	struct exposition page;
	struct metric_sample sample;
	struct err why;
	int got;

	exposition_begin(&page, scrape->bytes, scrape->n, scrape->line);
	while ((got = exposition_next(&page, &sample, &why)) != 0) {
		if (got < 0)
			row_refuse(meter->sink, page.line, "%s", why.text);
		else if (read_sample(meter, scrape, &sample, known, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_page(void *ctx, const struct scrape *scrape, struct err *err)
{
	struct meter *meter = ctx;
	struct told told = { 0 };
	bool known = false;

	begin_page(meter);
	if (read_page(meter, scrape, &known, err) != 0)
		return -1;
	if (!known) {
		row_refuse(meter->sink, scrape->line, "there is no counter of %s on this page", meter->kind->engine);
		return 0;
	}
	for (size_t i = 0; i < meter->room; i++)
		if (meter->series[i].key != NULL && meter->series[i].seen &&
			take_series(meter, &meter->series[i], &told, err) != 0)
			return -1;
	say(meter, &told);
	if (told.first > 0 && meter->kind->caveat != NULL)
		row_warn(meter->sink, told.line, "%s", meter->kind->caveat);
	if (meter_tell(meter, scrape, err) != 0)
		return -1;
	if (told.others > 0)
		return 0;
	meter->at_us = scrape->at_us;
	if (meter->start_now_us != UNKNOWN_US)
		meter->start_us = meter->start_now_us;
	return 0;
}

static int64_t
whole_or(struct text text, int64_t otherwise)
{
	int64_t value;

	text = text_trim(text);
	return text.n > 0 && decimal_parse(text.p, text.n, 0, &value, NULL, NULL) == 0 ? value : otherwise;
}

struct engine_place
meter_place(const struct pull_ask *ask)
{
	struct engine_place place = { .gpus = 1 };

	if (ask == NULL)
		return place;
	place.gpu = text_trim(pull_option(ask, "gpu"));
	place.gpus = whole_or(pull_option(ask, "gpus"), 1);
	place.tp = whole_or(pull_option(ask, "tp"), 0);
	place.precision = text_trim(pull_option(ask, "precision"));
	place.engine_version = text_trim(pull_option(ask, "engine_version"));
	place.anchor_model = text_trim(pull_option(ask, "anchor_model"));
	return place;
}

int
meter_parse(const struct meter_kind *kind, struct input *input, const struct collect_options *options,
	const struct sink *sink, struct err *err)
{
	struct meter meter = { .kind = kind, .options = options, .sink = sink, .place = meter_place(options->ask) };
	const struct scrape_each each = { &meter, take_page };
	int status = meter_recall(&meter, options->state, err);

	if (status == 0)
		status = scrape_all(input, options, sink, &each, err);
	if (status == 0)
		status = meter_remember(&meter, err);
	forget(&meter);
	return status;
}

int
meter_sniff(const char *prefix, const char *head, size_t n)
{
	return exposition_sniff(head, n) > 0 && memmem(head, n, prefix, strlen(prefix)) != NULL ? 90 : 0;
}

static const struct pull_option meter_options[] = { METER_OPTIONS("/metrics") };

const struct pull meter_pull = { SCRAPE_PULL(meter_options) };
