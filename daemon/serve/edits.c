#include <cjson/cJSON.h>
#include <string.h>

#include "daemon/base/arena.h"
#include "daemon/report/answer.h"
#include "models/units/err.h"

#include "daemon/serve/api.h"
#include "daemon/serve/edits.h"
#include "daemon/serve/routes.h"

#define BODY_MAX (64u << 10)

const char *
edit_who(const struct call *call)
{
	return call->known ? call->who.name : "loopback";
}

static int
read_field(const cJSON *item, struct arena *arena, struct edit_field *field, struct err *err)
{
	field->name = arena_copy(arena, item->string, strlen(item->string));
	field->value = NULL;
	if (cJSON_IsNull(item))
		return 0;
	if (cJSON_IsString(item))
		field->value = arena_copy(arena, item->valuestring, strlen(item->valuestring));
	else if (cJSON_IsBool(item))
		field->value = cJSON_IsTrue(item) ? "yes" : "no";
	else if (cJSON_IsNumber(item) && item->valuedouble == (double)(long long)item->valuedouble)
		field->value = arena_format(arena, "%lld", (long long)item->valuedouble);
	else
		return err_set(err, ERR_INPUT, "body: field '%s' is no text, whole number or truth", item->string);
	return 0;
}

static int
read_object(const cJSON *object, struct arena *arena, struct edit *edit, struct err *err)
{
	struct edit_field *fields = arena_take(arena, ((size_t)cJSON_GetArraySize(object) + 1) * sizeof(*fields));
	const cJSON *item;

	if (!cJSON_IsObject(object))
		return err_set(err, ERR_INPUT, "body: a JSON object is needed");
	cJSON_ArrayForEach(item, object)
	{
		if (read_field(item, arena, &fields[edit->n], err) != 0)
			return -1;
		for (size_t i = 0; i < edit->n; i++)
			if (strcmp(fields[i].name, fields[edit->n].name) == 0)
				return err_set(err, ERR_INPUT, "body: field '%s' comes twice", fields[i].name);
		edit->n++;
	}
	edit->fields = fields;
	return 0;
}

static int
read_body(const struct call *call, struct edit *edit, struct err *err)
{
	const struct exchange_request *request = call->request;
	const char *end;
	cJSON *object;
	int status;

	if (request->size == 0)
		return 0;
	if (request->size > BODY_MAX)
		return err_set(err, ERR_INPUT, "body: %zu bytes are more than %u", request->size, BODY_MAX);
	object = cJSON_ParseWithLengthOpts(request->body, request->size, &end, 0);
	if (object == NULL)
		return err_set(err, ERR_INPUT, "body: no JSON from byte %zu on", (size_t)(end - request->body));
	while (end < request->body + request->size && strchr(" \t\r\n", *end) != NULL && *end != '\0')
		end++;
	status = end == request->body + request->size
		? read_object(object, request->arena, edit, err)
		: err_set(err, ERR_INPUT, "body: something stands behind the JSON object, from byte %zu on",
			  (size_t)(end - request->body));
	cJSON_Delete(object);
	return status;
}

void
edit_frame(const struct call *call, struct edit *edit)
{
	*edit = (struct edit){ .arena = call->request->arena,
		.clock = { call->api->zone, call->request->now_us },
		.settings = call->api->settings,
		.who = edit_who(call),
		.name = call->name };
}

int
edit_read(const struct call *call, struct edit *edit, struct err *err)
{
	edit_frame(call, edit);
	return read_body(call, edit, err);
}

void
serve_edit(const struct call *call, editor *run, struct exchange_reply *reply)
{
	const struct api *api = call->api;
	struct answer *answer = answer_new(call->request->arena);
	struct edit edit;
	struct err err;
	int status;

	if (edit_read(call, &edit, &err) != 0) {
		reply_err(call->request, reply, &err);
		return;
	}
	if (api->writer_open == NULL) {
		reply_error(call->request, reply, 503, "there is no ledger to write to");
		return;
	}
	edit.store = api->writer_open(api->writer_ctx, &err);
	if (edit.store == NULL) {
		reply_error(call->request, reply, 503, "%s", err.text);
		return;
	}
	status = run(&edit, answer, &err);
	api->writer_close(api->writer_ctx, edit.store);
	if (status != 0)
		reply_err(call->request, reply, &err);
	else
		reply_answer(call, answer, ANSWER_JSON, reply);
	reply->cache = NULL;
}
