#include "daemon/base/options.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/log.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/nearest.h"
#include "models/units/text.h"

#define VARIABLE_PREFIX "BREAKEVEN_"
#define VARIABLE_MAX 96
#define VALUE_MAX SETTING_PATH

static const char *
unit_of(const struct setting *setting)
{
	return setting->unit == NULL ? "" : setting->unit;
}

/* The choice at `place`; its length in *n. NULL behind the last. */
static const char *
choice_at(const struct setting *setting, int place, size_t *n)
{
	const char *choice = setting->choices;

	for (; place > 0; place--) {
		choice = strchr(choice, '|');
		if (choice == NULL)
			return NULL;
		choice++;
	}
	*n = strcspn(choice, "|");
	return choice;
}

void
setting_allowed(const struct setting *setting, char *buffer, size_t size)
{
	const char *unit = unit_of(setting), *choice;
	size_t used = 0, n;
	int i;

	switch (setting->kind) {
	case SETTING_TEXT:
		if (setting->form != NULL)
			snprintf(buffer, size, "%s", setting->form);
		else
			snprintf(buffer, size, "a text of at most %zu bytes", setting->room - 1);
		break;
	case SETTING_FOLDER:
		snprintf(buffer, size, "%s", setting->form != NULL ? setting->form : "a folder; ~/ is the home folder");
		break;
	case SETTING_WHOLE:
	case SETTING_NUMBER:
		snprintf(buffer, size, "a %s from %.10g to %.10g%s%s%s",
			setting->kind == SETTING_WHOLE ? "whole number" : "number", setting->low, setting->high,
			unit[0] == '\0' ? "" : " (", unit, unit[0] == '\0' ? "" : ")");
		break;
	case SETTING_CHOICE:
		buffer[0] = '\0';
		for (i = 0; (choice = choice_at(setting, i, &n)) != NULL && used < size; i++) {
			const char *between = i == 0 ? "" : choice[n] == '\0' ? " or " : ", ";

			used += (size_t)snprintf(buffer + used, size - used, "%s%.*s", between, (int)n, choice);
		}
		break;
	}
}

/* ---- setting one */

/* What is wrong with a value, in front of what is right. */
static int
not_allowed(const struct setting *setting, const char *what, struct err *err)
{
	char allowed[160];

	setting_allowed(setting, allowed, sizeof(allowed));
	return err_set(err, ERR_INPUT, "%s; allowed is %s", what, allowed);
}

static const char *
home_folder(void)
{
	const char *home = getenv("HOME");
	const struct passwd *user;

	if (home != NULL && home[0] == '/')
		return home;
	user = getpwuid(getuid());
	return user == NULL ? "" : user->pw_dir;
}

