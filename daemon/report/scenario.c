/*
 * JSON to scenario. The numbers are those of scenario_fields; what is no number has a row in `others`.
 */
#include "daemon/report/scenario.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "daemon/report/json_place.h"
#include "models/compare/scenario.h"
#include "models/units/err.h"
#include "models/units/nearest.h"

#define DAYS_MONTH (365.0 / 12)
#define FIELDS_SEEN 64
#define PATH_ROOM 128

/* What reading one document knows. */
struct reading {
	struct scenario *scenario;
	const char *seen[FIELDS_SEEN]; /* by field: the path that set it */
};

typedef int read_function(struct reading *reading, const char *path, const cJSON *item, struct err *err);

/* Another name for a number: value * scale is what the field takes. */
struct alias {
	const char *path, *field;
	double scale;
};

static const struct alias aliases[] = {
	{ "closed.blended_price", "closed.price", 1 },
	{ "volume.mtok_day", "volume.mtok_month", DAYS_MONTH },
	{ NULL, NULL, 0 },
};

/* ---- what is wrong, in words */

/* The value as a person wrote it, short. */
static const char *
shown(const cJSON *item, char *buffer, size_t size)
{
	if (cJSON_IsString(item)) {
		snprintf(buffer, size, "\"%.40s\"", item->valuestring);
		for (char *c = buffer; *c != '\0'; c++)
			if ((unsigned char)*c < 0x20)
				*c = '?';
	} else if (cJSON_IsNumber(item)) {
		snprintf(buffer, size, "%.15g", item->valuedouble);
	} else {
		snprintf(buffer, size, "%s",
			cJSON_IsBool(item)            ? cJSON_IsTrue(item) ? "true" : "false"
				: cJSON_IsArray(item) ? "a list"
				: cJSON_IsNull(item)  ? "null"
						      : "an object");
	}
	return buffer;
}

static int
wrong_kind(const char *path, const char *wanted, const cJSON *item, struct err *err)
{
	char value[64];

	return err_set(err, ERR_INPUT, "%s: must be %s, is %s", path, wanted, shown(item, value, sizeof(value)));
}

static int
read_number(const char *path, const cJSON *item, double *number, struct err *err)
{
	if (!cJSON_IsNumber(item))
		return wrong_kind(path, "a number", item, err);
	if (!isfinite(item->valuedouble))
		return err_set(err, ERR_INPUT, "%s: is too large a number", path);
	*number = item->valuedouble;
	return 0;
}

static int
read_choice(const char *path, const char *const *choices, const cJSON *item, int *choice, struct err *err)
{
	char wanted[128] = "";

	for (int i = 0; choices[i] != NULL; i++) {
		size_t n = strlen(wanted);

		if (cJSON_IsString(item) && strcmp(item->valuestring, choices[i]) == 0) {
			*choice = i;
			return 0;
		}
		snprintf(wanted + n, sizeof(wanted) - n, "%s\"%s\"", i == 0 ? "" : " or ", choices[i]);
	}
	return wrong_kind(path, wanted, item, err);
}

/* ---- what is no plain number */

