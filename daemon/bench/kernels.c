/*
 * kernels: the choice, and the memory for activations.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/bench/kernels.h"

extern const struct kernels kernels_portable;
#if defined(__x86_64__)
extern const struct kernels kernels_avx2, kernels_avx512, kernels_avx512bf16;
#elif defined(__aarch64__)
extern const struct kernels kernels_neon, kernels_neondot, kernels_neonmatrix;
#endif

const struct kernels *const kernel_sets[] = {
#if defined(__x86_64__)
	&kernels_avx512bf16,
	&kernels_avx512,
	&kernels_avx2,
#elif defined(__aarch64__)
	&kernels_neonmatrix,
	&kernels_neondot,
	&kernels_neon,
#endif
	&kernels_portable,
	NULL,
};

const struct kernels *
kernels_best(void)
{
	size_t i = 0;

	while (!kernel_sets[i]->runs())
		i++;
	return kernel_sets[i];
}

const struct kernels *
kernels_find(const char *name)
{
	for (size_t i = 0; kernel_sets[i] != NULL; i++)
		if (strcmp(kernel_sets[i]->name, name) == 0)
			return kernel_sets[i]->runs() ? kernel_sets[i] : NULL;
	return NULL;
}

static size_t
line_up(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

static size_t
pad(size_t columns)
{
	return (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS * PANEL_COLUMNS;
}

size_t
activation_bytes(size_t columns)
{
	return pad(columns) * (sizeof(float) + sizeof(uint16_t) + 1) + pad(columns) / BLOCK_COLUMNS * 2 * sizeof(float);
}

int
activation_init(struct activation *activation, size_t n, size_t columns)
{
	size_t values = n * pad(columns), blocks = values / BLOCK_COLUMNS;
	size_t full = line_up(values * sizeof(float)), half = line_up(values * sizeof(uint16_t)), q = line_up(values);
	size_t part = line_up(blocks * sizeof(float));
	unsigned char *memory = aligned_alloc(64, full + half + q + 2 * part);

	if (memory == NULL)
		return -1;
	memset(memory, 0, full + half + q + 2 * part);
	activation->full = (void *)memory;
	activation->bf16 = (uint16_t *)(memory + full);
	activation->q = (int8_t *)(memory + full + half);
	activation->scale = (void *)(memory + full + half + q);
	activation->sum = (int32_t *)(memory + full + half + q + part);
	return 0;
}

void
activation_free(struct activation *activation)
{
	free(activation->full);
	memset(activation, 0, sizeof(*activation));
}

struct activation
activation_at(const struct activation *activation, size_t i, size_t columns)
{
	size_t padded = pad(columns);

	return (struct activation){
		.full = activation->full + i * padded,
		.bf16 = activation->bf16 + i * padded,
		.q = activation->q + i * padded,
		.scale = activation->scale + i * (padded / BLOCK_COLUMNS),
		.sum = activation->sum + i * (padded / BLOCK_COLUMNS),
	};
}
