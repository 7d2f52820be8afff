/*
 * transformer: the shape of a model, from transformers.csv, which is placed inside the program, from rows that a
 * person adds, or from a config.json (collectors/model_config). What is not known is NAN or 0 as told below.
 * Pure: the bytes are handed in and the texts point into them.
 *
 * Parameters of a layer: attention h*H*d + 2*h*G*d + H*d*h (grouped), or
 * h*q + q*H*(nope+rope) + h*(kv+rope) + kv*H*(nope+v) + H*v*h (latent); a gated MLP 3*h*I; experts E*3*h*I_moe + h*E.
 */
#ifndef SUPPLY_TRANSFORMER_H
#define SUPPLY_TRANSFORMER_H

#include <stdbool.h>
#include <stddef.h>

#include "models/units/calendar.h"
#include "models/units/text.h"

struct err;

#define TRANSFORMERS_MAX 512

enum attention { ATTENTION_GROUPED, ATTENTION_LATENT, ATTENTION_NOVEL };

struct transformer {
	struct text name, hf, also, source, note;
	struct text native; /* the precision it is published in: "bf16", "fp8", "mxfp4", "int4" */
	struct date dated;
	bool checked;
	enum attention attention; /* ATTENTION_NOVEL: parameters and cache cannot be told from the shape */
	bool tied;                /* input and output embeddings are one table */
	/* counts; 0 where the model has none */
	double layers, hidden, heads, kv_heads, head_dim, intermediate, vocabulary, context;
	double experts, experts_used, moe_intermediate, shared_intermediate, moe_layers;
	double q_rank, kv_rank, nope, rope, v_dim; /* of latent attention */
	double window, full_layers, window_layers, linear_layers;
	double state;       /* elements a sequence and linear layer */
	double sparse_top;  /* tokens that sparse attention reads; 0: all */
	double parameters;  /* all */
	double nonexpert;   /* with the table of input embeddings */
	double expert;      /* of one routed expert of one layer */
	double kv_elements; /* cached a token, over all layers */
	double kv_full;     /* of these in layers that see the whole context */
};

/* As accelerator_parse. Parameters and cache that a row leaves out are counted from its shape. */
int transformer_parse(struct text csv, struct transformer *rows, size_t max, size_t *n, struct err *err);

/* Count what is NAN of parameters, nonexpert, expert, kv_elements and kv_full from the shape. -1 names what is missing. */
int transformer_count(struct transformer *model, struct err *err);

/* The model that is meant, by its loose name (see loose.h); NULL: none. Earlier rows win. */
const struct transformer *transformer_find(const struct transformer *rows, size_t n, struct text name);

size_t transformer_near(
	const struct transformer *rows, size_t n, struct text name, const struct transformer **near, size_t max);

/* Parameters that one token passes, without the table of input embeddings. */
double transformer_active(const struct transformer *model);

#endif