static int
read_currency(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	char *currency = reading->scenario->currency;

	if (!cJSON_IsString(item) || strlen(item->valuestring) != 3 ||
		strspn(item->valuestring, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return wrong_kind(path, "three capital letters as in \"USD\"", item, err);
	memcpy(currency, item->valuestring, 4);
	return 0;
}

/* For the person who keeps the file; nothing is made of it. */
static int
read_remark(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	(void)reading;
	return cJSON_IsString(item) ? 0 : wrong_kind(path, "a text", item, err);
}

static int
read_tier(struct tier *tier, const char *path, const cJSON *item, struct err *err)
{
	bool from = false, price = false;
	char key[PATH_ROOM + 64];

	if (!cJSON_IsObject(item))
		return wrong_kind(path, "an object {\"from_mtok\", \"price\"}", item, err);
	for (const cJSON *child = item->child; child != NULL; child = child->next) {
		bool is_from = strcmp(child->string, "from_mtok") == 0;

		snprintf(key, sizeof(key), "%s.%.40s", path, child->string);
		if (!is_from && strcmp(child->string, "price") != 0)
			return err_set(err, ERR_INPUT, "%s: is unknown; a tier has from_mtok and price", key);
		if (is_from ? from : price)
			return err_set(err, ERR_INPUT, "%s: is given twice", key);
		if (read_number(key, child, is_from ? &tier->from_mtok : &tier->price, err) != 0)
			return -1;
		*(is_from ? &from : &price) = true;
	}
	if (!from || !price)
		return err_set(err, ERR_INPUT, "%s.%s: is missing", path, from ? "price" : "from_mtok");
	return 0;
}

static int
read_tiers(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	struct closed_terms *closed = &reading->scenario->closed;
	char key[PATH_ROOM];

	if (!cJSON_IsArray(item))
		return wrong_kind(path, "a list", item, err);
	if (cJSON_GetArraySize(item) > TIERS_MAX)
		return err_set(err, ERR_INPUT, "%s: holds %d tiers, at most %d are taken", path,
			cJSON_GetArraySize(item), TIERS_MAX);
	for (const cJSON *child = item->child; child != NULL; child = child->next) {
		snprintf(key, sizeof(key), "%s[%zu]", path, closed->tiers);
		if (read_tier(&closed->tier[closed->tiers++], key, child, err) != 0)
			return -1;
	}
	return 0;
}

static int
read_tier_mode(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	static const char *const modes[] = { "graduated", "all_units", NULL };
	int mode = 0;

	if (read_choice(path, modes, item, &mode, err) != 0)
		return -1;
	reading->scenario->closed.tier_mode = mode == 0 ? TIERS_GRADUATED : TIERS_ALL_UNITS;
	return 0;
}

static int
read_scaling(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	static const char *const scalings[] = { "always_on", "autoscale", NULL };
	int scaling = 0;

	if (read_choice(path, scalings, item, &scaling, err) != 0)
		return -1;
	reading->scenario->self_hosted.scaling = scaling == 0 ? SCALING_ALWAYS_ON : SCALING_AUTOSCALE;
	return 0;
}

static int
read_hours(const char *path, const cJSON *item, double *hours, size_t *n, struct err *err)
{
	char key[PATH_ROOM];
	int size = cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 0;

	if (!cJSON_IsArray(item))
		return wrong_kind(path, "a list of 24 numbers", item, err);
	if (size != DAY_HOURS && size != WEEK_HOURS)
		return err_set(err, ERR_INPUT,
			"%s: must be %d numbers, a day, or %d, a week from Monday on; there are %d", path, DAY_HOURS,
			WEEK_HOURS, size);
	*n = 0;
	for (const cJSON *child = item->child; child != NULL; child = child->next) {
		snprintf(key, sizeof(key), "%.90s[%zu]", path, *n);
		if (read_number(key, child, &hours[*n], err) != 0)
			return -1;
		if (hours[(*n)++] < 0)
			return err_set(
				err, ERR_INPUT, "%s: must be a number from 0 up, is %.15g", key, child->valuedouble);
	}
	return 0;
}

static int
read_shape(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	struct shape *shape = &reading->scenario->self_hosted.shape;
	double hours[WEEK_HOURS], weekend = NAN;
	size_t n = 0;
	char key[PATH_ROOM];

	if (!cJSON_IsObject(item))
		return wrong_kind(path, "an object {\"hours\", \"weekend\"}", item, err);
	for (const cJSON *child = item->child; child != NULL; child = child->next) {
		snprintf(key, sizeof(key), "%s.%.40s", path, child->string);
		if (strcmp(child->string, "hours") == 0) {
			if (n > 0)
				return err_set(err, ERR_INPUT, "%s: is given twice", key);
			if (read_hours(key, child, hours, &n, err) != 0)
				return -1;
		} else if (strcmp(child->string, "weekend") != 0) {
			return err_set(err, ERR_INPUT, "%s: is unknown; a shape has hours and weekend", key);
		} else if (!cJSON_IsNull(child) && read_number(key, child, &weekend, err) != 0) {
			return -1;
		}
	}
	if (n == 0)
		return err_set(err, ERR_INPUT, "%s.hours: is missing", path);
	if (weekend < 0)
		return err_set(err, ERR_INPUT, "%s.weekend: must be a number from 0 up, is %.15g", path, weekend);
	if (n == WEEK_HOURS && !isnan(weekend))
		return err_set(
			err, ERR_INPUT, "%s.weekend: goes with 24 hours; 168 hours have their own weekend", path);
	if (n == DAY_HOURS)
		shape_from_day(shape, hours, isnan(weekend) ? 1 : weekend);
	else
		memcpy(shape->weights, hours, sizeof(shape->weights));
	shape->given = true;
	return 0;
}

static int
unknown_input(const char *path, const char *name, struct err *err)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; scenario_fields[i].path != NULL; i++)
		nearest_offer(&nearest, scenario_fields[i].path);
	if (nearest_found(&nearest) != NULL)
		return err_set(err, ERR_INPUT, "%s: '%.80s' is unknown; the nearest is '%s'", path, name,
			nearest_found(&nearest));
	return err_set(
		err, ERR_INPUT, "%s: '%.80s' is unknown; inputs are named as in \"self_hosted.gpu_hour\"", path, name);
}

