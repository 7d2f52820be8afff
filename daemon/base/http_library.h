/*
 * http_library: the HTTP client libcurl, loaded when something is to be asked and not before: with what it brings
 * along it is a quarter of an idle daemon's memory, and many a daemon asks nobody.
 *
 * The functions bear their own names less "curl_". Only the two rooms that speak HTTP outwards use this.
 */
#ifndef BASE_HTTP_LIBRARY_H
#define BASE_HTTP_LIBRARY_H

#include <curl/curl.h>

struct err;

struct http_library {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_global_cleanup) *global_cleanup;
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
	CURLcode (*easy_perform)(CURL *curl);
	void (*easy_reset)(CURL *curl);
	void (*easy_cleanup)(CURL *curl);
	const char *(*easy_strerror)(CURLcode code);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
	CURLMcode (*multi_add_handle)(CURLM *multi, CURL *curl);
	CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *curl);
	CURLMcode (*multi_perform)(CURLM *multi, int *running);
	CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *more, unsigned n, int timeout_ms, int *ready);
	CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
	CURLMcode (*multi_cleanup)(CURLM *multi);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
};

/* Filled by http_library_open, which is called before there are threads; all NULL until then. */
extern struct http_library http_client;

/* Load and begin; a second call is nothing. ERR_OUTSIDE says what is missing. It stays loaded. */
int http_library_open(struct err *err);

/* After the last use; nothing where it was not opened. */
void http_library_close(void);

#endif
