/*
 * zone_read of a TZif file, and every question that a zone answers about instants across its range.
 * Promises: offsets are shorter than two days; a day's first instant is that day in the zone, or the end of a gap.
 */
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zone zone;
	struct err err = { 0 };

	if (zone_read(&zone, "Fuzz/Zone", data, size, &err) != 0) {
		promise(err.text[0] != '\0' && err.kind == ERR_INPUT, "a failure has a sentence");
		return 0;
	}
	promise(zone.transitions >= 0 && zone.transitions <= ZONE_TRANSITIONS, "transitions fit");
	for (int i = 1; i < zone.transitions; i++)
		promise(zone.at_s[i - 1] < zone.at_s[i], "transitions rise");
	for (int64_t year = 1905; year < 2100; year += 13) {
		int64_t at_s = date_days((struct date){ (int)year, 1 + (int)(year % 12), 15 }) * DAY_S + 4321;
		int32_t offset = zone_offset(&zone, at_s);
		int second;
		struct date date = zone_date(&zone, at_s, &second);
		int hour = zone_hour_of_week(&zone, at_s);

		promise(offset > -2 * DAY_S && offset < 2 * DAY_S, "an offset is less than two days");
		promise(second >= 0 && second < DAY_S, "a time of day is inside the day");
		promise(hour >= 0 && hour < 168, "an hour of the week is inside the week");
		zone_day(&zone, date);
		zone_instant(&zone, date, second);
		promise(zone_month(&zone, at_s, 1, 0) <= at_s, "a month begins before what it holds");
	}
	return 0;
}
