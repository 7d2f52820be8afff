#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/arena.h"
#include "daemon/base/config.h"
#include "daemon/base/log.h"
#include "daemon/base/zone.h"
#include "daemon/context.h"
#include "daemon/ingest/ingest.h"
#include "daemon/store/kept.h"
#include "models/units/err.h"

int64_t
clock_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int
context_open(struct context *context, const char *config, const char *data, struct err *err)
{
	memset(context, 0, sizeof(*context));
	context->now_us = clock_now_us();
	context->arena = arena_new();
	if (context->arena == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory");
	if (settings_load(&context->settings, config, err) != 0)
		return -1;
	if (data != NULL && settings_set(&context->settings, setting_find("data", NULL), data, SETTING_GIVEN, err) != 0)
		return -1;
	log_setup((enum log_level)context->settings.log.level, context->settings.log.format);
	return zone_load(&context->zone, context->settings.report.zone, err);
}

int
context_kept(struct context *context, struct err *err)
{
	if (kept_apply(context->store, &context->settings, err) != 0)
		return -1;
	return zone_load(&context->zone, context->settings.report.zone, err);
}

int
context_store(struct context *context, enum store_mode mode, struct err *err)
{
	context->store = store_open(context->settings.data, mode, err);
	if (context->store == NULL || context_kept(context, err) != 0)
		return -1;
	return mode == STORE_WRITE ? ingest_catch_up(context->store, err) : 0;
}

int
context_change(struct context *context, context_changer *change, const void *what, struct err *err)
{
	store_close(context->store);
	context->store = NULL;
	if (context_store(context, STORE_WRITE, err) != 0 || store_begin(context->store, err) != 0)
		return -1;
	if (change(context, what, err) != 0) {
		store_rollback(context->store);
		return -1;
	}
	return store_commit(context->store, err);
}

void
context_close(struct context *context)
{
	store_close(context->store);
	arena_free(context->arena);
	context->store = NULL;
	context->arena = NULL;
}
