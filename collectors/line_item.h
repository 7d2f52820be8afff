/*
 * line_item: OpenAI's line items as far as their text can be understood; they are free text, never promised.
 *
 *   [ "priority | " ] MODEL [ " audio" | " text" | " image" ] ", " KIND [ ", long context" ]
 *   KIND: "input", "output", "cached input", "cache writes"
 */
#ifndef COLLECTORS_LINE_ITEM_H
#define COLLECTORS_LINE_ITEM_H

#include "models/units/text.h"

struct line_item {
	struct text model; /* the model where it is understood, else the whole text */
	struct text
		kind; /* what stands behind the model: "cached input, long context"; empty where it is not understood */
};

/* Slices of the text. */
struct line_item line_item_of(struct text text);

#endif
