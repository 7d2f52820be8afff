/*
 * model_file: a model that is in no table, by the path of its config.json, which stands beside its weights.
 */
#ifndef DAEMON_MODEL_FILE_H
#define DAEMON_MODEL_FILE_H

#include <stdbool.h>

struct arena;
struct err;
struct transformer;

/* A path and no name of a model: it ends in ".json". */
bool model_file_is(const char *model);

/*
 * Its texts live in the arena, or in path; the folder that it lies in names it. ERR_MISSING: there is no such file;
 * ERR_INPUT: it cannot be read or is no configuration of a transformer, with line or field.
 */
int model_file_read(struct arena *arena, const char *path, struct transformer *model, struct err *err);

#endif
