/*
 * figure: numbers as a person reads them; the same rule in terminal and page.
 *
 * Money: "$12,430" from a thousand up, "$12.43" from a cent up, below a cent two significant digits
 * ("$0.0042"), "-$5.00". Counts: "1.24 bn", "18.3 M", "12.4 k", "842". Shares: "97.2 %". Other numbers:
 * up to six significant digits with thousands separators. Unknown (not finite): "–".
 * All return the length written, and cut at size.
 */
#ifndef UNITS_FIGURE_H
#define UNITS_FIGURE_H

#include <stddef.h>

#define FIGURE_MAX 48

size_t figure_money(char *buffer, size_t size, double amount, const char *currency);
size_t figure_count(char *buffer, size_t size, double count);
/* "97.2 %"; a little is "< 0.1 %", nearly all "> 99.9 %". */
size_t figure_share(char *buffer, size_t size, double share);
size_t figure_number(char *buffer, size_t size, double number);

/* Three significant digits, for a sentence: "2,430", "174", "0.0126". Returns buffer. */
char *figure_rough(char buffer[FIGURE_MAX], double number);

/*
 * By unit: "USD..." is money, "share" a percentage, "tokens" and "requests" counts; what follows the first
 * word of the unit ("USD/month": "/month") and any other unit are set behind the number.
 */
size_t figure_unit(char *buffer, size_t size, double number, const char *unit);

/* 1,234.56 or 1.234,56 or 1 234,56 */
enum figure_style { FIGURE_POINT, FIGURE_COMMA, FIGURE_SPACE };

/*
 * Rewrite the figures of a text in place, as long as it was. A figure is digits, in groups of three or not, with at
 * most one point, that no letter, digit, point, underscore or slash touches: names ("gpt-4.1", "v2.0"), versions
 * ("1.2.3"), addresses and dates stay.
 */
void figure_restyle(char *text, enum figure_style style);

#endif
