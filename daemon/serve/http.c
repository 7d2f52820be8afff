/*
 * One daemon with a pool of polling threads. Not epoll: with libmicrohttpd 0.9.75 a single epoll thread
 * stalls when exactly 128 sockets are ready.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/access/secret.h"
#include "daemon/base/arena.h"
#include "daemon/base/log.h"
#include "models/units/err.h"

#include "daemon/serve/body.h"
#include "daemon/serve/http.h"
#include "daemon/serve/listen.h"
#include "daemon/serve/metrics.h"
#include "daemon/serve/patience.h"

/* The request line and all headers of one connection. Each request clears all of it: most of the work of a small one. */
#define CONNECTION_MEMORY (16u << 10)

/* A body up to this size is read before anybody is asked whether it may come. */
#define UNASKED (16u << 10)

/* How long replies that were drained may take to be sent. */
#define DRAIN_MS 500
#define SETTLE_MS 100

#define SPARES 128 /* arenas that are kept for the next small requests */

struct http {
	struct http_config config;
	struct MHD_Daemon *daemon;
	char address[96];
	atomic_int active; /* requests between their first byte and their last */
	struct bodies bodies;
	struct patience *patience;
	atomic_size_t given_back; /* bytes that ended requests held, since the last pause */
	pthread_mutex_t lock;     /* of the spare arenas */
	struct arena *spare[SPARES];
	int spares;
};

/* Freed memory of many requests is left in pieces; from here on giving them to the system is worth 0.1 ms. */
#define TRIM_WORTH ((size_t)1 << 20)
#define SMALL ((size_t)64 << 10) /* what a request held that leaves no pieces */

/* One request while it is on the wire; it lives in its own arena. */
struct exchange {
	struct arena *arena;
	const char *target;
	struct body body;
	bool begun;
	struct waited *waited;
	struct MHD_Connection *connection;
	int64_t began_ns;            /* when the request was whole; 0: it is not yet */
	int slot;                    /* what it is counted as */
	struct exchange_later later; /* with a start: the connection sleeps until it is woken */
};

static const struct {
	const char *name, *value;
	bool pages; /* what only a document obeys */
} headers[] = {
	{ "Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
		false },
	{ "X-Content-Type-Options", "nosniff", false },
	{ "X-Frame-Options", "DENY", true },
	{ "Referrer-Policy", "no-referrer", false },
	{ "Cross-Origin-Opener-Policy", "same-origin", false },
	{ "Cross-Origin-Resource-Policy", "same-origin", false },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()", true },
};

static struct arena *
take_arena(struct http *http)
{
	struct arena *arena = NULL;

	pthread_mutex_lock(&http->lock);
	if (http->spares > 0)
		arena = http->spare[--http->spares];
	pthread_mutex_unlock(&http->lock);
	return arena == NULL ? arena_new() : arena;
}

static void
give_back_arena(struct http *http, struct arena *arena)
{
	bool kept;

	arena_reset(arena);
	pthread_mutex_lock(&http->lock);
	kept = http->spares < SPARES;
	if (kept)
		http->spare[http->spares++] = arena;
	pthread_mutex_unlock(&http->lock);
	if (!kept)
		arena_free(arena);
}

/* Called with the raw target before the headers are read: the only place where it is still whole. */
static void *
begin_exchange(void *ctx, const char *target, struct MHD_Connection *connection)
{
	struct http *http = ctx;
	struct arena *arena = take_arena(http);
	struct exchange *exchange;

	(void)connection;
	if (arena == NULL)
		return NULL;
	exchange = arena_take(arena, sizeof(*exchange));
	exchange->arena = arena;
	exchange->target = arena_copy(arena, target, strlen(target));
	atomic_fetch_add(&http->active, 1);
	return exchange;
}

