/*
 * chat: see chat.h.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "daemon/bench/chat.h"
#include "models/units/err.h"
#include "models/units/random.h"

/* Common words, each one token in the vocabularies in use, so that a prompt's length can be aimed at. */
static const char *const words[] = { "time", "people", "way", "water", "day", "man", "world", "life", "hand", "part",
	"child", "eye", "woman", "place", "work", "week", "case", "point", "company", "number", "group", "problem",
	"fact", "house", "light", "night", "power", "money", "story", "month", "book", "word", "business", "side",
	"kind", "head", "line", "end", "member", "law", "car", "city", "name", "team", "minute", "idea", "body", "back",
	"face", "level", "office", "door", "health", "person", "art", "war", "history", "party", "result", "change",
	"morning", "reason", "research", "moment" };

#define WORDS (sizeof(words) / sizeof(words[0]))

static char *
prompt_of(const struct chat_ask *ask)
{
	size_t room = (size_t)ask->words * 10 + 1, n = 0;
	char *prompt = malloc(room);
	struct random random;

	if (prompt == NULL)
		return NULL;
	random_seed(&random, ask->seed);
	prompt[0] = '\0';
	for (int64_t i = 0; i < ask->words; i++)
		n += (size_t)snprintf(
			prompt + n, room - n, "%s%s", i == 0 ? "" : " ", words[random_next(&random) % WORDS]);
	return prompt;
}

char *
chat_body(const struct chat_ask *ask)
{
	cJSON *body = cJSON_CreateObject(), *messages, *message, *options;
	char *prompt = prompt_of(ask), *text = NULL;

	if (body != NULL && prompt != NULL) {
		cJSON_AddStringToObject(body, "model", ask->model);
		messages = cJSON_AddArrayToObject(body, "messages");
		message = cJSON_CreateObject();
		cJSON_AddStringToObject(message, "role", "user");
		cJSON_AddStringToObject(message, "content", prompt);
		cJSON_AddItemToArray(messages, message);
		cJSON_AddBoolToObject(body, "stream", true);
		options = cJSON_AddObjectToObject(body, "stream_options");
		cJSON_AddBoolToObject(options, "include_usage", true);
		cJSON_AddNumberToObject(body, ask->extras == EXTRAS_NONE ? "max_completion_tokens" : "max_tokens",
			(double)ask->max_tokens);
		if (ask->extras == EXTRAS_IGNORE_END) {
			cJSON_AddBoolToObject(body, "ignore_eos", true);
			cJSON_AddNumberToObject(body, "min_tokens", (double)ask->max_tokens);
			cJSON_AddNumberToObject(body, "temperature", 0);
		}
		text = cJSON_PrintUnformatted(body);
	}
	cJSON_Delete(body);
	free(prompt);
	return text;
}

static bool
ends_with(const char *text, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(text + n - m, end, m) == 0;
}

char *
chat_url(const char *given, struct err *err)
{
	size_t n = strlen(given), room = n + 32;
	const char *host = strstr(given, "://"), *more;
	char *url;

	if (host == NULL || (strncmp(given, "http://", 7) != 0 && strncmp(given, "https://", 8) != 0) ||
		host[3] == '\0' || host[3] == '/' || strpbrk(given, "?# \t\r\n") != NULL) {
		err_set(err, ERR_INPUT, "'%s' is no address of a server, such as http://127.0.0.1:8000/v1", given);
		return NULL;
	}
	if (memchr(host + 3, '@', strcspn(host + 3, "/")) != NULL) {
		err_set(err, ERR_INPUT, "the address holds a name or a key before its '@'; give keys by --key-file");
		return NULL;
	}
	while (n > 0 && given[n - 1] == '/')
		n--;
	more = ends_with(given, n, "/chat/completions") ? ""
		: ends_with(given, n, "/v1")            ? "/chat/completions"
							: "/v1/chat/completions";
	url = malloc(room);
	if (url == NULL)
		err_set(err, ERR_OUTSIDE, "no memory for an address");
	else
		snprintf(url, room, "%.*s%s", (int)n, given, more);
	return url;
}

/* ---- replies */

static bool
has_text(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) && item->valuestring[0] != '\0';
}

/* A count as JSON has it: whole, not negative, exact in a double. */
static int64_t
count_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble > 9007199254740991.0)
		return CHAT_UNKNOWN;
	return (int64_t)item->valuedouble;
}

static void
copy_text(char *to, size_t size, const cJSON *item)
{
	if (cJSON_IsString(item))
		snprintf(to, size, "%s", item->valuestring);
	else if (cJSON_IsNumber(item))
		snprintf(to, size, "%.15g", item->valuedouble);
}

