#include "daemon/ingest/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/config.h"
#include "daemon/ingest/address.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

#define HOURS_US (HOUR_S * SECOND_US)
#define SOME_DAY_US (INT64_C(1767225600) * SECOND_US) /* 2026-01-01: the stretch of a request that is not sent */

/* ---- checking */

/* "1..64": a whole number of that range, or nothing where nothing is the default. */
static int
check_range(const struct pull_option *option, const char *value, struct err *err)
{
	const char *most = strstr(option->choices, "..") + 2;
	size_t n = strspn(value, "0123456789");
	bool whole = n > 0 && n < 10 && value[n] == '\0';

	if (value[0] == '\0' && option->otherwise[0] == '\0')
		return 0;
	if (whole && atol(value) >= atol(option->choices) && atol(value) <= atol(most))
		return 0;
	return err_set(err, ERR_INPUT, "%s = '%s': not a whole number from %ld to %ld", option->name, value,
		atol(option->choices), atol(most));
}

static int
check_choice(const struct pull_option *option, const char *value, struct err *err)
{
	const char *choice = option->choices;
	size_t n = strlen(value);

	if (choice != NULL && strstr(choice, "..") != NULL)
		return check_range(option, value, err);
	while (choice != NULL && *choice != '\0') {
		size_t length = strcspn(choice, "|");

		if (length == n && memcmp(choice, value, n) == 0)
			return 0;
		choice += length + (choice[length] == '|');
	}
	return option->choices == NULL ? 0
				       : err_set(err, ERR_INPUT, "%s = '%s': no such choice; allowed is %s",
						 option->name, value, option->choices);
}

static int
check_options(const struct source_plan *plan, struct err *err)
{
	const struct source_settings *settings = &plan->settings;

	for (int i = 0; i < settings->options; i++) {
		const char *name = settings->option[i].name;
		const struct pull_option *option = plan->pull->options;
		struct nearest nearest;

		nearest_init(&nearest, name);
		for (const struct setting *setting = source_table; setting->key != NULL; setting++)
			nearest_offer(&nearest, setting->key);
		for (; option != NULL && option->name != NULL && strcmp(option->name, name) != 0; option++)
			nearest_offer(&nearest, option->name);
		if (option != NULL && option->name != NULL) {
			if (check_choice(option, settings->option[i].value, err) != 0)
				return -1;
			continue;
		}
		return nearest_found(&nearest) != NULL
			? err_set(err, ERR_INPUT, "setting '%s' is unknown; the nearest is '%s'", name,
				  nearest_found(&nearest))
			: err_set(err, ERR_INPUT, "setting '%s' is unknown; a source of '%s' has no such setting", name,
				  plan->collector->name);
	}
	return 0;
}

/* It may be there under a name that is nearly right. */
static int
no_collector(const struct source_settings *settings, struct err *err)
{
	for (int i = 0; i < settings->options; i++) {
		struct nearest nearest;

		nearest_init(&nearest, settings->option[i].name);
		nearest_offer(&nearest, "collector");
		if (nearest_found(&nearest) != NULL)
			return err_set(err, ERR_INPUT, "setting '%s' is unknown; the nearest is 'collector'",
				settings->option[i].name);
	}
	return err_set(err, ERR_INPUT, "collector is missing; `breakeven source --kinds` lists them");
}

/* A path is of files, whatever else the collector can be asked. */
static int
find_collector(struct source_plan *plan, const struct mappings *mappings, struct err *err)
{
	const struct source_settings *settings = &plan->settings;

	if (settings->collector[0] == '\0')
		return no_collector(settings, err);
	plan->collector = mappings_collector(mappings, settings->collector, &plan->mapping, err);
	if (plan->collector == NULL)
		return -1;
	if (plan->mapping == NULL && strcmp(plan->collector->name, "mapped") == 0)
		return err_set(err, ERR_INPUT, "collector = mapped: name the mapping itself, as in [mapping NAME]");
	plan->pull = plan->collector->pull;
	if (plan->collector->files != NULL && (settings->path[0] != '\0' || plan->pull == NULL))
		plan->pull = plan->collector->files;
	return plan->pull != NULL
		? 0
		: err_set(err, ERR_INPUT,
			  "collector '%s' is not asked and follows no files; import one with `breakeven collect %s FILE`",
			  settings->collector, settings->collector);
}

