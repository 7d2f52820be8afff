/*
 * sources: what the API and the command say of sources: how it stands with them, and what a test of one found.
 *
 *   GET  /api/v1/sources                    the table of sources, of the days they were read for, of reasons
 *   POST /api/v1/sources/run/{name}         ask it now
 *   POST /api/v1/sources/test/{name}        ask it once, store nothing, say what is wrong
 *   POST /api/v1/sources/backfill/{name}    want its history from a date on: ?from=2026-01-01
 */
#ifndef SERVE_SOURCES_H
#define SERVE_SOURCES_H

#include <stdint.h>

#include "daemon/serve/routes.h"

struct answer;
struct arena;
struct probe;
struct source_plan;
struct source_views;

void sources_answer(struct answer *answer, struct arena *arena, const struct source_views *views, int64_t now_us);
void probe_answer(struct answer *answer, const struct source_plan *plan, const struct probe *probe);

#endif
