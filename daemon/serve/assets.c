#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/arena.h"
#include "daemon/base/embed.h"
#include "models/units/err.h"

#include "daemon/serve/assets.h"

#define FILE_MAX (4u << 20)
#define PLACEHOLDER "static/0/"
#define HASH_DIGITS 16
#define GZIP_LEVEL_KEPT 9

static const struct {
	const char *suffix, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".json", "application/json" },
	{ ".png", "image/png" },
};

/* One embedded file compressed once and kept; made when it is first asked for. */
struct kept {
	const char *name;
	char *bytes; /* NULL: compression does not help */
	size_t size;
};

struct assets {
	char *folder; /* NULL: embedded */
	char hash[HASH_DIGITS + 1];
	pthread_mutex_t lock;
	struct arena *arena; /* of what is kept; under lock */
	struct kept kept[64];
	size_t n_kept;
};

static const char *
type_of(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t m = strlen(types[i].suffix);

		if (n > m && strcmp(name + n - m, types[i].suffix) == 0)
			return types[i].type;
	}
	return NULL;
}

/* One hash over the names and hashes of all files of the page: any change changes every address. */
static void
hash_all(char *out)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const struct embedded *file = embedded_files; file->name != NULL; file++) {
		if (strncmp(file->name, "web/", 4) != 0)
			continue;
		for (const char *p = file->name; *p != '\0'; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
		for (const char *p = file->hash; *p != '\0'; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	}
	snprintf(out, HASH_DIGITS + 1, "%016llx", (unsigned long long)hash);
}

struct assets *
assets_open(const char *folder, struct err *err)
{
	struct assets *assets;

	if (folder != NULL) {
		char path[4096];
		struct stat status;

		if ((size_t)snprintf(path, sizeof(path), "%s/index.html", folder) >= sizeof(path) ||
			stat(path, &status) != 0) {
			err_set(err, ERR_INPUT, "%s: holds no index.html", folder);
			return NULL;
		}
	}
	assets = calloc(1, sizeof(*assets));
	if (assets == NULL)
		goto no_memory;
	if (folder != NULL && (assets->folder = strdup(folder)) == NULL)
		goto no_memory;
	assets->arena = arena_new();
	if (assets->arena == NULL)
		goto no_memory;
	pthread_mutex_init(&assets->lock, NULL);
	hash_all(assets->hash);
	return assets;

no_memory:
	if (assets != NULL)
		free(assets->folder);
	free(assets);
	err_set(err, ERR_OUTSIDE, "no memory for the page's files");
	return NULL;
}

void
assets_close(struct assets *assets)
{
	if (assets == NULL)
		return;
	arena_free(assets->arena);
	pthread_mutex_destroy(&assets->lock);
	free(assets->folder);
	free(assets);
}

/* A name that could leave the folder, or that is hidden, names nothing. */
static bool
name_is_plain(const char *name)
{
	return *name != '\0' && *name != '/' && *name != '.' && strstr(name, "..") == NULL &&
		strstr(name, "/.") == NULL && strstr(name, "//") == NULL && strchr(name, '\\') == NULL;
}

static char *
read_file(struct arena *arena, const char *folder, const char *name, size_t *size)
{
	char *path = arena_format(arena, "%s/%s", folder, name);
	char *bytes = NULL;
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX) {
		size_t n = 0;
		ssize_t got = 1;

		bytes = arena_take(arena, (size_t)status.st_size + 1);
		while (n < (size_t)status.st_size && (got = read(fd, bytes + n, (size_t)status.st_size - n)) > 0)
			n += (size_t)got;
		*size = n;
		if (got < 0)
			bytes = NULL;
	}
	close(fd);
	return bytes;
}

/* The page with every address of a file bound to what the files hold now. */
static char *
bind_addresses(struct arena *arena, const char *html, const char *hash, size_t *size)
{
	size_t n = strlen(html), holes = 0;
	char *out, *p;

	for (const char *q = html; (q = strstr(q, PLACEHOLDER)) != NULL; q++)
		holes++;
	p = out = arena_take(arena, n + holes * HASH_DIGITS + 1);
	while (*html != '\0') {
		const char *hole = strstr(html, PLACEHOLDER);
		size_t before = hole == NULL ? strlen(html) : (size_t)(hole - html);

		memcpy(p, html, before);
		p += before;
		html += before;
		if (hole != NULL) {
			p += sprintf(p, "static/%s/", hash);
			html += strlen(PLACEHOLDER);
		}
	}
	*size = (size_t)(p - out);
	return out;
}