static int
check_place(struct source_plan *plan, struct err *err)
{
	const struct source_settings *settings = &plan->settings;
	bool files = plan->pull->shape == PULL_FILES, machine = plan->pull->shape == PULL_MACHINE;
	struct address address;

	if (files && settings->path[0] == '\0')
		return err_set(err, ERR_INPUT, "path is missing: which file, or which folder of files");
	if (!files && settings->path[0] != '\0')
		return err_set(err, ERR_INPUT, "path = '%s': '%s' is asked over HTTP; it has a url", settings->path,
			plan->collector->name);
	if ((files || machine) && settings->url[0] != '\0')
		return err_set(err, ERR_INPUT, "url is of no use: '%s' reads from this machine", plan->collector->name);
	plan->url = settings->url[0] != '\0' ? settings->url : plan->pull->url != NULL ? plan->pull->url : "";
	if (files || machine)
		return 0;
	if (plan->url[0] == '\0')
		return err_set(err, ERR_INPUT, "url is missing: '%s' has no address that is everybody's",
			plan->collector->name);
	if (address_parse(plan->url, &address, err) != 0)
		return err_in(err, "url");
	if (settings->allow_local == SETTING_NO && address_names_local(address.host))
		return err_set(err, ERR_INPUT,
			"url %s is of this machine or its link; set allow_local = yes if that is meant",
			address.origin);
	return 0;
}

static int
check_times(struct source_plan *plan, struct err *err)
{
	const struct source_settings *settings = &plan->settings;
	const struct pull *pull = plan->pull;

	plan->interval_us = (settings->interval_s < 0 ? pull->interval_s : settings->interval_s) * SECOND_US;
	if (plan->interval_us < pull->interval_least_s * SECOND_US && settings->allow_local == SETTING_NO)
		return err_set(err, ERR_INPUT, "interval = %d: '%s' may be asked every %d s at most",
			settings->interval_s, plan->collector->name, pull->interval_least_s);
	if (plan->interval_us < SECOND_US)
		plan->interval_us = SECOND_US;
	plan->trailing_us =
		settings->trailing_hours < 0 ? pull->trailing_s * SECOND_US : settings->trailing_hours * HOURS_US;
	plan->start_us = INT64_MIN;
	if (settings->start[0] == '\0')
		return 0;
	return time_parse(settings->start, strlen(settings->start), &plan->start_us, err);
}

static int
check_key(const struct source_plan *plan, struct err *err)
{
	const struct source_settings *settings = &plan->settings;

	if (settings->key_file[0] != '\0' && settings->key_variable[0] != '\0')
		return err_set(err, ERR_INPUT, "key_file and key_variable are both given; one of them is enough");
	if (plan->pull->key.variable == NULL && (settings->key_file[0] != '\0' || settings->key_variable[0] != '\0'))
		return err_set(err, ERR_INPUT, "'%s' takes no key", plan->collector->name);
	return 0;
}

/* What the collector itself finds wrong with its settings, before anything is asked. */
static int
check_request(const struct source_plan *plan, struct err *err)
{
	const struct pull *pull = plan->pull;
	struct pull_ask ask = source_ask(plan);
	struct pull_request request;
	size_t url_n = strlen(plan->url), path_n;

	if (!pull_asks(pull))
		return 0;
	ask.to_us = ask.now_us = pull_align_down(pull, SOME_DAY_US);
	ask.from_us = pull_align_down(pull, ask.to_us - pull->window_max_s * SECOND_US);
	if (pull_write(&ask, &request, err) != 0)
		return -1;
	path_n = strcspn(request.path, "?");
	if (path_n > 1 && url_n > path_n && memcmp(plan->url + url_n - path_n, request.path, path_n) == 0)
		return err_set(err, ERR_INPUT, "url = '%s': what is asked for, %.*s, is put behind it; leave that away",
			plan->url, (int)path_n, request.path);
	return 0;
}

static int
make_plan(const struct source_settings *settings, const struct mappings *mappings, struct source_plan *plan,
	struct err *err)
{
	plan->settings = *settings;
	for (int i = 0; i < plan->settings.options; i++)
		plan->given[plan->givens++] = (struct pull_given){ .name = plan->settings.option[i].name,
			.value = plan->settings.option[i].value };
	if (find_collector(plan, mappings, err) != 0 || check_options(plan, err) != 0 || check_place(plan, err) != 0 ||
		check_times(plan, err) != 0 || check_key(plan, err) != 0)
		return -1;
	return check_request(plan, err);
}

int
source_plans_make(const struct config_sources *sources, struct source_plans *plans, struct err *err)
{
	*plans = (struct source_plans){ .rows = NULL };
	if (mappings_make(sources, &plans->mappings, err) != 0)
		return -1;
	if (sources->n > 0 && (plans->rows = calloc(sources->n, sizeof(*plans->rows))) == NULL) {
		source_plans_free(plans);
		return err_set(err, ERR_OUTSIDE, "no memory for the sources");
	}
	for (size_t i = 0; i < sources->n; i++) {
		const struct source_settings *settings = &sources->rows[i];

		/* The plan points into itself: it is made where it stays. */
		if (make_plan(settings, &plans->mappings, &plans->rows[plans->n++], err) != 0) {
			source_plans_free(plans);
			return err_in(err, "%s:%d: source %s", sources->file, settings->line, settings->name);
		}
	}
	return 0;
}

