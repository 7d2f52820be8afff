#include <stdlib.h>

#include "daemon/base/hash.h"
#include "daemon/store/handle.h"
#include "daemon/store/occurrence.h"

#define PLACES (1u << 14)

struct occurrences {
	struct occurrence place[PLACES];
};

struct occurrence *
occurrence_hint(struct store *store, int64_t at_us, int64_t hash, int64_t run)
{
	struct occurrence *hint;

	if (store->occurrences == NULL && (store->occurrences = calloc(1, sizeof(*store->occurrences))) == NULL)
		return NULL;
	hint = &store->occurrences->place[hash_word((uint64_t)hash, (uint64_t)at_us) & (PLACES - 1)];
	if (hint->at_us != at_us || hint->hash != hash || hint->run != run)
		*hint = (struct occurrence){ .at_us = at_us, .hash = hash, .run = run };
	return hint;
}

void
occurrences_forget(struct store *store)
{
	free(store->occurrences);
	store->occurrences = NULL;
}
