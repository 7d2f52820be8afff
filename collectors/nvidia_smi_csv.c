/*
 * nvidia-smi-csv: a log of `nvidia-smi --query-gpu=timestamp,index,uuid,name,… --format=csv -l SECONDS`.
 *
 *   timestamp, index, uuid, name, utilization.gpu [%], memory.used [MiB], power.draw [W]
 *   2026/11/01 10:00:00.123, 0, GPU-00000000-1111-…, NVIDIA Demo 80GB, 87 %, 65012 MiB, 512.35 W
 *   2026/11/01 10:01:00.130, 0, GPU-00000000-1111-…, NVIDIA Demo 80GB, 91 %, 65012 MiB, 530.10 W
 *
 * With and without units; without a header only in the twelve columns that `columns_documented` lists. Columns
 * come in any order, and of them only the timestamp and the uuid or index must be there.
 *
 * From samples to GPU time: a sample stands for the time up to the next sample of the same device, when that
 * is at most GAP_MAX_US later. A longer gap is time nobody watched: it is not counted, and told. The last sample of
 * a device has no next one and so no length; the log's continuation brings it, and importing a grown log
 * again meets the same stretches under the same keys. A device must be sampled in rising time.
 *
 * Utilisation that is not available ([N/A], as on a GPU cut into MIG slices) is not reported, which is not idle: the
 * GPU is allocated all the same. Times are wall clock in options->zone; when the clock is put back, a
 * device's sample that would otherwise step back in time is in the second turn of that hour.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/collector.h"
#include "collectors/columns.h"
#include "collectors/input.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

#define GAP_MAX_US (3600 * SECOND_US)
#define DEVICES_MAX 1024 /* devices of one log */
#define DEVICE_TEXT 96   /* bytes of a UUID or product name, as NVML has it */

static int smi_sniff(const char *head, size_t n, const char **why_not);
static int smi_parse(
	struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err);

const struct collector collector_nvidia_smi_csv = {
	.name = "nvidia-smi-csv",
	.title = "GPU time from a log of nvidia-smi --query-gpu --format=csv",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = smi_sniff,
	.parse = smi_parse,
	.files = &files_tables,
};

enum column { TIMESTAMP, INDEX, UUID, NAME, BUSY, MEMORY, POWER, COLUMNS };

static const char *const names[COLUMNS] = {
	[TIMESTAMP] = "timestamp",
	[INDEX] = "index",
	[UUID] = "uuid",
	[NAME] = "name",
	[BUSY] = "utilization.gpu",
	[MEMORY] = "memory.used",
	[POWER] = "power.draw",
};

/* nvidia-smi knows some fields by two names. */
static const struct {
	const char *other;
	enum column column;
} other_names[] = {
	{ "gpu_uuid", UUID },
	{ "gpu_name", NAME },
	{ "power.draw.average", POWER },
	{ "power.draw.instant", POWER },
};

static const char *const columns_documented[] = { "timestamp", "index", "uuid", "name", "utilization.gpu",
	"utilization.memory", "memory.total", "memory.used", "power.draw", "power.limit", "temperature.gpu",
	"mig.mode.current" };

#define DOCUMENTED (sizeof(columns_documented) / sizeof(columns_documented[0]))

/* How the figures are read: value = number * 10^digits in the reading's unit, at most max. */
static const struct figure {
	const char *unit;
	int digits;
	int64_t max;
} figures[COLUMNS] = {
	[BUSY] = { "%", 4, 1000000 },
	[MEMORY] = { "MiB", 0, INT64_C(1) << 40 },
	[POWER] = { "W", 3, INT64_C(1) << 40 },
};

struct sample {
	int64_t at_us;
	int64_t line;
	int64_t figure[COLUMNS]; /* NOT_REPORTED or >= 0 */
};

struct device {
	char id[DEVICE_TEXT], name[DEVICE_TEXT];
	size_t id_n, name_n;
	struct sample last;
	int64_t samples;
};

struct smi {
	const struct input *input;
	struct reader *reader;
	const struct collect_options *options;
	const struct sink *sink;
	int index[COLUMNS];
	size_t devices;
	struct device device[DEVICES_MAX];
};

