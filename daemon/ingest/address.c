#include "daemon/ingest/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "models/units/err.h"

/* ---- a URL */

static int
take_host(const char *from, size_t n, struct address *address, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:";

	if (n == 0 || n >= sizeof(address->host))
		return err_set(err, ERR_INPUT, "the URL names no host");
	memcpy(address->host, from, n);
	address->host[n] = '\0';
	if (strspn(address->host, letters) != n)
		return err_set(err, ERR_INPUT, "the URL's host is not a name or an address");
	return 0;
}

static int
take_port(const char *from, size_t n, struct address *address, struct err *err)
{
	int port = 0;

	for (size_t i = 0; i < n; i++) {
		if (from[i] < '0' || from[i] > '9' || i > 4)
			return err_set(err, ERR_INPUT, "the URL's port is not a number from 1 to 65535");
		port = port * 10 + (from[i] - '0');
	}
	if (n == 0 || port < 1 || port > 65535)
		return err_set(err, ERR_INPUT, "the URL's port is not a number from 1 to 65535");
	address->port = port;
	return 0;
}

int
address_parse(const char *url, struct address *address, struct err *err)
{
	const char *host, *end, *colon;

	memset(address, 0, sizeof(*address));
	if (strncasecmp(url, "https://", 8) == 0)
		address->tls = true;
	else if (strncasecmp(url, "http://", 7) != 0)
		return err_set(err, ERR_INPUT, "a URL begins with https:// or http://");
	for (const char *p = url; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return err_set(err, ERR_INPUT, "the URL holds a blank or a control character");
	host = url + (address->tls ? 8 : 7);
	end = host + strcspn(host, "/?#");
	address->port = address->tls ? 443 : 80;
	if (memchr(host, '@', (size_t)(end - host)) != NULL)
		return err_set(err, ERR_INPUT,
			"the URL holds a user or a key; a key comes from key_file or key_variable and never stands in a URL");
	if (strpbrk(end, "?#") != NULL)
		return err_set(err, ERR_INPUT, "the URL holds a query; say scheme, host and perhaps a path");
	address->origin_n = (size_t)(end - url);
	if (host[0] == '[') {
		const char *close = memchr(host, ']', (size_t)(end - host));

		if (close == NULL)
			return err_set(err, ERR_INPUT, "the bracket of the URL's address is not closed");
		if (take_host(host + 1, (size_t)(close - host) - 1, address, err) != 0)
			return -1;
		colon = close + 1;
		if (colon != end && *colon != ':')
			return err_set(err, ERR_INPUT, "something stands behind the bracket of the URL's address");
	} else {
		colon = memchr(host, ':', (size_t)(end - host));
		if (take_host(host, (size_t)((colon == NULL ? end : colon) - host), address, err) != 0)
			return -1;
	}
	if (colon != NULL && colon != end && take_port(colon + 1, (size_t)(end - colon) - 1, address, err) != 0)
		return -1;
	snprintf(address->origin, sizeof(address->origin), "%.*s", (int)address->origin_n, url);
	return 0;
}

/* ---- addresses of this machine */

static bool
is_local_4(uint32_t address)
{
	return address >> 24 == 127 || address >> 24 == 0 || address >> 16 == 0xa9fe;
}

static uint32_t
last_four(const unsigned char *bytes)
{
	return (uint32_t)bytes[12] << 24 | (uint32_t)bytes[13] << 16 | (uint32_t)bytes[14] << 8 | bytes[15];
}

static bool
is_local_6(const unsigned char *bytes)
{
	static const unsigned char zeros[12], mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char translated[12] = { 0, 0x64, 0xff, 0x9b }; /* 64:ff9b::/96 */
	static const unsigned char metadata[16] = { 0xfd, 0, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 };

	if (memcmp(bytes, zeros, 12) == 0) /* ::, ::1 and IPv4 written the oldest way */
		return last_four(bytes) <= 1 || is_local_4(last_four(bytes));
	if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, translated, 12) == 0)
		return is_local_4(last_four(bytes));
	return (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) || memcmp(bytes, metadata, 16) == 0;
}

bool
address_is_local(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return is_local_4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return is_local_6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
	return true;
}

bool
address_names_local(const char *host)
{
	struct in6_addr six;
	struct in_addr four;
	size_t n = strlen(host);

	/* inet_aton takes "127.1" and "0x7f000001", as a resolver does. */
	if (inet_aton(host, &four) != 0)
		return is_local_4(ntohl(four.s_addr));
	if (inet_pton(AF_INET6, host, &six) == 1)
		return is_local_6(six.s6_addr);
	n -= n > 0 && host[n - 1] == '.';
	return (n == 9 && strncasecmp(host, "localhost", 9) == 0) ||
		(n > 10 && strncasecmp(host + n - 10, ".localhost", 10) == 0);
}

/* ---- proxies */

/* Whether a comma-separated list names the host or a domain that it lies in; "*" is all. */
static bool
is_named(const char *list, const char *host)
{
	size_t hosts = strlen(host);

	while (*list != '\0') {
		size_t n;

		list += strspn(list, ", ");
		n = strcspn(list, ", ");
		if (n == 1 && *list == '*')
			return true;
		if (n > 0) {
			const char *name = list + (*list == '.');
			size_t length = n - (*list == '.');

			if (length > 0 && length <= hosts && strncasecmp(host + hosts - length, name, length) == 0 &&
				(length == hosts || host[hosts - length - 1] == '.'))
				return true;
		}
		list += n;
	}
	return false;
}

static const char *
variable(char *(*get)(const char *name), const char *lower, const char *upper)
{
	const char *value = get(lower);

	if ((value == NULL || value[0] == '\0') && upper != NULL)
		value = get(upper);
	return value == NULL || value[0] == '\0' ? NULL : value;
}

const char *
address_proxy(const struct address *address, const char *configured, char *(*get)(const char *name))
{
	const char *proxy, *except;

	if (configured != NULL && configured[0] != '\0')
		return strcmp(configured, "none") == 0 ? NULL : configured;
	/* HTTP_PROXY in capitals is what a web server calls a header: not a setting. */
	proxy = address->tls ? variable(get, "https_proxy", "HTTPS_PROXY") : variable(get, "http_proxy", NULL);
	if (proxy == NULL)
		proxy = variable(get, "all_proxy", "ALL_PROXY");
	except = variable(get, "no_proxy", "NO_PROXY");
	return proxy == NULL || (except != NULL && is_named(except, address->host)) ? NULL : proxy;
}
