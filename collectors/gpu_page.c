#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/gpu_page.h"
#include "collectors/gpu_watch.h"
#include "collectors/scrape.h"
#include "models/units/err.h"

#define INSTANCES_MAX 16 /* parts of one GPU: MIG makes seven at most */

/* A part of a GPU, or the whole of it where `name` is empty. */
struct part {
	char name[16];
	int share; /* of the GPU, in `of`; 0: not known */
	bool has[GPU_QUANTITIES];
	int choice[GPU_QUANTITIES];
	int64_t value[GPU_QUANTITIES];
};

/* A GPU on one page. Its texts point into the page. */
struct found {
	char device[WATCH_TEXT];
	size_t device_n;
	struct text gpu, account, workload;
	int64_t at_us, line;
	size_t parts;
	struct part part[INSTANCES_MAX];
};

struct pages {
	const struct gpu_kind *kind;
	const struct collect_options *options;
	const struct sink *sink;
	struct gpu_watch *watch;
	int64_t at_us;
	size_t n, room;
	struct found *found;
};

/* ---- a sample */

static struct text
first_label(const struct metric_sample *sample, const char *const names[])
{
	struct text value = { "", 0 };

	for (size_t i = 0; i < GPU_NAMES && names[i] != NULL && value.n == 0; i++)
		value = metric_label(sample, names[i]);
	return value;
}

/* The row of a name, with or without a prefix before it. */
static const struct gpu_row *
row_of(const struct gpu_kind *kind, struct text name)
{
	for (size_t i = 0; i < kind->n; i++) {
		size_t n = strlen(kind->rows[i].name);

		if (text_is(name, kind->rows[i].name))
			return &kind->rows[i];
		if (kind->prefixed && name.n > n + 1 && name.p[name.n - n - 1] == '_' &&
			memcmp(name.p + name.n - n, kind->rows[i].name, n) == 0)
			return &kind->rows[i];
	}
	return NULL;
}

/* What exporters print where they have no value: integers near the end of their type, and a double. */
static bool
is_blank(const struct gpu_kind *kind, const struct metric_sample *sample, enum gpu_quantity quantity)
{
	double value = sample->value;

	if (!(value >= 0)) /* NaN too */
		return true;
	if (!kind->blanks)
		return false;
	if (value >= 9.2233720368547e18 || (value >= 140737488355328.0 && value < 140737488355344.0))
		return true;
	return quantity != GPU_ENERGY && value >= 2147483632.0 && value <= 2147483647.0;
}

static int64_t
read_quantity(const struct gpu_kind *kind, const struct metric_sample *sample, const struct gpu_row *row)
{
	static const int64_t largest[GPU_QUANTITIES] = { [GPU_BUSY] = 1000000,
		[GPU_MEMORY] = INT64_C(1) << 30, /* a pebibyte */
		[GPU_POWER] = 100000000,         /* 100 kW */
		[GPU_ENERGY] = INT64_MAX / 4,
		[GPU_PRESENT] = INT64_MAX,
		[GPU_STATE] = INT64_MAX };
	int64_t value;

	if (is_blank(kind, sample, row->quantity) || metric_whole(sample, row->digits, &value, NULL) != 0)
		return NOT_REPORTED;
	value /= row->divide > 0 ? row->divide : 1;
	return value < 0 || value > largest[row->quantity] ? NOT_REPORTED : value;
}

/* The UUID; where there is none, host and index. Empty: the sample names no device. */
static size_t
device_of(const struct gpu_kind *kind, const struct metric_sample *sample, char device[WATCH_TEXT])
{
	struct text id = first_label(sample, kind->device), host, index;
	int n;

	if (id.n > 0) {
		n = snprintf(device, WATCH_TEXT, "%.*s", (int)(id.n < WATCH_TEXT ? id.n : WATCH_TEXT - 1), id.p);
		return n < WATCH_TEXT ? (size_t)n : WATCH_TEXT - 1;
	}
	host = first_label(sample, kind->host);
	index = first_label(sample, kind->index);
	if (index.n == 0)
		return 0;
	n = snprintf(device, WATCH_TEXT, "%.*s%sgpu %.*s", (int)(host.n < 128 ? host.n : 128), host.p,
		host.n > 0 ? " " : "", (int)(index.n < 64 ? index.n : 64), index.p);
	return n < WATCH_TEXT ? (size_t)n : WATCH_TEXT - 1;
}