void
source_plans_free(struct source_plans *plans)
{
	mappings_free(&plans->mappings);
	free(plans->rows);
	plans->rows = NULL;
	plans->n = 0;
}

const struct source_plan *
source_plan_find(const struct source_plans *plans, const char *name, struct err *err)
{
	struct nearest nearest;
	char shown[TEXT_SHOWN];

	nearest_init(&nearest, name);
	for (size_t i = 0; i < plans->n; i++) {
		if (strcmp(plans->rows[i].settings.name, name) == 0)
			return &plans->rows[i];
		nearest_offer(&nearest, plans->rows[i].settings.name);
	}
	text_shown(text_of(name), shown, sizeof(shown));
	if (nearest_found(&nearest) != NULL)
		err_set(err, ERR_MISSING, "there is no source '%s'; did you mean '%s'?", shown,
			nearest_found(&nearest));
	else
		err_set(err, ERR_MISSING,
			"there is no source '%s'; sources stand in the configuration as [source NAME]", shown);
	return NULL;
}

struct pull_ask
source_ask(const struct source_plan *plan)
{
	return (struct pull_ask){ .pull = plan->pull,
		.account = text_of(plan->settings.account),
		.given = plan->given,
		.givens = plan->givens };
}

struct collect_options
source_collect(const struct source_plan *plan)
{
	const struct source_settings *settings = &plan->settings;

	return (struct collect_options){ .account = text_of(settings->account),
		.workload = text_of(settings->workload),
		.provider = text_of(settings->provider),
		.model = text_of(settings->model),
		.url = text_of(plan->url),
		.mapping = plan->mapping };
}

/* ---- keys */

/* The key without what an editor leaves around it. */
static int
check_secret(struct source_key *key, struct err *err)
{
	size_t n = strlen(key->secret), from = strspn(key->secret, " \t\r\n");

	while (n > from && strchr(" \t\r\n", key->secret[n - 1]) != NULL)
		key->secret[--n] = '\0';
	memmove(key->secret, key->secret + from, n - from + 1);
	if (key->secret[0] == '\0')
		return err_set(err, ERR_INPUT, "%s is empty; it should hold the key", key->from);
	for (const char *p = key->secret; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return err_set(err, ERR_INPUT, "%s holds more than a key: a blank or another line", key->from);
	return 0;
}

int
source_key_file(const char *path, struct source_key *key, struct err *err)
{
	struct stat status;
	ssize_t got;
	int fd;

	snprintf(key->from, sizeof(key->from), "file %s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) != 0) {
		err_set(err, ERR_INPUT, "key %s: %s", key->from, strerror(errno));
		goto failed;
	}
	if (!S_ISREG(status.st_mode)) {
		err_set(err, ERR_INPUT, "key %s: this is no plain file", key->from);
		goto failed;
	}
	if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0 ||
		((status.st_mode & S_IRGRP) != 0 && status.st_gid != getegid() && status.st_gid != 0)) {
		err_set(err, ERR_INPUT, "key %s: others may read or change it (mode %03o); do chmod 600", key->from,
			(unsigned)status.st_mode & 0777);
		goto failed;
	}
	got = read(fd, key->secret, sizeof(key->secret) - 1);
	if (got < 0 || got == (ssize_t)sizeof(key->secret) - 1) {
		err_set(err, ERR_INPUT, "key %s: %s", key->from, got < 0 ? strerror(errno) : "too long for a key");
		goto failed;
	}
	key->secret[got] = '\0';
	close(fd);
	return strlen(key->secret) == (size_t)got ? check_secret(key, err)
						  : err_set(err, ERR_INPUT, "key %s: it holds a byte 0", key->from);
failed:
	if (fd >= 0)
		close(fd);
	return -1;
}

int
source_key_read(const struct source_plan *plan, struct source_key *key, struct err *err)
{
	const struct pull_key *kind = &plan->pull->key;
	const char *name, *value;

	key->secret[0] = key->from[0] = '\0';
	if (kind->variable == NULL)
		return 0;
	if (plan->settings.key_file[0] != '\0')
		return source_key_file(plan->settings.key_file, key, err);
	name = plan->settings.key_variable[0] != '\0' ? plan->settings.key_variable : kind->variable;
	value = getenv(name);
	if (value == NULL || value[0] == '\0') {
		if (kind->optional && plan->settings.key_variable[0] == '\0')
			return 0;
		return err_set(err, ERR_INPUT,
			"there is no key: name its file with key_file, or set the variable %s; it needs %s", name,
			kind->about);
	}
	snprintf(key->from, sizeof(key->from), "variable %s", name);
	if (strlen(value) >= sizeof(key->secret))
		return err_set(err, ERR_INPUT, "%s is too long for a key", key->from);
	snprintf(key->secret, sizeof(key->secret), "%s", value);
	return check_secret(key, err);
}

void
source_key_forget(struct source_key *key)
{
	explicit_bzero(key, sizeof(*key));
}
