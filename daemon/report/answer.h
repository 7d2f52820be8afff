/*
 * answer: the one shape of every answer: facts with units, and columns with units.
 *
 * A report fills an answer; the API prints it as JSON, the command line as text, CSV or JSON, the page
 * draws it. JSON: {"facts": {name: value, ...}, "columns": [{"name","unit","values":[...]}, ...]}.
 * A value is unknown (null), a number, a whole number, an exact amount, a text, a truth, a list or an object.
 * Amounts and whole numbers over 2^53 are printed as decimal strings, so that nobody's parser rounds them.
 * Everything lives in the arena it was made with.
 */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "models/units/money.h"

#include "models/units/figure.h"

struct arena;
struct answer;
struct column;
struct value;

struct answer *answer_new(struct arena *arena);

/* How figures are written in its sentences, as text and as CSV. */
void answer_numbers(struct answer *answer, enum figure_style style);

/* ---- values; all copied into the arena */
struct value *value_unknown(struct answer *answer);
struct value *value_number(struct answer *answer, double number); /* not finite: unknown */
struct value *value_whole(struct answer *answer, int64_t number);
struct value *value_amount(struct answer *answer, wide amount, int digits); /* amount * 10^-digits, exact */
struct value *value_text(struct answer *answer, const char *text);          /* NULL: unknown */
struct value *value_truth(struct answer *answer, bool truth);
struct value *value_list(struct answer *answer);
struct value *value_object(struct answer *answer);
void list_add(struct answer *answer, struct value *list, struct value *item);
void object_set(struct answer *answer, struct value *object, const char *name, struct value *item);

/*
 * Set a fact. unit is for people and CSV ("USD/month", "Mtok/month", "share", "" for none) and must
 * outlive the answer (a string literal). A name that is set twice keeps its place and takes the new value.
 */
void answer_fact(struct answer *answer, const char *name, const char *unit, struct value *value);

/*
 * ---- columns. answer_table begins a table: the columns after it belong to it and have one length; in
 * JSON they carry "table": its name. Without it all columns are one table. title is a line for people.
 */
void answer_table(struct answer *answer, const char *name, const char *title);
struct column *answer_column(struct answer *answer, const char *name, const char *unit);
void column_add(struct answer *answer, struct column *column, struct value *value);

/*
 * The sentence that a person reads first, shown above everything in text and as "headline" in JSON; a
 * note is a caveat that goes with the numbers ("prices are 93 days old") and shown as "notes": [...].
 */
void answer_headline(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void answer_note(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Read back, for tests and for answers built on answers; NULL or NAN where there is none. */
const struct value *answer_get(const struct answer *answer, const char *name);
double value_as_number(const struct value *value); /* amount and whole too; NAN otherwise */
const char *value_as_text(const struct value *value);

/* ---- printing */
enum answer_format { ANSWER_TEXT, ANSWER_JSON, ANSWER_CSV };

/* ERR-free: returns -1 when the name is none of text, json, csv. */
int answer_format_parse(const char *name, enum answer_format *format);

/* The printed answer, in the arena; *n (may be NULL) is its length without the NUL. JSON is one line and a line end. */
char *answer_print(const struct answer *answer, enum answer_format format, size_t *n);

#endif
