#include "daemon/base/zone.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/units/err.h"
#include "models/units/nearest.h"
#include "models/units/text.h"

#define FILE_MAX ((size_t)256 << 10)
#define FOLDER_MAX 512
#define DEPTH_MAX 3 /* America/Argentina/Salta */

static const char *const folders[] = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
	"/etc/zoneinfo", NULL };

static bool
is_folder(const char *path)
{
	struct stat stat_of;

	return stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
}

/* The folder of the zone files, or NULL. */
static const char *
zone_folder(void)
{
	const char *given = getenv("TZDIR");
	int i;

	if (given != NULL && given[0] != '\0')
		return is_folder(given) && strlen(given) < FOLDER_MAX ? given : NULL;
	for (i = 0; folders[i] != NULL; i++)
		if (is_folder(folders[i]))
			return folders[i];
	return NULL;
}

/* Parts of letters, digits, "+", "-" and "_", parted by "/": nothing that could lead out of the folder. */
static bool
is_name(const char *name)
{
	const char *p;

	if (strlen(name) >= sizeof(((struct zone *)0)->name))
		return false;
	for (p = name; *p != '\0'; p++) {
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
			*p == '+' || *p == '-' || *p == '_';

		if (*p == '/' && (p == name || p[1] == '\0' || p[1] == '/'))
			return false;
		if (!letter && *p != '/')
			return false;
	}
	return p > name;
}

/* ---- the nearest name */

struct search {
	struct nearest nearest;
	char best[64];   /* nearest.best, kept */
	char ending[64]; /* a zone whose last part is the word: "Europe/Berlin" for "Berlin" */
	const char *word;
};

static void
offer(struct search *search, const char *name)
{
	const char *last = strrchr(name, '/');

	if (last != NULL && strcasecmp(last + 1, search->word) == 0 && search->ending[0] == '\0')
		snprintf(search->ending, sizeof(search->ending), "%s", name);
	nearest_offer(&search->nearest, name);
	if (search->nearest.best == name) {
		snprintf(search->best, sizeof(search->best), "%s", name);
		search->nearest.best = search->best;
	}
}

/* Names begin with a capital; what else lies in the folder (tables, "posix", "right") is no zone. */
static void
offer_folder(struct search *search, const char *folder, const char *under, int depth)
{
	char path[FOLDER_MAX + 512], name[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", folder, under);
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		size_t n = (size_t)snprintf(name, sizeof(name), "%s%s", under, entry->d_name);

		if (entry->d_name[0] < 'A' || entry->d_name[0] > 'Z' || n >= sizeof(name) - 1)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (!is_folder(path)) {
			offer(search, name);
		} else if (depth < DEPTH_MAX) {
			strcat(name, "/");
			offer_folder(search, folder, name, depth + 1);
		}
	}
	closedir(dir);
}

static int
unknown_zone(const char *folder, const char *name, struct err *err)
{
	struct search search = { .word = name };

	nearest_init(&search.nearest, name);
	offer(&search, "UTC");
	offer_folder(&search, folder, "", 1);
	if (search.ending[0] != '\0')
		return err_set(err, ERR_MISSING, "time zone '%s' is unknown; the nearest is '%s'", name, search.ending);
	if (nearest_found(&search.nearest) != NULL)
		return err_set(err, ERR_MISSING, "time zone '%s' is unknown; the nearest is '%s'", name,
			nearest_found(&search.nearest));
	return err_set(err, ERR_MISSING, "time zone '%s' is unknown; a name is such as 'Europe/Berlin' or 'UTC'", name);
}

/* ---- the file */

/* The bytes of a regular file, at most FILE_MAX; NULL with errno. */
static unsigned char *
file_bytes(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char *bytes = NULL;
	struct stat stat_of;
	ssize_t got;

	*n = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &stat_of) != 0 || !S_ISREG(stat_of.st_mode)) {
		errno = ENOENT; /* "America" is a folder, not a zone */
		goto done;
	}
	bytes = malloc(FILE_MAX);
	if (bytes == NULL)
		goto done;
	while (*n < FILE_MAX && (got = read(fd, bytes + *n, FILE_MAX - *n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(bytes);
			bytes = NULL;
			goto done;
		}
		*n += (size_t)got;
	}
done:
	close(fd);
	return bytes;
}

int
zone_load(struct zone *zone, const char *name, struct err *err)
{
	char path[FOLDER_MAX + 80], shown[TEXT_SHOWN];
	const char *folder;
	unsigned char *bytes;
	size_t n;
	int result;

	if (strcmp(name, "UTC") == 0) {
		zone_utc(zone);
		return 0;
	}
	if (!is_name(name))
		return err_set(err, ERR_INPUT, "time zone '%s': a name is such as 'Europe/Berlin' or 'UTC'",
			text_shown(text_of(name), shown, sizeof(shown)));
	folder = zone_folder();
	if (folder == NULL)
		return err_set(err, ERR_MISSING,
			"time zone '%s': this machine has no zone files; install the package tzdata, or use 'UTC'",
			name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	bytes = file_bytes(path, &n);
	if (bytes == NULL && (errno == ENOENT || errno == ENOTDIR))
		return unknown_zone(folder, name, err);
	if (bytes == NULL)
		return err_set(err, ERR_OUTSIDE, "time zone '%s': %s: %s", name, path, strerror(errno));
	result = zone_read(zone, name, bytes, n, err);
	free(bytes);
	return result;
}
