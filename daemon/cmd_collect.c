/*
 * breakeven collect NAME FILE...: imports files, each as one run, and says what became of their rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/args.h"
#include "daemon/base/arena.h"
#include "daemon/base/config.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/mappings.h"
#include "daemon/ingest/offered.h"
#include "daemon/ingest/tree.h"
#include "daemon/report/answer.h"
#include "daemon/store/store.h"
#include "models/units/err.h"

struct given {
	const char *data, *config, *format, *account, *workload, *provider, *model;
	int dry_run, list, replace;
};

struct collecting {
	struct context context;
	struct given given;
	enum answer_format format;
	struct answer *answer;
	struct ingest_result *result; /* of the file at hand */
	struct run total;
	int files_done;
	bool quiet; /* of a folder */
	struct mappings mappings;
	const struct mapping *mapping; /* that files are read by; NULL: none */
	struct {
		struct column *file, *collector, *taken, *repeated, *conflicting, *refused, *warned, *replaced,
			*removed;
	} files;
	struct {
		struct column *file, *kind, *count, *text, *places;
	} reasons;
	struct value *shown;
};

static const char *const reason_kinds[] = { "refused", "warned", "conflicting" };

/* ---- the answer */

static void
begin_answer(struct collecting *collecting)
{
	struct answer *answer = answer_new(collecting->context.arena);

	collecting->answer = answer;
	collecting->files.file = answer_column(answer, "file", "");
	collecting->files.collector = answer_column(answer, "collector", "");
	collecting->files.taken = answer_column(answer, "taken", "rows");
	collecting->files.repeated = answer_column(answer, "repeated", "rows");
	collecting->files.conflicting = answer_column(answer, "conflicting", "rows");
	collecting->files.refused = answer_column(answer, "refused", "rows");
	collecting->files.warned = answer_column(answer, "warned", "rows");
	collecting->files.replaced = answer_column(answer, "replaced", "rows");
	collecting->files.removed = answer_column(answer, "removed", "rows");
	collecting->reasons.file = answer_column(answer, "reason_file", "");
	collecting->reasons.kind = answer_column(answer, "reason_kind", "");
	collecting->reasons.count = answer_column(answer, "reason_rows", "rows");
	collecting->reasons.text = answer_column(answer, "reason", "");
	collecting->reasons.places = answer_column(answer, "reason_lines", "");
	collecting->shown = value_list(answer);
}

/* "line 3", "lines 3, 9, ...", or the paths of elements. */
static const char *
print_places(const struct collecting *collecting, const struct reason *reason)
{
	struct arena *arena = collecting->context.arena;
	const char *text = "";

	for (int i = 0; i < reason->places; i++) {
		const char *part = reason->place[i].line > 0
			? arena_format(arena, "%lld", (long long)reason->place[i].line)
			: reason->place[i].path;

		text = i == 0 ? part : arena_format(arena, "%s, %s", text, part);
	}
	if (reason->places > 0 && reason->places < reason->count)
		text = arena_format(arena, "%s, ...", text);
	return text;
}

static void
add_total(struct run *total, const struct run *run)
{
	total->taken += run->taken;
	total->repeated += run->repeated;
	total->conflicting += run->conflicting;
	total->refused += run->refused;
	total->warned += run->warned;
	total->replaced += run->replaced;
	total->removed += run->removed;
}

static void
add_file(struct collecting *collecting, const char *file, const struct collector *collector)
{
	struct answer *answer = collecting->answer;
	const struct run *run = &collecting->result->run;

	column_add(answer, collecting->files.file, value_text(answer, file));
	column_add(answer, collecting->files.collector, value_text(answer, collector->name));
	column_add(answer, collecting->files.taken, value_whole(answer, run->taken));
	column_add(answer, collecting->files.repeated, value_whole(answer, run->repeated));
	column_add(answer, collecting->files.conflicting, value_whole(answer, run->conflicting));
	column_add(answer, collecting->files.refused, value_whole(answer, run->refused));
	column_add(answer, collecting->files.warned, value_whole(answer, run->warned));
	column_add(answer, collecting->files.replaced, value_whole(answer, run->replaced));
	column_add(answer, collecting->files.removed, value_whole(answer, run->removed));
	collecting->files_done++;
	for (int i = 0; i < run->reasons; i++) {
		const struct reason *reason = &run->reason[i];

		column_add(answer, collecting->reasons.file, value_text(answer, file));
		column_add(answer, collecting->reasons.kind, value_text(answer, reason_kinds[reason->kind]));
		column_add(answer, collecting->reasons.count, value_whole(answer, reason->count));
		column_add(answer, collecting->reasons.text, value_text(answer, reason->text));
		column_add(answer, collecting->reasons.places, value_text(answer, print_places(collecting, reason)));
	}
	for (int i = 0; i < collecting->result->shown; i++)
		list_add(answer, collecting->shown, value_text(answer, collecting->result->show[i]));
}

