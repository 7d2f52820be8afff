#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/measure.h"
#include "tests/bench/served.h"

static pid_t
start(const char *const *args, int in, int out, int log)
{
	pid_t child = fork();

	if (child < 0)
		fail(args[0], "no process can be started");
	if (child > 0)
		return child;
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	execv(args[0], (char *const *)(uintptr_t)args);
	_exit(127);
}

double
ledger_make(const char *program, const char *data, const struct rows *rows)
{
	const char *const args[] = { program, "collect", "usage-csv", "-", "--data", data, "--format", "text", NULL };
	double begin = wall_seconds();
	FILE *stream;
	int ends[2], nothing, status;
	pid_t child;

	if (pipe(ends) != 0)
		fail(data, "no pipe");
	nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	child = start(args, ends[0], nothing, STDERR_FILENO);
	close(nothing);
	close(ends[0]);
	stream = fdopen(ends[1], "w");
	if (stream == NULL || rows_write(rows, NULL, stream) != 0)
		fail(data, "the rows were not all read");
	fclose(stream);
	if (waitpid(child, &status, 0) != child || status != 0)
		fail(data, "the import failed");
	return wall_seconds() - begin;
}

int
client_open(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("the daemon", "does not take a connection");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The header's end, or NULL while it is not there. */
static const char *
head_end(const struct reply *reply, size_t got)
{
	return memmem(reply->bytes, got, "\r\n\r\n", 4);
}

static size_t
body_length(const struct reply *reply, const char *end)
{
	for (const char *line = reply->bytes; line < end; line = strstr(line, "\r\n") + 2)
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			return strtoul(line + 15, NULL, 10);
	fail("the daemon", "answers without a length");
}

double
client_get(int fd, const char *target, struct reply *reply)
{
	char request[1024];
	double begin = wall_seconds();
	int n = snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n", target);
	size_t got = 0, whole = 0;

	if (write(fd, request, (size_t)n) != n)
		fail(target, "cannot be asked");
	do {
		ssize_t more = read(fd, reply->bytes + got, sizeof(reply->bytes) - 1 - got);
		const char *end;

		if (more <= 0)
			fail(target, "was not answered to the end");
		got += (size_t)more;
		reply->bytes[got] = '\0';
		end = whole == 0 ? head_end(reply, got) : NULL;
		if (end != NULL) {
			reply->head = (size_t)(end - reply->bytes) + 4;
			reply->body = body_length(reply, end);
			whole = reply->head + reply->body;
		}
	} while (whole == 0 || got < whole);
	reply->status = atoi(reply->bytes + strlen("HTTP/1.1 "));
	return wall_seconds() - begin;
}

double
serve_cpu(const struct served *served)
{
	struct timespec now;
	clockid_t clock;

	if (clock_getcpuclockid(served->pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
		fail("the daemon", "has ended");
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void
serve_start(struct served *served, const char *program, const char *data, const char *target)
{
	const char *const args[] = { program, "serve", "--data", data, "--listen", "127.0.0.1:0", NULL };
	static struct reply reply;
	char line[128];
	double begin = wall_seconds();
	FILE *stream;
	int ends[2], nothing, fd;

	if (pipe(ends) != 0)
		fail(data, "no pipe");
	nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	served->pid = start(args, STDIN_FILENO, ends[1], nothing);
	close(nothing);
	close(ends[1]);
	stream = fdopen(ends[0], "r");
	if (stream == NULL || fgets(line, sizeof(line), stream) == NULL || strrchr(line, ':') == NULL)
		fail(data, "is not served");
	fclose(stream);
	served->port = atoi(strrchr(line, ':') + 1);
	fd = client_open(served->port);
	client_get(fd, target, &reply);
	served->first_answer_s = wall_seconds() - begin;
	close(fd);
	if (reply.status != 200)
		fail(target, reply.bytes);
}

void
serve_stop(struct served *served)
{
	kill(served->pid, SIGTERM);
	waitpid(served->pid, NULL, 0);
}

struct memory
serve_memory(const struct served *served)
{
	struct memory memory = { 0, 0 };
	char line[256];
	FILE *stream;
	double kib;

	snprintf(line, sizeof(line), "/proc/%d/smaps_rollup", (int)served->pid);
	stream = fopen(line, "r");
	if (stream == NULL)
		fail(line, "cannot be read");
	while (fgets(line, sizeof(line), stream) != NULL) {
		if (sscanf(line, "Rss: %lf", &kib) == 1)
			memory.resident_mib = kib / 1024;
		if (sscanf(line, "Private_Clean: %lf", &kib) == 1 || sscanf(line, "Private_Dirty: %lf", &kib) == 1)
			memory.private_mib += kib / 1024;
	}
	fclose(stream);
	return memory;
}
