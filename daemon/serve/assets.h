/*
 * assets: the page's files, from inside the program or, for development, from a folder.
 *
 * "/" and every page of the frame are web/index.html, in which "static/0/" is replaced by
 * "static/HASH/" (HASH: of all files together), so that everything it loads may be kept for ever by the
 * browser and modules may import each other by their plain relative names.
 */
#ifndef SERVE_ASSETS_H
#define SERVE_ASSETS_H

#include "daemon/serve/exchange.h"

struct assets;
struct err;

/* folder: NULL for the embedded files. NULL with *err when the folder holds no index.html. */
struct assets *assets_open(const char *folder, struct err *err);
void assets_close(struct assets *assets); /* NULL is nothing */

/* GET or HEAD of a decoded path that is no API route. May be called from several threads. */
void assets_handle(
	struct assets *assets, const char *path, const struct exchange_request *request, struct exchange_reply *reply);

#endif
