#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/measure.h"

static enum MHD_Result
answer(void *ctx, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
	const char *bytes, size_t *n, void **slot)
{
	(void)url;
	(void)method;
	(void)version;
	(void)bytes;
	(void)n;
	if (*slot == NULL) { /* only the header is there: a reply now would end the connection */
		*slot = ctx;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, ctx);
}

/* The library adds these itself. */
static bool
is_its_own(const char *line)
{
	return strncasecmp(line, "Date:", 5) == 0 || strncasecmp(line, "Content-Length:", 15) == 0 ||
		strncasecmp(line, "Connection:", 11) == 0;
}

static struct MHD_Response *
copy_reply(const struct reply *reply)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		reply->body, (void *)(uintptr_t)(reply->bytes + reply->head), MHD_RESPMEM_MUST_COPY);
	const char *line = strstr(reply->bytes, "\r\n") + 2, *end;
	char name[128], value[512];

	for (; line < reply->bytes + reply->head - 2; line = end + 2) {
		end = strstr(line, "\r\n");
		if (!is_its_own(line) && sscanf(line, "%127[^:]: %511[^\r]", name, value) == 2)
			MHD_add_response_header(response, name, value);
	}
	return response;
}

void
bare_start(struct served *bare, const struct reply *reply, unsigned threads)
{
	int ends[2], port = 0;

	if (pipe(ends) != 0 || (bare->pid = fork()) < 0)
		fail("the bare server", "cannot be started");
	if (bare->pid == 0) {
		struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
			NULL, answer, copy_reply(reply), MHD_OPTION_THREAD_POOL_SIZE, threads,
			MHD_OPTION_CONNECTION_LIMIT, 1024u, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(32u << 10), MHD_OPTION_END);
		const union MHD_DaemonInfo *info =
			daemon == NULL ? NULL : MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);

		port = info == NULL ? 0 : info->port;
		if (write(ends[1], &port, sizeof(port)) != sizeof(port) || port == 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], &port, sizeof(port)) != sizeof(port) || port == 0)
		fail("the bare server", "does not listen");
	close(ends[0]);
	bare->port = port;
}
