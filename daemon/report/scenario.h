/*
 * scenario: read a what-if from JSON text. `name` is what the sentence begins with ("scenario.json", "body").
 *
 * Every key is known or refused with the nearest right one; every value is checked; errors name the path
 * ("scenario.json: self_hosted.gpu_hour: must be a number, is \"2.5\""). null means not given.
 */
#ifndef REPORT_SCENARIO_H
#define REPORT_SCENARIO_H

#include <stddef.h>

struct err;
struct scenario;

int scenario_parse(struct scenario *scenario, const char *name, const char *text, size_t n, struct err *err);

/* "saving=14000" or "unit_cost=0.25", one or both parted by a comma, into scenario->goal. */
int scenario_parse_goal(struct scenario *scenario, const char *text, struct err *err);

#endif
