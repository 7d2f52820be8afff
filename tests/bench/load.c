#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load.h"
#include "tests/bench/measure.h"
#include "tests/bench/served.h"

struct load {
	int n, waiting; /* connections; of them those with a reply to come */
	size_t size;
	char request[512];
	struct pollfd *fds;
};

struct load *
load_open(int port, int connections, const char *target)
{
	struct load *load = calloc(1, sizeof(*load));

	if (load == NULL || (load->fds = calloc((size_t)connections, sizeof(*load->fds))) == NULL)
		fail(target, "no memory");
	load->n = connections;
	load->size = (size_t)snprintf(
		load->request, sizeof(load->request), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", target);
	for (int i = 0; i < connections; i++)
		load->fds[i] = (struct pollfd){ .fd = client_open(port), .events = POLLIN };
	return load;
}

void
load_close(struct load *load)
{
	for (int i = 0; i < load->n; i++)
		close(load->fds[i].fd);
	free(load->fds);
	free(load);
}

static void
ask(struct load *load, int i)
{
	if (write(load->fds[i].fd, load->request, load->size) != (ssize_t)load->size)
		fail("the load", "cannot ask");
	load->waiting++;
}

/* Whether the reply is there to its end. */
static bool
hear(const struct load *load, int i)
{
	static char bytes[1 << 16];
	ssize_t got = read(load->fds[i].fd, bytes, sizeof(bytes));

	if (got <= 0)
		fail("the load", "was not answered to the end");
	if (strncmp(bytes, "HTTP/1.1 ", 9) == 0 && strncmp(bytes + 9, "200", 3) != 0)
		fail("the load", "was refused");
	return bytes[got - 1] == '\n' && (got < 2 || bytes[got - 2] != '\r');
}

double
load_run(struct load *load, double seconds)
{
	double begin = wall_seconds(), now = begin;
	long replies = 0;

	for (int i = 0; i < load->n; i++)
		ask(load, i);
	while (load->waiting > 0) {
		if (poll(load->fds, (nfds_t)load->n, 10000) <= 0)
			fail("the load", "is not answered");
		for (int i = 0; i < load->n; i++) {
			if (load->fds[i].revents == 0 || !hear(load, i))
				continue;
			load->waiting--;
			replies++;
			if (now - begin < seconds)
				ask(load, i);
		}
		now = wall_seconds();
	}
	return (double)replies / (now - begin);
}
