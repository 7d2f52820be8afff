/*
 * ingest: files and memory as inputs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "collectors/input.h"
#include "daemon/ingest/ingest.h"
#include "models/units/err.h"

#define HEAD (64u << 10)

struct ingest_file {
	gzFile stream; /* reads what is not in gzip form as it is */
	const char *path;
	size_t n, at; /* of the head: read, and handed out */
	bool looked;
	char head[HEAD];
};

static int
read_failed(struct ingest_file *file, struct err *err)
{
	int code = Z_OK;
	const char *text = gzerror(file->stream, &code);

	if (code == Z_ERRNO)
		return err_set(err, ERR_OUTSIDE, "%s: %s", file->path, strerror(errno));
	return err_set(err, ERR_INPUT, "%s: the packed file is broken: %s", file->path, text);
}

static long
read_stream(struct ingest_file *file, char *buffer, size_t size, struct err *err)
{
	int code = Z_OK;
	int got = gzread(file->stream, buffer, size > 1u << 30 ? 1u << 30 : (unsigned)size);

	if (got == 0)
		gzerror(file->stream, &code); /* a packed file that was cut off reads as ended */
	return got < 0 || code != Z_OK ? read_failed(file, err) : got;
}

static long
read_file(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct ingest_file *file = ctx;
	size_t n = file->n - file->at;

	if (n == 0)
		return read_stream(file, buffer, size, err);
	n = n < size ? n : size;
	memcpy(buffer, file->head + file->at, n);
	file->at += n;
	return (long)n;
}

int
ingest_file_head(struct ingest_file *file, const char **head, size_t *n, struct err *err)
{
	long got = 1;

	while (!file->looked && file->n < HEAD &&
		(got = read_stream(file, file->head + file->n, HEAD - file->n, err)) > 0)
		file->n += (size_t)got;
	if (got < 0)
		return -1;
	file->looked = true;
	*head = file->head;
	*n = file->n;
	return 0;
}

static struct ingest_file *
make_file(const char *path, struct err *err)
{
	struct ingest_file *file = malloc(sizeof(*file));

	if (file == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: no memory to read it", path);
		return NULL;
	}
	file->path = path;
	file->n = file->at = 0;
	file->looked = false;
	return file;
}

struct ingest_file *
ingest_file_take(int fd, const char *name, struct input *input, struct err *err)
{
	struct ingest_file *file = make_file(name, err);
	int own = -1;

	if (file == NULL)
		return NULL;
	if (lseek(fd, 0, SEEK_SET) != 0 || (own = dup(fd)) < 0 || (file->stream = gzdopen(own, "rb")) == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: %s", name, own < 0 ? strerror(errno) : "no memory");
		if (own >= 0)
			close(own);
		free(file);
		return NULL;
	}
	gzbuffer(file->stream, 256u << 10);
	*input = (struct input){ .name = name, .read = read_file, .ctx = file };
	return file;
}

struct ingest_file *
ingest_file_open(const char *path, struct input *input, struct err *err)
{
	struct ingest_file *file = make_file(path, err);
	bool standard = strcmp(path, "-") == 0;
	struct stat status;

	if (file == NULL)
		return NULL;
	if (!standard && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		err_set(err, ERR_INPUT, "%s: this is a folder, not a file", path);
		goto failed;
	}
	errno = 0;
	file->stream = standard ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
	if (file->stream == NULL) {
		err_set(err, errno == ENOENT ? ERR_MISSING : ERR_OUTSIDE, "%s: %s", path,
			errno == 0 ? "no memory" : strerror(errno));
		goto failed;
	}
	gzbuffer(file->stream, 256u << 10);
	*input = (struct input){ .name = path, .read = read_file, .ctx = file };
	return file;
failed:
	free(file);
	return NULL;
}

void
ingest_file_close(struct ingest_file *file)
{
	if (file == NULL)
		return;
	gzclose(file->stream);
	free(file);
}

static long
read_memory(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct ingest_memory *memory = ctx;
	size_t n = memory->n - memory->at;

	(void)err;
	n = n < size ? n : size;
	memcpy(buffer, memory->bytes + memory->at, n);
	memory->at += n;
	return (long)n;
}

void
ingest_memory_input(struct ingest_memory *memory, const char *name, struct input *input)
{
	memory->at = 0;
	*input = (struct input){ .name = name, .read = read_memory, .ctx = memory };
}

char *
ingest_whole(struct input *input, size_t *n, struct err *err)
{
	return input_whole(input, n, err);
}
