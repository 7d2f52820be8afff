/*
 * mkembed: runs at build time only; writes the C source of the table in embed.h from the files it is given. The
 * page's own scripts and style sheets lose what only their readers need; `serve --web web` serves them whole.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/strip.h"

struct file {
	const char *name;
	size_t size;
	uint64_t hash;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

/* All bytes of a file, or NULL; the caller frees them. */
static char *
read_all(FILE *stream, size_t *n)
{
	size_t room = 1 << 16;
	char *bytes = malloc(room), *more;

	for (*n = 0; bytes != NULL; room *= 2) {
		*n += fread(bytes + *n, 1, room - *n, stream);
		if (*n < room)
			break;
		more = realloc(bytes, room * 2);
		if (more == NULL)
			free(bytes);
		bytes = more;
	}
	return bytes;
}

static int
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

/* What came from others is served as they wrote it. */
static size_t
stripped(const char *name, char *bytes, size_t n)
{
	if (strncmp(name, "web/", 4) != 0 || strncmp(name, "web/vendor/", 11) == 0)
		return n;
	if (ends_with(name, ".js"))
		return strip_script(bytes, n);
	return ends_with(name, ".css") ? strip_style(bytes, n) : n;
}

/* FNV-1a, 64 bits: tells versions of a file apart, nothing more. */
static uint64_t
print_bytes(const char *bytes, size_t n)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++) {
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
		printf("%d,%s", (unsigned char)bytes[i], i % 32 == 31 ? "\n" : "");
	}
	return hash;
}

int
main(int argc, char **argv)
{
	struct file *files = calloc((size_t)argc, sizeof(*files));

	if (files == NULL)
		return 1;
	printf("#include \"daemon/base/embed.h\"\n");
	for (int i = 1; i < argc; i++)
		files[i - 1].name = argv[i];
	qsort(files, (size_t)argc - 1, sizeof(*files), by_name);
	for (int i = 0; i < argc - 1; i++) {
		FILE *stream = fopen(files[i].name, "rb");

		char *bytes = stream == NULL ? NULL : read_all(stream, &files[i].size);

		if (bytes == NULL || ferror(stream)) {
			perror(files[i].name);
			return 1;
		}
		files[i].size = stripped(files[i].name, bytes, files[i].size);
		printf("static const unsigned char file_%d[] = {\n", i);
		files[i].hash = print_bytes(bytes, files[i].size);
		printf("0};\n");
		free(bytes);
		fclose(stream);
	}
	printf("const struct embedded embedded_files[] = {\n");
	for (int i = 0; i < argc - 1; i++)
		printf("\t{ \"%s\", file_%d, %zu, \"%016llx\" },\n", files[i].name, i, files[i].size,
			(unsigned long long)files[i].hash);
	printf("\t{ 0, 0, 0, 0 },\n};\n");
	free(files);
	return 0;
}
