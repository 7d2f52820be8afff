/*
 * saved: what-ifs that are kept under a name, to be seen again and set side by side.
 */
#ifndef REPORT_SAVED_H
#define REPORT_SAVED_H

#include <stddef.h>
#include <stdint.h>

#include "models/units/text.h"

struct answer;
struct arena;
struct err;
struct store;

#define SAVED_BYTES_MAX (64u << 10) /* of one scenario */
#define SAVED_MAX 500               /* scenarios */

struct saved_request {
	struct store *store; /* for put and remove: a writing handle, outside a transaction */
	struct arena *arena;
	int64_t now_us;
	const char *name;
	struct text body; /* put */
};

/*
 * Keep the scenario under the name, in place of the one that has it. Fills name, changed and made (false: replaced).
 * ERR_INPUT where the name or the scenario is none, is too large, or there are SAVED_MAX already.
 */
int saved_put(const struct saved_request *request, struct answer *answer, struct err *err);

/* ERR_MISSING with the nearest name. Fills name and removed. */
int saved_remove(const struct saved_request *request, struct answer *answer, struct err *err);

/* The text of a saved scenario, NUL behind it, in the arena. ERR_MISSING with the nearest name. */
int saved_text(const struct saved_request *request, struct text *body, int64_t *changed_us, struct err *err);

#endif
