/*
 * printed_sink: what a collector makes of an input, as text, a line per reading, refusal and warning.
 *
 * Fields that are empty or not reported are left out, so that a line shows what was understood and nothing else.
 */
#ifndef UNIT_PRINTED_SINK_H
#define UNIT_PRINTED_SINK_H

#include <stddef.h>
#include <stdio.h>

#include "collectors/collector.h"

/* A sink that prints to the stream. */
struct sink printed_sink(FILE *stream);

/* Bytes handed out as an input, at most `step` at a time (0: all that fits). */
struct bytes_input {
	const char *bytes;
	size_t size, at, step;
};
struct input bytes_input(struct bytes_input *bytes);

/* A whole file in malloc'd memory with a NUL behind it, or NULL. */
char *read_file(const char *path, size_t *size);

/* Everything the collector makes of the bytes, and "error: ..." where the run failed; the caller frees. */
char *collect_printed(
	const struct collector *collector, struct bytes_input *bytes, const struct collect_options *options);

#endif
