/*
 * slurm-sacct: what Slurm's accounting says that jobs held, as `sacct -P` prints it:
 *
 *   SLURM_TIME_FORMAT=%s sacct -a -X -n -P -D -S 2026-11-01T00:00:00 -E 2026-11-02T00:00:00 \
 *     -o JobIDRaw,Cluster,User,Account,Partition,State,Submit,Start,End,ElapsedRaw,AllocTRES,NodeList
 *   81234|hpc1|alice|nlp|gpu|COMPLETED|1793491100|1793491260|1793505660|14400|cpu=16,gres/gpu=4,gres/gpu:a100=4|gpu07
 *
 * Without a header in these twelve columns, with one (no -n) in any. GPUs are those of gres/gpu, which is the sum of
 * the gres/gpu:TYPE beside it; where only those are there, they add up. Steps (81234.batch) are parts of their job and
 * left out. Times without SLURM_TIME_FORMAT=%s are local: read in options->zone. A job that runs is told up to now, and
 * longer the next time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collectors/columns.h"
#include "collectors/gpu_held.h"
#include "collectors/input.h"
#include "collectors/pull.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

enum column { JOB, CLUSTER, ACCOUNT, STATE, START, END, ELAPSED, TRES, COLUMNS };

/* Names of a header, the first of which is the one that is asked for. */
static const char *const names[COLUMNS][4] = {
	[JOB] = { "JobIDRaw", "JobID" },
	[CLUSTER] = { "Cluster" },
	[ACCOUNT] = { "Account" },
	[STATE] = { "State" },
	[START] = { "Start" },
	[END] = { "End" },
	[ELAPSED] = { "ElapsedRaw", "Elapsed" },
	[TRES] = { "AllocTRES", "AllocGRES" },
};

static const int documented[COLUMNS] = {
	[JOB] = 0, [CLUSTER] = 1, [ACCOUNT] = 3, [STATE] = 5, [START] = 7, [END] = 8, [ELAPSED] = 9, [TRES] = 10
};

#define DOCUMENTED 12
#define FIELDS 128

struct sacct {
	const struct collect_options *options;
	const struct sink *sink;
	int index[COLUMNS];
	char separator;
	int64_t line;
	int64_t steps, without; /* rows left out: steps, and jobs that held no GPU or have not begun */
	struct text fields[FIELDS];
	size_t n;
};

static void
split(struct sacct *sacct, struct text line)
{
	sacct->n = 0;
	while (sacct->n < FIELDS) {
		const char *end = line.n == 0 ? NULL : memchr(line.p, sacct->separator, line.n);
		size_t n = end == NULL ? line.n : (size_t)(end - line.p);

		sacct->fields[sacct->n++] = text_trim((struct text){ line.p, n });
		if (end == NULL)
			return;
		line.p += n + 1;
		line.n -= n + 1;
	}
}

static char
separator_of(struct text line)
{
	static const char separators[] = { '|', '\t', ';' };

	for (size_t i = 0; i < sizeof(separators); i++)
		if (line.n > 0 && memchr(line.p, separators[i], line.n) != NULL)
			return separators[i];
	return '|';
}

static bool
is_header(const struct sacct *sacct)
{
	for (size_t i = 0; i < sacct->n; i++)
		if (name_same(sacct->fields[i], "JobIDRaw") || name_same(sacct->fields[i], "JobID"))
			return true;
	return false;
}