static const struct alias *
find_alias(const char *path)
{
	for (const struct alias *alias = aliases; alias->path != NULL; alias++)
		if (strcmp(alias->path, path) == 0)
			return alias;
	return NULL;
}

static int
read_input(struct uncertain_input *input, const char *path, const cJSON *item, struct err *err)
{
	const struct alias *alias = find_alias(item->string);
	double *const ends[] = { &input->low, &input->mode, &input->high };
	char key[PATH_ROOM];
	int i = 0;

	if (scenario_field_find(alias != NULL ? alias->field : item->string, &input->field) != 0)
		return unknown_input(path, item->string, err);
	snprintf(key, sizeof(key), "%s.%.60s", path, item->string);
	if (!cJSON_IsArray(item))
		return wrong_kind(key, "three numbers [low, likely, high]", item, err);
	if (cJSON_GetArraySize(item) != 3)
		return err_set(err, ERR_INPUT, "%s: must be three numbers [low, likely, high]; there are %d", key,
			cJSON_GetArraySize(item));
	for (const cJSON *child = item->child; child != NULL; child = child->next, i++) {
		if (read_number(key, child, ends[i], err) != 0)
			return -1;
		*ends[i] *= alias != NULL ? alias->scale : 1;
	}
	return 0;
}

static int
read_inputs(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	struct uncertain_terms *uncertain = &reading->scenario->uncertain;

	if (!cJSON_IsObject(item))
		return wrong_kind(path, "an object of {\"path\": [low, likely, high]}", item, err);
	for (const cJSON *child = item->child; child != NULL; child = child->next) {
		struct uncertain_input *input = &uncertain->input[uncertain->inputs];

		if (uncertain->inputs == UNCERTAIN_MAX)
			return err_set(err, ERR_INPUT, "%s: holds more than %d inputs", path, UNCERTAIN_MAX);
		if (read_input(input, path, child, err) != 0)
			return -1;
		for (size_t i = 0; i < uncertain->inputs; i++)
			if (uncertain->input[i].field == input->field)
				return err_set(err, ERR_INPUT, "%s.%.60s: is given twice", path, child->string);
		uncertain->inputs++;
	}
	return 0;
}

/* ---- keys and blocks */

struct other {
	const char *path;
	read_function *read;
};

