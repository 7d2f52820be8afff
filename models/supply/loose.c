#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/supply/loose.h"

static bool
listed(const char *const *words, const char *word)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Between two digits a point or an underscore belongs to the number: 3.1, 3_1. */
static bool
inside_number(struct text name, size_t at)
{
	return (name.p[at] == '.' || name.p[at] == '_') && at > 0 && at + 1 < name.n && is_digit(name.p[at - 1]) &&
		is_digit(name.p[at + 1]);
}

/* The next word of the name from *at on, in small letters; false at the end. A word that is too long is cut. */
static bool
next_word(struct text name, size_t *at, char word[LOOSE_WORD])
{
	size_t n = 0;

	while (*at < name.n && !isalnum((unsigned char)name.p[*at]))
		(*at)++;
	for (; *at < name.n && (isalnum((unsigned char)name.p[*at]) || inside_number(name, *at)); (*at)++)
		if (n + 1 < LOOSE_WORD)
			word[n++] = name.p[*at] == '_' ? '.' : (char)tolower((unsigned char)name.p[*at]);
	word[n] = '\0';
	return n > 0;
}

/* What a checkpoint's name says beside the architecture. A number of four digits is a date: 2507, 0528. */
static bool
is_dress(const char *word)
{
	static const char *const dress[] = { "instruct", "chat", "it", "hf", "base", "meta", "fp8", "fp4", "nvfp4",
		"mxfp4", "bf16", "fp16", "f16", "awq", "gptq", "int4", "int8", "w4a16", "w8a8", "gguf", "interactive",
		"server", "offline", "thinking", "preview", "v0.1", "v0.2", "v0.3", "pt", "dynamic", "modelopt",
		"quantized", "quantised", "99", "99.9", "high", "accuracy", "turbo", "latest", "nvidia", "4bit", "8bit",
		NULL };
	size_t n = strlen(word);

	return listed(dress, word) || (n == 4 && strspn(word, "0123456789") == 4);
}

void
loose_model(char key[LOOSE_KEY], struct text name, bool whole)
{
	char word[LOOSE_WORD];
	size_t at = 0, n = 0;

	if (!whole)
		for (size_t i = 0; i < name.n; i++)
			if (name.p[i] == '/')
				at = i + 1;
	key[0] = '\0';
	while (next_word(name, &at, word))
		if (!is_dress(word) && n + strlen(word) < LOOSE_KEY) {
			memcpy(key + n, word, strlen(word) + 1);
			n += strlen(word);
		}
}

double
loose_gigabytes(const char *word)
{
	char *end;
	double gigabytes = strtod(word, &end);

	return end != word && (strcmp(end, "GB") == 0 || strcmp(end, "GIB") == 0 || strcmp(end, "G") == 0) ? gigabytes
													   : 0;
}

/* "8X", "X8", "1X": how many, which is not part of the name. */
static bool
is_count(const char *word)
{
	size_t n = strlen(word);

	return n > 1 && n < 4 &&
		((word[0] == 'X' && strspn(word + 1, "0123456789") == n - 1) ||
			(word[n - 1] == 'X' && strspn(word, "0123456789") == n - 1));
}

static bool
is_number(const char *word)
{
	return word[0] != '\0' && strlen(word) < 4 && strspn(word, "0123456789") == strlen(word);
}

/* "8XMI300X" without its count, "TRN1.32XLARGE" without the size of the machine. */
static void
tidy_gpu_word(char *word)
{
	size_t digits = strspn(word, "0123456789"), n = strlen(word);
	char *dot = strchr(word, '.');

	if (dot != NULL && n > 5 && strcmp(word + n - 5, "LARGE") == 0)
		*dot = '\0';
	if (digits > 0 && digits < 3 && word[digits] == 'X' && isalpha((unsigned char)word[digits + 1]))
		memmove(word, word + digits + 1, n - digits);
}

void
loose_gpu(struct loose_words *words, struct text name)
{
	static const char *const dress[] = { "NVIDIA", "AMD", "INTEL", "GOOGLE", "AWS", "APPLE", "TESLA", "GPU", "GPUS",
		"HBM2", "HBM2E", "HBM3", "HBM3E", "INSTINCT", "GEFORCE", "RADEON", "TENSOR", "CORE", "GRACE", "HOPPER",
		"BLACKWELL", "AMPERE", "SERVER", "EDITION", "SE", "CARD", "OAM", "SUPERCHIP", "CLOUD", "DGX", "HGX",
		"RTX", NULL };
	char word[LOOSE_WORD];
	size_t at = 0;

	words->n = 0;
	while (words->n < LOOSE_WORDS && next_word(name, &at, word)) {
		char *into = words->word[words->n];

		for (size_t i = 0; i <= strlen(word); i++)
			into[i] = (char)toupper((unsigned char)word[i]);
		if (strncmp(into, "SXM", 3) == 0)
			into[3] = '\0';
		tidy_gpu_word(into);
		/* "76-Core": one word with what it counts. */
		if (strcmp(into, "CORE") == 0 && words->n > 0 && is_number(words->word[words->n - 1]))
			strcat(words->word[words->n - 1], "C");
		if (!is_count(into) && !listed(dress, into))
			words->n++;
	}
	/* "v6e-8": a number at the end is how many, where a letter begins the name and more than one word stays. */
	if (words->n > 1 && strncmp(words->word[words->n - 2], "V", 1) == 0 && is_number(words->word[words->n - 1]) &&
		strlen(words->word[words->n - 1]) < 3)
		words->n--;
	/* "RTX6000", "RTX4090": the family is left off as it is where it stands alone. */
	for (int i = 0; i < words->n; i++)
		if (strncmp(words->word[i], "RTX", 3) == 0 && is_digit(words->word[i][3]))
			memmove(words->word[i], words->word[i] + 3, strlen(words->word[i]) - 2);
}

int
loose_common(const struct loose_words *a, const struct loose_words *b)
{
	int common = 0;

	for (int i = 0; i < a->n; i++)
		for (int k = 0; k < b->n; k++)
			if (strcmp(a->word[i], b->word[k]) == 0) {
				common++;
				break;
			}
	return common;
}

bool
loose_next(struct text *names, struct text *name)
{
	const char *end;

	if (names->n == 0)
		return false;
	end = memchr(names->p, '|', names->n);
	*name = (struct text){ names->p, end == NULL ? names->n : (size_t)(end - names->p) };
	names->n -= end == NULL ? names->n : name->n + 1;
	names->p += end == NULL ? name->n : name->n + 1;
	return true;
}
