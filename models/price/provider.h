/*
 * provider: the different names of one provider, and who a model's name points to.
 */
#ifndef PRICE_PROVIDER_H
#define PRICE_PROVIDER_H

#include <stdbool.h>

#include "models/units/text.h"

/* Do the two names mean the same provider ("x-ai" and "xai", "vertex_ai" and "google")? Case does not count. */
bool provider_same(struct text a, struct text b);

/* The i-th provider whose models this one resells under their own names ("azure": openai, anthropic), or empty. */
struct text provider_fallback(struct text provider, int i);

/* The maker a model's name points to ("claude-..." to anthropic), or empty. */
struct text provider_of_model(struct text model);

#endif
