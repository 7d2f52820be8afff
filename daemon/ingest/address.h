/*
 * address: what a source's URL may be, which addresses are this machine's own, and whether a proxy stands between.
 * No sockets here: the answers are the same on every machine.
 */
#ifndef INGEST_ADDRESS_H
#define INGEST_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct sockaddr;

#define ADDRESS_HOST 256

struct address {
	bool tls;                /* https */
	char host[ADDRESS_HOST]; /* without brackets */
	int port;
	char origin[ADDRESS_HOST + 32]; /* "https://api.openai.com", "http://[::1]:8000" */
	size_t origin_n;                /* bytes of the URL up to its path */
};

/*
 * http or https, a host, perhaps a port and a path. ERR_INPUT says what is wrong: another scheme, a user or key in the
 * URL, a query or fragment, a port that is none. The sentence repeats no more of the URL than scheme and host.
 */
int address_parse(const char *url, struct address *address, struct err *err);

/*
 * Whether an address is of this machine or its link: loopback, unspecified, link-local (where clouds keep their
 * metadata), in IPv4, IPv6, and IPv4 inside IPv6.
 */
bool address_is_local(const struct sockaddr *address);

/* The same of a host as it is written: a literal address, "localhost" and what ends in ".localhost". */
bool address_names_local(const char *host);

/*
 * The proxy for a host: as configured; else, where nothing is configured, what https_proxy, http_proxy (for plain http)
 * or all_proxy say, unless no_proxy names the host. NULL: none. get reads the environment.
 */
const char *address_proxy(const struct address *address, const char *configured, char *(*get)(const char *name));

#endif
