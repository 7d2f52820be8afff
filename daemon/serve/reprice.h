/*
 * reprice: what a repricing would change or has changed, as an answer; the same for the command and over HTTP.
 */
#ifndef SERVE_REPRICE_H
#define SERVE_REPRICE_H

#include "daemon/ingest/reprice.h"
#include "daemon/report/edit.h"

struct answer;

/* The fields of a wish: "from", "to", "provider", "model"; and "confirm" (a digest), "resume" (yes). */
extern const char *const reprice_fields[];
extern const size_t reprice_fields_n;

/*
 * Look (edit->store may be for reading), or with the field confirm or resume do it. stop as in reprice_order.
 * Fills headline, facts (lines, newly_priced_lines, no_longer_priced_lines, before, after, difference, closed_lines,
 * closed_difference, digest; when done: id, done) and a row for each month and model.
 */
int reprice_answer(const struct edit *edit, const atomic_bool *stop, struct answer *answer, struct err *err);

#endif