static void
print_file(const struct collecting *collecting, const char *file, const struct collector *collector)
{
	const struct run *run = &collecting->result->run;
	int shown_most = collecting->context.settings.import.refused_shown, refused = 0;
	char replaced[96] = "";

	/* Of many files those that changed nothing are not worth a line each. */
	if (collecting->quiet && run->taken + run->replaced + run->removed + run->conflicting + run->refused == 0)
		return;

	if (run->replaced + run->removed > 0 && collector->kind == COLLECTS_INVOICES)
		snprintf(replaced, sizeof(replaced), ", %lld replaced, %lld removed", (long long)run->replaced,
			(long long)run->removed);
	else if (run->replaced > 0)
		snprintf(replaced, sizeof(replaced), ", %lld grown", (long long)run->replaced);
	printf("%s (%s): %lld taken%s, %lld repeated, %lld conflicting, %lld refused%s\n", file, collector->name,
		(long long)run->taken, replaced, (long long)run->repeated, (long long)run->conflicting,
		(long long)run->refused, collecting->given.dry_run ? " (dry run: nothing was stored)" : "");
	for (int i = 0; i < run->reasons; i++) {
		const struct reason *reason = &run->reason[i];
		const char *places = print_places(collecting, reason);

		if (reason->kind == REASON_REFUSED && refused++ == shown_most)
			printf("  ... and more refused rows\n");
		if (reason->kind == REASON_REFUSED && refused > shown_most)
			continue;

		printf("  %s %lld: %s%s%s%s\n", reason_kinds[reason->kind], (long long)reason->count, reason->text,
			reason->places == 0                  ? ""
				: reason->place[0].line == 0 ? " ("
				: reason->places == 1        ? " (line "
							     : " (lines ",
			places, reason->places == 0 ? "" : ")");
	}
	for (int i = 0; i < collecting->result->shown; i++)
		printf("  %s\n", collecting->result->show[i]);
	if (collecting->result->shown == INGEST_SHOWN)
		printf("  ...\n");
}

static void
print_answer(const struct collecting *collecting)
{
	struct answer *answer = collecting->answer;
	const struct run *total = &collecting->total;

	answer_fact(answer, "taken", "rows", value_whole(answer, total->taken));
	answer_fact(answer, "repeated", "rows", value_whole(answer, total->repeated));
	answer_fact(answer, "conflicting", "rows", value_whole(answer, total->conflicting));
	answer_fact(answer, "refused", "rows", value_whole(answer, total->refused));
	answer_fact(answer, "warned", "rows", value_whole(answer, total->warned));
	answer_fact(answer, "replaced", "rows", value_whole(answer, total->replaced));
	answer_fact(answer, "removed", "rows", value_whole(answer, total->removed));
	answer_fact(answer, "dry_run", "", value_truth(answer, collecting->given.dry_run != 0));
	if (collecting->given.dry_run)
		answer_fact(answer, "would_store", "", collecting->shown);
	fputs(answer_print(answer, collecting->format, NULL), stdout);
}

/* ---- importing */

static int
collect_file(struct collecting *collecting, const struct collector *collector, const char *path, struct err *err)
{
	const struct context *context = &collecting->context;
	const struct given *given = &collecting->given;
	struct ingest_options options = {
		.collect = { .account = text_of(given->account),
			.workload = text_of(given->workload),
			.provider = text_of(given->provider),
			.model = text_of(given->model),
			.zone = &context->zone,
			.now_us = context->now_us,
			.mapping = collecting->mapping },
		.days = settings_origin(&context->settings, "report.zone") == SETTING_DEFAULT ? NULL : &context->zone,
		.dry_run = given->dry_run != 0,
		.replace = given->replace != 0,
	};
	struct input input;
	struct ingest_file *file = ingest_file_open(path, &input, err);
	const char *head;
	int status = -1;
	size_t n;

	if (file == NULL)
		return -1;
	if (collector == NULL) {
		if (ingest_file_head(file, &head, &n, err) != 0)
			goto done;
		if ((collector = collector_recognise(head, n, err)) == NULL) {
			err_in(err, "%s", path);
			goto done;
		}
	}
	status = ingest_run(context->store, collector, &input, &options, collecting->result, err);
	if (status == 0)
		add_total(&collecting->total, &collecting->result->run);
	if (status == 0 && collecting->format == ANSWER_TEXT)
		print_file(collecting, path, collector);
	else if (status == 0)
		add_file(collecting, path, collector);
done:
	ingest_file_close(file);
	return status;
}

