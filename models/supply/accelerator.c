#include <math.h>
#include <stdio.h>

#include "models/supply/accelerator.h"
#include "models/supply/loose.h"
#include "models/units/err.h"
#include "models/units/nearest.h"
#include "models/units/table.h"

enum column {
	NAME,
	ALSO,
	VENDOR,
	ARCHITECTURE,
	LINK,
	REPORTED,
	SOURCE,
	NOTE,
	LIKE,
	READ,
	DATED,
	TEXTS,
	MEMORY = TEXTS,
	USABLE,
	BANDWIDTH,
	FP16,
	FP8,
	FP4,
	INT8,
	LINK_GB_S,
	LINK_GPUS,
	PCIE,
	POWER,
	REACHED16,
	REACHED8,
	READ_SHARE,
	KV_SHARE,
	MATH16,
	MATH8,
	MATH4,
	ATTENTION,
	COLUMNS
};

static const struct table_column columns[COLUMNS] = { [NAME] = { "gpu", false },
	[ALSO] = { "also", true },
	[VENDOR] = { "vendor", true },
	[ARCHITECTURE] = { "architecture", true },
	[LINK] = { "link", true },
	[REPORTED] = { "reported", true },
	[SOURCE] = { "source", true },
	[NOTE] = { "note", true },
	[LIKE] = { "like", true },
	[READ] = { "read", true },
	[DATED] = { "dated", true },
	[MEMORY] = { "memory_gb", false },
	[USABLE] = { "usable_memory_gib", true },
	[BANDWIDTH] = { "memory_gb_s", false },
	[FP16] = { "fp16_tflops", false },
	[FP8] = { "fp8_tflops", true },
	[FP4] = { "fp4_tflops", true },
	[INT8] = { "int8_tops", true },
	[LINK_GB_S] = { "link_gb_s", true },
	[LINK_GPUS] = { "link_gpus", true },
	[PCIE] = { "pcie_gb_s", true },
	[POWER] = { "power_w", true },
	[REACHED16] = { "reached_bf16_tflops", true },
	[REACHED8] = { "reached_fp8_tflops", true },
	[READ_SHARE] = { "read_share", true },
	[KV_SHARE] = { "kv_share", true },
	[MATH16] = { "math16_share", true },
	[MATH8] = { "math8_share", true },
	[MATH4] = { "math4_share", true },
	[ATTENTION] = { "attention_share", true } };

static int
read_row(const struct table *table, const struct text *value, struct accelerator *row, struct err *err)
{
	double *const into[COLUMNS] = { [MEMORY] = &row->memory_gb,
		[USABLE] = &row->usable_gib,
		[BANDWIDTH] = &row->memory_gb_s,
		[FP16] = &row->fp16,
		[FP8] = &row->fp8,
		[FP4] = &row->fp4,
		[INT8] = &row->int8,
		[LINK_GB_S] = &row->link_gb_s,
		[LINK_GPUS] = &row->link_gpus,
		[PCIE] = &row->pcie_gb_s,
		[POWER] = &row->power_w,
		[REACHED16] = &row->reached_bf16,
		[REACHED8] = &row->reached_fp8,
		[READ_SHARE] = &row->read_share,
		[KV_SHARE] = &row->kv_share,
		[MATH16] = &row->math16_share,
		[MATH8] = &row->math8_share,
		[MATH4] = &row->math4_share,
		[ATTENTION] = &row->attention_share };

	*row = (struct accelerator){ .name = value[NAME],
		.also = value[ALSO],
		.vendor = value[VENDOR],
		.architecture = value[ARCHITECTURE],
		.link = value[LINK],
		.reported = value[REPORTED],
		.source = value[SOURCE],
		.note = value[NOTE],
		.like = value[LIKE],
		.checked = !text_is(value[READ], "no") };
	if (row->name.n == 0)
		return table_wrong(table, value, NAME, err);
	for (int i = TEXTS; i < COLUMNS; i++)
		if (table_number(value[i], 1e-6, into[i]) != 0 ||
			(isnan(*into[i]) && (i == MEMORY || i == BANDWIDTH || i == FP16)) ||
			(i >= READ_SHARE && *into[i] > 1))
			return table_wrong(table, value, i, err);
	if (value[DATED].n > 0 && date_parse(value[DATED].p, value[DATED].n, &row->dated, NULL) != 0)
		return table_wrong(table, value, DATED, err);
	return 0;
}

static void
take(double *share, double from)
{
	if (isnan(*share))
		*share = from;
}

