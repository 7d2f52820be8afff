/*
 * repeats: how often a hash has come before, in bounded memory: for rows that have no id of their own.
 */
#ifndef COLLECTORS_REPEATS_H
#define COLLECTORS_REPEATS_H

#include <stdint.h>

#define REPEATS_MAX 393216 /* different hashes that are kept apart; the memory is at most 8 MiB */

struct repeats;

struct repeats *repeats_open(void);          /* NULL when there is no memory */
void repeats_close(struct repeats *repeats); /* NULL is nothing */

/* How often the hash was asked for before, or -1 when there is no room to count another one. */
int64_t repeats_count(struct repeats *repeats, uint64_t hash);

#endif
