/*
 * otlp_answer: what a sender of OTLP is told, in JSON or protobuf.
 */
#ifndef INGEST_OTLP_ANSWER_H
#define INGEST_OTLP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/ingest/push.h"

struct arena;

/* An export response: empty when all went well, else how many items were rejected and why the first of them. */
const char *otlp_answer_taken(
	struct arena *arena, bool protobuf, enum push_form form, const struct push_result *result, size_t *n);

/* A google.rpc.Status. */
const char *otlp_answer_failure(struct arena *arena, bool protobuf, int code, const char *sentence, size_t *n);

#endif
