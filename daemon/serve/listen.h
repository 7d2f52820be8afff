/*
 * listen: from an address as text to a socket that listens there, and back.
 */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <stddef.h>
#include <sys/socket.h>

struct err;

/* "127.0.0.1:8080", "localhost:8080" or "[::1]:8080". */
int listen_parse(const char *listen, struct sockaddr_storage *address, struct err *err);

/* A socket of our own, so that an address that is taken can be named in words; listen_on is for errors. */
int listen_open(const char *listen_on, const struct sockaddr_storage *address, struct err *err);

/* "http://127.0.0.1:8080/", with the port that it got. */
void listen_print(int fd, const char *scheme, char *out, size_t size);

#endif
