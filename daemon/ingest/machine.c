#include "daemon/ingest/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ingest/nvml.h"
#include "models/units/err.h"

static const struct {
	const char *collector;
	void (*print)(FILE *out);
} readers[] = {
	{ "nvml", nvml_print },
};

#define READERS (sizeof(readers) / sizeof(readers[0]))

char *
machine_page(const char *collector, size_t *n, struct err *err)
{
	char *bytes = NULL;
	size_t i = 0;
	FILE *out;

	while (i < READERS && strcmp(readers[i].collector, collector) != 0)
		i++;
	if (i == READERS) {
		err_set(err, ERR_OUTSIDE, "nothing on this machine is read for '%s'", collector);
		return NULL;
	}
	if ((out = open_memstream(&bytes, n)) == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory to read this machine");
		return NULL;
	}
	readers[i].print(out);
	if (fclose(out) == 0)
		return bytes;
	free(bytes);
	err_set(err, ERR_OUTSIDE, "no memory to read this machine");
	return NULL;
}
