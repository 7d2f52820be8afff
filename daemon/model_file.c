#include "daemon/model_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collectors/model_config.h"
#include "daemon/base/arena.h"
#include "models/supply/transformer.h"
#include "models/units/err.h"

#define BYTES_MAX (1u << 20)

bool
model_file_is(const char *model)
{
	size_t n = strlen(model);

	return n > 5 && strcmp(model + n - 5, ".json") == 0;
}

static struct text
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *begin = slash;

	while (begin != NULL && begin > path && begin[-1] != '/')
		begin--;
	return slash == NULL || begin == slash ? text_of(path) : (struct text){ begin, (size_t)(slash - begin) };
}

int
model_file_read(struct arena *arena, const char *path, struct transformer *model, struct err *err)
{
	FILE *file = fopen(path, "rb");
	char *bytes;
	size_t n;

	if (file == NULL)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_INPUT, "%s: cannot be opened: %s", path,
			strerror(errno));
	bytes = arena_take(arena, BYTES_MAX + 2);
	n = fread(bytes, 1, BYTES_MAX + 1, file);
	if (ferror(file)) {
		fclose(file);
		return err_set(err, ERR_INPUT, "%s: cannot be read", path);
	}
	fclose(file);
	if (n > BYTES_MAX)
		return err_set(err, ERR_INPUT, "%s: is larger than %u bytes", path, BYTES_MAX);
	return model_config_read(bytes, n, folder_of(path), model, err) == 0 ? 0 : err_in(err, "%s", path);
}
