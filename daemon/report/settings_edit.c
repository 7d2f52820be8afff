#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/base/options.h"
#include "daemon/base/zone.h"
#include "daemon/report/answer.h"
#include "daemon/report/fleet_fields.h"
#include "daemon/report/settings_edit.h"
#include "daemon/store/fleet.h"
#include "daemon/store/kept.h"
#include "daemon/store/rollup.h"
#include "daemon/store/store.h"
#include "daemon/store/workloads.h"
#include "models/units/err.h"

#define NAME_MAX_BYTES 100

typedef int change(const struct edit *edit, struct answer *answer, struct err *err);

/* One change and its line of the audit, both or neither. */
static int
in_transaction(const struct edit *edit, change *run, const char *what, struct answer *answer, struct err *err)
{
	if (store_begin(edit->store, err) != 0)
		return -1;
	if (run(edit, answer, err) != 0 || edit_audit(edit, what, edit->name, answer, err) != 0) {
		store_rollback(edit->store);
		return -1;
	}
	return store_commit(edit->store, err);
}

static int
check_name(const struct edit *edit, const char *noun, struct err *err)
{
	size_t n = strlen(edit->name);

	if (n > NAME_MAX_BYTES)
		return err_set(err, ERR_INPUT, "the name of a %s has at most %d bytes", noun, NAME_MAX_BYTES);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)edit->name[i] < 0x20)
			return err_set(err, ERR_INPUT, "the name of a %s holds no control characters", noun);
	return 0;
}

/* ---- settings */

static const struct setting *
kept_setting(const struct edit *edit, struct err *err)
{
	const struct setting *setting = setting_find(edit->name, err);

	if (setting != NULL && !setting_is_kept(setting)) {
		err_set(err, ERR_INPUT,
			"%s is not kept in the ledger: it is set in the configuration file, by %s or on the command line",
			edit->name, "the environment");
		return NULL;
	}
	return setting;
}

/* Days are summed by the zone they are shown in. */
static int
make_days(const struct edit *edit, const char *name, struct err *err)
{
	struct zone zone;

	return zone_load(&zone, name, err) != 0 ? -1 : rollup_zone(edit->store, &zone, err);
}

static int
keep_setting(const struct edit *edit, struct answer *answer, struct err *err)
{
	const struct setting *setting = kept_setting(edit, err);
	const char *value = edit_value(edit, "value", NULL);
	struct settings settings;
	char print[SETTING_PATH];

	if (setting == NULL)
		return -1;
	settings_default(&settings);
	if (settings_set(&settings, setting, value == NULL ? "" : value, SETTING_LEDGER, err) != 0) {
		err->kind = ERR_INPUT; /* a zone that is not there is a wrong value here */
		return -1;
	}
	settings_print(&settings, setting, print, sizeof(print));
	answer_fact(answer, "key", "", value_text(answer, setting->key));
	answer_fact(answer, "value", "", value_text(answer, print));
	if (kept_put(edit->store, setting->key, print, edit->clock.now_us, err) != 0)
		return -1;
	return strcmp(setting->key, "report.zone") == 0 ? make_days(edit, print, err) : 0;
}

int
setting_change(const struct edit *edit, struct answer *answer, struct err *err)
{
	static const char *const names[] = { "value" };
	bool given;

	if (edit_check(edit, names, 1, err) != 0)
		return -1;
	edit_value(edit, "value", &given);
	if (!given)
		return err_set(err, ERR_INPUT, "value: is missing");
	return in_transaction(edit, keep_setting, "setting", answer, err);
}

static int
forget_setting(const struct edit *edit, struct answer *answer, struct err *err)
{
	const struct setting *setting = kept_setting(edit, err);
	int gone = setting == NULL ? -1 : kept_remove(edit->store, setting->key, err);

	if (gone < 0)
		return -1;
	answer_fact(answer, "key", "", value_text(answer, setting->key));
	answer_fact(answer, "removed", "", value_truth(answer, gone == 1));
	return gone == 1 && strcmp(setting->key, "report.zone") == 0 ? make_days(edit, setting->otherwise, err) : 0;
}

int
setting_forget(const struct edit *edit, struct answer *answer, struct err *err)
{
	return in_transaction(edit, forget_setting, "setting removed", answer, err);
}

/* ---- workloads */

