#include "daemon/ingest/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "collectors/pull.h"
#include "daemon/base/clock.h"
#include "daemon/base/http_library.h"
#include "daemon/base/version.h"
#include "daemon/ingest/address.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#define HEADER_MAX 256
#define URL_MAX 2048
#define WAITS_US INT64_C(1000000)

struct fetch {
	CURL *curl;
};

/* One request. */
struct asking {
	const struct fetch_ask *ask;
	struct fetch_reply *reply;
	size_t room;
	bool too_large, no_memory, refused_local, via_proxy, waits;
	int64_t began_us;
	char location[HEADER_MAX], retry_after[HEADER_MAX];
	char detail[CURL_ERROR_SIZE]; /* what the library says of a failure; "": nothing */
	char where[URL_MAX];
	struct curl_slist *headers;
};

struct fetch *
fetch_open(struct err *err)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (fetch != NULL && (fetch->curl = http_client.easy_init()) == NULL) {
		free(fetch);
		fetch = NULL;
	}
	if (fetch == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for a request");
	return fetch;
}

void
fetch_close(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	http_client.easy_cleanup(fetch->curl);
	free(fetch);
}

void
fetch_free(struct fetch_reply *reply)
{
	free(reply->bytes);
	reply->bytes = NULL;
	reply->n = 0;
}

/* ---- called back */

static size_t
take_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct asking *asking = ctx;
	struct fetch_reply *reply = asking->reply;
	size_t n = size * count;

	if (n > asking->ask->limits.bytes_max - reply->n) {
		asking->too_large = true;
		return 0;
	}
	if (reply->n + n >= asking->room) {
		size_t room = 2 * (reply->n + n) + 4096;
		char *more = realloc(reply->bytes, room);

		if (more == NULL) {
			asking->no_memory = true;
			return 0;
		}
		reply->bytes = more;
		asking->room = room;
	}
	memcpy(reply->bytes + reply->n, bytes, n);
	reply->n += n;
	reply->bytes[reply->n] = '\0';
	return n;
}

/* The value of a header of that name into value[HEADER_MAX]. */
static bool
header_is(const char *line, size_t n, const char *name, char *value)
{
	size_t length = strlen(name);

	if (n <= length || strncasecmp(line, name, length) != 0 || line[length] != ':')
		return false;
	for (length++; length < n && line[length] == ' '; length++)
		;
	while (n > length && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	snprintf(value, HEADER_MAX, "%.*s", (int)(n - length), line + length);
	return true;
}

static size_t
take_header(char *bytes, size_t size, size_t count, void *ctx)
{
	struct asking *asking = ctx;
	char date[HEADER_MAX];
	int64_t at_s;

	if (!header_is(bytes, size * count, "retry-after", asking->retry_after) &&
		!header_is(bytes, size * count, "location", asking->location) &&
		header_is(bytes, size * count, "date", date) && (at_s = http_date_parse(date)) > 0)
		asking->reply->date_s = at_s;
	return size * count;
}

static int
look(void *ctx, curl_off_t down_whole, curl_off_t down, curl_off_t up_whole, curl_off_t up)
{
	struct asking *asking = ctx;

	(void)down_whole;
	(void)down;
	(void)up_whole;
	(void)up;
	if (asking->ask->waits != NULL && !asking->waits && clock_rising_us() - asking->began_us >= WAITS_US) {
		asking->waits = true;
		asking->ask->waits(asking->ask->waits_ctx);
	}
	return asking->ask->stop != NULL && atomic_load(asking->ask->stop);
}

/* What the name has become is known here and not before; a proxy is a person's choice wherever it stands. */
static curl_socket_t
connect_to(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct asking *asking = ctx;

	(void)purpose;
	if (!asking->via_proxy && !asking->ask->allow_local && address_is_local(&address->addr)) {
		asking->refused_local = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- asking */

static bool
add_header(struct asking *asking, const char *line)
{
	struct curl_slist *more = http_client.slist_append(asking->headers, line);

	if (more != NULL)
		asking->headers = more;
	return more != NULL;
}

static bool
add_headers(struct asking *asking)
{
	const struct fetch_ask *ask = asking->ask;
	const struct pull_key *key = &ask->pull->key;
	char *line = NULL;
	bool done;

	if (ask->request->body != NULL && !add_header(asking, "Content-Type: application/json"))
		return false;
	for (int i = 0; i < ask->request->n_headers; i++)
		if (!add_header(asking, ask->request->headers[i]))
			return false;
	if (ask->secret == NULL)
		return true;
	if (asprintf(&line, "%s: %s%s", key->header, key->scheme, ask->secret) < 0)
		return false;
	done = add_header(asking, line);
	explicit_bzero(line, strlen(line));
	free(line);
	return done;
}

static void
free_headers(struct asking *asking)
{
	for (struct curl_slist *line = asking->headers; line != NULL; line = line->next)
		explicit_bzero(line->data, strlen(line->data));
	http_client.slist_free_all(asking->headers);
	asking->headers = NULL;
}

static void
set_up(CURL *curl, struct asking *asking, const char *url, const char *proxy)
{
	const struct fetch_ask *ask = asking->ask;

	http_client.easy_reset(curl);
	http_client.easy_setopt(curl, CURLOPT_URL, url);
	http_client.easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	http_client.easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	http_client.easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	http_client.easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	http_client.easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	if (ask->ca_file != NULL && ask->ca_file[0] != '\0') {
		http_client.easy_setopt(curl, CURLOPT_CAINFO, ask->ca_file);
		http_client.easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	http_client.easy_setopt(curl, CURLOPT_PROXY, proxy == NULL ? "" : proxy);
	http_client.easy_setopt(curl, CURLOPT_NOPROXY, "");
	http_client.easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	http_client.easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, connect_to);
	http_client.easy_setopt(curl, CURLOPT_OPENSOCKETDATA, asking);
	http_client.easy_setopt(curl, CURLOPT_USERAGENT, "breakeven/" BREAKEVEN_VERSION);
	http_client.easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	http_client.easy_setopt(curl, CURLOPT_HTTPHEADER, asking->headers);
	if (ask->request->body != NULL)
		http_client.easy_setopt(curl, CURLOPT_POSTFIELDS, ask->request->body);
	http_client.easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)ask->limits.connect_s);
	http_client.easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	http_client.easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)ask->limits.silent_s);
	http_client.easy_setopt(curl, CURLOPT_TIMEOUT, (long)ask->limits.whole_s);
	http_client.easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	http_client.easy_setopt(curl, CURLOPT_WRITEDATA, asking);
	http_client.easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	http_client.easy_setopt(curl, CURLOPT_HEADERDATA, asking);
	http_client.easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look);
	http_client.easy_setopt(curl, CURLOPT_XFERINFODATA, asking);
	http_client.easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	http_client.easy_setopt(curl, CURLOPT_ERRORBUFFER, asking->detail);
}