static void
serve_index(struct assets *assets, const struct exchange_request *request, struct exchange_reply *reply)
{
	const char *html = NULL;
	size_t size;

	if (assets->folder != NULL) {
		html = read_file(request->arena, assets->folder, "index.html", &size);
	} else {
		const struct embedded *file = embed_find("web/index.html");

		if (file != NULL)
			html = bind_addresses(request->arena, (const char *)file->bytes, assets->hash, &size);
	}
	if (html == NULL) {
		reply_error(request, reply, 404, "this program was built without a page");
		return;
	}
	reply_body(reply, "text/html; charset=utf-8", html, size);
}

/* The compressed form of an embedded file, or NULL; made once. */
static const struct kept *
keep_compressed(struct assets *assets, const struct embedded *file)
{
	struct kept *kept = NULL;

	pthread_mutex_lock(&assets->lock);
	for (size_t i = 0; i < assets->n_kept && kept == NULL; i++)
		if (assets->kept[i].name == file->name)
			kept = &assets->kept[i];
	if (kept == NULL && assets->n_kept < sizeof(assets->kept) / sizeof(assets->kept[0])) {
		struct arena *scratch = arena_new();
		size_t size = 0;
		char *bytes = scratch == NULL
			? NULL
			: gzip_bytes(scratch, (const char *)file->bytes, file->size, GZIP_LEVEL_KEPT, &size);

		kept = &assets->kept[assets->n_kept++];
		kept->name = file->name;
		kept->size = size;
		kept->bytes = bytes == NULL ? NULL : arena_copy(assets->arena, bytes, size);
		arena_free(scratch);
	}
	pthread_mutex_unlock(&assets->lock);
	return kept != NULL && kept->bytes != NULL ? kept : NULL;
}

static void
serve_embedded(
	struct assets *assets, const char *name, const struct exchange_request *request, struct exchange_reply *reply)
{
	const struct embedded *file = embed_find(arena_format(request->arena, "web/%s", name));

	if (file == NULL) {
		reply_error(request, reply, 404, "no file '%s'", name);
		return;
	}
	reply_body(reply, type_of(name), (const char *)file->bytes, file->size);
	reply->etag = file->hash;
	if (strstr(type_of(name), "png") == NULL) {
		reply->varies = true;
		if (accepts_gzip(request->accept_encoding)) {
			const struct kept *kept = keep_compressed(assets, file);

			if (kept != NULL) {
				reply->body = kept->bytes;
				reply->size = kept->size;
				reply->encoding = "gzip";
			}
		}
	}
}

static void
serve_file(
	struct assets *assets, const char *name, const struct exchange_request *request, struct exchange_reply *reply)
{
	if (!name_is_plain(name) || type_of(name) == NULL) {
		reply_error(request, reply, 404, "no file '%s'", name);
	} else if (assets->folder != NULL) {
		size_t size;
		char *bytes = read_file(request->arena, assets->folder, name, &size);

		if (bytes == NULL)
			reply_error(request, reply, 404, "no file '%s'", name);
		else
			reply_body(reply, type_of(name), bytes, size);
	} else {
		serve_embedded(assets, name, request, reply);
	}
}

void
assets_handle(
	struct assets *assets, const char *path, const struct exchange_request *request, struct exchange_reply *reply)
{
	static const char prefix[] = "/static/";

	if (strcmp(path, "/") == 0 || strcmp(path, "/index.html") == 0) {
		serve_index(assets, request, reply);
	} else if (strcmp(path, "/favicon.ico") == 0) {
		serve_file(assets, "favicon.svg", request, reply);
	} else if (strncmp(path, prefix, strlen(prefix)) == 0) {
		const char *hash = path + strlen(prefix);
		const char *slash = strchr(hash, '/');

		if (slash == NULL) {
			reply_error(request, reply, 404, "no page '%s'", path);
			return;
		}
		serve_file(assets, slash + 1, request, reply);
		/* Only an address that holds the right hash may be kept for ever: the content behind any other may change. */
		if (reply->status == 200 && assets->folder == NULL && (size_t)(slash - hash) == HASH_DIGITS &&
			strncmp(hash, assets->hash, HASH_DIGITS) == 0)
			reply->cache = "public, max-age=31536000, immutable";
	} else {
		reply_error(request, reply, 404, "no page '%s'", path);
	}
}