static struct found *
find_device(struct pages *pages, struct text device, struct err *err)
{
	struct found *found;

	for (size_t i = pages->n; i > 0; i--)
		if (text_same(device, (struct text){ pages->found[i - 1].device, pages->found[i - 1].device_n }))
			return &pages->found[i - 1];
	if (pages->n == pages->room) {
		size_t room = pages->room == 0 ? 8 : 2 * pages->room;
		struct found *more = realloc(pages->found, room * sizeof(*more));

		if (more == NULL) {
			err_set(err, ERR_OUTSIDE, "no memory for GPUs");
			return NULL;
		}
		pages->found = more;
		pages->room = room;
	}
	found = &pages->found[pages->n++];
	memset(found, 0, sizeof(*found));
	memcpy(found->device, device.p, device.n);
	found->device_n = device.n;
	return found;
}

/* How many of the parts a whole GPU has an instance takes: "1g.10gb" is 1. 0: not known. */
static int
share_of(struct text profile)
{
	return profile.n >= 2 && profile.p[0] >= '1' && profile.p[0] <= '8' && profile.p[1] == 'g' ? profile.p[0] - '0'
												   : 0;
}

static struct part *
find_part(struct found *found, struct text name, struct text profile)
{
	struct part *part;

	name.n = name.n < sizeof(part->name) ? name.n : sizeof(part->name) - 1;
	for (size_t i = 0; i < found->parts; i++)
		if (text_is(name, found->part[i].name))
			return &found->part[i];
	if (found->parts == INSTANCES_MAX)
		return NULL;
	part = &found->part[found->parts++];
	memcpy(part->name, name.p, name.n);
	part->share = share_of(profile);
	return part;
}

static void
take_value(struct part *part, const struct gpu_row *row, int64_t value)
{
	enum gpu_quantity quantity = row->quantity;

	if (value == NOT_REPORTED || (part->has[quantity] && part->choice[quantity] <= row->choice))
		return;
	part->has[quantity] = true;
	part->choice[quantity] = row->choice;
	part->value[quantity] = value;
}

static int
take_sample(struct pages *pages, const struct scrape *scrape, const struct metric_sample *sample, bool *known,
	struct err *err)
{
	const struct gpu_kind *kind = pages->kind;
	const struct gpu_row *row = row_of(kind, sample->name);
	struct text instance = { "", 0 }, profile = { "", 0 }, pod, space;
	char device[WATCH_TEXT], shown[300];
	struct found *found;
	struct part *part;
	size_t n;

	if (row == NULL)
		return 0;
	*known = true;
	if (row->quantity == GPU_STATE) {
		if (pages->options->state.n == 0 &&
			metric_label(sample, "text").n > 0) /* once, and not with each look */
			row_warn(pages->sink, sample->line, "%s",
				text_shown(metric_label(sample, "text"), shown, sizeof(shown)));
		return 0;
	}
	if (kind->partition != NULL) {
		struct text partition = metric_label(sample, kind->partition);

		if (partition.n > 0 && !text_is(partition, "0"))
			return 0;
	}
	if ((n = device_of(kind, sample, device)) == 0) {
		row_refuse(pages->sink, sample->line, "'%.*s' has no label that names a GPU",
			(int)(sample->name.n < 80 ? sample->name.n : 80), sample->name.p);
		return 0;
	}
	if ((found = find_device(pages, (struct text){ device, n }, err)) == NULL)
		return -1;
	if (kind->instance != NULL) {
		instance = metric_label(sample, kind->instance);
		profile = metric_label(sample, kind->profile);
	}
	if ((part = find_part(found, instance, profile)) == NULL)
		return 0;
	take_value(part, row, read_quantity(kind, sample, row));
	pod = first_label(sample, kind->pod);
	space = first_label(sample, kind->space);
	if (found->gpu.n == 0)
		found->gpu = first_label(sample, kind->model);
	if (found->workload.n == 0 && pod.n > 0)
		found->workload = pod_owner(pod);
	if (found->account.n == 0)
		found->account = space;
	found->at_us = sample->has_time ? sample->at_us : scrape->at_us;
	found->line = found->line == 0 ? sample->line : found->line;
	return 0;
}

