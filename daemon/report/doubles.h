/*
 * doubles: sources that tell the same calls, by what they tell: of the same models nearly the same tokens on several days.
 * A gateway and the provider behind it do, and telemetry beside a provider's report.
 */
#ifndef REPORT_DOUBLES_H
#define REPORT_DOUBLES_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/report/report.h"

#define DOUBLES_DAYS 7       /* of UTC that are looked at, up to the last line of the ledger */
#define DOUBLES_DAYS_LEAST 3 /* on which the two agree; and on two of three on which both tell something */
#define DOUBLES_OFF 50       /* they agree when they differ by a fiftieth of the larger at most */

struct doubled {
	const char *name[2], *collector[2]; /* the two sources */
	const char *models;                 /* of which they agree: "gpt-4o, o3" */
	int64_t days;                       /* on which they agree of one of these, at most */
	int64_t tokens[2];                  /* of these models on these days */
	int64_t counted[2];                 /* of which rules do not leave out */
	const char *account;                /* that one of them has and the other has not; NULL: none */
};

/*
 * All pairs of the last days, in the request's arena. Reads the lines of these days; where they are many, first those of
 * an hour of each day, and no more when one collector alone brought them.
 */
int doubles_find(const struct request *request, struct doubled **rows, size_t *n, struct err *err);

/*
 * The name of a model without who offers it and the date of its snapshot, in small letters: "openai/GPT-4o-2024-08-06" is
 * "gpt-4o".
 */
void doubles_model(char *stem, size_t size, const char *model);

#endif
