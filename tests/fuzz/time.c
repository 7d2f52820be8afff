/*
 * time_parse, date_parse and their printers. Promise: what was parsed is printed and parsed back the same.
 */
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char printed[TIME_MAX];
	int64_t at_us, again_us;
	struct date date, again;
	struct err err = { 0 };
	size_t n;

	if (time_parse((const char *)data, size, &at_us, &err) == 0) {
		n = time_print(printed, sizeof(printed), at_us);
		promise(n < sizeof(printed), "an instant fits");
		promise(time_parse(printed, n, &again_us, &err) == 0, "a printed instant can be parsed");
		promise(again_us == at_us, "a printed instant is the same");
	} else {
		promise(err.text[0] != '\0', "a failure has a sentence");
	}
	if (date_parse((const char *)data, size, &date, &err) == 0) {
		n = date_print(printed, sizeof(printed), date);
		promise(n < sizeof(printed), "a date fits");
		promise(date_parse(printed, n, &again, &err) == 0, "a printed date can be parsed");
		promise(date_days(again) == date_days(date), "a printed date is the same");
		again = days_date(date_days(date));
		promise(again.year == date.year && again.month == date.month && again.day == date.day,
			"days are dates");
	}
	return 0;
}
