/*
 * load: many connections that each ask one thing over and over, for as long as one says: short enough to go back and
 * forth between two servers, so that what else the machine does meets both.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

struct load;

/* Connect; ended by load_close. Replies must be text that ends with a line, and have no other. */
struct load *load_open(int port, int connections, const char *target);
void load_close(struct load *load);

/* Ask for so long, and read what was asked to its end: replies per second. */
double load_run(struct load *load, double seconds);

#endif
