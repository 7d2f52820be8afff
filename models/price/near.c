/*
 * near: the name in a price book that a misspelt one most likely meant.
 */
#include "models/price/provider.h"
#include "models/price/tariff.h"
#include "models/units/nearest.h"

#define NAME_ROOM 64 /* nearest takes longer names as unlike all others */

/* The text as a string, or the empty one where it is too long to be compared. */
static const char *
copied(char *room, struct text text)
{
	size_t n = text.n < NAME_ROOM ? text.n : 0;

	if (n > 0)
		memcpy(room, text.p, n);
	room[n] = '\0';
	return room;
}

static bool
sells(const struct price_row *row, struct text provider)
{
	return provider.n == 0 || row->provider.n == 0 || provider_same(row->provider, provider);
}

struct text
price_nearest(const struct price_book *book, const struct price_question *question)
{
	char word[NAME_ROOM], name[NAME_ROOM];
	struct text best = { NULL, 0 };
	struct nearest nearest;
	bool known = false;

	for (size_t i = 0; i < book->n && !known; i++)
		known = sells(&book->rows[i], question->provider);
	nearest_init(&nearest, copied(word, known ? question->model : question->provider));
	for (size_t i = 0; i < book->n && word[0] != '\0'; i++) {
		const struct price_row *row = &book->rows[i];
		struct text offered = known ? row->model : row->provider;
		size_t before = nearest_found(&nearest) == NULL ? NAME_ROOM : nearest.distance;

		if (known && !sells(row, question->provider))
			continue;
		nearest_offer(&nearest, copied(name, offered));
		if (nearest_found(&nearest) != NULL && nearest.distance < before)
			best = offered;
	}
	/* the very name: it was found, and something else is missing */
	return nearest_found(&nearest) != NULL && nearest.distance > 0 ? best : (struct text){ NULL, 0 };
}
