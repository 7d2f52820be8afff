/*
 * tree: the files of a folder and the folders below it, or one file, in the order of their names.
 */
#ifndef INGEST_TREE_H
#define INGEST_TREE_H

#include <stddef.h>
#include <stdint.h>

struct err;

#define TREE_FILES_MAX 1000000
#define TREE_DEPTH_MAX 32

struct tree_file {
	const char *path; /* as it can be opened */
	const char *name; /* of path, what is below the root; "" where the root is the file */
	int64_t size, inode;
	int64_t changed_us; /* when its bytes were */
};

struct tree {
	struct tree_file *files;
	size_t n, room;
};

/*
 * endings: what names must end in, parted by blanks (".jsonl .json"); NULL or "": any. Links are followed to
 * files and not to folders; empty files are left out. ERR_MISSING when there is nothing at root, ERR_OUTSIDE when it cannot
 * be read; a folder below that cannot be read is left out.
 */
int tree_read(const char *root, const char *endings, struct tree *tree, struct err *err);
void tree_free(struct tree *tree);

#endif
