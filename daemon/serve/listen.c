#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/serve/listen.h"
#include "models/units/err.h"

int
listen_parse(const char *listen, struct sockaddr_storage *address, struct err *err)
{
	char host[64];
	const char *colon = strrchr(listen, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - listen);
	char *end;
	unsigned long port;

	if (colon == NULL || n == 0 || n >= sizeof(host) || colon[1] < '0' || colon[1] > '9')
		return err_set(err, ERR_INPUT, "listen '%s': an address and a port are needed, such as 127.0.0.1:8080",
			listen);
	errno = 0;
	port = strtoul(colon + 1, &end, 10);
	if (*end != '\0' || errno != 0 || port > 65535)
		return err_set(err, ERR_INPUT, "listen '%s': '%s' is no port (0 to 65535)", listen, colon + 1);
	memcpy(host, listen, n);
	host[n] = '\0';
	memset(address, 0, sizeof(*address));
	if (host[0] == '[' && host[n - 1] == ']') {
		struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

		host[n - 1] = '\0';
		six->sin6_family = AF_INET6;
		six->sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1)
			return 0;
	} else {
		struct sockaddr_in *four = (struct sockaddr_in *)address;

		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		if (inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &four->sin_addr) == 1)
			return 0;
	}
	return err_set(err, ERR_INPUT, "listen '%s': '%s' is no address (such as 127.0.0.1 or [::1])", listen, host);
}

int
listen_open(const char *listen_on, const struct sockaddr_storage *address, struct err *err)
{
	socklen_t n = address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int one = 1;
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_set(err, ERR_OUTSIDE, "listen '%s': %s", listen_on, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)address, n) != 0 || listen(fd, 511) != 0) {
		err_set(err, ERR_OUTSIDE, "listen '%s': %s", listen_on,
			errno == EADDRINUSE ? "the address is in use; name another port, or 0 for a free one"
					    : strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

void
listen_print(int fd, const char *scheme, char *out, size_t size)
{
	struct sockaddr_storage bound;
	socklen_t n = sizeof(bound);
	char host[64];

	memset(&bound, 0, sizeof(bound));
	getsockname(fd, (struct sockaddr *)&bound, &n);
	if (bound.ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&bound;

		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
		snprintf(out, size, "%s://[%s]:%u/", scheme, host, ntohs(six->sin6_port));
	} else {
		const struct sockaddr_in *four = (const struct sockaddr_in *)&bound;

		inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
		snprintf(out, size, "%s://%s:%u/", scheme, host, ntohs(four->sin_port));
	}
}