static int
set_text(const struct setting *setting, const char *value, char *field, struct err *err)
{
	char expanded[VALUE_MAX + 2];
	const char *p;

	for (p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(err, ERR_INPUT, "it holds a control character");
	if (setting->kind == SETTING_FOLDER && (strcmp(value, "~") == 0 || strncmp(value, "~/", 2) == 0)) {
		snprintf(expanded, sizeof(expanded), "%s%s", home_folder(), value + 1);
		value = expanded;
	}
	if (strlen(value) >= setting->room)
		return err_set(err, ERR_INPUT, "it is longer than %zu bytes", setting->room - 1);
	if (setting->check != NULL && setting->check(value, err) != 0)
		return -1;
	memcpy(field, value, strlen(value) + 1);
	return 0;
}

static int
set_number(const struct setting *setting, const char *value, void *field, struct err *err)
{
	int64_t nano;
	bool rounded;
	double number;

	/* decimal_parse is stricter than strtod: no blanks, no "nan", no "0x". */
	if (decimal_parse(value, strlen(value), setting->kind == SETTING_WHOLE ? 0 : NANO_DIGITS, &nano, &rounded,
		    NULL) != 0 ||
		(setting->kind == SETTING_WHOLE && rounded))
		return not_allowed(
			setting, setting->kind == SETTING_WHOLE ? "not a whole number" : "not a number", err);
	number = strtod(value, NULL);
	if (!(number >= setting->low && number <= setting->high))
		return not_allowed(setting, number < setting->low ? "too small" : "too large", err);
	if (setting->kind == SETTING_WHOLE)
		*(int *)field = (int)number;
	else
		*(double *)field = number;
	return 0;
}

static int
set_choice(const struct setting *setting, const char *value, int *field, struct err *err)
{
	const char *choice;
	size_t n;
	int i;

	for (i = 0; (choice = choice_at(setting, i, &n)) != NULL; i++)
		if (strlen(value) == n && memcmp(choice, value, n) == 0) {
			*field = i;
			return 0;
		}
	return not_allowed(setting, "no such choice", err);
}

int
setting_put(void *fields, const struct setting *setting, const char *value, struct err *err)
{
	void *field = (char *)fields + setting->offset;
	char shown[TEXT_SHOWN];
	int result;

	switch (setting->kind) {
	case SETTING_WHOLE:
	case SETTING_NUMBER:
		result = set_number(setting, value, field, err);
		break;
	case SETTING_CHOICE:
		result = set_choice(setting, value, field, err);
		break;
	default:
		result = set_text(setting, value, field, err);
	}
	if (result != 0)
		return err_in(err, "%s = '%s'", setting->key, text_shown(text_of(value), shown, sizeof(shown)));
	return 0;
}

int
settings_set(struct settings *settings, const struct setting *setting, const char *value, enum setting_origin origin,
	struct err *err)
{
	if (setting_put(settings, setting, value, err) != 0)
		return -1;
	settings->origin[setting - settings_table] = (unsigned char)origin;
	return 0;
}

void
source_default(struct source_settings *source)
{
	memset(source, 0, sizeof(*source));
	for (const struct setting *setting = source_table; setting->key != NULL; setting++)
		setting_put(source, setting, setting->otherwise, NULL);
}

const struct setting *
setting_in(const struct setting *table, const char *key)
{
	for (; table->key != NULL; table++)
		if (strcmp(table->key, key) == 0)
			return table;
	return NULL;
}

void
settings_default(struct settings *settings)
{
	const struct setting *setting;

	memset(settings, 0, sizeof(*settings));
	for (setting = settings_table; setting->key != NULL; setting++) {
		char found[VALUE_MAX];
		const char *value = setting->otherwise;

		if (setting->find != NULL) {
			setting->find(found, sizeof(found));
			value = found;
		}
		/* A test holds every default against its own row; a home folder that does not fit leaves "". */
		settings_set(settings, setting, value, SETTING_DEFAULT, NULL);
	}
}

static const char *
last_part(const char *key)
{
	const char *point = strrchr(key, '.');

	return point == NULL ? key : point + 1;
}

/* The key that a misspelt one most likely meant: near it as a whole, or near it but for a wrong section. */
static const char *
nearest_key(const char *key)
{
	const struct setting *setting;
	struct nearest whole, part;
	const char *best = NULL;

	nearest_init(&whole, key);
	nearest_init(&part, last_part(key));
	for (setting = settings_table; setting->key != NULL; setting++) {
		nearest_offer(&whole, setting->key);
		nearest_offer(&part, last_part(setting->key));
		if (part.best == last_part(setting->key))
			best = setting->key;
	}
	return nearest_found(&whole) != NULL ? nearest_found(&whole) : nearest_found(&part) != NULL ? best : NULL;
}

const struct setting *
setting_find(const char *key, struct err *err)
{
	const struct setting *setting;
	const char *nearest;
	char shown[TEXT_SHOWN];

	for (setting = settings_table; setting->key != NULL; setting++)
		if (strcmp(setting->key, key) == 0)
			return setting;
	text_shown(text_of(key), shown, sizeof(shown));
	nearest = nearest_key(key);
	if (nearest != NULL)
		err_set(err, ERR_INPUT, "setting '%s' is unknown; the nearest is '%s'", shown, nearest);
	else
		err_set(err, ERR_INPUT, "setting '%s' is unknown; `breakeven config example` lists all", shown);
	return NULL;
}

/* ---- the environment */

void
setting_variable(const struct setting *setting, char *name, size_t size)
{
	char *p;

	snprintf(name, size, "%s%s", VARIABLE_PREFIX, setting->key);
	for (p = name; *p != '\0'; p++)
		*p = *p == '.' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
}

/* The row of a variable's name, or NULL; a name that nearly is one is warned of. */
static const struct setting *
variable_find(const char *name)
{
	const size_t prefix = strlen(VARIABLE_PREFIX);
	char names[SETTINGS_MAX][VARIABLE_MAX];
	const struct setting *setting;
	struct nearest nearest;

	if (strcmp(name, VARIABLE_PREFIX "CONFIG") == 0)
		return NULL;
	nearest_init(&nearest, name + prefix);
	for (setting = settings_table; setting->key != NULL; setting++) {
		char *variable = names[setting - settings_table];

		setting_variable(setting, variable, VARIABLE_MAX);
		if (strcmp(variable, name) == 0)
			return setting;
		nearest_offer(&nearest, variable + prefix);
	}
	if (nearest_found(&nearest) != NULL)
		log_warn("config: unknown variable of the environment", "name", name, "nearest",
			nearest_found(&nearest) - prefix);
	return NULL;
}

int
settings_environment(struct settings *settings, char *const *environment, struct err *err)
{
	struct settings changed = *settings;
	size_t i;

	for (i = 0; environment[i] != NULL; i++) {
		const char *equals = strchr(environment[i], '=');
		const struct setting *setting;
		char name[VARIABLE_MAX];

		if (strncmp(environment[i], VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) != 0 || equals == NULL ||
			equals[1] == '\0')
			continue;
		if ((size_t)(equals - environment[i]) >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(equals - environment[i]), environment[i]);
		setting = variable_find(name);
		if (setting != NULL && settings_set(&changed, setting, equals + 1, SETTING_ENVIRONMENT, err) != 0)
			return err_in(err, "environment: %s", name);
	}
	*settings = changed;
	return 0;
}

/* ---- reading back */

size_t
settings_print(const struct settings *settings, const struct setting *setting, char *buffer, size_t size)
{
	const void *field = (const char *)settings + setting->offset;
	const char *choice;
	size_t n;
	int length;

	switch (setting->kind) {
	case SETTING_WHOLE:
		length = snprintf(buffer, size, "%d", *(const int *)field);
		break;
	case SETTING_NUMBER:
		length = snprintf(buffer, size, "%.15g", *(const double *)field);
		if (strtod(buffer, NULL) != *(const double *)field)
			length = snprintf(buffer, size, "%.17g", *(const double *)field);
		break;
	case SETTING_CHOICE:
		choice = choice_at(setting, *(const int *)field, &n);
		length = snprintf(buffer, size, "%.*s", choice == NULL ? 0 : (int)n, choice == NULL ? "" : choice);
		break;
	default:
		length = snprintf(buffer, size, "%s", (const char *)field);
	}
	return (size_t)length;
}

enum setting_origin
settings_origin(const struct settings *settings, const char *key)
{
	const struct setting *setting = setting_find(key, NULL);

	return setting == NULL ? SETTING_DEFAULT : (enum setting_origin)settings->origin[setting - settings_table];
}

const char *
setting_origin_name(enum setting_origin origin)
{
	static const char *const names[] = { "default", "ledger", "file", "environment", "given" };

	return names[origin];
}

bool
setting_is_kept(const struct setting *setting)
{
	static const char *const sections[] = { "report.", "compare.", "self_hosted." };

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (strncmp(setting->key, sections[i], strlen(sections[i])) == 0)
			return true;
	return false;
}
