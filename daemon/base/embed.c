#include <string.h>

#include "daemon/base/embed.h"

const struct embedded *
embed_find(const char *name)
{
	for (const struct embedded *file = embedded_files; file->name != NULL; file++)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}
