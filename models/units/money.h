/*
 * money: exact amounts. Never binary floating point for a price or an amount.
 *
 * A rate is a whole number of femto-dollars (1e-15) per unit in 64 bits: 3 USD per million tokens is
 * 3,000,000,000. An amount in the ledger is a whole number of nano-units (1e-9) of its currency in 64
 * bits (up to about 9.2e9). A product of the two is a whole number of femto-units in 128 bits and is
 * rounded once per ledger line, half to even.
 */
#ifndef UNITS_MONEY_H
#define UNITS_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

__extension__ typedef __int128 wide;

#define FEMTO_DIGITS 15 /* digits after the point of a rate or an exact product */
#define NANO_DIGITS 9   /* digits after the point of a ledger amount */
#define MTOK 1000000    /* tokens in the unit that prices are quoted in */

/* Room for any wide printed by decimal_print, its sign, point and NUL. */
#define DECIMAL_MAX 64

/*
 * Parse `[+-]digits[.digits][e[+-]dd]`, the whole of text[0..n), into *value = number * 10^digits, rounded
 * half to even at the last kept digit. *rounded (may be NULL) tells whether a non-zero digit was
 * lost. Nothing else is accepted: no blanks, no thousands separators, no currency sign, no "nan".
 * Returns -1 with ERR_INPUT when the text is no such number or does not fit 64 bits.
 */
int decimal_parse(const char *text, size_t n, int digits, int64_t *value, bool *rounded, struct err *err);

/*
 * Print value * 10^-digits exactly, without trailing zeros after the point ("0.008229", "12", "-0.5",
 * "0"). Writes at most size bytes with the NUL; returns the length. size >= DECIMAL_MAX always fits.
 */
size_t decimal_print(char *buffer, size_t size, wide value, int digits);

/* The same, with exactly `places` digits after the point, half to even: for cents in a table. */
size_t decimal_print_places(char *buffer, size_t size, wide value, int digits, int places);

/* *sum += rate * count. Returns -1 and leaves *sum when the result does not fit 128 bits. */
int money_add_product(wide *sum, int64_t rate, int64_t count);

/* *sum += amount. Returns -1 and leaves *sum when the result does not fit. */
int money_add(int64_t *sum, int64_t amount);

/* divisor > 0: value / divisor rounded half to even. */
wide money_divide(wide value, wide divisor);

/* Exact femto-units to nano-units, half to even. Returns -1 when the result does not fit 64 bits. */
int money_nano(wide femto, int64_t *nano);

#endif
