/*
 * http_library: see http_library.h.
 */
#include "daemon/base/http_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "models/units/err.h"

struct http_library http_client;

#define SYMBOL(name) \
	{ \
		"curl_" #name, offsetof(struct http_library, name) \
	}

static const struct symbol {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(global_init),
	SYMBOL(global_cleanup),
	SYMBOL(easy_init),
	SYMBOL(easy_setopt),
	SYMBOL(easy_getinfo),
	SYMBOL(easy_perform),
	SYMBOL(easy_reset),
	SYMBOL(easy_cleanup),
	SYMBOL(easy_strerror),
	SYMBOL(multi_init),
	SYMBOL(multi_setopt),
	SYMBOL(multi_add_handle),
	SYMBOL(multi_remove_handle),
	SYMBOL(multi_perform),
	SYMBOL(multi_poll),
	SYMBOL(multi_info_read),
	SYMBOL(multi_cleanup),
	SYMBOL(slist_append),
	SYMBOL(slist_free_all),
};

int
http_library_open(struct err *err)
{
	/* Debian has it with either TLS library; both speak the same. */
	static const char *const files[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };
	struct http_library loaded;
	void *library = NULL;

	if (http_client.global_init != NULL)
		return 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && library == NULL; i++)
		library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return err_set(err, ERR_OUTSIDE,
			"the HTTP client's library %s is not on this machine (package libcurl4): %s", files[0],
			dlerror());
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (symbol == NULL)
			return err_set(err, ERR_OUTSIDE, "the HTTP client's library %s lacks %s: it is too old",
				files[0], symbols[i].name);
		memcpy((char *)&loaded + symbols[i].offset, &symbol, sizeof(symbol));
	}
	if (loaded.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_OUTSIDE, "the HTTP client cannot be started");
	http_client = loaded;
	return 0;
}

void
http_library_close(void)
{
	if (http_client.global_cleanup != NULL)
		http_client.global_cleanup();
	memset(&http_client, 0, sizeof(http_client));
}