static void
end_exchange(void *ctx, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode why)
{
	struct http *http = ctx;
	struct exchange *exchange = *slot;
	size_t held;

	(void)connection;
	(void)why;
	*slot = NULL;
	if (exchange == NULL)
		return;
	held = arena_size(exchange->arena) + exchange->body.room;
	if (held > SMALL)
		atomic_fetch_add(&http->given_back, held);
	body_drop(&http->bodies, &exchange->body);
	patience_wait(exchange->waited, http->config.idle_s + http->config.slow_s);
	give_back_arena(http, exchange->arena);
	if (atomic_fetch_sub(&http->active, 1) == 1 && atomic_load(&http->given_back) > TRIM_WORTH) {
		atomic_store(&http->given_back, 0);
		if (http->config.rest != NULL)
			http->config.rest(http->config.rest_ctx);
		malloc_trim(0);
	}
}

static enum MHD_Result
send_reply(struct MHD_Connection *connection, const struct exchange_reply *reply, bool closing)
{
	bool is_page = reply->type != NULL && strncmp(reply->type, "text/html", 9) == 0;
	struct MHD_Response *response;
	enum MHD_Result result;
	char tag[80];

	/* The bytes live in the exchange's arena, which ends after the last of them is sent. */
	response = MHD_create_response_from_buffer(reply->size, (void *)(uintptr_t)reply->body, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!headers[i].pages || is_page)
			MHD_add_response_header(response, headers[i].name, headers[i].value);
	if (reply->type != NULL && reply->status != 304)
		MHD_add_response_header(response, "Content-Type", reply->type);
	MHD_add_response_header(response, "Cache-Control", reply->cache == NULL ? "no-store" : reply->cache);
	if (reply->etag != NULL) {
		snprintf(tag, sizeof(tag), "W/\"%s\"", reply->etag);
		MHD_add_response_header(response, "ETag", tag);
	}
	if (reply->encoding != NULL)
		MHD_add_response_header(response, "Content-Encoding", reply->encoding);
	if (reply->varies)
		MHD_add_response_header(response, "Vary", "Accept-Encoding");
	if (reply->allow != NULL)
		MHD_add_response_header(response, "Allow", reply->allow);
	if (reply->disposition != NULL)
		MHD_add_response_header(response, "Content-Disposition", reply->disposition);
	if (reply->location != NULL)
		MHD_add_response_header(response, "Location", reply->location);
	if (reply->cookie != NULL)
		MHD_add_response_header(response, "Set-Cookie", reply->cookie);
	if (reply->challenge != NULL)
		MHD_add_response_header(response, "WWW-Authenticate", reply->challenge);
	if (reply->retry_after_s > 0) {
		snprintf(tag, sizeof(tag), "%d", reply->retry_after_s);
		MHD_add_response_header(response, "Retry-After", tag);
	}
	if (closing)
		MHD_add_response_header(response, "Connection", "close");
	result = MHD_queue_response(connection, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static int64_t
elapsed_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Count a reply and send it. */
static enum MHD_Result
end_reply(const struct http *http, const struct exchange *exchange, const struct exchange_reply *reply, bool closing)
{
	int64_t took_ns = exchange->began_ns == 0 ? 0 : elapsed_ns() - exchange->began_ns;

	metrics_request(http->config.metrics, exchange->slot, reply->status, took_ns);
	patience_wait(exchange->waited, http->config.slow_s);
	patience_more(exchange->waited, reply->size);
	/* Whoever is answered while serving ends asks the next one on a connection of its own. */
	if (http->config.resting != NULL && atomic_load(http->config.resting))
		closing = true;
	return send_reply(exchange->connection, reply, closing);
}

static void
count_connection(void *ctx, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode code)
{
	const struct http *http = ctx;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		*slot = info == NULL ? NULL : patience_add(http->patience, info->connect_fd);
		patience_wait(*slot, http->config.slow_s);
	} else {
		patience_remove(http->patience, *slot);
		*slot = NULL;
	}
	metrics_connection(http->config.metrics, code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

static enum MHD_Result
refuse_size(const struct http *http, struct exchange *exchange)
{
	struct exchange_request request = { .arena = exchange->arena };
	struct exchange_reply reply;

	reply_error(&request, &reply, 413, "the body is larger than %zu bytes, the most that is taken",
		exchange->body.size_max);
	return end_reply(http, exchange, &reply, true);
}

static enum MHD_Result
refuse_crowd(const struct http *http, struct exchange *exchange)
{
	struct exchange_request request = { .arena = exchange->arena };
	struct exchange_reply reply;

	reply_error(&request, &reply, 503, "too many bodies are being received at once; try again");
	reply.retry_after_s = 1;
	return end_reply(http, exchange, &reply, true);
}

static enum MHD_Result
refuse_disk(const struct http *http, struct exchange *exchange)
{
	struct exchange_request request = { .arena = exchange->arena };
	struct exchange_reply reply;

	reply_error(
		&request, &reply, 503, "the file cannot be kept while it is read: %s", strerror(exchange->body.failed));
	return end_reply(http, exchange, &reply, true);
}

static void
log_reply(const struct exchange_request *request, const struct exchange_reply *reply)
{
	char status[16];

	if (reply->status < 500)
		return;
	snprintf(status, sizeof(status), "%d", reply->status);
	log_error("serve: request failed", "method", request->method, "target",
		secret_hide(arena_copy(request->arena, request->target, strlen(request->target))), "status", status,
		"reply", secret_hide(arena_copy(request->arena, reply->body, reply->size)));
}

static char *
print_four(char *to, const unsigned char bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (bytes[i] > 99)
			*to++ = (char)('0' + bytes[i] / 100);
		if (bytes[i] > 9)
			*to++ = (char)('0' + bytes[i] / 10 % 10);
		*to++ = (char)('0' + bytes[i] % 10);
		*to++ = '.';
	}
	*--to = '\0';
	return to;
}

/* Half of an IPv6 address belongs to whoever has the other half. */
static const char *
client_of(struct MHD_Connection *connection, struct arena *arena)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET6_ADDRSTRLEN] = "";

	if (info == NULL || info->client_addr == NULL)
		return NULL;
	if (info->client_addr->sa_family == AF_INET6) {
		struct in6_addr six = ((const struct sockaddr_in6 *)info->client_addr)->sin6_addr;

		if (!IN6_IS_ADDR_V4MAPPED(&six))
			memset(six.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &six, text, sizeof(text));
	} else {
		print_four(
			text, (const unsigned char *)&((const struct sockaddr_in *)info->client_addr)->sin_addr.s_addr);
	}
	return arena_copy(arena, text, strlen(text));
}