static const struct other others[] = {
	{ "currency", read_currency },
	{ "name", read_remark },
	{ "note", read_remark },
	{ "closed.tiers", read_tiers },
	{ "closed.tier_mode", read_tier_mode },
	{ "self_hosted.shape", read_shape },
	{ "self_hosted.scaling", read_scaling },
	{ "uncertain.inputs", read_inputs },
	{ NULL, NULL },
};

static const char *const blocks[] = { "closed", "self_hosted", "volume", "invest", "ahead", "uncertain", "goal", NULL };

/* Offer the last part of the path when it lies right under `block` ("" is the top). */
static void
offer_key(struct nearest *nearest, const char *block, const char *path)
{
	size_t n = strlen(block);

	if (n > 0 && (strncmp(path, block, n) != 0 || path[n] != '.'))
		return;
	path += n > 0 ? n + 1 : 0;
	if (strchr(path, '.') == NULL)
		nearest_offer(nearest, path);
}

static int
unknown_key(const char *block, const char *path, const char *key, struct err *err)
{
	struct nearest nearest;

	nearest_init(&nearest, key);
	for (size_t i = 0; scenario_fields[i].path != NULL; i++)
		offer_key(&nearest, block, scenario_fields[i].path);
	for (const struct other *other = others; other->path != NULL; other++)
		offer_key(&nearest, block, other->path);
	for (const struct alias *alias = aliases; alias->path != NULL; alias++)
		offer_key(&nearest, block, alias->path);
	for (size_t i = 0; *block == '\0' && blocks[i] != NULL; i++)
		nearest_offer(&nearest, blocks[i]);
	if (nearest_found(&nearest) != NULL)
		return err_set(err, ERR_INPUT, "%s: is unknown; the nearest is '%s'", path, nearest_found(&nearest));
	return err_set(err, ERR_INPUT, "%s: is unknown", path);
}

static int
read_field(struct reading *reading, const char *path, const cJSON *item, struct err *err)
{
	const struct alias *alias = find_alias(path);
	double number = 0;
	size_t field = 0;

	if (scenario_field_find(alias != NULL ? alias->field : path, &field) != 0 || field >= FIELDS_SEEN)
		return 1;
	if (cJSON_IsNull(item))
		return 0;
	if (read_number(path, item, &number, err) != 0)
		return -1;
	if (reading->seen[field] != NULL)
		return err_set(err, ERR_INPUT, "%s: is given twice, as %s before", path, reading->seen[field]);
	reading->seen[field] = alias != NULL ? alias->path : scenario_fields[field].path;
	number *= alias != NULL ? alias->scale : 1;
	*scenario_number(reading->scenario, field) = number;
	return scenario_check_number(field, number, err);
}

static int
read_key(struct reading *reading, const char *block, const cJSON *item, struct err *err)
{
	char path[PATH_ROOM];
	int taken;

	snprintf(path, sizeof(path), "%s%s%.60s", block, *block == '\0' ? "" : ".", item->string);
	for (const struct other *other = others; other->path != NULL; other++) {
		if (strcmp(other->path, path) != 0)
			continue;
		for (const cJSON *before = item->prev; before->next != NULL; before = before->prev)
			if (strcmp(before->string, item->string) == 0)
				return err_set(err, ERR_INPUT, "%s: is given twice", path);
		return cJSON_IsNull(item) ? 0 : other->read(reading, path, item, err);
	}
	taken = read_field(reading, path, item, err);
	return taken > 0 ? unknown_key(block, path, item->string, err) : taken;
}

static int
read_block(struct reading *reading, const char *block, const cJSON *item, struct err *err)
{
	struct scenario *scenario = reading->scenario;
	bool *const given[] = { &scenario->closed.given, &scenario->self_hosted.given, &scenario->volume.given,
		&scenario->invest.given, &scenario->ahead.given, &scenario->uncertain.given, NULL };

	if (cJSON_IsNull(item))
		return 0;
	if (!cJSON_IsObject(item))
		return wrong_kind(block, "an object", item, err);
	for (size_t i = 0; given[i] != NULL; i++) {
		if (strcmp(blocks[i], block) != 0)
			continue;
		if (*given[i])
			return err_set(err, ERR_INPUT, "%s: is given twice", block);
		*given[i] = true;
	}
	for (const cJSON *child = item->child; child != NULL; child = child->next)
		if (read_key(reading, block, child, err) != 0)
			return -1;
	return 0;
}