static int
map_header(struct sacct *sacct, struct err *err)
{
	static const enum column needed[] = { JOB, START, ELAPSED, TRES };

	for (int c = 0; c < COLUMNS; c++) {
		sacct->index[c] = COLUMN_ABSENT;
		for (int k = 0; k < 4 && names[c][k] != NULL && sacct->index[c] == COLUMN_ABSENT; k++)
			for (size_t i = 0; i < sacct->n && sacct->index[c] == COLUMN_ABSENT; i++)
				if (name_same(sacct->fields[i], names[c][k]))
					sacct->index[c] = (int)i;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (sacct->index[needed[i]] == COLUMN_ABSENT)
			return err_set(err, ERR_INPUT, "line %" PRId64 ": the header has no column '%s'", sacct->line,
				names[needed[i]][0]);
	return 0;
}

static struct text
field_of(const struct sacct *sacct, enum column column)
{
	int i = sacct->index[column];

	return i == COLUMN_ABSENT || (size_t)i >= sacct->n ? (struct text){ "", 0 } : sacct->fields[i];
}

/* ---- values */

static bool
is_unknown(struct text text)
{
	return text.n == 0 || name_same(text, "Unknown") || name_same(text, "None");
}

/* Unix seconds, or wall-clock time in the zone. */
static int
read_time(const struct sacct *sacct, struct text text, int64_t *at_us)
{
	struct date date;
	int64_t seconds, day_us;
	char utc[32];

	if (count_parse(text, INT64_C(99999999999), &seconds) == 0) {
		*at_us = seconds * SECOND_US;
		return 0;
	}
	/* "2026-11-01T10:00:00": read as if it were UTC, then moved to the zone. */
	if (text.n != 19 || text.p[10] != 'T' || date_parse(text.p, 10, &date, NULL) != 0)
		return -1;
	snprintf(utc, sizeof(utc), "%.19sZ", text.p);
	if (time_parse(utc, 20, at_us, NULL) != 0)
		return -1;
	day_us = date_days(date) * DAY_S * SECOND_US;
	*at_us = zone_instant(sacct->options->zone, date, (int)((*at_us - day_us) / SECOND_US)) * SECOND_US;
	return 0;
}

/* Seconds, or [days-]hours:minutes:seconds. */
static int
read_elapsed(struct text text, int64_t *seconds)
{
	int64_t days = 0, parts[3] = { 0, 0, 0 }, part;
	const char *dash = text.n == 0 ? NULL : memchr(text.p, '-', text.n);
	int n = 0;

	if (dash != NULL) {
		if (count_parse((struct text){ text.p, (size_t)(dash - text.p) }, 100000, &days) != 0)
			return -1;
		text.n -= (size_t)(dash + 1 - text.p);
		text.p = dash + 1;
	}
	for (;;) {
		const char *colon = text.n == 0 ? NULL : memchr(text.p, ':', text.n);
		size_t length = colon == NULL ? text.n : (size_t)(colon - text.p);

		if (n == 3 || count_parse((struct text){ text.p, length }, INT64_C(10000000000), &part) != 0)
			return -1;
		parts[0] = parts[1];
		parts[1] = parts[2];
		parts[2] = part;
		n++;
		if (colon == NULL)
			break;
		text.p += length + 1;
		text.n -= length + 1;
	}
	if (n == 1 && dash != NULL)
		return -1;
	*seconds = days * DAY_S + parts[0] * HOUR_S + parts[1] * 60 + parts[2];
	return 0;
}

/* How many GPUs, and of which type where it is one: gres/gpu=4,gres/gpu:a100=4 are four. -1 for what is no count. */
static int
read_gpus(struct text tres, int64_t *gpus, struct text *type)
{
	int64_t total = NOT_REPORTED, typed = 0, count;
	int types = 0;

	*type = (struct text){ "", 0 };
	while (tres.n > 0) {
		const char *comma = memchr(tres.p, ',', tres.n);
		struct text item = { tres.p, comma == NULL ? tres.n : (size_t)(comma - tres.p) };
		const char *equals = item.n == 0 ? NULL : memchr(item.p, '=', item.n);
		struct text name = { item.p, equals == NULL ? item.n : (size_t)(equals - item.p) };

		tres.p += item.n + (comma != NULL);
		tres.n -= item.n + (comma != NULL);
		if (name.n < 8 || memcmp(name.p, "gres/gpu", 8) != 0 || (name.n > 8 && name.p[8] != ':'))
			continue;
		if (equals == NULL ||
			count_parse((struct text){ equals + 1, item.n - name.n - 1 }, 1000000, &count) != 0)
			return -1;
		if (name.n == 8) {
			total = count;
			continue;
		}
		typed += count;
		types++;
		*type = (struct text){ name.p + 9, name.n - 9 };
	}
	if (types != 1)
		*type = (struct text){ "", 0 };
	*gpus = total == NOT_REPORTED ? typed : total;
	return 0;
}

/* ---- rows */

static int
take_job(struct sacct *sacct, int64_t gpus, struct text type, struct err *err)
{
	struct text start = field_of(sacct, START), end = field_of(sacct, END), elapsed = field_of(sacct, ELAPSED);
	struct text job = field_of(sacct, JOB), cluster = field_of(sacct, CLUSTER);
	char name[HELD_NAME], shown[SHOWN_MAX];
	struct gpu_held held = { .name = { name, 0 },
		.gpu = type,
		.account = sacct->options->account.n > 0 ? sacct->options->account : field_of(sacct, ACCOUNT),
		.workload = sacct->options->workload };
	struct err why;
	int64_t seconds;
	int status;

	if (read_time(sacct, start, &held.from_us) != 0) {
		row_refuse(sacct->sink, sacct->line, "Start '%s' is neither Unix seconds nor YYYY-MM-DDTHH:MM:SS",
			value_shown(shown, start));
		return 0;
	}
	if (!is_unknown(end) && read_time(sacct, end, &held.to_us) != 0) {
		row_refuse(sacct->sink, sacct->line, "End '%s' is neither Unix seconds nor YYYY-MM-DDTHH:MM:SS",
			value_shown(shown, end));
		return 0;
	}
	if (read_elapsed(elapsed, &seconds) != 0) {
		row_refuse(sacct->sink, sacct->line, "ElapsedRaw '%s' is no number of seconds",
			value_shown(shown, elapsed));
		return 0;
	}
	if (seconds == 0) {
		sacct->without++;
		return 0;
	}
	/* Time that a job was suspended lies between its start and end and is not elapsed. */
	held.to_us = held.from_us + seconds * SECOND_US;
	held.gpu_us = gpus * seconds * SECOND_US;
	held.name.n = (size_t)snprintf(name, sizeof(name), "slurm %.*s%s%.*s", (int)(cluster.n < 128 ? cluster.n : 128),
		cluster.p, cluster.n > 0 ? "/" : "", (int)(job.n < 128 ? job.n : 128), job.p);
	status = gpu_held_tell(&held, sacct->sink, (struct place){ .line = sacct->line }, &why, err);
	if (status > 0)
		row_refuse(sacct->sink, sacct->line, "%s", why.text);
	return status < 0 ? -1 : 0;
}

static int
take_row(struct sacct *sacct, struct err *err)
{
	struct text job = field_of(sacct, JOB), tres = field_of(sacct, TRES), type;
	char shown[SHOWN_MAX];
	int64_t gpus;

	if ((size_t)sacct->index[TRES] >= sacct->n || job.n == 0) {
		row_refuse(sacct->sink, sacct->line, "the row has %zu fields, too few for a job", sacct->n);
		return 0;
	}
	if (memchr(job.p, '.', job.n) != NULL) {
		sacct->steps++;
		return 0;
	}
	if (read_gpus(tres, &gpus, &type) != 0) {
		row_refuse(sacct->sink, sacct->line, "AllocTRES '%s' has no number of GPUs", value_shown(shown, tres));
		return 0;
	}
	if (gpus == 0 || is_unknown(field_of(sacct, START))) {
		sacct->without++;
		return 0;
	}
	return take_job(sacct, gpus, type, err);
}

static int
take_line(struct sacct *sacct, struct text line, bool *begun, struct err *err)
{
	if (text_trim(line).n == 0)
		return 0;
	if (*begun) {
		split(sacct, line);
		return is_header(sacct) ? 0 : take_row(sacct, err);
	}
	*begun = true;
	sacct->separator = separator_of(line);
	split(sacct, line);
	if (is_header(sacct))
		return map_header(sacct, err);
	memcpy(sacct->index, documented, sizeof(documented));
	if (sacct->n != DOCUMENTED)
		return err_set(err, ERR_INPUT,
			"line %" PRId64
			": there is no header and the row has %zu fields instead of the %d documented ones",
			sacct->line, sacct->n, DOCUMENTED);
	return take_row(sacct, err);
}

static int
sacct_parse(struct input *input, const struct collect_options *options, const struct sink *sink, struct err *err)
{
	struct sacct sacct = { .options = options, .sink = sink };
	struct reader *reader = reader_open(input, err);
	struct text line;
	bool begun = false;
	int got = -1;

	if (reader == NULL)
		return -1;
	while ((got = reader_next_line(reader, &line, err)) == 1) {
		sacct.line = reader_line(reader);
		if (take_line(&sacct, line, &begun, err) != 0) {
			got = err_in(err, "%s", input->name);
			break;
		}
	}
	reader_close(reader);
	if (got == 0 && !begun)
		return err_set(err, ERR_INPUT, "%s: the input is empty", input->name);
	if (got == 0 && sacct.steps > 0)
		row_warn(sink, 0, "%" PRId64 " steps of jobs are left out: they are parts of their jobs (sacct -X)",
			sacct.steps);
	if (got == 0 && sacct.without > 0)
		row_warn(sink, 0, "%" PRId64 " jobs held no GPU or have not begun", sacct.without);
	return got;
}

static int
sacct_sniff(const char *head, size_t n, const char **why_not)
{
	struct text line = head_line(head, n);
	int bars = 0;

	(void)why_not;
	if (text_holds(line, "JobID") && (text_holds(line, "AllocTRES") || text_holds(line, "ElapsedRaw")))
		return 95;
	for (size_t i = 0; i < line.n; i++)
		bars += line.p[i] == '|';
	return bars == DOCUMENTED - 1 && memmem(head, n, "billing=", 8) != NULL ? 80 : 0;
}

/* What a job of cron writes over and over. */
static const struct pull files = { .shape = PULL_FILES, .interval_s = 300, .interval_least_s = 5, .whole = true };

const struct collector collector_slurm_sacct = {
	.name = "slurm-sacct",
	.title = "GPU time that jobs held, from Slurm's sacct -P",
	.kind = COLLECTS_GPU_HOURS,
	.sniff = sacct_sniff,
	.parse = sacct_parse,
	.files = &files,
};