static void
borrow_shares(struct accelerator *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; rows[i].like.n > 0 && k < n; k++)
			if (text_same(rows[k].name, rows[i].like)) {
				take(&rows[i].read_share, rows[k].read_share);
				take(&rows[i].kv_share, rows[k].kv_share);
				take(&rows[i].math16_share, rows[k].math16_share);
				take(&rows[i].math8_share, rows[k].math8_share);
				take(&rows[i].math4_share, rows[k].math4_share);
				take(&rows[i].attention_share, rows[k].attention_share);
				break;
			}
}

int
accelerator_parse(struct text csv, struct accelerator *rows, size_t max, size_t *n, struct err *err)
{
	struct table table;
	struct text value[COLUMNS];
	size_t first = *n;
	int got;

	if (table_open(&table, csv, columns, COLUMNS, "accelerators", err) != 0)
		return -1;
	while ((got = table_next(&table, value, err)) > 0) {
		if (*n == max)
			return err_set(err, ERR_INPUT, "line %d: more than %zu accelerators", table.line, max);
		if (read_row(&table, value, &rows[*n], err) != 0)
			return -1;
		for (size_t i = first; i < *n; i++)
			if (text_same(rows[i].name, rows[*n].name))
				return err_set(err, ERR_INPUT, "line %d: a second row of %.*s", table.line,
					(int)rows[i].name.n, rows[i].name.p);
		(*n)++;
	}
	borrow_shares(rows, *n);
	return got;
}

static bool
same_words(const struct loose_words *a, const struct loose_words *b)
{
	return a->n == b->n && loose_common(a, b) == a->n;
}

static bool
has_name(const struct accelerator *gpu, const struct loose_words *wanted)
{
	struct loose_words words;
	struct text names = gpu->also, name = gpu->name;

	do {
		loose_gpu(&words, name);
		if (words.n > 0 && same_words(&words, wanted))
			return true;
	} while (loose_next(&names, &name));
	loose_gpu(&words, gpu->reported);
	return words.n > 0 && same_words(&words, wanted);
}

/*
 * Words in common where one name's words are all in the other's, else 0. A memory size that the row's name does
 * not tell must be its memory, within a tenth.
 */
static int
likeness(const struct accelerator *gpu, const struct loose_words *wanted)
{
	struct loose_words words, rest = { 0 };
	int common;

	loose_gpu(&words, gpu->name);
	for (int i = 0; i < wanted->n; i++) {
		struct loose_words one = { .n = 1 };
		double gigabytes = loose_gigabytes(wanted->word[i]);

		memcpy(one.word[0], wanted->word[i], LOOSE_WORD);
		if (gigabytes > 0 && loose_common(&one, &words) == 0) {
			if (fabs(gigabytes / gpu->memory_gb - 1) > 0.1)
				return 0;
			continue;
		}
		memcpy(rest.word[rest.n++], wanted->word[i], LOOSE_WORD);
	}
	common = loose_common(&rest, &words);
	return common > 0 && (common == rest.n || common == words.n) ? common : 0;
}

const struct accelerator *
accelerator_find(const struct accelerator *rows, size_t n, struct text name)
{
	const struct accelerator *best = NULL;
	struct loose_words wanted;
	int most = 0;

	loose_gpu(&wanted, name);
	for (size_t i = 0; i < n; i++)
		if (has_name(&rows[i], &wanted))
			return &rows[i];
	for (size_t i = 0; i < n; i++) {
		int like = likeness(&rows[i], &wanted);

		if (like > most) {
			most = like;
			best = &rows[i];
		}
	}
	return best;
}

size_t
accelerator_near(
	const struct accelerator *rows, size_t n, struct text name, const struct accelerator **near, size_t max)
{
	char wanted[64], offered[64];
	size_t found = 0, steps[16];

	snprintf(wanted, sizeof(wanted), "%.*s", (int)(name.n < 63 ? name.n : 63), name.n > 0 ? name.p : "");
	max = max > 16 ? 16 : max;
	for (size_t i = 0; i < n; i++) {
		size_t far, at;

		snprintf(offered, sizeof(offered), "%.*s", (int)(rows[i].name.n < 63 ? rows[i].name.n : 63),
			rows[i].name.p);
		far = nearest_distance(wanted, offered);
		for (at = found; at > 0 && steps[at - 1] > far; at--)
			if (at < max) {
				steps[at] = steps[at - 1];
				near[at] = near[at - 1];
			}
		if (at < max) {
			steps[at] = far;
			near[at] = &rows[i];
			found += found < max;
		}
	}
	return found;
}

double
accelerator_bytes(const struct accelerator *gpu)
{
	return isnan(gpu->usable_gib) ? gpu->memory_gb * 1e9 : gpu->usable_gib * GIB;
}