static int
local_refused(const char *where, struct err *err)
{
	return err_set(err, ERR_INPUT,
		"%s: this is an address of this machine or its link; set allow_local = yes for this source if that is meant",
		where);
}

/* What may be said before anything is asked. */
static int
check(const struct asking *asking, const struct address *address, struct err *err)
{
	const struct fetch_ask *ask = asking->ask;

	if (!ask->allow_local && address_names_local(address->host))
		return local_refused(asking->where, err);
	if (ask->secret != NULL && !address->tls && !ask->allow_plain &&
		!(ask->allow_local && address_names_local(address->host)))
		return err_set(err, ERR_INPUT,
			"%s: the key would go unencrypted; use https://, or set allow_plain = yes for this source",
			asking->where);
	return 0;
}

/* A certificate of one's own authority is named; one that has ended, or is of another name, is no matter of that. */
static void
say_untrusted(const struct asking *asking, struct err *err)
{
	static const char begin[] = "SSL certificate problem: ";
	const char *why = asking->detail;
	bool other = strstr(why, "expired") != NULL || strstr(why, "not yet valid") != NULL ||
		strstr(why, "host name") != NULL || strstr(why, "hostname") != NULL;

	why += strncmp(why, begin, sizeof(begin) - 1) == 0 ? sizeof(begin) - 1 : 0;
	err_set(err, ERR_OUTSIDE, "%s: its certificate is not trusted%s%s%s", asking->where, why[0] == '\0' ? "" : ": ",
		why, other ? "" : "; a certificate authority of your own goes into ca_file");
}

/* Which of the three limits it was. */
static void
say_slow(const struct asking *asking, CURL *curl, struct err *err)
{
	const struct fetch_limits *limits = &asking->ask->limits;
	const char *where = asking->where;
	curl_off_t connected_us = 0;

	http_client.easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
	if (connected_us == 0)
		err_set(err, ERR_OUTSIDE, "%s: no connection in %d s; is it reachable from here?", where,
			limits->connect_s);
	else if (clock_rising_us() - asking->began_us >= limits->whole_s * SECOND_US)
		err_set(err, ERR_OUTSIDE, "%s: connected, but the reply was not whole in %d s (collect.reply_s)", where,
			limits->whole_s);
	else
		err_set(err, ERR_OUTSIDE, "%s: connected, but then silent for %d s", where, limits->silent_s);
}

