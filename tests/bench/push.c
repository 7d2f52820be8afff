/*
 * push: how long a pushed event waits for its acknowledgement.
 *
 * A daemon on a scratch ledger gets single-event requests at a fixed rate, each due at its own instant whether
 * or not the ones before it were answered; a request's wait counts from the instant it was due. Beside it, from the
 * same run: what a write and its fdatasync cost on that disk, which no acknowledgement can be quicker than.
 * Prints the percentiles and fails when the median is above the limit or an event is missing in the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RATE 1000 /* requests a second */
#define SECONDS 10
#define REQUESTS (RATE * SECONDS)
#define CONNECTIONS 32
#define LIMIT_MS 5.0
#define SYNCS 400

static const char program[] = "build/release/breakeven";

struct connection {
	int fd;
	int request; /* under way, or -1 */
	size_t got;
	char reply[2048];
};

static double wait_ms[REQUESTS];
static int answered, wrong;

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void fail(const char *what) __attribute__((noreturn));

static void
fail(const char *what)
{
	fprintf(stderr, "push: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the daemon */

static pid_t
start_daemon(const char *folder, int *port)
{
	char line[128] = "", *colon;
	int pipe_fd[2];
	size_t n = 0;
	pid_t pid;

	if (pipe(pipe_fd) != 0 || (pid = fork()) < 0)
		fail("cannot start the daemon");
	if (pid == 0) {
		dup2(pipe_fd[1], STDOUT_FILENO);
		execl(program, program, "serve", "--data", folder, "--listen", "127.0.0.1:0", (char *)NULL);
		_exit(127);
	}
	close(pipe_fd[1]);
	while (n + 1 < sizeof(line) && strchr(line, '\n') == NULL) {
		ssize_t got = read(pipe_fd[0], line + n, sizeof(line) - 1 - n);

		if (got <= 0)
			fail(program);
		n += (size_t)got;
		line[n] = '\0';
	}
	colon = strrchr(line, ':');
	*port = colon == NULL ? 0 : atoi(colon + 1);
	return pid;
}

static void
connect_to(struct connection *connection, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	connection->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("cannot connect");
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connection->request = -1;
}

/* ---- requests */

static void
send_event(struct connection *connection, int request)
{
	char body[256], bytes[512];
	int size = snprintf(body, sizeof(body),
		"{\"id\":\"bench-%d\",\"at\":%d.%03d,\"provider\":\"openai\",\"model\":\"gpt-4o\",\"workload\":\"w%d\","
		"\"in_uncached\":1200,\"out_visible\":300}",
		request, 1785585600 + request / 1000, request % 1000, request % 8);
	int n = snprintf(bytes, sizeof(bytes),
		"POST /api/v1/usage HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
		"Content-Length: %d\r\n\r\n%s",
		size, body);

	if (write(connection->fd, bytes, (size_t)n) != n)
		fail("cannot send");
	connection->request = request;
	connection->got = 0;
}

/* Whether the reply is whole; its last line is the end of its one JSON object. */
static bool
read_reply(struct connection *connection)
{
	ssize_t got = read(
		connection->fd, connection->reply + connection->got, sizeof(connection->reply) - 1 - connection->got);

	if (got <= 0)
		fail("a connection was closed");
	connection->got += (size_t)got;
	connection->reply[connection->got] = '\0';
	return connection->got > 3 && strcmp(connection->reply + connection->got - 2, "}\n") == 0;
}

static void
take_replies(struct connection *connections, double began, int timeout_ms)
{
	struct pollfd polled[CONNECTIONS];

	for (int i = 0; i < CONNECTIONS; i++)
		polled[i] =
			(struct pollfd){ .fd = connections[i].request < 0 ? -1 : connections[i].fd, .events = POLLIN };
	if (poll(polled, CONNECTIONS, timeout_ms) <= 0)
		return;
	for (int i = 0; i < CONNECTIONS; i++) {
		struct connection *connection = &connections[i];

		if ((polled[i].revents & (POLLIN | POLLHUP)) == 0 || !read_reply(connection))
			continue;
		wait_ms[connection->request] = now_ms() - began - connection->request * 1e3 / RATE;
		wrong += strstr(connection->reply, "\"taken\":1,") == NULL;
		answered++;
		connection->request = -1;
	}
}

static void
drive(struct connection *connections)
{
	double began = now_ms();
	int sent = 0;

	while (answered < REQUESTS) {
		double next = began + sent * 1e3 / RATE;
		int left = sent == REQUESTS ? 100 : (int)(next - now_ms());

		for (int i = 0; i < CONNECTIONS && sent < REQUESTS && now_ms() >= next; i++)
			if (connections[i].request < 0) {
				send_event(&connections[i], sent);
				next = began + ++sent * 1e3 / RATE;
			}
		take_replies(connections, began, left > 0 ? left : sent - answered == CONNECTIONS);
	}
}

/* ---- the peer: the least that an acknowledgement can cost here */

static double
sync_ms(const char *folder)
{
	static double took[SYNCS];
	char path[256];
	char page[4096] = { 1 };
	int fd;

	snprintf(path, sizeof(path), "%s/peer", folder);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	if (fd < 0)
		fail(path);
	for (int i = 0; i < SYNCS; i++) {
		double began = now_ms();

		if (write(fd, page, sizeof(page)) != sizeof(page) || fdatasync(fd) != 0)
			fail(path);
		took[i] = now_ms() - began;
	}
	close(fd);
	unlink(path);
	qsort(took, SYNCS, sizeof(took[0]), by_value);
	return took[SYNCS / 2];
}

int
main(void)
{
	static struct connection connections[CONNECTIONS];
	char folder[] = "/tmp/breakeven-bench-XXXXXX", command[128];
	double floor_ms, median;
	int port, status;
	struct rusage used;
	pid_t pid;

	if (mkdtemp(folder) == NULL)
		fail(folder);
	floor_ms = sync_ms(folder);
	pid = start_daemon(folder, &port);
	for (int i = 0; i < CONNECTIONS; i++)
		connect_to(&connections[i], port);
	drive(connections);
	kill(pid, SIGTERM);
	wait4(pid, &status, 0, &used);
	snprintf(command, sizeof(command), "%s check --data %s --format json >/dev/null", program, folder);
	status = system(command);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command) != 0)
		fail(folder);
	qsort(wait_ms, REQUESTS, sizeof(wait_ms[0]), by_value);
	median = wait_ms[REQUESTS / 2];
	printf("%d single-event requests a second over %d connections for %d s, acknowledged after commit:\n", RATE,
		CONNECTIONS, SECONDS);
	printf("  median %.2f ms (limit %.0f ms), p95 %.2f ms, p99 %.2f ms, worst %.1f ms\n", median, LIMIT_MS,
		wait_ms[REQUESTS * 95 / 100], wait_ms[REQUESTS * 99 / 100], wait_ms[REQUESTS - 1]);
	printf("  the daemon used %.0f us of a core for each\n",
		((double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
			(double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec)) /
			REQUESTS);
	printf("  a write of one page and its fdatasync on the same disk: median %.2f ms\n", floor_ms);
	if (wrong > 0)
		printf("  %d requests were not taken\n", wrong);
	if (status != 0)
		printf("  the ledger is not sound afterwards\n");
	return median > LIMIT_MS || wrong > 0 || status != 0;
}
