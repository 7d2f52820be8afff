#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "collectors/pull.h"
#include "daemon/base/hash.h"
#include "daemon/base/log.h"
#include "daemon/ingest/grown.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/tree.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define HEAD ((int64_t)1024)      /* first bytes that tell a file */
#define PIECE ((int64_t)16 << 20) /* bytes of a file that are read on */
#define REST_US (5 * SECOND_US)   /* a file that was not changed for so long is written */

struct grown {
	const struct pull *pull;
	struct tree tree;
	size_t at;       /* the file that is looked at */
	int64_t read_on; /* of it: how far it was read by this object; -1: not yet */
	struct source_file *known;
	size_t n;
};

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct source_file *)a)->path, ((const struct source_file *)b)->path);
}

struct grown *
grown_open(const struct source_plan *plan, const struct source_file *known, size_t n, struct err *err)
{
	struct grown *grown = calloc(1, sizeof(*grown));
	const char *endings = plan->pull->endings;
	int status;

	if (grown == NULL || (n > 0 && (grown->known = calloc(n, sizeof(*known))) == NULL)) {
		free(grown);
		err_set(err, ERR_OUTSIDE, "no memory for the names of files");
		return NULL;
	}
	grown->pull = plan->pull;
	grown->read_on = -1;
	for (; grown->n < n; grown->n++) {
		grown->known[grown->n] = known[grown->n];
		grown->known[grown->n].path = strdup(known[grown->n].path);
		if (grown->known[grown->n].path == NULL) {
			err_set(err, ERR_OUTSIDE, "no memory for the names of files");
			grown_close(grown);
			return NULL;
		}
	}
	if (n > 1)
		qsort(grown->known, n, sizeof(*known), by_path);
	status = tree_read(plan->settings.path, endings, &grown->tree, err);
	if (status == 0 && grown->tree.n > 0)
		return grown;
	if (status == 0)
		err_set(err, ERR_INPUT, "%s: there is no file in it%s%s", plan->settings.path,
			endings == NULL ? "" : " that ends in ", endings == NULL ? "" : endings);
	err_in(err, "path");
	grown_close(grown);
	return NULL;
}

void
grown_close(struct grown *grown)
{
	if (grown == NULL)
		return;
	for (size_t i = 0; i < grown->n; i++)
		free((char *)(uintptr_t)grown->known[i].path);
	free(grown->known);
	tree_free(&grown->tree);
	free(grown);
}

bool
grown_more(const struct grown *grown)
{
	return grown->at < grown->tree.n;
}

/* ---- one file */

/* Bytes [from, from + n) of an open file; fewer where it ends before. NULL with *err. */
static char *
read_bytes(int fd, const char *path, int64_t from, int64_t n, size_t *got, struct err *err)
{
	char *bytes = malloc((size_t)n + 1);
	ssize_t one = 1;

	*got = 0;
	if (bytes == NULL) {
		err_set(err, ERR_OUTSIDE, "%s: no memory to read it", path);
		return NULL;
	}
	while (*got < (size_t)n && one > 0) {
		one = pread(fd, bytes + *got, (size_t)n - *got, (off_t)(from + (int64_t)*got));
		if (one > 0)
			*got += (size_t)one;
	}
	if (one < 0) {
		err_set(err, ERR_OUTSIDE, "%s: %s", path, strerror(errno));
		free(bytes);
		return NULL;
	}
	bytes[*got] = '\0';
	return bytes;
}

static int
head_of(int fd, const struct tree_file *file, int64_t read, int64_t *head, struct err *err)
{
	size_t got;
	char *bytes = read_bytes(fd, file->path, 0, read < HEAD ? read : HEAD, &got, err);

	if (bytes == NULL)
		return -1;
	*head = (int64_t)hash_text(17, (struct text){ bytes, got });
	free(bytes);
	return 0;
}

/* ---- one that is read from its begin */

/* Whether nothing writes to it any more, as far as one can see. */
static bool
has_rested(const struct tree_file *file, int64_t now_us)
{
	return file->changed_us > now_us || now_us - file->changed_us >= REST_US;
}

static const struct source_file *
known_of(const struct grown *grown, const struct tree_file *file)
{
	const struct source_file wanted = { .path = file->name };

	return grown->n == 0 ? NULL : bsearch(&wanted, grown->known, grown->n, sizeof(wanted), by_path);
}

static bool
is_known(const struct grown *grown, const struct tree_file *file)
{
	const struct source_file *known = known_of(grown, file);

	return known != NULL && known->inode == file->inode && known->read == file->size &&
		known->changed_us == file->changed_us;
}