/* The headers that anybody asks for, and where they go; of one that comes twice the first counts. */
static const struct {
	const char *name;
	size_t n, place;
} asked_for[] = {
#define WANTED(name, member) \
	{ \
		name, sizeof(name) - 1, offsetof(struct exchange_request, member) \
	}
	WANTED("Host", host),
	WANTED("Accept-Encoding", accept_encoding),
	WANTED("Authorization", authorization),
	WANTED("Content-Encoding", content_encoding),
	WANTED("Content-Type", content_type),
	WANTED("Cookie", cookie),
	WANTED("If-None-Match", if_none_match),
	WANTED("Origin", origin),
	WANTED("Sec-Fetch-Site", fetch_site),
	WANTED("X-CSRF-Token", csrf),
#undef WANTED
};

static enum MHD_Result
take_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	size_t n = strlen(name);

	(void)kind;
	for (size_t i = 0; i < sizeof(asked_for) / sizeof(asked_for[0]); i++) {
		const char **place = (const char **)((char *)ctx + asked_for[i].place);

		if (n == asked_for[i].n && *place == NULL && strcasecmp(name, asked_for[i].name) == 0)
			*place = value;
	}
	return MHD_YES;
}

static void
fill_request(
	const struct http *http, const struct exchange *exchange, const char *method, struct exchange_request *request)
{
	struct MHD_Connection *connection = exchange->connection;

	memset(request, 0, sizeof(*request));
	request->method = method;
	request->target = exchange->target;
	MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, request);
	request->client = client_of(connection, exchange->arena);
	request->body = exchange->body.bytes;
	request->file = exchange->body.file;
	request->size = exchange->body.size;
	request->now_us = http->config.now_us();
	request->arena = exchange->arena;
}

static void
wake_exchange(void *ctx)
{
	struct exchange *exchange = ctx;

	MHD_resume_connection(exchange->connection);
}

