/*
 * replay: call a harness with every file of the folders and with the files that are named, without libFuzzer.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	long size = -1;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0)
		bytes = malloc((size_t)size + (size == 0)); /* to the byte, so that a sanitizer sees one too many */
	if (bytes == NULL || fseek(file, 0, SEEK_SET) != 0 || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
	return 1;
}

static int
replay(const char *path)
{
	struct dirent *entry;
	struct stat status;
	DIR *folder;
	int count = 0;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return replay_file(path);
	folder = opendir(path);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		char inside[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
		count += replay(inside);
	}
	if (folder != NULL)
		closedir(folder);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("%d inputs replayed\n", count);
	return count == 0;
}
