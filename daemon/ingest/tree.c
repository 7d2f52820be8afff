#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/ingest/tree.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

struct walk {
	struct tree *tree;
	const char *endings;
	size_t root; /* bytes of a path that are the root's, with the slash */
	struct err *err;
};

static bool
ends_well(const char *name, const char *endings)
{
	size_t n = strlen(name);

	if (endings == NULL || endings[0] == '\0')
		return true;
	for (const char *word = endings; *word != '\0';) {
		size_t k = strcspn(word, " ");

		if (k > 0 && n > k && memcmp(name + n - k, word, k) == 0)
			return true;
		word += k + (word[k] == ' ');
	}
	return false;
}

static int
add(struct walk *walk, const char *path, const struct stat *status)
{
	struct tree *tree = walk->tree;
	char *copy;

	if (tree->n == TREE_FILES_MAX)
		return err_set(walk->err, ERR_INPUT, "there are more than %d files", TREE_FILES_MAX);
	if (tree->n == tree->room) {
		size_t room = tree->room == 0 ? 64 : 2 * tree->room;
		struct tree_file *more = realloc(tree->files, room * sizeof(*more));

		if (more == NULL)
			return err_set(walk->err, ERR_OUTSIDE, "no memory for the names of files");
		tree->files = more;
		tree->room = room;
	}
	if ((copy = strdup(path)) == NULL)
		return err_set(walk->err, ERR_OUTSIDE, "no memory for the names of files");
	tree->files[tree->n++] = (struct tree_file){ .path = copy,
		.name = strlen(copy) > walk->root ? copy + walk->root : "",
		.size = (int64_t)status->st_size,
		.inode = (int64_t)status->st_ino,
		.changed_us = (int64_t)status->st_mtim.tv_sec * SECOND_US + status->st_mtim.tv_nsec / 1000 };
	return 0;
}

static int
not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int walk_folder(struct walk *walk, const char *path, int depth);

static int
walk_entry(struct walk *walk, const char *folder, const char *name, int depth)
{
	struct stat status, link;
	char *path = NULL;
	int result = 0;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return err_set(walk->err, ERR_OUTSIDE, "no memory for the names of files");
	if (lstat(path, &link) != 0 || stat(path, &status) != 0)
		result = 0; /* gone meanwhile, or a link to nothing */
	else if (S_ISDIR(link.st_mode))
		result = depth < TREE_DEPTH_MAX ? walk_folder(walk, path, depth + 1) : 0;
	else if (S_ISREG(status.st_mode) && status.st_size > 0 && ends_well(name, walk->endings))
		result = add(walk, path, &status);
	free(path);
	return result;
}

static int
walk_folder(struct walk *walk, const char *path, int depth)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, not_dots, alphasort), result = 0;

	if (n < 0)
		return depth > 0 ? 0 : err_set(walk->err, ERR_OUTSIDE, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (result == 0)
			result = walk_entry(walk, path, entries[i]->d_name, depth);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int
tree_read(const char *root, const char *endings, struct tree *tree, struct err *err)
{
	struct walk walk = { .tree = tree, .endings = endings, .err = err };
	struct stat status;
	char *path;
	int result;

	*tree = (struct tree){ .files = NULL };
	if (stat(root, &status) != 0)
		return err_set(err, errno == ENOENT || errno == ENOTDIR ? ERR_MISSING : ERR_OUTSIDE, "%s: %s", root,
			strerror(errno));
	if ((path = strdup(root)) == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for the names of files");
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	walk.root = strlen(path) + (S_ISDIR(status.st_mode) ? 1 : 0);
	result = S_ISDIR(status.st_mode) ? walk_folder(&walk, path, 0)
		: status.st_size > 0     ? add(&walk, path, &status)
					 : 0;
	free(path);
	if (result != 0)
		tree_free(tree);
	return result;
}

void
tree_free(struct tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		free((char *)(uintptr_t)tree->files[i].path);
	free(tree->files);
	*tree = (struct tree){ .files = NULL };
}
