#include <stdio.h>
#include <string.h>

#include "collectors/mapping.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"
#include "models/units/nearest.h"

/* ---- what a mapping is told */

static const char *const settings[] = { "time", "zone", "unit", "format", "separator" };

static const char *
field_name(int field)
{
	return field == MAPPING_INPUT ? "input" : field == MAPPING_OUTPUT ? "output" : event_field_names[field];
}

/* Usage objects are for files of our own. */
static bool
is_mapped(int field)
{
	return field != EVENT_API && field != EVENT_USAGE;
}

struct word {
	const char *name;
	int value;
};

static int
choose(const char *key, const char *value, const struct word *words, int *chosen, struct err *err)
{
	char all[200] = "";
	size_t n = 0;

	for (int i = 0; words[i].name != NULL; i++) {
		if (strcmp(words[i].name, value) == 0) {
			*chosen = words[i].value;
			return 0;
		}
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", i == 0 ? "" : ", ", words[i].name);
	}
	return err_set(err, ERR_INPUT, "%s = '%s': none of %s", key, value, all);
}

static int
set_time(struct mapping *mapping, const char *value, struct err *err)
{
	static const struct word units[] = { { "rfc3339", -1 }, { "seconds", 0 }, { "milliseconds", 3 },
		{ "microseconds", 6 }, { "nanoseconds", 9 }, { NULL, 0 } };
	int digits;

	if (strchr(value, '%') == NULL) {
		if (choose("time", value, units, &digits, err) != 0)
			return err_set(err, ERR_INPUT,
				"time = '%s': none of rfc3339, seconds, milliseconds, microseconds, nanoseconds, and no pattern such as "
				"%%Y-%%m-%%d %%H:%%M:%%S",
				value);
		mapping->time = digits < 0 ? MAPPED_RFC3339 : MAPPED_UNIX;
		mapping->time_digits = digits < 0 ? 0 : digits;
		return 0;
	}
	for (const char *p = value; (p = strchr(p, '%')) != NULL; p += 2)
		if (p[1] == '\0' || strchr("YmdHMSfz%", p[1]) == NULL)
			return err_set(err, ERR_INPUT,
				"time = '%s': %%%c is not one of %%Y %%m %%d %%H %%M %%S %%f %%z", value,
				p[1] == '\0' ? ' ' : p[1]);
	if (strstr(value, "%Y") == NULL || strstr(value, "%m") == NULL || strstr(value, "%d") == NULL)
		return err_set(err, ERR_INPUT, "time = '%s': year (%%Y), month (%%m) and day (%%d) are needed", value);
	mapping->time = MAPPED_PATTERN;
	snprintf(mapping->pattern, sizeof(mapping->pattern), "%s", value);
	return 0;
}

static int
set_setting(struct mapping *mapping, const char *key, const char *value, struct err *err)
{
	static const struct word units[] = { { "tokens", 0 }, { "thousands", 3 }, { "millions", 6 }, { NULL, 0 } };
	static const struct word forms[] = { { "csv", 'c' }, { "jsonl", 'j' }, { "auto", 0 }, { NULL, 0 } };
	static const struct word separators[] = { { ",", ',' }, { ";", ';' }, { "tab", '\t' }, { "auto", 0 },
		{ NULL, 0 } };
	int chosen = 0;

	if (strcmp(key, "time") == 0)
		return set_time(mapping, value, err);
	if (strcmp(key, "zone") == 0) {
		snprintf(mapping->zone_name, sizeof(mapping->zone_name), "%s", value);
		return 0;
	}
	if (strcmp(key, "unit") == 0) {
		if (choose(key, value, units, &mapping->unit_digits, err) != 0)
			return -1;
	} else if (strcmp(key, "format") == 0) {
		if (choose(key, value, forms, &chosen, err) != 0)
			return -1;
		mapping->form = (char)chosen;
	} else {
		if (choose(key, value, separators, &chosen, err) != 0)
			return -1;
		mapping->separator = (char)chosen;
	}
	return 0;
}

int
mapping_set(struct mapping *mapping, const char *key, const char *value, struct err *err)
{
	struct nearest nearest;

	if (strlen(value) >= MAPPING_NAME)
		return err_set(err, ERR_INPUT, "%s is longer than %d bytes", key, MAPPING_NAME - 1);
	nearest_init(&nearest, key);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strcmp(settings[i], key) == 0)
			return set_setting(mapping, key, value, err);
		nearest_offer(&nearest, settings[i]);
	}
	for (int i = 0; i < MAPPING_FIELDS; i++) {
		if (!is_mapped(i))
			continue;
		if (strcmp(field_name(i), key) == 0) {
			snprintf(mapping->column[i], sizeof(mapping->column[i]), "%s", value);
			return 0;
		}
		nearest_offer(&nearest, field_name(i));
	}
	if (nearest_found(&nearest) != NULL)
		return err_set(err, ERR_INPUT, "'%s' is unknown; the nearest is '%s'", key, nearest_found(&nearest));
	return err_set(err, ERR_INPUT,
		"'%s' is neither a field of the usage event nor time, zone, unit, format, separator", key);
}

