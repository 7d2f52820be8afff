#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/gpu_watch.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define QUARTER_US (INT64_C(900) * SECOND_US)
#define VERSION "gpus 1"

/* What is summed of a stretch: value x milliseconds, and of how many milliseconds. */
enum { BUSY, MEMORY, POWER, FIGURES };

struct name {
	char p[WATCH_TEXT];
	size_t n;
};

struct device {
	struct name device, gpu, account, workload;
	int64_t at_us, line; /* of the last look */
	int64_t figure[FIGURES], energy_uj;
	int64_t from_us, to_us; /* the stretch that is open; from 0: none */
	int64_t sum[FIGURES], ms[FIGURES];
	int64_t basis, rate_nano; /* rate NOT_REPORTED: not told */
};

struct gpu_watch {
	const struct collect_options *options;
	const struct sink *sink;
	bool merge;
	size_t n, room;
	struct device *devices;
};

static struct text
text_of_name(const struct name *name)
{
	return (struct text){ name->p, name->n };
}

static void
set_name(struct name *name, struct text text)
{
	name->n = text.n < sizeof(name->p) ? text.n : sizeof(name->p);
	if (name->n > 0)
		memcpy(name->p, text.p, name->n);
}

/* ---- pods */

static bool
of_kubernetes(struct text text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("bcdfghjklmnpqrstvwxz2456789", text.p[i]) == NULL)
			return false;
	return true;
}

/* What stands behind the last dash, and the text without both. */
static struct text
last_word(struct text text, struct text *before)
{
	size_t i = text.n;

	while (i > 0 && text.p[i - 1] != '-')
		i--;
	*before = (struct text){ text.p, i == 0 ? 0 : i - 1 };
	return (struct text){ text.p + i, text.n - i };
}

struct text
pod_owner(struct text pod)
{
	struct text before, first, word = last_word(pod, &before);
	size_t digits = 0;

	while (digits < word.n && word.p[digits] >= '0' && word.p[digits] <= '9')
		digits++;
	if (before.n > 0 && word.n > 0 && digits == word.n && word.n <= 4)
		return before;
	if (before.n == 0 || word.n != 5 || !of_kubernetes(word))
		return pod;
	word = last_word(before, &first);
	return first.n > 0 && word.n >= 6 && word.n <= 10 && of_kubernetes(word) ? first : before;
}

/* ---- stretches */

static int
tell(struct gpu_watch *watch, const struct device *device, int64_t from_us, int64_t to_us, const int64_t mean[FIGURES],
	struct err *err)
{
	struct gpu_reading reading = {
		.from_us = from_us,
		.to_us = to_us,
		.device = text_of_name(&device->device),
		.gpu = text_of_name(&device->gpu),
		.account = text_of_name(&device->account),
		.workload = text_of_name(&device->workload),
		.busy_ppm = mean[BUSY],
		.memory_used_mib = mean[MEMORY],
		.power_mw = mean[POWER],
		.basis = (enum gpu_basis)device->basis,
		.has_rate = device->rate_nano != NOT_REPORTED,
		.rate_nano = device->rate_nano != NOT_REPORTED ? device->rate_nano : 0,
	};

	if (watch->sink->gpu == NULL || from_us >= to_us)
		return 0;
	return watch->sink->gpu(watch->sink->ctx, (struct place){ .line = device->line }, &reading, err);
}

/* Tell the stretch that is open, if there is one. */
static int
close_stretch(struct gpu_watch *watch, struct device *device, struct err *err)
{
	int64_t mean[FIGURES], from_us = device->from_us;

	for (int i = 0; i < FIGURES; i++)
		mean[i] = device->ms[i] == 0 ? NOT_REPORTED : (device->sum[i] + device->ms[i] / 2) / device->ms[i];
	device->from_us = 0;
	memset(device->sum, 0, sizeof(device->sum));
	memset(device->ms, 0, sizeof(device->ms));
	return from_us == 0 ? 0 : tell(watch, device, from_us, device->to_us, mean, err);
}

/* value x ms fits: figures are below 2^40 and a stretch is a quarter hour. */
static void
add_to_stretch(struct device *device, int64_t from_us, int64_t to_us, const int64_t mean[FIGURES])
{
	int64_t ms = (to_us - from_us + 999) / 1000;

	if (device->from_us == 0)
		device->from_us = from_us;
	device->to_us = to_us;
	for (int i = 0; i < FIGURES; i++) {
		if (mean[i] == NOT_REPORTED)
			continue;
		device->sum[i] += mean[i] * ms;
		device->ms[i] += ms;
	}
}