static int
put_workload(const struct edit *edit, struct answer *answer, struct err *err)
{
	struct workload workload;
	struct {
		const char *name, **field;
	} texts[] = { { "owner", &workload.owner }, { "closed_provider", &workload.closed_provider },
		{ "closed_model", &workload.closed_model }, { "fleet", &workload.fleet } };
	int found = workload_get(edit->store, edit->name, edit->arena, &workload, err);

	if (found < 0)
		return -1;
	if (!found)
		workload = (struct workload){ edit->name, "", "", "", "", 0 };
	workload.changed_us = edit->clock.now_us;
	answer_fact(answer, "name", "", value_text(answer, edit->name));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *value;
		bool given;

		value = edit_value(edit, texts[i].name, &given);
		if (given)
			*texts[i].field = value == NULL ? "" : value;
		answer_fact(answer, texts[i].name, "", value_text(answer, *texts[i].field));
	}
	return workload_put(edit->store, &workload, err);
}

int
workload_change(const struct edit *edit, struct answer *answer, struct err *err)
{
	static const char *const names[] = { "owner", "closed_provider", "closed_model", "fleet" };

	if (check_name(edit, "workload", err) != 0 || edit_check(edit, names, 4, err) != 0)
		return -1;
	return in_transaction(edit, put_workload, "workload", answer, err);
}

static int
drop_workload(const struct edit *edit, struct answer *answer, struct err *err)
{
	int gone = workload_remove(edit->store, edit->name, err);

	if (gone == 0)
		return err_set(err, ERR_MISSING, "nothing is set for a workload '%s'", edit->name);
	answer_fact(answer, "name", "", value_text(answer, edit->name));
	answer_fact(answer, "removed", "", value_truth(answer, true));
	return gone < 0 ? -1 : 0;
}

int
workload_forget(const struct edit *edit, struct answer *answer, struct err *err)
{
	return in_transaction(edit, drop_workload, "workload removed", answer, err);
}

/* ---- fleets */

static int
put_fleet(const struct edit *edit, struct answer *answer, struct err *err)
{
	struct settings settings;
	struct fleet_row fleet;
	int found = fleet_get(edit->store, edit->name, edit->arena, &fleet, err);

	if (found < 0)
		return -1;
	if (!found) {
		if (edit_value(edit, "gpu_hour", NULL) == NULL || edit_value(edit, "throughput_tok_s", NULL) == NULL)
			return err_set(err, ERR_INPUT, "%s: a new fleet needs gpu_hour and throughput_tok_s",
				edit_value(edit, "gpu_hour", NULL) == NULL ? "gpu_hour" : "throughput_tok_s");
		memset(&fleet, 0, sizeof(fleet));
		fleet_defaults(&fleet);
		fleet.name = edit->name;
		/* People are the most forgotten cost: not said is not zero. */
		settings_default(&settings);
		if (kept_apply(edit->store, &settings, err) != 0)
			return -1;
		fleet.ops_month_nano = (int64_t)(settings.self_hosted.ops_month * 1e9 + 0.5);
	}
	fleet.changed_us = edit->clock.now_us;
	answer_fact(answer, "name", "", value_text(answer, edit->name));
	/* In the order of the table: a new throughput takes its old band away before a new one is told. */
	for (size_t k = 0; fleet_fields[k] != NULL; k++)
		for (size_t i = 0; i < edit->n; i++) {
			const char *value = edit->fields[i].value == NULL ? "" : edit->fields[i].value;

			if (strcmp(edit->fields[i].name, fleet_fields[k]) != 0)
				continue;
			if (fleet_take(&fleet, fleet_fields[k], value, err) != 0)
				return -1;
			answer_fact(answer, fleet_fields[k], "", value_text(answer, value));
		}
	return fleet_put(edit->store, &fleet, err);
}

int
fleet_change(const struct edit *edit, struct answer *answer, struct err *err)
{
	size_t n = 0;

	while (fleet_fields[n] != NULL)
		n++;
	if (check_name(edit, "fleet", err) != 0 || edit_check(edit, fleet_fields, n, err) != 0)
		return -1;
	return in_transaction(edit, put_fleet, "fleet", answer, err);
}

static int
drop_fleet(const struct edit *edit, struct answer *answer, struct err *err)
{
	int gone = fleet_remove(edit->store, edit->name, err);

	if (gone == 0)
		return err_set(err, ERR_MISSING, "there is no fleet '%s'", edit->name);
	answer_fact(answer, "name", "", value_text(answer, edit->name));
	answer_fact(answer, "removed", "", value_truth(answer, true));
	return gone < 0 ? -1 : 0;
}

int
fleet_forget(const struct edit *edit, struct answer *answer, struct err *err)
{
	return in_transaction(edit, drop_fleet, "fleet removed", answer, err);
}