static int
read_document(struct reading *reading, const cJSON *root, struct err *err)
{
	if (!cJSON_IsObject(root))
		return wrong_kind("the document", "an object", root, err);
	for (const cJSON *child = root->child; child != NULL; child = child->next) {
		const char *block = NULL;

		for (size_t i = 0; blocks[i] != NULL; i++)
			if (strcmp(blocks[i], child->string) == 0)
				block = blocks[i];
		if ((block != NULL ? read_block(reading, block, child, err) : read_key(reading, "", child, err)) != 0)
			return -1;
	}
	scenario_take_likely(reading->scenario);
	return scenario_check(reading->scenario, err);
}

/* The answer of the report of that name holds a scenario among its facts; it is read as it is. */
static const cJSON *
scenario_inside(const cJSON *root)
{
	const cJSON *inside =
		cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "facts"), "scenario");

	return cJSON_IsObject(inside) ? inside : root;
}

/* Where in the text parsing stopped, as a person counts lines. */
static int
broken_json(const char *text, size_t n, const char *end, struct err *err)
{
	int line = 1, column = 1;

	if (end == NULL || end < text || end > text + n)
		end = text + n;
	for (const char *c = text; c < end; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	return err_set(err, ERR_INPUT, "line %d, column %d: is not JSON from here on", line, column);
}

int
scenario_parse(struct scenario *scenario, const char *name, const char *text, size_t n, struct err *err)
{
	struct reading reading = { .scenario = scenario };
	const char *end = NULL;
	cJSON *root;
	int status;

	scenario_default(scenario);
	root = cJSON_ParseWithLengthOpts(text, n, &end, 0);
	if (root != NULL)
		while (end < text + n && memchr(" \t\r\n", *end, 4) != NULL)
			end++;
	if (root == NULL || end != text + n) {
		status = broken_json(text, n, end, err);
	} else {
		status = read_document(&reading, scenario_inside(root), err);
		if (status != 0)
			err_in(err, "line %d", json_line(text, n, err->text));
	}
	cJSON_Delete(root);
	return status == 0 ? 0 : err_in(err, "%s", name);
}

/* One "name=number". */
static int
read_goal(struct scenario *scenario, const char *text, size_t n, struct err *err)
{
	char word[64], path[80], *equals, *end;
	double number;
	size_t field;

	if (n >= sizeof(word))
		return err_set(err, ERR_INPUT, "goal '%.60s...': is too long", text);
	memcpy(word, text, n);
	word[n] = '\0';
	equals = strchr(word, '=');
	if (equals == NULL)
		return err_set(err, ERR_INPUT, "goal '%s': must be saving=AMOUNT or unit_cost=AMOUNT", word);
	*equals = '\0';
	snprintf(path, sizeof(path), "goal.%s", word);
	if (scenario_field_find(path, &field) != 0)
		return unknown_key("goal", path, word, err);
	number = strtod(equals + 1, &end);
	if (end == equals + 1 || *end != '\0' || !isfinite(number))
		return err_set(err, ERR_INPUT, "%s: must be a number, is '%s'", path, equals + 1);
	if (!isnan(*scenario_number(scenario, field)))
		return err_set(err, ERR_INPUT, "%s: is given twice", path);
	*scenario_number(scenario, field) = number;
	return scenario_check_number(field, number, err);
}

int
scenario_parse_goal(struct scenario *scenario, const char *text, struct err *err)
{
	for (;;) {
		size_t n = strcspn(text, ",");

		if (read_goal(scenario, text, n, err) != 0)
			return -1;
		if (text[n] == '\0')
			return 0;
		text += n + 1;
	}
}
