#include <string.h>

#include "daemon/ingest/mappings.h"
#include "daemon/ingest/offered.h"
#include "daemon/ingest/upload.h"
#include "models/units/err.h"
#include "models/units/text.h"

/* ---- reading that can be ended from outside */

struct watched {
	const struct upload *upload;
	struct input *input;
};

static long
read_watched(void *ctx, char *buffer, size_t size, struct err *err)
{
	struct watched *watched = ctx;
	const atomic_bool *stop = watched->upload->stop;

	if (stop != NULL && atomic_load(stop))
		return err_set(err, ERR_BUSY, "%s: the daemon is stopping; nothing was stored", watched->upload->name);
	return watched->input->read(watched->input->ctx, buffer, size, err);
}

/* ---- recognising */

static bool
is_auto(const char *collector)
{
	return collector == NULL || strcmp(collector, "auto") == 0;
}

int
upload_check(const char *collector, const struct mappings *mappings, struct err *err)
{
	const struct mapping *mapping;

	if (is_auto(collector) || mappings_collector(mappings, collector, &mapping, err) != NULL)
		return 0;
	return err_in(err, "collector");
}

static void
list_formats(const char *head, size_t n, struct upload_result *result)
{
	for (size_t i = 0; collectors[i] != NULL && result->formats < UPLOAD_FORMATS; i++) {
		const char *why_not = NULL;

		if (collectors[i]->sniff(head, n, &why_not) == 0 && why_not != NULL)
			result->format[result->formats++] =
				(struct upload_format){ collectors[i]->name, collectors[i]->title, why_not };
	}
}

static const struct collector *
recognise(const struct upload *upload, struct ingest_file *file, const struct mapping **mapping,
	struct upload_result *result, struct err *err)
{
	const struct collector *collector;
	const char *head;
	size_t n;

	if (!is_auto(upload->collector))
		return mappings_collector(upload->mappings, upload->collector, mapping, err);
	if (ingest_file_head(file, &head, &n, err) != 0)
		return NULL;
	collector = collector_recognise(head, n, err);
	if (collector == NULL) {
		list_formats(head, n, result);
		err_in(err, "%s", upload->name);
	}
	return collector;
}

int
upload_run(struct store *store, const struct upload *upload, struct upload_result *result, struct err *err)
{
	struct ingest_options options = {
		.collect = { .account = text_of(upload->account),
			.workload = text_of(upload->workload),
			.provider = text_of(upload->provider),
			.model = text_of(upload->model),
			.zone = upload->zone,
			.now_us = upload->now_us },
		.days = upload->zone_chosen ? upload->zone : NULL,
		.name = upload->name,
		.dry_run = upload->dry_run,
		.replace = upload->replace,
	};
	struct input input;
	struct ingest_file *file;
	struct watched watched = { upload, &input };
	struct input told = { .name = upload->name, .read = read_watched, .ctx = &watched };
	const struct collector *collector;
	int status = -1;

	memset(result, 0, sizeof(*result));
	file = ingest_file_take(upload->fd, upload->name, &input, err);
	if (file == NULL)
		return -1;
	collector = recognise(upload, file, &options.collect.mapping, result, err);
	if (collector != NULL) {
		result->collector = collector->name;
		result->title = collector->title;
		result->kind = offered_kind(collector->kind);
		status = ingest_run(store, collector, &told, &options, &result->ingest, err);
	}
	ingest_file_close(file);
	return status;
}
