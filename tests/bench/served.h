/*
 * served: the program as a process of its own, and a client that asks it one thing at a time.
 */
#ifndef BENCH_SERVED_H
#define BENCH_SERVED_H

#include <stddef.h>
#include <sys/types.h>

#include "tests/bench/rows.h"

struct served {
	pid_t pid;
	int port;
	double first_answer_s; /* from the start of the process to the end of its first answer */
};

/* Import rows into the ledger in the folder, through the program's own command. Seconds. */
double ledger_make(const char *program, const char *data, const struct rows *rows);

/* Serve the ledger and ask the target once. */
void serve_start(struct served *served, const char *program, const char *data, const char *target);
void serve_stop(struct served *served);

/* CPU seconds that the process has used. */
double serve_cpu(const struct served *served);

struct memory {
	double resident_mib, private_mib; /* private: what no other process could share */
};

struct memory serve_memory(const struct served *served);

/* A connection that is kept. */
int client_open(int port);

struct reply {
	int status;
	size_t head, body; /* bytes */
	char bytes[1 << 20];
};

/* Ask and read the whole answer: seconds. */
double client_get(int fd, const char *target, struct reply *reply);

#endif
