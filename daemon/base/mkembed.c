/*
 * mkembed: runs at build time only; writes the C source of the table in embed.h from the files it is given.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* FNV-1a, 64 bits: tells versions of a file apart, nothing more. */
static uint64_t
print_bytes(FILE *stream, size_t *size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	int c;

	for (*size = 0; (c = getc(stream)) != EOF; (*size)++) {
		hash = (hash ^ (unsigned)c) * UINT64_C(0x100000001b3);
		printf("%d,%s", c, *size % 32 == 31 ? "\n" : "");
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

		if (stream == NULL) {
			perror(files[i].name);
			return 1;
		}
		printf("static const unsigned char file_%d[] = {\n", i);
		files[i].hash = print_bytes(stream, &files[i].size);
		printf("0};\n");
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