/* Add a piece of time in quarter hours, telling those that are over. */
static int
merge_piece(struct gpu_watch *watch, struct device *device, int64_t to_us, const int64_t mean[FIGURES], struct err *err)
{
	for (int64_t from_us = device->at_us, end_us; from_us < to_us; from_us = end_us) {
		end_us = (from_us / QUARTER_US + 1) * QUARTER_US;
		end_us = end_us > to_us ? to_us : end_us;
		add_to_stretch(device, from_us, end_us, mean);
		if (end_us % QUARTER_US == 0 && close_stretch(watch, device, err) != 0)
			return -1;
	}
	return 0;
}

/* Mean power between two looks out of the energy used, where both say it and it did not start again. */
static int64_t
power_between(const struct device *device, const struct gpu_look *look)
{
	int64_t us = look->at_us - device->at_us, mw;
	wide used;

	if (device->energy_uj == NOT_REPORTED || look->energy_uj < device->energy_uj)
		return device->figure[POWER];
	used = (wide)(look->energy_uj - device->energy_uj) * 1000; /* uJ / us = W */
	mw = used / us > INT64_C(100000000) ? NOT_REPORTED : (int64_t)(used / us);
	return mw == NOT_REPORTED ? device->figure[POWER] : mw;
}

/* The time from the last look at the device to this one. */
static int
take_time(struct gpu_watch *watch, struct device *device, const struct gpu_look *look, struct err *err)
{
	static const int64_t unknown[FIGURES] = { NOT_REPORTED, NOT_REPORTED, NOT_REPORTED };
	int64_t us = look->at_us - device->at_us;
	int64_t mean[FIGURES] = { device->figure[BUSY], device->figure[MEMORY], power_between(device, look) };

	if (us > WATCH_GAP_US) {
		row_warn(watch->sink, look->line,
			"nobody looked at the GPU for more than an hour: that time is not counted");
		return close_stretch(watch, device, err);
	}
	if (us > WATCH_HOLD_US)
		return close_stretch(watch, device, err) != 0 ||
				tell(watch, device, device->at_us, look->at_us, unknown, err) != 0
			? -1
			: 0;
	if (watch->merge)
		return merge_piece(watch, device, look->at_us, mean, err);
	return tell(watch, device, device->at_us, look->at_us, mean, err);
}

/* ---- devices */

static struct device *
find_device(struct gpu_watch *watch, struct text name, struct err *err)
{
	struct name wanted;
	struct device *device;

	set_name(&wanted, name);
	for (size_t i = 0; i < watch->n; i++)
		if (text_same(text_of_name(&watch->devices[i].device), text_of_name(&wanted)))
			return &watch->devices[i];
	if (watch->n == WATCH_DEVICES_MAX) {
		err_set(err, ERR_INPUT, "more than %d GPUs", WATCH_DEVICES_MAX);
		return NULL;
	}
	if (watch->n == watch->room) {
		size_t room = watch->room == 0 ? 8 : 2 * watch->room;
		struct device *more = realloc(watch->devices, room * sizeof(*more));

		if (more == NULL) {
			err_set(err, ERR_OUTSIDE, "no memory for a GPU");
			return NULL;
		}
		watch->devices = more;
		watch->room = room;
	}
	device = &watch->devices[watch->n++];
	*device = (struct device){ .at_us = 0 };
	device->device = wanted;
	return device;
}

static bool
same_holder(const struct device *device, const struct gpu_look *look)
{
	struct name account, workload;

	set_name(&account, look->account);
	set_name(&workload, look->workload);
	return text_same(text_of_name(&device->account), text_of_name(&account)) &&
		text_same(text_of_name(&device->workload), text_of_name(&workload));
}

int
gpu_watch_look(struct gpu_watch *watch, const struct gpu_look *look, struct err *err)
{
	struct device *device;

	if (look->at_us <= 0) {
		row_refuse(watch->sink, look->line, "the time of the sample is before 1970");
		return 0;
	}
	if ((device = find_device(watch, look->device, err)) == NULL)
		return -1;
	if (device->at_us != 0) {
		if (look->at_us <= device->at_us)
			return 0;
		if (take_time(watch, device, look, err) != 0)
			return -1;
		if (!same_holder(device, look) && close_stretch(watch, device, err) != 0)
			return -1;
	}
	set_name(&device->gpu, look->gpu);
	set_name(&device->account, look->account);
	set_name(&device->workload, look->workload);
	device->at_us = look->at_us;
	device->line = look->line;
	device->figure[BUSY] = look->busy_ppm;
	device->figure[MEMORY] = look->memory_used_mib;
	device->figure[POWER] = look->power_mw;
	device->energy_uj = look->energy_uj;
	device->basis = look->basis;
	device->rate_nano = look->has_rate ? look->rate_nano : NOT_REPORTED;
	return 0;
}

/* ---- what is kept: a line a device, its names at the end with tabs between them */

