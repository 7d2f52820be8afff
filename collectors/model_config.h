/*
 * model_config: the shape of a transformer from the config.json that stands beside its weights on Hugging Face.
 *
 *     { "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "num_hidden_layers": 32,
 *       "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256 }
 *
 * Understood are gated MLPs, those of two matrices by their model_type, grouped and latent attention, experts with shared ones, sliding windows and linear
 * attention by layer_types, and configurations whose text model is nested in text_config.
 */
#ifndef COLLECTORS_MODEL_CONFIG_H
#define COLLECTORS_MODEL_CONFIG_H

#include <stddef.h>

#include "models/supply/transformer.h"

struct err;

/*
 * bytes[0..n) are changed and must outlive *model, whose name is `name`. ERR_INPUT names the line or the field that is
 * missing or no number.
 */
int model_config_read(char *bytes, size_t n, struct text name, struct transformer *model, struct err *err);

#endif
