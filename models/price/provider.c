/*
 * provider: names as catalogues and telemetry conventions spell them, one group a line, first the usual one.
 */
#include "models/price/provider.h"

#define NAMES_MAX 14

static const char *const groups[][NAMES_MAX] = {
	{ "openai", "open-ai", "text-completion-openai" },
	{ "anthropic", "claude" },
	{ "google", "gemini", "vertex", "vertex-ai", "vertexai", "google-vertex", "google-vertex-ai", "google-gla",
		"google-ai", "gcp-gemini", "gcp-vertex-ai", "gcp-gen-ai", "vertex-ai-*", "google-*" },
	{ "azure", "azure-ai", "azure-openai", "azure-text", "az-ai-openai", "az-ai-inference", "azure-ai-openai",
		"azure-ai-inference", "microsoft", "azure-cognitive-services" },
	{ "aws", "bedrock", "bedrock-converse", "amazon-bedrock", "aws-bedrock", "amazon" },
	{ "mistral", "mistralai", "mistral-ai", "codestral", "text-completion-codestral" },
	{ "x-ai", "xai", "grok" },
	{ "cohere", "cohere-chat" },
	{ "together", "together-ai", "togetherai" },
	{ "fireworks", "fireworks-ai", "fireworks-ai-*" },
	{ "moonshotai", "moonshot" },
	{ "perplexity", "perplexity-ai" },
	{ "voyageai", "voyage", "voyage-ai" },
	{ "zhipuai", "zhipu", "bigmodel" },
	{ "zai", "z-ai" },
	{ "nebius", "nebius-ai" },
	{ "replicate", "replicate-ai" },
};

static const struct {
	const char *provider;
	const char *resells[3];
} fallbacks[] = {
	{ "azure", { "openai", "anthropic" } },
	{ "google", { "anthropic" } },
};

static const struct {
	const char *begins;
	const char *provider;
} makers[] = {
	{ "gpt-", "openai" },
	{ "chatgpt-", "openai" },
	{ "o1", "openai" },
	{ "o3", "openai" },
	{ "o4", "openai" },
	{ "text-embedding-3", "openai" },
	{ "text-embedding-ada", "openai" },
	{ "davinci", "openai" },
	{ "babbage", "openai" },
	{ "text-davinci", "openai" },
	{ "codex-", "openai" },
	{ "claude", "anthropic" },
	{ "gemini", "google" },
	{ "gemma", "google" },
	{ "text-embedding-00", "google" },
	{ "mistral", "mistral" },
	{ "ministral", "mistral" },
	{ "magistral", "mistral" },
	{ "codestral", "mistral" },
	{ "devstral", "mistral" },
	{ "pixtral", "mistral" },
	{ "open-mi", "mistral" },
	{ "command", "cohere" },
	{ "embed-", "cohere" },
	{ "rerank-", "cohere" },
	{ "grok", "x-ai" },
	{ "deepseek", "deepseek" },
	{ "sonar", "perplexity" },
	{ "kimi", "moonshotai" },
	{ "moonshot", "moonshotai" },
	{ "glm-", "zhipuai" },
	{ "voyage-", "voyageai" },
	{ "minimax", "minimax" },
	{ "amazon.", "aws" },
	{ "anthropic.", "aws" },
	{ "us.anthropic.", "aws" },
	{ "eu.anthropic.", "aws" },
	{ "global.anthropic.", "aws" },
	{ "us.amazon.", "aws" },
};

static char
plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	return c == '_' || c == '.' || c == ' ' ? '-' : c;
}

/* Case and the kind of separator do not count; a name in the table may end in `*`. */
static bool
spelled(struct text text, const char *name)
{
	size_t i = 0;

	for (; i < text.n && name[i] != '\0' && name[i] != '*'; i++)
		if (plain(text.p[i]) != plain(name[i]))
			return false;
	return name[i] == '*' || (i == text.n && name[i] == '\0');
}

static int
group_of(struct text provider)
{
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		for (int k = 0; k < NAMES_MAX && groups[i][k] != NULL; k++)
			if (spelled(provider, groups[i][k]))
				return (int)i;
	return -1;
}

bool
provider_same(struct text a, struct text b)
{
	int group;

	if (a.n == b.n) {
		size_t i = 0;

		while (i < a.n && plain(a.p[i]) == plain(b.p[i]))
			i++;
		if (i == a.n)
			return true;
	}
	group = group_of(a);
	return group >= 0 && group == group_of(b);
}

struct text
provider_fallback(struct text provider, int i)
{
	for (size_t k = 0; k < sizeof fallbacks / sizeof fallbacks[0]; k++)
		if (i >= 0 && i < 3 && provider_same(provider, text_of(fallbacks[k].provider)))
			return text_of(fallbacks[k].resells[i]);
	return (struct text){ NULL, 0 };
}

struct text
provider_of_model(struct text model)
{
	for (size_t k = 0; k < sizeof makers / sizeof makers[0]; k++) {
		size_t n = strlen(makers[k].begins), i = 0;

		while (i < n && i < model.n && plain(model.p[i]) == plain(makers[k].begins[i]))
			i++;
		if (i == n)
			return text_of(makers[k].provider);
	}
	return (struct text){ NULL, 0 };
}