static int64_t *
field_of(struct device *device, size_t i)
{
	int64_t *const fields[] = { &device->at_us, &device->figure[BUSY], &device->figure[MEMORY],
		&device->figure[POWER], &device->energy_uj, &device->from_us, &device->to_us, &device->sum[BUSY],
		&device->ms[BUSY], &device->sum[MEMORY], &device->ms[MEMORY], &device->sum[POWER], &device->ms[POWER],
		&device->basis, &device->rate_nano };

	return i < sizeof(fields) / sizeof(fields[0]) ? fields[i] : NULL;
}

static void
print_name(FILE *out, const struct name *name)
{
	fputc('\t', out);
	for (size_t i = 0; i < name->n; i++)
		fputc((unsigned char)name->p[i] < ' ' ? ' ' : name->p[i], out);
}

static void
print_device(FILE *out, struct device *device)
{
	const int64_t *field;

	for (size_t i = 0; (field = field_of(device, i)) != NULL; i++)
		fprintf(out, "%s%" PRId64, i > 0 ? " " : "", *field);
	print_name(out, &device->device);
	print_name(out, &device->gpu);
	print_name(out, &device->account);
	print_name(out, &device->workload);
	fputc('\n', out);
}

static int
keep(struct gpu_watch *watch, struct err *err)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out;
	int status;

	if (watch->sink->state == NULL)
		return 0;
	if ((out = open_memstream(&text, &n)) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the state of GPUs");
	fprintf(out, "%s\n", VERSION);
	for (size_t i = 0; i < watch->n; i++)
		print_device(out, &watch->devices[i]);
	if (fclose(out) != 0) {
		free(text);
		return err_set(err, ERR_OUTSIDE, "no memory for the state of GPUs");
	}
	status = watch->sink->state(watch->sink->ctx, (struct text){ text, n }, err);
	free(text);
	return status;
}

/* The text up to the next separator, which is passed. */
static struct text
take_field(struct text *line, char separator)
{
	const char *end = line->n == 0 ? NULL : memchr(line->p, separator, line->n);
	struct text field = { line->p, end == NULL ? line->n : (size_t)(end - line->p) };
	size_t skip = end == NULL ? line->n : field.n + 1;

	line->p += skip;
	line->n -= skip;
	return field;
}

static bool
recall_device(struct gpu_watch *watch, struct text line)
{
	struct device device = { .at_us = 0 }, *place;
	struct text numbers = take_field(&line, '\t');
	int64_t *field;

	for (size_t i = 0; (field = field_of(&device, i)) != NULL; i++) {
		struct text word = take_field(&numbers, ' ');

		if (text_is(word, "-1"))
			*field = NOT_REPORTED;
		else if (count_parse(word, INT64_MAX / 4, field) != 0)
			return false;
	}
	for (int i = 0; i < FIGURES; i++)
		if (device.sum[i] < 0 || device.ms[i] < 0 || device.ms[i] > QUARTER_US ||
			device.figure[i] >= INT64_C(1) << 40)
			return false;
	set_name(&device.device, take_field(&line, '\t'));
	set_name(&device.gpu, take_field(&line, '\t'));
	set_name(&device.account, take_field(&line, '\t'));
	set_name(&device.workload, line);
	if (device.basis < GPU_SEEN || device.basis > GPU_ALLOCATED || device.at_us <= 0 || device.device.n == 0 ||
		device.from_us < 0 || numbers.n > 0)
		return false;
	if ((place = find_device(watch, text_of_name(&device.device), NULL)) == NULL)
		return false;
	*place = device;
	return true;
}

static int
recall(struct gpu_watch *watch, struct text state, struct err *err)
{
	struct text line;

	if (state.n == 0)
		return 0;
	if (!text_is(take_field(&state, '\n'), VERSION))
		return err_set(err, ERR_INPUT, "what is remembered of the GPUs was not written by this program");
	while (state.n > 0) {
		line = take_field(&state, '\n');
		if (!recall_device(watch, line))
			return err_set(err, ERR_INPUT, "what is remembered of a GPU was not written by this program");
	}
	return 0;
}

struct gpu_watch *
gpu_watch_open(const struct collect_options *options, const struct sink *sink, bool merge, struct err *err)
{
	struct gpu_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory for GPUs");
		return NULL;
	}
	*watch = (struct gpu_watch){ .options = options, .sink = sink, .merge = merge };
	if (recall(watch, options->state, err) == 0)
		return watch;
	gpu_watch_close(watch);
	return NULL;
}

void
gpu_watch_close(struct gpu_watch *watch)
{
	if (watch == NULL)
		return;
	free(watch->devices);
	free(watch);
}

int
gpu_watch_end(struct gpu_watch *watch, int64_t now_us, struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < watch->n; i++) {
		struct device *device = &watch->devices[i];

		if (watch->merge && device->at_us < now_us - WATCH_GAP_US) { /* gone: nobody will look again */
			if (close_stretch(watch, device, err) != 0)
				return -1;
			continue;
		}
		watch->devices[kept++] = *device;
	}
	watch->n = kept;
	return keep(watch, err);
}