/* What broke, in words. */
static enum verdict
broken(const struct asking *asking, CURL *curl, CURLcode code, struct err *err)
{
	const struct fetch_limits *limits = &asking->ask->limits;
	const char *where = asking->where;

	if (asking->refused_local) {
		local_refused(where, err);
		return VERDICT_VAIN;
	}
	if (asking->too_large) {
		err_set(err, ERR_OUTSIDE, "%s: the reply is larger than %zu MiB (collect.reply_max_mib)", where,
			limits->bytes_max >> 20);
		return VERDICT_VAIN;
	}
	switch (code) {
	case CURLE_ABORTED_BY_CALLBACK:
		err_set(err, ERR_BUSY, "%s: given up, because the daemon is stopping", where);
		return VERDICT_STOPPED;
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(err, ERR_OUTSIDE, "%s: there is no machine of that name (or no name server answers)", where);
		return VERDICT_AGAIN;
	case CURLE_COULDNT_RESOLVE_PROXY:
		err_set(err, ERR_OUTSIDE, "%s: there is no machine of the proxy's name", where);
		return VERDICT_AGAIN;
	case CURLE_COULDNT_CONNECT:
		err_set(err, ERR_OUTSIDE, "%s: nobody answers there (connection refused or unreachable)", where);
		return VERDICT_AGAIN;
	case CURLE_OPERATION_TIMEDOUT:
		say_slow(asking, curl, err);
		return VERDICT_AGAIN;
	case CURLE_PEER_FAILED_VERIFICATION:
		say_untrusted(asking, err);
		return VERDICT_AGAIN;
	case CURLE_SSL_CACERT_BADFILE:
		err_set(err, ERR_INPUT, "%s: ca_file %s cannot be read, or is no PEM file", where,
			asking->ask->ca_file);
		return VERDICT_VAIN;
	case CURLE_SSL_CONNECT_ERROR:
		err_set(err, ERR_OUTSIDE, "%s: no TLS can be agreed on; does it speak https at this port?", where);
		return VERDICT_AGAIN;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		err_set(err, ERR_OUTSIDE, "%s: the connection broke before the reply was whole", where);
		return VERDICT_AGAIN;
	default:
		err_set(err, asking->no_memory ? ERR_OUTSIDE : ERR_OUTSIDE, "%s: %s", where,
			asking->no_memory ? "no memory for the reply" : http_client.easy_strerror(code));
		return VERDICT_AGAIN;
	}
}

static enum verdict
judge(struct asking *asking, CURL *curl, struct err *err)
{
	const struct fetch_ask *ask = asking->ask;
	struct fetch_reply *reply = asking->reply;
	long status = 0;

	http_client.easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	reply->status = (int)status;
	reply->wait_s = asking->retry_after[0] == '\0'
		? -1
		: retry_after_parse(asking->retry_after, reply->date_s, (int64_t)time(NULL));
	return verdict_of(&(struct said){ .status = reply->status,
				  .body = { reply->bytes, reply->n },
				  .location = text_of(asking->location),
				  .where = asking->where,
				  .secret = ask->secret,
				  .pull = ask->pull,
				  .key_from = ask->key_from },
		err);
}

enum verdict
fetch_bytes(struct fetch *fetch, const struct fetch_ask *ask, struct fetch_reply *reply, struct err *err)
{
	struct asking asking = { .ask = ask, .reply = reply, .began_us = clock_rising_us() };
	struct address address;
	enum verdict verdict = VERDICT_VAIN;
	char *url = NULL;
	const char *proxy;
	size_t path;
	CURLcode code;

	*reply = (struct fetch_reply){ .wait_s = -1 };
	if (address_parse(ask->url, &address, err) != 0)
		return VERDICT_VAIN;
	path = strlen(ask->url);
	path -= path > address.origin_n && ask->url[path - 1] == '/';
	if (asprintf(&url, "%.*s%s", (int)path, ask->url, ask->request->path) < 0) {
		err_set(err, ERR_OUTSIDE, "no memory for a request");
		return VERDICT_AGAIN;
	}
	snprintf(asking.where, sizeof(asking.where), "%.*s", (int)strcspn(url, "?"), url);
	if (check(&asking, &address, err) != 0)
		goto done;
	proxy = address_proxy(&address, ask->proxy, getenv);
	asking.via_proxy = proxy != NULL;
	if (!add_headers(&asking)) {
		err_set(err, ERR_OUTSIDE, "no memory for a request");
		goto done;
	}
	set_up(fetch->curl, &asking, url, proxy);
	code = http_client.easy_perform(fetch->curl);
	verdict = code == CURLE_OK ? judge(&asking, fetch->curl, err) : broken(&asking, fetch->curl, code, err);
	http_client.easy_setopt(fetch->curl, CURLOPT_HTTPHEADER, NULL);
	http_client.easy_setopt(fetch->curl, CURLOPT_ERRORBUFFER, NULL);
done:
	free_headers(&asking);
	free(url);
	return verdict;
}