static bool
ends_in(const char *path, const char *ending)
{
	size_t n = strlen(path), k = strlen(ending);

	return n > k && strcmp(path + n - k, ending) == 0;
}

static size_t
lines_of(const char *bytes, size_t n)
{
	const char *end = memrchr(bytes, '\n', n);

	return end == NULL ? 0 : (size_t)(end - bytes) + 1;
}

/*
 * All of it, unpacked. A document is whole or none; of rows that are still written the last may be half there, and
 * waits for its end.
 */
static int
look_whole(struct grown *grown, int fd, const struct tree_file *file, int64_t now_us, struct grown_piece *piece,
	struct err *err)
{
	bool packed = ends_in(file->path, ".gz"), rested = has_rested(file, now_us);
	struct ingest_file *opened;
	struct input input;

	if (is_known(grown, file))
		return 0;
	if (!rested && grown->pull->exports) {
		log_info("source: a file is still being written; it is read when it has rested", "file", file->path);
		return 0;
	}
	piece->file = (struct source_file){
		.path = file->name, .inode = file->inode, .read = file->size, .changed_us = file->changed_us
	};
	if ((opened = ingest_file_take(fd, file->path, &input, err)) == NULL)
		return -1;
	piece->bytes = ingest_whole(&input, &piece->n, err);
	ingest_file_close(opened);
	if (piece->bytes == NULL)
		return -1;
	if (!packed && !rested && !ends_in(file->path, ".json")) {
		piece->n = lines_of(piece->bytes, piece->n);
		piece->file.read = (int64_t)piece->n;
	}
	if (piece->n > 0)
		return 1;
	free(piece->bytes);
	piece->bytes = NULL;
	return 0;
}

/* ---- one that is read on */

/* How far the file was read before, 0 where it is another one; -1 with *err. */
static int64_t
read_before(const struct grown *grown, int fd, const struct tree_file *file, struct err *err)
{
	const struct source_file *known = known_of(grown, file);
	int64_t head;

	if (known == NULL || known->inode != file->inode || known->read > file->size)
		return 0;
	if (head_of(fd, file, known->read, &head, err) != 0)
		return -1;
	return head == known->head ? known->read : 0;
}

static int
look_on(struct grown *grown, int fd, const struct tree_file *file, struct grown_piece *piece, struct err *err)
{
	int64_t from = grown->read_on >= 0 ? grown->read_on : read_before(grown, fd, file, err), n;
	size_t got;

	if (from < 0)
		return -1;
	if (from >= file->size)
		return 0;
	n = file->size - from < PIECE ? file->size - from : PIECE;
	if ((piece->bytes = read_bytes(fd, file->path, from, n, &got, err)) == NULL)
		return -1;
	piece->n = lines_of(piece->bytes, got);
	/* A line without an end for so long is none: it is passed over. */
	if (piece->n == 0 && (int64_t)got == PIECE)
		piece->n = got;
	piece->file = (struct source_file){ .path = file->name,
		.inode = file->inode,
		.read = from + (int64_t)piece->n,
		.changed_us = file->changed_us };
	if (piece->n == 0 || head_of(fd, file, piece->file.read, &piece->file.head, err) != 0) {
		free(piece->bytes);
		piece->bytes = NULL;
		return piece->n == 0 ? 0 : -1;
	}
	return 1;
}

/* ---- the next one */

/* 1 with a piece, 0 when there is nothing new in this file, -1. */
static int
look(struct grown *grown, const struct tree_file *file, int64_t now_us, struct grown_piece *piece, struct err *err)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), found;

	if (fd < 0 && errno == ENOENT)
		return 0; /* gone meanwhile */
	if (fd < 0)
		return err_set(err, ERR_OUTSIDE, "%s: %s", file->path, strerror(errno));
	found = grown->pull->whole ? look_whole(grown, fd, file, now_us, piece, err)
				   : look_on(grown, fd, file, piece, err);
	close(fd);
	return found;
}

int
grown_next(struct grown *grown, int64_t now_us, struct grown_piece *piece, struct err *err)
{
	for (; grown_more(grown); grown->at++, grown->read_on = -1) {
		const struct tree_file *file = &grown->tree.files[grown->at];
		int found;

		*piece = (struct grown_piece){ .path = file->path, .why.kind = ERR_NONE };
		found = look(grown, file, now_us, piece, &piece->why);
		if (found < 0 && piece->why.kind != ERR_INPUT)
			return err_set(err, piece->why.kind, "%s", piece->why.text);
		if (found == 0)
			continue;
		grown->read_on = piece->file.read;
		if (grown->pull->whole || grown->read_on >= file->size) {
			grown->at++;
			grown->read_on = -1;
		}
		return 1;
	}
	return 0;
}