/* The request is whole: answer it, or let the connection sleep until there is an answer. */
static enum MHD_Result
answer_exchange(struct http *http, struct exchange *exchange, const char *method)
{
	struct MHD_Connection *connection = exchange->connection;
	struct exchange_later later = exchange->later;
	struct exchange_request request;
	struct exchange_reply reply;

	memset(&reply, 0, sizeof(reply));
	fill_request(http, exchange, method, &request);
	if (later.start != NULL) { /* woken */
		exchange->later.start = NULL;
		later.finish(later.job, &request, &reply);
		return end_reply(http, exchange, &reply, false);
	}
	exchange->began_ns = elapsed_ns();
	patience_rest(exchange->waited);
	http->config.handler(http->config.ctx, &request, &reply);
	exchange->slot = reply.slot;
	if (reply.later.start != NULL) {
		exchange->later = reply.later;
		MHD_suspend_connection(connection);
		reply.later.start(reply.later.job, wake_exchange, exchange);
		return MHD_YES;
	}
	log_reply(&request, &reply);
	return end_reply(http, exchange, &reply, false);
}

/* With the headers and before the body: MHD_YES reads on; a refusal is sent at once. */
static enum MHD_Result
begin_body(const struct http *http, struct exchange *exchange, const char *method)
{
	const char *length = header(exchange->connection, "Content-Length");
	unsigned long long size = length == NULL ? 0 : strtoull(length, NULL, 10);
	bool chunked = header(exchange->connection, "Transfer-Encoding") != NULL;
	struct exchange_request request;
	struct exchange_reply reply = { .status = 0 };

	exchange->body.size_max = http->config.body_max;
	if (size == 0 && !chunked)
		return MHD_YES;
	fill_request(http, exchange, method, &request);
	if (http->config.admit != NULL && (size > UNASKED || chunked) &&
		http->config.admit(http->config.ctx, &request, &reply) != 0) {
		exchange->slot = reply.slot;
		return end_reply(http, exchange, &reply, true);
	}
	if (http->config.spool != NULL)
		exchange->body.file = http->config.spool(http->config.ctx, &request, &exchange->body.size_max);
	if (size > exchange->body.size_max)
		return refuse_size(http, exchange);
	return exchange->body.file == NULL && !bodies_fit(&http->bodies, size) ? refuse_crowd(http, exchange) : MHD_YES;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
	const char *bytes, size_t *n_bytes, void **slot)
{
	struct http *http = ctx;
	struct exchange *exchange = *slot;

	(void)url;
	(void)version;
	if (exchange == NULL)
		return MHD_NO;
	if (!exchange->begun) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

		exchange->begun = true;
		exchange->connection = connection;
		exchange->waited = info == NULL ? NULL : info->socket_context;
		return begin_body(http, exchange, method);
	}
	if (*n_bytes > 0) {
		size_t n = *n_bytes;

		*n_bytes = 0;
		patience_more(exchange->waited, n);
		return body_take(&http->bodies, &exchange->body, bytes, n) == 0 ? MHD_YES : MHD_NO;
	}
	if (exchange->body.crowded)
		return refuse_crowd(http, exchange);
	if (exchange->body.too_large)
		return refuse_size(http, exchange);
	body_end(&exchange->body);
	if (exchange->body.failed != 0)
		return refuse_disk(http, exchange);
	return answer_exchange(http, exchange, method);
}

/* libmicrohttpd's own complaints: those of a client that went away are none of the operator's business. */
static void log_library(void *ctx, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

static void
log_library(void *ctx, const char *format, va_list args)
{
	char text[512];
	size_t n;

	(void)ctx;
	vsnprintf(text, sizeof(text), format, args);
	n = strlen(text);
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	log_debug("http: library", "text", text);
}

/* A connection takes a descriptor, and the usual limit of 1,024 is not the hard one. */
static void
allow_descriptors(unsigned connections)
{
	const rlim_t wanted = connections + 128; /* the ledger's, the log's, files that are taken in */
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < wanted) {
		char allowed[24], needed[24];

		snprintf(allowed, sizeof(allowed), "%llu", (unsigned long long)limit.rlim_cur);
		snprintf(needed, sizeof(needed), "%llu", (unsigned long long)wanted);
		log_warn("http: fewer files may be open (ulimit -n) than serve.connections need; some will wait",
			"allowed", allowed, "needed", needed);
	}
}