static bool
looks_like_timestamp(struct text text)
{
	return text.n >= 19 && text.p[4] == '/' && text.p[7] == '/' && text.p[10] == ' ' && text.p[13] == ':' &&
		text.p[0] >= '0' && text.p[0] <= '9';
}

static int
smi_sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = text_trim(head_line(head, n));

	if (looks_like_timestamp(line) && (text_holds(line, "GPU-") || text_holds(line, "MIG-")))
		return 80;
	if (!text_holds(line, names[TIMESTAMP])) {
		*why_not = "the header has no 'timestamp'";
		return 0;
	}
	if (!text_holds(line, names[UUID]) && !text_holds(line, "utilization.gpu") &&
		!text_holds(line, "memory.used")) {
		*why_not = "the header has none of 'uuid', 'utilization.gpu' and 'memory.used'";
		return 0;
	}
	return 90;
}

/* "utilization.gpu [%]" without its unit. */
static struct text
without_unit(struct text field)
{
	const char *bracket;

	field = text_trim(field);
	bracket = field.n == 0 ? NULL : memchr(field.p, '[', field.n);
	if (bracket == NULL)
		return field;
	return text_trim((struct text){ field.p, (size_t)(bracket - field.p) });
}

static int
smi_header(struct smi *smi, struct text *fields, size_t n, struct err *err)
{
	int64_t line = reader_line(smi->reader);

	for (size_t i = 0; i < n; i++)
		fields[i] = without_unit(fields[i]);
	if (columns_map(&(struct header){ fields, n }, names, COLUMNS, smi->index, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
		for (size_t k = 0; k < n && smi->index[other_names[i].column] == COLUMN_ABSENT; k++)
			if (name_same(fields[k], other_names[i].other))
				smi->index[other_names[i].column] = (int)k;
	if (smi->index[TIMESTAMP] == COLUMN_ABSENT)
		return err_set(err, ERR_INPUT, "line %" PRId64 ": the header has no column 'timestamp'", line);
	if (smi->index[UUID] == COLUMN_ABSENT && smi->index[INDEX] == COLUMN_ABSENT)
		return err_set(err, ERR_INPUT, "line %" PRId64 ": the header has neither 'uuid' nor 'index'", line);
	if (smi->index[UUID] == COLUMN_ABSENT)
		row_warn(smi->sink, line, "there is no column 'uuid', devices are told apart by index");
	return 0;
}

/* The columns of a log without a header, judged by its first row. */
static int
smi_no_header(struct smi *smi, size_t n, struct err *err)
{
	struct text documented[DOCUMENTED];

	if (n != DOCUMENTED)
		return err_set(err, ERR_INPUT,
			"line %" PRId64
			": there is no header and the row has %zu fields instead of the %zu documented ones; "
			"log without 'noheader'",
			reader_line(smi->reader), n, DOCUMENTED);
	for (size_t i = 0; i < DOCUMENTED; i++)
		documented[i] = text_of(columns_documented[i]);
	return columns_map(&(struct header){ documented, DOCUMENTED }, names, COLUMNS, smi->index, err);
}

static struct text
field_of(const struct smi *smi, const struct text *fields, enum column column)
{
	return smi->index[column] == COLUMN_ABSENT ? (struct text){ "", 0 } : text_trim(fields[smi->index[column]]);
}

/* nvidia-smi says in words why it has no figure: [N/A], [Not Supported], [GPU requires reset], ERR!, … */
static bool
not_available(struct text text)
{
	return text.n == 0 || text.p[0] == '[' || text_is(text, "N/A") || text_is(text, "ERR!");
}

static int
read_figure(const struct smi *smi, enum column column, struct text text, int64_t *value)
{
	const struct figure *figure = &figures[column];
	struct text number = text, unit = { "", 0 };
	char shown[SHOWN_MAX];
	struct err why;

	*value = NOT_REPORTED;
	if (not_available(text))
		return 0;
	while (number.n > 0 && (number.p[number.n - 1] < '0' || number.p[number.n - 1] > '9'))
		number.n--;
	unit = text_trim((struct text){ text.p + number.n, text.n - number.n });
	if ((unit.n == 0 || text_is(unit, figure->unit)) &&
		decimal_parse(number.p, number.n, figure->digits, value, NULL, &why) == 0 && *value >= 0 &&
		*value <= figure->max)
		return 0;
	*value = NOT_REPORTED;
	row_refuse(smi->sink, reader_line(smi->reader), "%s '%s' is no figure in %s", names[column],
		value_shown(shown, text), figure->unit);
	return 1;
}

/* Exactly `count` digits at *p, or -1. */
static int
digits_at(const char *p, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* "2026/11/01 10:00:00.123", also with dashes, into civil time. */
static int
read_wall_clock(struct text text, struct date *date, int *second_of_day, int64_t *fraction_us)
{
	int hour, minute, second;
	int64_t unit = SECOND_US;
	struct date back;

	if (text.n < 19 || (text.p[4] != '/' && text.p[4] != '-') || text.p[7] != text.p[4] || text.p[10] != ' ' ||
		text.p[13] != ':' || text.p[16] != ':')
		return -1;
	*date = (struct date){ digits_at(text.p, 4), digits_at(text.p + 5, 2), digits_at(text.p + 8, 2) };
	hour = digits_at(text.p + 11, 2);
	minute = digits_at(text.p + 14, 2);
	second = digits_at(text.p + 17, 2);
	if (date->year < 1970 || date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31 || hour < 0 ||
		hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return -1;
	back = days_date(date_days(*date));
	if (back.month != date->month || back.day != date->day) /* 31 April */
		return -1;
	*second_of_day = hour * HOUR_S + minute * 60 + second;
	*fraction_us = 0;
	if (text.n == 19)
		return 0;
	if (text.p[19] != '.' || text.n == 20)
		return -1;
	for (size_t i = 20; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		unit /= 10;
		*fraction_us += (text.p[i] - '0') * unit;
	}
	return 0;
}

/*
 * The same wall-clock time in its second turn, when the clock was put back over it; otherwise at_s itself.
 * Clocks are put back by at most three hours.
 */
static int64_t
second_turn(const struct zone *zone, int64_t at_s)
{
	int32_t before = zone_offset(zone, at_s);
	int32_t after = zone_offset(zone, at_s + 3 * HOUR_S);
	int64_t again = at_s + (before - after);

	return before > after && zone_offset(zone, again) == after ? again : at_s;
}

static int
read_time(const struct smi *smi, struct text text, const struct device *device, int64_t *at_us)
{
	struct date date;
	int second_of_day;
	int64_t fraction_us, at_s;
	char shown[SHOWN_MAX];

	if (read_wall_clock(text, &date, &second_of_day, &fraction_us) != 0) {
		row_refuse(smi->sink, reader_line(smi->reader), "timestamp '%s' is no YYYY/MM/DD HH:MM:SS time",
			value_shown(shown, text));
		return 1;
	}
	at_s = zone_instant(smi->options->zone, date, second_of_day);
	*at_us = at_s * SECOND_US + fraction_us;
	if (device->samples > 0 && *at_us <= device->last.at_us)
		*at_us = second_turn(smi->options->zone, at_s) * SECOND_US + fraction_us;
	if (device->samples == 0 || *at_us > device->last.at_us)
		return 0;
	row_refuse(smi->sink, reader_line(smi->reader),
		"timestamp '%s' is not later than the device's sample before it", value_shown(shown, text));
	return 1;
}

/* The device of the row, new or known; NULL when the row was refused (*full 0) or there are too many (*full 1). */
static struct device *
find_device(struct smi *smi, const struct text *fields, int *full)
{
	struct text uuid = field_of(smi, fields, UUID), index = field_of(smi, fields, INDEX);
	struct text name = field_of(smi, fields, NAME);
	struct device *device;
	char id[DEVICE_TEXT + 8], shown[SHOWN_MAX];
	size_t n;

	*full = 0;
	if (!not_available(uuid))
		n = (size_t)snprintf(
			id, sizeof(id), "%.*s", (int)(uuid.n < DEVICE_TEXT ? uuid.n : DEVICE_TEXT), uuid.p);
	else
		n = (size_t)snprintf(id, sizeof(id), "index %s", value_shown(shown, index));
	if (n >= DEVICE_TEXT || n == 0 || (not_available(uuid) && not_available(index))) {
		row_refuse(smi->sink, reader_line(smi->reader), "uuid '%s' names no device", value_shown(shown, uuid));
		return NULL;
	}
	for (size_t i = 0; i < smi->devices; i++)
		if (smi->device[i].id_n == n && memcmp(smi->device[i].id, id, n) == 0)
			return &smi->device[i];
	if (smi->devices == DEVICES_MAX) {
		*full = 1;
		return NULL;
	}
	device = &smi->device[smi->devices++];
	*device = (struct device){ .id_n = n };
	memcpy(device->id, id, n);
	if (!not_available(name)) {
		device->name_n = name.n < DEVICE_TEXT ? name.n : DEVICE_TEXT;
		memcpy(device->name, name.p, device->name_n);
	}
	return device;
}

/* Hand on the stretch from the device's last sample to the instant. */
static int
emit_stretch(struct smi *smi, const struct device *device, int64_t to_us, struct err *err)
{
	const struct sample *sample = &device->last;
	struct gpu_reading reading = {
		.from_us = sample->at_us,
		.to_us = to_us,
		.device = { device->id, device->id_n },
		.gpu = { device->name, device->name_n },
		.account = smi->options->account,
		.workload = smi->options->workload,
		.busy_ppm = sample->figure[BUSY],
		.memory_used_mib = sample->figure[MEMORY],
		.power_mw = sample->figure[POWER],
	};

	if (to_us - sample->at_us > GAP_MAX_US) {
		row_warn(smi->sink, sample->line,
			"the device's next sample is more than an hour later, the gap is not counted");
		return 0;
	}
	if (smi->sink->gpu == NULL)
		return 0;
	return smi->sink->gpu(smi->sink->ctx, (struct place){ .line = sample->line }, &reading, err);
}

static int
smi_row(struct smi *smi, const struct text *fields, size_t n, struct err *err)
{
	struct device *device;
	struct sample sample = { .line = reader_line(smi->reader) };
	int full;

	for (int i = 0; i < COLUMNS; i++) {
		if (smi->index[i] != COLUMN_ABSENT && (size_t)smi->index[i] >= n) {
			row_refuse(smi->sink, sample.line, "the row has %zu fields, too few for '%s'", n, names[i]);
			return 0;
		}
	}
	for (int i = BUSY; i <= POWER; i++)
		if (read_figure(smi, (enum column)i, field_of(smi, fields, (enum column)i), &sample.figure[i]) != 0)
			return 0;
	device = find_device(smi, fields, &full);
	if (device == NULL)
		return full ? err_set(err, ERR_INPUT, "%s: line %" PRId64 ": more than %d devices", smi->input->name,
				      sample.line, DEVICES_MAX)
			    : 0;
	if (read_time(smi, field_of(smi, fields, TIMESTAMP), device, &sample.at_us) != 0)
		return 0;
	if (device->samples > 0 && emit_stretch(smi, device, sample.at_us, err) != 0)
		return -1;
	device->last = sample;
	device->samples++;
	return 0;
}

static int
smi_rows(struct smi *smi, struct err *err)
{
	struct text *fields;
	size_t n;
	int got = reader_next_record(smi->reader, ',', &fields, &n, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, ERR_INPUT, "%s: the input is empty", smi->input->name);
	if (looks_like_timestamp(text_trim(fields[0]))) {
		if (smi_no_header(smi, n, err) != 0)
			return err_in(err, "%s", smi->input->name);
		if (smi_row(smi, fields, n, err) != 0)
			return -1;
	} else if (smi_header(smi, fields, n, err) != 0) {
		return err_in(err, "%s", smi->input->name);
	}
	while ((got = reader_next_record(smi->reader, ',', &fields, &n, err)) > 0)
		if (smi_row(smi, fields, n, err) != 0)
			return -1;
	if (got < 0)
		return -1;
	for (size_t i = 0; i < smi->devices; i++)
		if (smi->device[i].samples == 1)
			row_warn(smi->sink, smi->device[i].last.line,
				"the device was sampled once, which is no length of time: nothing is counted");
	return 0;
}

static int
smi_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct smi *smi = calloc(1, sizeof(*smi));
	int result = -1;

	if (smi == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory to read a log of nvidia-smi");
	smi->input = input;
	smi->options = options;
	smi->sink = sink;
	smi->reader = reader_open(input, err);
	if (smi->reader != NULL)
		result = smi_rows(smi, err);
	reader_close(smi->reader);
	free(smi);
	return result;
}