/* {"error":{message,type,code}}, {"error":"…"}, {"object":"error",message}, {"detail":…}. */
static bool
read_error(const cJSON *root, char *reason, size_t reason_size, char *message, size_t size)
{
	const cJSON *error = cJSON_GetObjectItemCaseSensitive(root, "error");
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "object");
	const cJSON *detail = cJSON_GetObjectItemCaseSensitive(root, "detail");

	if (cJSON_IsString(object) && strcmp(object->valuestring, "error") == 0)
		error = root;
	if (cJSON_IsObject(error)) {
		copy_text(message, size, cJSON_GetObjectItemCaseSensitive(error, "message"));
		copy_text(reason, reason_size, cJSON_GetObjectItemCaseSensitive(error, "type"));
		if (reason[0] == '\0')
			copy_text(reason, reason_size, cJSON_GetObjectItemCaseSensitive(error, "code"));
		return true;
	}
	if (cJSON_IsString(error)) {
		copy_text(message, size, error);
		copy_text(reason, reason_size, cJSON_GetObjectItemCaseSensitive(root, "error_type"));
		return true;
	}
	if (cJSON_IsString(detail))
		copy_text(message, size, detail);
	return detail != NULL;
}

static void
read_choice(const cJSON *choice, struct chat_event *event)
{
	const cJSON *delta = cJSON_GetObjectItemCaseSensitive(choice, "delta");
	const cJSON *finish = cJSON_GetObjectItemCaseSensitive(choice, "finish_reason");
	const cJSON *calls = cJSON_GetObjectItemCaseSensitive(delta, "tool_calls");

	event->text = has_text(delta, "content") || has_text(delta, "reasoning_content") ||
		has_text(delta, "reasoning") || has_text(delta, "refusal") ||
		(cJSON_IsArray(calls) && cJSON_GetArraySize(calls) > 0);
	if (cJSON_IsString(finish)) {
		event->finish = true;
		copy_text(event->reason, sizeof(event->reason), finish);
	}
}

/* It goes into tables, so it has no more letters than ids have. */
static void
read_id(const cJSON *id, char *into, size_t size)
{
	size_t n = 0;

	for (const char *p = cJSON_IsString(id) ? id->valuestring : ""; *p != '\0' && n + 1 < size; p++)
		into[n++] = isalnum((unsigned char)*p) || strchr("-_.:", *p) != NULL ? *p : '_';
	into[n] = '\0';
}

void
chat_read(const char *data, size_t n, struct chat_event *event)
{
	const cJSON *choices, *usage;
	cJSON *root;

	*event = (struct chat_event){
		.prompt_tokens = CHAT_UNKNOWN, .completion_tokens = CHAT_UNKNOWN, .cached_tokens = CHAT_UNKNOWN
	};
	while (n > 0 && (data[n - 1] == ' ' || data[n - 1] == '\r'))
		n--;
	if (n == 6 && memcmp(data, "[DONE]", 6) == 0) {
		event->done = true;
		return;
	}
	root = cJSON_ParseWithLength(data, n);
	if (!cJSON_IsObject(root)) {
		event->nonsense = true;
		cJSON_Delete(root);
		return;
	}
	event->error = read_error(root, event->reason, sizeof(event->reason), event->message, sizeof(event->message));
	read_id(cJSON_GetObjectItemCaseSensitive(root, "id"), event->id, sizeof(event->id));
	choices = cJSON_GetObjectItemCaseSensitive(root, "choices");
	if (cJSON_IsArray(choices) && cJSON_GetArraySize(choices) > 0)
		read_choice(cJSON_GetArrayItem(choices, 0), event);
	usage = cJSON_GetObjectItemCaseSensitive(root, "usage");
	if (cJSON_IsObject(usage)) {
		event->prompt_tokens = count_of(usage, "prompt_tokens");
		event->completion_tokens = count_of(usage, "completion_tokens");
		event->cached_tokens =
			count_of(cJSON_GetObjectItemCaseSensitive(usage, "prompt_tokens_details"), "cached_tokens");
	}
	cJSON_Delete(root);
}

void
chat_error(const char *body, size_t n, char *message, size_t size)
{
	cJSON *root = cJSON_ParseWithLength(body, n);
	char reason[64] = "";

	message[0] = '\0';
	if (!cJSON_IsObject(root) || !read_error(root, reason, sizeof(reason), message, size))
		snprintf(message, size, "%.*s", (int)(n < 120 ? n : 120), body);
	/* What a server says goes to a terminal. */
	for (char *p = message; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	cJSON_Delete(root);
}
