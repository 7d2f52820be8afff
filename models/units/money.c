#include "models/units/money.h"

#include "models/units/err.h"
#include "models/units/text.h"

__extension__ typedef unsigned __int128 uwide;

#define WIDE_DIGITS 40     /* more than the digits of the largest wide */
#define EXPONENT_CAP 10000 /* an exponent beyond it moves any number that is not zero out of reach */
#define INT64_DIGITS 19

/* The parts of a decimal as they stand in the text. */
struct decimal {
	const char *whole, *fraction;
	size_t whole_n, fraction_n;
	bool negative;
	int exponent;
};

static size_t
digits_run(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

/* The whole of text[0..n) as [+-]digits, cut off at EXPONENT_CAP. */
static int
exponent_split(const char *text, size_t n, int *exponent)
{
	size_t i = 0;
	bool negative = n > 0 && text[0] == '-';

	if (n > 0 && (text[0] == '-' || text[0] == '+'))
		i = 1;
	if (i == n || digits_run(text + i, n - i) != n - i)
		return -1;
	*exponent = 0;
	for (; i < n; i++)
		if (*exponent < EXPONENT_CAP)
			*exponent = *exponent * 10 + (text[i] - '0');
	if (negative)
		*exponent = -*exponent;
	return 0;
}

static int
decimal_split(const char *text, size_t n, struct decimal *decimal)
{
	size_t i = 0;

	*decimal = (struct decimal){ 0 };
	if (n > 0 && (text[0] == '-' || text[0] == '+')) {
		decimal->negative = text[0] == '-';
		i = 1;
	}
	decimal->whole = text + i;
	decimal->whole_n = digits_run(text + i, n - i);
	if (decimal->whole_n == 0)
		return -1;
	i += decimal->whole_n;
	if (i < n && text[i] == '.') {
		i++;
		decimal->fraction = text + i;
		decimal->fraction_n = digits_run(text + i, n - i);
		if (decimal->fraction_n == 0)
			return -1;
		i += decimal->fraction_n;
	}
	if (i == n)
		return 0;
	if (text[i] != 'e' && text[i] != 'E')
		return -1;
	return exponent_split(text + i + 1, n - i - 1, &decimal->exponent);
}

static int
decimal_digit(const struct decimal *decimal, size_t i)
{
	return i < decimal->whole_n ? decimal->whole[i] - '0' : decimal->fraction[i - decimal->whole_n] - '0';
}

/* |decimal| * 10^digits rounded half to even; -1 when it has more digits than 64 bits can hold. */
static int
decimal_scale(const struct decimal *decimal, int digits, uwide *magnitude, bool *rounded)
{
	size_t total = decimal->whole_n + decimal->fraction_n, i = 0;
	int64_t power; /* of ten, that the digit at i counts in the result */
	bool half, above = false;
	int half_digit = 0;

	*magnitude = 0;
	*rounded = false;
	while (i < total && decimal_digit(decimal, i) == 0)
		i++;
	if (i == total)
		return 0;
	power = (int64_t)decimal->whole_n - 1 - (int64_t)i + decimal->exponent + digits;
	if (power >= INT64_DIGITS)
		return -1;
	for (; i < total && power >= 0; i++, power--)
		*magnitude = *magnitude * 10 + (unsigned)decimal_digit(decimal, i);
	for (; power >= 0; power--)
		*magnitude *= 10;
	for (; i < total; i++, power--) {
		int digit = decimal_digit(decimal, i);

		if (power == -1)
			half_digit = digit;
		else if (digit != 0)
			above = true;
	}
	half = half_digit == 5 && !above;
	*rounded = half_digit != 0 || above;
	if (half ? (*magnitude & 1) != 0 : half_digit >= 5)
		*magnitude += 1;
	return 0;
}

int
decimal_parse(const char *text, size_t n, int digits, int64_t *value, bool *rounded, struct err *err)
{
	struct decimal decimal;
	char shown[TEXT_SHOWN];
	uwide magnitude;
	bool lost;

	if (decimal_split(text, n, &decimal) != 0)
		return err_set(err, ERR_INPUT, "'%s' is not a decimal number",
			text_shown((struct text){ text, n }, shown, sizeof(shown)));
	if (decimal_scale(&decimal, digits, &magnitude, &lost) != 0 ||
		magnitude > (uwide)INT64_MAX + (decimal.negative ? 1 : 0))
		return err_set(err, ERR_INPUT, "'%s' is too large a number",
			text_shown((struct text){ text, n }, shown, sizeof(shown)));
	*value = decimal.negative ? (int64_t)(-(wide)magnitude) : (int64_t)magnitude;
	if (rounded != NULL)
		*rounded = lost;
	return 0;
}

/* A text under construction that counts on when the buffer is full. */
struct printer {
	char *buffer;
	size_t size, n;
};

static void
print_char(struct printer *printer, char c)
{
	if (printer->n + 1 < printer->size)
		printer->buffer[printer->n] = c;
	printer->n++;
}

static size_t
print_end(struct printer *printer)
{
	if (printer->size > 0)
		printer->buffer[printer->n < printer->size ? printer->n : printer->size - 1] = '\0';
	return printer->n;
}

/* value * 10^-digits with `places` digits after the point, places <= digits, the rest known to be zero. */
static void
print_wide(struct printer *printer, wide value, int digits, int places)
{
	uwide rest = value < 0 ? -(uwide)value : (uwide)value;
	char reversed[WIDE_DIGITS];
	int n = 0, i;

	for (; rest != 0; rest /= 10)
		reversed[n++] = (char)('0' + (int)(rest % 10));
	if (value < 0)
		print_char(printer, '-');
	if (n <= digits)
		print_char(printer, '0');
	for (i = n - 1; i >= digits; i--)
		print_char(printer, reversed[i]);
	if (places > 0)
		print_char(printer, '.');
	for (i = digits - 1; i >= digits - places; i--)
		print_char(printer, i < n ? reversed[i] : '0');
}

size_t
decimal_print(char *buffer, size_t size, wide value, int digits)
{
	struct printer printer = { buffer, size, 0 };

	while (digits > 0 && value % 10 == 0) {
		value /= 10;
		digits--;
	}
	print_wide(&printer, value, digits, digits);
	return print_end(&printer);
}

size_t
decimal_print_places(char *buffer, size_t size, wide value, int digits, int places)
{
	struct printer printer = { buffer, size, 0 };
	int drop = digits - places, kept = places < digits ? places : digits, i;
	wide power = 1;

	/* 10^39 is no wide, and no wide reaches a half of it: all of them round to nothing. */
	if (drop >= WIDE_DIGITS - 1) {
		value = 0;
	} else {
		for (i = 0; i < drop; i++)
			power *= 10;
		value = money_divide(value, power);
	}
	print_wide(&printer, value, kept, kept);
	if (kept == 0 && places > 0)
		print_char(&printer, '.');
	for (i = kept; i < places; i++)
		print_char(&printer, '0');
	return print_end(&printer);
}

int
money_add_product(wide *sum, int64_t rate, int64_t count)
{
	wide total;

	/* A product of two 64-bit numbers always fits 128. */
	if (__builtin_add_overflow(*sum, (wide)rate * count, &total))
		return -1;
	*sum = total;
	return 0;
}

int
money_add(int64_t *sum, int64_t amount)
{
	int64_t total;

	if (__builtin_add_overflow(*sum, amount, &total))
		return -1;
	*sum = total;
	return 0;
}

wide
money_divide(wide value, wide divisor)
{
	wide quotient = value / divisor, rest = value % divisor;
	wide size = rest < 0 ? -rest : rest, other = divisor - size;

	/* size and other are the distances to the two whole numbers around the true quotient. */
	if (size > other || (size == other && quotient % 2 != 0))
		quotient += value < 0 ? -1 : 1;
	return quotient;
}

int
money_nano(wide femto, int64_t *nano)
{
	wide rounded = money_divide(femto, 1000000);

	if (rounded > INT64_MAX || rounded < INT64_MIN)
		return -1;
	*nano = (int64_t)rounded;
	return 0;
}