static bool
is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Every file of a folder by itself: one that cannot be read does not keep the others out. */
static int
collect_folder(struct collecting *collecting, const struct collector *collector, const char *path, struct err *err)
{
	const char *endings = collector == NULL || collector->files == NULL ? NULL : collector->files->endings;
	struct err first = { .kind = ERR_NONE }, why;
	size_t failed = 0;
	struct tree tree;

	if (tree_read(path, endings, &tree, err) != 0)
		return -1;
	collecting->quiet = true;
	for (size_t i = 0; i < tree.n; i++)
		if (collect_file(collecting, collector, tree.files[i].path, &why) != 0 && failed++ == 0)
			first = why;
	collecting->quiet = false;
	if (tree.n == 0)
		err_set(err, ERR_INPUT, "%s: there is no file in it%s%s", path, endings == NULL ? "" : " that ends in ",
			endings == NULL ? "" : endings);
	else if (collecting->format == ANSWER_TEXT)
		printf("%s: %zu files, %lld taken, %lld repeated, %lld conflicting, %lld refused%s\n", path,
			tree.n - failed, (long long)collecting->total.taken, (long long)collecting->total.repeated,
			(long long)collecting->total.conflicting, (long long)collecting->total.refused,
			collecting->given.dry_run ? " (dry run: nothing was stored)" : "");
	if (failed > 0)
		err_set(err, first.kind, "%zu of %zu files could not be read; the first: %s", failed, tree.n,
			first.text);
	failed += tree.n == 0;
	tree_free(&tree);
	return failed > 0 ? -1 : 0;
}

static int
read_mappings(struct collecting *collecting, struct err *err)
{
	struct config_sources configured;
	int status;

	if (sources_load(&configured, collecting->given.config, err) != 0)
		return -1;
	status = mappings_make(&configured, &collecting->mappings, err);
	config_sources_free(&configured);
	return status;
}

static int
list_collectors(struct collecting *collecting, struct err *err)
{
	const struct offered *rows;
	struct answer *answer;
	struct column *name, *title, *kind;
	size_t n;

	if (read_mappings(collecting, err) != 0)
		return -1;
	rows = offered_list(&collecting->mappings, collecting->context.arena, &n);
	/* A line each is what --list is for, piped or not; JSON is there for who asks by name. */
	if (collecting->format == ANSWER_TEXT || collecting->given.format == NULL) {
		for (size_t i = 0; i < n; i++)
			printf("%-18s %s\n", rows[i].name, rows[i].title);
		return 0;
	}
	answer = answer_new(collecting->context.arena);
	name = answer_column(answer, "name", "");
	title = answer_column(answer, "title", "");
	kind = answer_column(answer, "kind", "");
	for (size_t i = 0; i < n; i++) {
		column_add(answer, name, value_text(answer, rows[i].name));
		column_add(answer, title, value_text(answer, rows[i].title));
		column_add(answer, kind, value_text(answer, rows[i].kind));
	}
	fputs(answer_print(answer, collecting->format, NULL), stdout);
	return 0;
}

static int
find_named(struct collecting *collecting, const char *name, const struct collector **collector, struct err *err)
{
	*collector = NULL;
	if (strcmp(name, "auto") == 0)
		return 0;
	/* A mapping that is wrong keeps nobody from a collector. */
	if ((*collector = collector_find(name, NULL)) != NULL)
		return 0;
	if (read_mappings(collecting, err) != 0)
		return -1;
	*collector = mappings_collector(&collecting->mappings, name, &collecting->mapping, err);
	if (*collector == NULL && access(name, R_OK) == 0)
		err_set(err, ERR_INPUT,
			"'%s' is a file, and the collector's name comes before it; `breakeven collect auto %s` recognises the format",
			name, name);
	return *collector == NULL ? -1 : 0;
}

/* A dry run makes no ledger where there is none, and writes to none that there is. */
static int
open_ledger(struct collecting *collecting, struct err *err)
{
	struct context *context = &collecting->context;
	bool dry = collecting->given.dry_run != 0;

	context->store = ingest_open_as(context->settings.data, dry ? STORE_TRIAL : STORE_WRITE, context->now_us, err);
	if (context->store == NULL || context_kept(context, err) != 0)
		return -1;
	return dry ? 0 : ingest_catch_up(context->store, err);
}