int
http_is_loopback(const char *listen, bool *loopback, struct err *err)
{
	struct sockaddr_storage address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;

	if (listen_parse(listen, &address, err) != 0)
		return -1;
	*loopback = address.ss_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&six->sin6_addr)
						  : (ntohl(four->sin_addr.s_addr) >> 24) == 127;
	return 0;
}

struct http *
http_start(const struct http_config *config, struct err *err)
{
	const struct MHD_OptionItem tls_options[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)config->tls_certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)config->tls_key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};
	bool tls = config->tls_certificate != NULL;
	struct sockaddr_storage address;
	struct http *http;
	int fd;

	if (listen_parse(config->listen, &address, err) != 0)
		return NULL;
	http = calloc(1, sizeof(*http));
	if (http == NULL) {
		err_set(err, ERR_OUTSIDE, "no memory");
		return NULL;
	}
	http->config = *config;
	pthread_mutex_init(&http->lock, NULL);
	http->bodies.max = config->bodies_max > 2 * config->body_max ? config->bodies_max : 2 * config->body_max;
	allow_descriptors(config->connections_max);
	http->patience = patience_new(err);
	if (http->patience == NULL)
		goto fail;
	fd = config->socket > 0 ? config->socket : listen_open(config->listen, &address, err);
	if (fd < 0)
		goto fail;
	listen_print(fd, tls ? "https" : "http", http->address, sizeof(http->address));
	http->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ERROR_LOG |
			MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0),
		0, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_LISTEN_SOCKET,
		fd, MHD_OPTION_THREAD_POOL_SIZE, config->threads, MHD_OPTION_CONNECTION_LIMIT, config->connections_max,
		MHD_OPTION_CONNECTION_TIMEOUT, config->idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE, (size_t)(512u << 10),
		MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, http, MHD_OPTION_NOTIFY_COMPLETED, end_exchange, http,
		MHD_OPTION_NOTIFY_CONNECTION, count_connection, http, MHD_OPTION_ARRAY,
		tls ? tls_options : &tls_options[3], MHD_OPTION_END);
	if (http->daemon == NULL) {
		err_set(err, ERR_OUTSIDE, "listen '%s': the server cannot be started: %s", config->listen,
			tls ? "the TLS certificate or its key cannot be used" : strerror(errno));
		close(fd);
		goto fail;
	}
	return http;

fail:
	patience_free(http->patience);
	pthread_mutex_destroy(&http->lock);
	free(http);
	return NULL;
}

const char *
http_address(const struct http *http)
{
	return http->address;
}

/* Until no request is being answered, at most so long. */
static void
wait_idle(struct http *http, int wait_ms)
{
	const struct timespec step = { 0, 5 * 1000 * 1000 };

	for (int waited = 0; waited < wait_ms && atomic_load(&http->active) > 0; waited += 5)
		nanosleep(&step, NULL);
}

/* Nothing more is accepted; what is being answered ends, at most so long. The socket, or -1. */
static int
end_serving(struct http *http, int fd, int wait_ms)
{
	wait_idle(http, wait_ms);
	if (http->config.drain != NULL)
		http->config.drain(http->config.drain_ctx);
	wait_idle(http, DRAIN_MS);
	MHD_stop_daemon(http->daemon);
	patience_free(http->patience);
	while (http->spares > 0)
		arena_free(http->spare[--http->spares]);
	pthread_mutex_destroy(&http->lock);
	free(http);
	return fd;
}

int
http_rest(struct http *http, int wait_ms)
{
	const struct timespec settle = { 0, SETTLE_MS * 1000 * 1000 };
	int fd = MHD_quiesce_daemon(http->daemon);

	if (http->config.resting != NULL)
		atomic_store(http->config.resting, true);
	/* Who was accepted just before is heard. */
	nanosleep(&settle, NULL);
	return end_serving(http, fd, wait_ms);
}

void
http_stop(struct http *http, int wait_ms)
{
	int fd = http == NULL ? -1 : end_serving(http, MHD_quiesce_daemon(http->daemon), wait_ms);

	if (fd >= 0)
		close(fd);
}
