/*
 * decimal_parse and decimal_print: the first byte chooses how many digits are kept, the rest is the text.
 * Promise: what was parsed is printed and parsed back to the same number, with nothing rounded.
 */
#include "models/units/err.h"
#include "models/units/money.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char printed[DECIMAL_MAX];
	int64_t value, again;
	bool rounded;
	struct err err = { 0 };
	int digits;
	size_t n;

	if (size == 0)
		return 0;
	digits = data[0] % (FEMTO_DIGITS + 1);
	if (decimal_parse((const char *)data + 1, size - 1, digits, &value, &rounded, &err) != 0) {
		promise(err.text[0] != '\0' && err.kind == ERR_INPUT, "a failure has a sentence");
		return 0;
	}
	n = decimal_print(printed, sizeof(printed), value, digits);
	promise(n < sizeof(printed), "a number fits");
	promise(decimal_parse(printed, n, digits, &again, &rounded, &err) == 0, "a printed number can be parsed");
	promise(again == value && !rounded, "a printed number is the same");
	n = decimal_print_places(printed, sizeof(printed), value, digits, data[0] % 7);
	promise(n < sizeof(printed), "a rounded number fits");
	return 0;
}