/* ---- a device */

/* Of a whole GPU the value; of one in parts what they come to together. */
static int64_t
quantity_of(const struct found *found, enum gpu_quantity quantity)
{
	int64_t sum = NOT_REPORTED, shares = 0;

	for (size_t i = 0; i < found->parts; i++)
		if (found->part[i].name[0] == '\0' && found->part[i].has[quantity])
			return found->part[i].value[quantity];
	for (size_t i = 0; i < found->parts; i++) {
		const struct part *part = &found->part[i];
		int64_t value = part->value[quantity];

		if (!part->has[quantity])
			continue;
		if (quantity == GPU_BUSY) {
			if (part->share == 0)
				return NOT_REPORTED;
			shares += part->share;
			value *= part->share;
		}
		if (quantity == GPU_POWER || quantity == GPU_ENERGY) /* of the GPU as a whole, said with each part */
			sum = value > sum ? value : sum;
		else
			sum = (sum == NOT_REPORTED ? 0 : sum) + value;
	}
	if (quantity != GPU_BUSY || sum == NOT_REPORTED)
		return sum;
	/* A GPU has seven slices, but one kind has four; whichever it is, not fewer than are in use. */
	return sum / (shares > 7 ? shares : text_holds(found->gpu, "A30") ? (shares > 4 ? shares : 4) : 7);
}

static int
take_page(void *ctx, const struct scrape *scrape, struct err *err)
{
	struct pages *pages = ctx;
	struct exposition page;
	struct metric_sample sample;
	struct err why;
	bool known = false;
	int got;

	pages->n = 0;
	exposition_begin(&page, scrape->bytes, scrape->n, scrape->line);
	while ((got = exposition_next(&page, &sample, &why)) != 0) {
		if (got < 0)
			row_refuse(pages->sink, page.line, "%s", why.text);
		else if (take_sample(pages, scrape, &sample, &known, err) != 0)
			return -1;
	}
	if (!known)
		row_refuse(pages->sink, scrape->line, "there is no figure of %s on this page", pages->kind->what);
	for (size_t i = 0; i < pages->n; i++) {
		const struct found *found = &pages->found[i];
		const struct gpu_look look = { .at_us = found->at_us,
			.line = found->line,
			.device = { found->device, found->device_n },
			.gpu = found->gpu,
			.account = pages->options->account.n > 0 ? pages->options->account : found->account,
			.workload = pages->options->workload.n > 0 ? pages->options->workload : found->workload,
			.busy_ppm = quantity_of(found, GPU_BUSY),
			.memory_used_mib = quantity_of(found, GPU_MEMORY),
			.power_mw = quantity_of(found, GPU_POWER),
			.energy_uj = quantity_of(found, GPU_ENERGY) };

		if (gpu_watch_look(pages->watch, &look, err) != 0)
			return -1;
	}
	if (known)
		pages->at_us = scrape->at_us;
	return 0;
}

int
gpu_page_parse(const struct gpu_kind *kind, struct input *input, const struct collect_options *options,
	const struct sink *sink, struct err *err)
{
	struct pages pages = { .kind = kind, .options = options, .sink = sink };
	const struct scrape_each each = { &pages, take_page };
	int status = -1;

	pages.watch = gpu_watch_open(options, sink, kind->merge || options->url.n > 0, err);
	if (pages.watch != NULL)
		status = scrape_all(input, options, sink, &each, err);
	if (status == 0)
		status = gpu_watch_end(pages.watch, pages.at_us, err);
	gpu_watch_close(pages.watch);
	free(pages.found);
	return status;
}