int
mapping_check(const struct mapping *mapping, struct err *err)
{
	bool counts = mapping->column[EVENT_REQUESTS][0] != '\0' || mapping->column[MAPPING_INPUT][0] != '\0' ||
		mapping->column[MAPPING_OUTPUT][0] != '\0';

	for (int i = 0; i < USAGE_CLASSES; i++)
		counts = counts || mapping->column[EVENT_CLASSES + i][0] != '\0';
	if (mapping->column[EVENT_AT][0] == '\0')
		return err_set(err, ERR_INPUT, "at is missing: the column of the time");
	if (!counts)
		return err_set(err, ERR_INPUT,
			"no column of tokens is named: input, output, or the classes such as in_uncached and out_visible");
	if (mapping->column[MAPPING_INPUT][0] != '\0' && mapping->column[EVENT_CLASSES + IN_UNCACHED][0] != '\0')
		return err_set(
			err, ERR_INPUT, "input is a total of which in_uncached is what is left: one of them is enough");
	if (mapping->column[MAPPING_OUTPUT][0] != '\0' && mapping->column[EVENT_CLASSES + OUT_VISIBLE][0] != '\0')
		return err_set(err, ERR_INPUT,
			"output is a total of which out_visible is what is left: one of them is enough");
	return 0;
}

/* ---- times */

/* Up to `most` digits; -1 where there is none. */
static int
digits(struct text *text, int most, int *value)
{
	int n = 0;

	*value = 0;
	for (; n < most && text->n > 0 && text->p[0] >= '0' && text->p[0] <= '9'; n++, text->p++, text->n--)
		*value = 10 * *value + (text->p[0] - '0');
	return n == 0 ? -1 : n;
}

struct parts {
	int year, month, day, hour, minute, second, micros;
	bool has_offset;
	int offset_s;
};

/* "Z", "+02:00", "-0530" */
static int
read_offset(struct text *text, struct parts *parts)
{
	int sign, hours, minutes = 0;

	parts->has_offset = true;
	parts->offset_s = 0;
	if (text->n > 0 && (text->p[0] == 'Z' || text->p[0] == 'z')) {
		text->p++, text->n--;
		return 0;
	}
	if (text->n == 0 || (text->p[0] != '+' && text->p[0] != '-'))
		return -1;
	sign = text->p[0] == '-' ? -1 : 1;
	text->p++, text->n--;
	if (digits(text, 2, &hours) != 2)
		return -1;
	if (text->n > 0 && text->p[0] == ':')
		text->p++, text->n--;
	if (text->n > 0 && text->p[0] >= '0' && text->p[0] <= '9' && digits(text, 2, &minutes) != 2)
		return -1;
	if (hours > 18 || minutes > 59)
		return -1;
	parts->offset_s = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int
read_part(char letter, struct text *text, struct parts *parts)
{
	int *const slots[] = { &parts->month, &parts->day, &parts->hour, &parts->minute, &parts->second };
	static const char letters[] = "mdHMS";
	const char *at = strchr(letters, letter);
	int n, value;

	if (letter == 'Y')
		return digits(text, 4, &parts->year) == 4 ? 0 : -1;
	if (letter == 'z')
		return read_offset(text, parts);
	if (letter == 'f') {
		if ((n = digits(text, 6, &value)) < 0)
			return -1;
		for (; n < 6; n++)
			value *= 10;
		while (text->n > 0 && text->p[0] >= '0' && text->p[0] <= '9')
			text->p++, text->n--; /* what is finer than a microsecond */
		parts->micros = value;
		return 0;
	}
	return at != NULL && digits(text, 2, slots[at - letters]) > 0 ? 0 : -1;
}

static int
read_pattern(const char *pattern, struct text text, struct parts *parts)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '%' && pattern[1] != '%') {
			if (read_part(*++pattern, &text, parts) != 0)
				return -1;
			continue;
		}
		pattern += *pattern == '%';
		if (text.n == 0 || text.p[0] != *pattern)
			return -1;
		text.p++, text.n--;
	}
	return text.n == 0 ? 0 : -1;
}

static int
instant_of(const struct parts *parts, const struct zone *zone, int64_t *at_us)
{
	char printed[48];
	int64_t midnight_us;
	int second = parts->hour * 3600 + parts->minute * 60 + parts->second;
	struct date date = { parts->year, parts->month, parts->day };
	int n = snprintf(printed, sizeof(printed), "%04d-%02d-%02dT00:00:00Z", parts->year, parts->month, parts->day);

	/* The general reader knows which days there are. */
	if (n != 20 || time_parse(printed, (size_t)n, &midnight_us, NULL) != 0 || parts->hour > 23 ||
		parts->minute > 59 || parts->second > 59)
		return -1;
	*at_us = parts->has_offset ? midnight_us + (int64_t)(second - parts->offset_s) * SECOND_US
				   : zone_instant(zone, date, second) * SECOND_US;
	*at_us += parts->micros;
	return 0;
}

int
mapping_instant(
	const struct mapping *mapping, const struct zone *zone, struct text text, int64_t *at_us, struct err *err)
{
	struct parts parts = { .year = 0 };
	char shown[TEXT_SHOWN];
	int64_t value;

	if (text.n == 0)
		return err_set(err, ERR_INPUT, "at: there is no time");
	if (mapping->time == MAPPED_RFC3339)
		return event_instant(text, at_us, err);
	if (mapping->time == MAPPED_UNIX) {
		/* Microseconds since 1970, whatever the unit. */
		if (mapping->time_digits < 9 &&
			decimal_parse(text.p, text.n, 6 - mapping->time_digits, &value, NULL, NULL) == 0) {
			*at_us = value;
			return 0;
		}
		if (mapping->time_digits == 9 && decimal_parse(text.p, text.n, 0, &value, NULL, NULL) == 0) {
			*at_us = value / 1000;
			return 0;
		}
	} else if (read_pattern(mapping->pattern, text, &parts) == 0 && instant_of(&parts, zone, at_us) == 0) {
		return 0;
	}
	text_shown(text, shown, sizeof(shown));
	return mapping->time == MAPPED_UNIX
		? err_set(err, ERR_INPUT, "at: '%s' is no number since 1970", shown)
		: err_set(err, ERR_INPUT, "at: '%s' is not written as %s", shown, mapping->pattern);
}
