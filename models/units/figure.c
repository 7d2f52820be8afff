#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "models/units/figure.h"

/* Put separators into the whole part of printed digits. */
static size_t
group_thousands(char *buffer, size_t size, const char *digits)
{
	size_t whole = strcspn(digits, ".");
	size_t n = 0;

	for (size_t i = 0; digits[i] != '\0' && n + 2 < size; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			buffer[n++] = ',';
		buffer[n++] = digits[i];
	}
	buffer[n] = '\0';
	return n;
}

static size_t
unknown(char *buffer, size_t size)
{
	return (size_t)snprintf(buffer, size, "–");
}

/* Digits after the point that leave `digits` significant ones, at most `most`. */
static int
places_for(double size, int digits, int most)
{
	int places = digits - 1 - (int)floor(log10(size));

	return places < 0 ? 0 : places > most ? most : places;
}

size_t
figure_money(char *buffer, size_t size, double amount, const char *currency)
{
	char digits[FIGURE_MAX * 8], grouped[FIGURE_MAX * 8];
	double positive = fabs(amount);
	int dollars = strcmp(currency, "USD") == 0;
	const char *minus;

	if (!isfinite(amount) || positive > 1e100)
		return unknown(buffer, size);
	if (positive >= 999.995)
		snprintf(digits, sizeof(digits), "%.0f", positive);
	else if (positive >= 0.00995 || positive == 0)
		snprintf(digits, sizeof(digits), positive == 0 ? "%.0f" : "%.2f", positive);
	else
		snprintf(digits, sizeof(digits), "%.*f", places_for(positive, 2, 18), positive);
	group_thousands(grouped, sizeof(grouped), digits);
	minus = amount < 0 && strspn(digits, "0.") != strlen(digits) ? "-" : "";
	return (size_t)snprintf(buffer, size, "%s%s%s%s%s", minus, dollars ? "$" : "", grouped, dollars ? "" : " ",
		dollars ? "" : currency);
}

size_t
figure_count(char *buffer, size_t size, double count)
{
	static const struct {
		double from;
		const char *name;
	} steps[] = { { 1e12, " tn" }, { 1e9, " bn" }, { 1e6, " M" }, { 1e3, " k" } };
	double positive = fabs(count);

	if (!isfinite(count))
		return unknown(buffer, size);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		double scaled = positive / steps[i].from;

		/* 999.95 k is 1 M, not 1000 k. */
		if (scaled >= 0.99995)
			return (size_t)snprintf(buffer, size, "%s%.*f%s", count < 0 ? "-" : "",
				scaled < 1 ? 2 : places_for(scaled, 3, 2), scaled, steps[i].name);
	}
	return (size_t)snprintf(buffer, size, "%.*f", count == floor(count) ? 0 : 2, count);
}

#define SHARE_NOISE 1e-12 /* what sums of doubles may be off */

size_t
figure_share(char *buffer, size_t size, double share)
{
	if (!isfinite(share))
		return unknown(buffer, size);
	if (share > SHARE_NOISE && share < 0.0005)
		return (size_t)snprintf(buffer, size, "< 0.1 %%");
	if (share >= 0.9995 && share < 1 - SHARE_NOISE)
		return (size_t)snprintf(buffer, size, "> 99.9 %%");
	return (size_t)snprintf(buffer, size, "%.1f %%", 100 * share);
}

size_t
figure_number(char *buffer, size_t size, double number)
{
	char digits[FIGURE_MAX * 8], grouped[FIGURE_MAX * 8];
	double positive = fabs(number);

	if (!isfinite(number) || positive > 1e100)
		return unknown(buffer, size);
	if (positive == 0)
		return (size_t)snprintf(buffer, size, "0");
	snprintf(digits, sizeof(digits), "%.*f", places_for(positive, 6, 12), positive);
	if (strchr(digits, '.') != NULL) {
		size_t n = strlen(digits);

		while (digits[n - 1] == '0')
			digits[--n] = '\0';
		if (digits[n - 1] == '.')
			digits[n - 1] = '\0';
	}
	group_thousands(grouped, sizeof(grouped), digits);
	return (size_t)snprintf(buffer, size, "%s%s", number < 0 ? "-" : "", grouped);
}

char *
figure_rough(char buffer[FIGURE_MAX], double number)
{
	double unit = number == 0 || !isfinite(number) ? 1 : pow(10, floor(log10(fabs(number))) - 2);

	/* Divided where the unit is below one: the inverse is whole, and the quotient the nearest double. */
	figure_number(buffer, FIGURE_MAX, unit < 1 ? round(number / unit) / (1 / unit) : round(number / unit) * unit);
	return buffer;
}

size_t
figure_unit(char *buffer, size_t size, double number, const char *unit)
{
	char figure[FIGURE_MAX * 10];
	const char *rest = unit;

	if (!isfinite(number))
		return unknown(buffer, size);
	if (strncmp(unit, "USD", 3) == 0 || strncmp(unit, "EUR", 3) == 0) {
		char currency[4] = { unit[0], unit[1], unit[2], '\0' };

		figure_money(figure, sizeof(figure), number, currency);
		rest = unit + 3;
	} else if (strcmp(unit, "share") == 0) {
		return figure_share(buffer, size, number);
	} else if (strncmp(unit, "tokens", 6) == 0 || strncmp(unit, "requests", 8) == 0) {
		figure_count(figure, sizeof(figure), number);
		rest += strcspn(unit, "/ ");
	} else {
		figure_number(figure, sizeof(figure), number);
	}
	return (size_t)snprintf(buffer, size, "%s%s%s", figure, rest[0] == '\0' ? "" : " ", rest);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether c beside a run of digits makes it part of a name. */
static bool
makes_a_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
		(c != '\0' && strchr("._/:@", c) != NULL);
}

/* How long the figure is that begins here; 0: none. Groups and the point are inside, what follows is not. */
static size_t
figure_length(const char *p)
{
	size_t n = strspn(p, "0123456789");

	if (n <= 3)
		while (p[n] == ',' && strspn(p + n + 1, "0123456789") == 3)
			n += 4;
	if (p[n] == '.' && is_digit(p[n + 1]))
		n += 1 + strspn(p + n + 1, "0123456789");
	return n;
}

void
figure_restyle(char *text, enum figure_style style)
{
	const char *before = text; /* where the text began */

	if (style == FIGURE_POINT)
		return;
	for (char *p = text; *p != '\0';) {
		size_t n = is_digit(*p) ? figure_length(p) : 0;
		char left = p == before ? '\0' : p[-1], right = p[n];
		bool named = makes_a_name(left) || (left == '-' && p - 1 > before && makes_a_name(p[-2]));

		if (n == 0) {
			p++;
			continue;
		}
		if (right == '.' || right == ':')
			named = named || is_digit(p[n + 1]) || (p[n + 1] >= 'a' && p[n + 1] <= 'z');
		else if (right == '-')
			named = named || is_digit(p[n + 1]);
		else
			named = named || makes_a_name(right);
		for (size_t i = 0; i < n && !named; i++)
			p[i] = p[i] == '.' ? ',' : p[i] != ',' ? p[i] : style == FIGURE_COMMA ? '.' : ' ';
		p += n;
	}
}
