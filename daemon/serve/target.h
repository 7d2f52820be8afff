/*
 * target: the request target of HTTP taken apart: a decoded path and its parameters.
 */
#ifndef SERVE_TARGET_H
#define SERVE_TARGET_H

#include <stddef.h>

struct arena;
struct err;

#define TARGET_PARAMS_MAX 64

struct target {
	const char *path; /* decoded, begins with '/' */
	size_t n;
	struct {
		const char *name, *value; /* decoded; "" where there was no '=' */
	} params[TARGET_PARAMS_MAX];
};

/*
 * Take a target apart. ERR_INPUT for one that does not begin with '/', for an escape that is none or
 * that is a NUL, and for more parameters than TARGET_PARAMS_MAX.
 */
int target_parse(const char *text, struct arena *arena, struct target *target, struct err *err);

#endif
