#include "daemon/base/library.h"

#include <dlfcn.h>
#include <string.h>

const char *
library_symbols(void *library, const struct symbol *symbols, size_t n, void *table)
{
	for (size_t i = 0; i < n; i++) {
		void *found = dlsym(library, symbols[i].name);

		if (found == NULL && symbols[i].needed)
			return symbols[i].name;
		memcpy((char *)table + symbols[i].offset, &found, sizeof(found));
	}
	return NULL;
}