static int
collect_files(struct collecting *collecting, char **files, int n, struct err *err)
{
	const struct collector *collector;
	int status = 0;

	if (n == 1 && strcmp(files[0], "-") != 0 && access(files[0], F_OK) == 0)
		return find_named(collecting, files[0], &collector, err);
	if (n < 2)
		return err_set(err, ERR_INPUT, "%s; `breakeven help collect` shows how",
			n == 0 ? "name a collector (or auto) and a file"
			       : "name a file after the collector, or - for standard input");
	if (find_named(collecting, files[0], &collector, err) != 0)
		return -1;
	if (open_ledger(collecting, err) != 0)
		return -1;
	begin_answer(collecting);
	for (int i = 1; i < n && status == 0; i++)
		status = is_folder(files[i]) ? collect_folder(collecting, collector, files[i], err)
					     : collect_file(collecting, collector, files[i], err);
	/* Each file is a transaction of its own: of those before a failed one it is told that they are in. */
	if (collecting->format != ANSWER_TEXT && (status == 0 || collecting->files_done > 0))
		print_answer(collecting);
	return status;
}

static int
collect(int argc, char **argv)
{
	struct collecting *collecting = calloc(1, sizeof(*collecting));
	struct err err = { .kind = ERR_NONE };
	struct given *given;
	int words = 0, status = -1;

	if (collecting == NULL || (collecting->result = malloc(sizeof(*collecting->result))) == NULL) {
		free(collecting);
		err_set(&err, ERR_OUTSIDE, "no memory");
		return command_fail("collect", &err);
	}
	given = &collecting->given;
	if (args_read(
		    (const struct arg[]){ { .name = "data", .value = &given->data },
			    { .name = "config", .value = &given->config },
			    { .name = "format", .value = &given->format },
			    { .name = "account", .value = &given->account },
			    { .name = "workload", .value = &given->workload },
			    { .name = "provider", .value = &given->provider },
			    { .name = "model", .value = &given->model }, { .name = "dry-run", .flag = &given->dry_run },
			    { .name = "replace", .flag = &given->replace }, { .name = "list", .flag = &given->list },
			    { .name = NULL } },
		    argc, argv, &words, &err) == 0 &&
		args_format(given->format, &collecting->format, &err) == 0 &&
		context_open(&collecting->context, given->config, given->data, &err) == 0)
		status = given->list ? list_collectors(collecting, &err)
				     : collect_files(collecting, argv + 1, words, &err);
	context_close(&collecting->context);
	mappings_free(&collecting->mappings);
	free(collecting->result);
	free(collecting);
	return status == 0 ? 0 : command_fail("collect", &err);
}

const struct command cmd_collect = {
	.name = "collect",
	.summary = "import files: usage, GPU hours, invoices, prices",
	.usage =
		"NAME FILE... [options]\n"
		"       breakeven collect --list\n"
		"\n"
		"  NAME              a collector of --list, auto to recognise each file by its content, or a [mapping NAME]\n"
		"                    of the settings: which column of a file of any kind is what (see below)\n"
		"  FILE              a file, gzip or plain; - is standard input; a folder: all files in it and below\n"
		"  --dry-run         say what would be taken and show the first rows; nothing is stored\n"
		"  --replace         of invoices: what this file says of its billing periods replaces what the file of the\n"
		"                    same name said before; a closed month keeps its lines, and what differs is booked in\n"
		"                    the open one. For exports of a month that is not over\n"
		"  --account A       account of rows that name none; also --workload W, --provider P, --model M\n"
		"  --list            all collectors and the mappings of the settings, a line each\n"
		"  --data DIR        folder of the ledger\n"
		"  --config FILE     settings\n"
		"  --format text|json|csv\n"
		"\n"
		"Each file is one transaction. A row that cannot be understood is refused and counted; a file of which\n"
		"every row is refused fails and leaves nothing behind. Importing a file again repeats and changes nothing.\n"
		"\n"
		"invoice-csv takes charges of any provider under these columns, in any order: amount or effective, and date,\n"
		"charge_from or period_from, must be there; currency (USD), provider, publisher, service, sku, resource,\n"
		"description, category (Usage, Purchase, Tax, Credit, Adjustment), charge_class (Correction), frequency,\n"
		"commitment, commitment_status (Used, Unused), invoice, account, quantity, unit, list, contracted, charge_to,\n"
		"period_to and id (else a row is known by everything but its amounts) may be.\n"
		"\n"
		"Of one usage take one source: a provider's usage report and the export of its console hold the same calls.\n",
	.example = "printf 'at,model,in_uncached,out_visible\\n2026-08-01T12:00:00Z,gpt-4o,1520,310\\n' |\n"
		   "    breakeven collect usage-csv - --provider openai --workload chat --dry-run",
	.run = collect,
};
