#include "daemon/base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/units/err.h"
#include "models/units/nearest.h"
#include "models/units/text.h"

#define KEY_MAX 64
#define VALUE_MAX (2 * SETTING_PATH)
#define WRAP 96

extern char **environ;

/* Where reading has come to. */
struct reader {
	struct settings settings;
	int lines[SETTINGS_MAX]; /* of the file, in which each row was given; 0: not yet */
	char section[KEY_MAX];
	int line;
	struct config_sources sources;
	struct source_settings *source; /* the section that is read, NULL: none of a source */
	struct config_mapping *mapping; /* the same of a mapping */
	int source_lines[SETTINGS_MAX]; /* as lines, of its rows */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text
trimmed(struct text text)
{
	while (text.n > 0 && is_blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && is_blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

static bool
is_comment(struct text text)
{
	return text.n == 0 || text.p[0] == '#';
}

/* ---- one line */

static int
unknown_section(const char *name, const char *found, const char *more, struct err *err)
{
	char shown[TEXT_SHOWN];

	text_shown(text_of(name), shown, sizeof(shown));
	if (found != NULL)
		return err_set(err, ERR_INPUT, "section [%s] is unknown; the nearest is [%s%s]", shown, found, more);
	return err_set(err, ERR_INPUT, "section [%s] is unknown; `breakeven config example` lists all", shown);
}

/* Two words that are not [source NAME] or [mapping NAME]. */
static int
check_named(const char *name, struct err *err)
{
	char word[KEY_MAX];
	struct nearest nearest;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, " "), name);
	nearest_init(&nearest, word);
	nearest_offer(&nearest, "source");
	nearest_offer(&nearest, "mapping");
	return unknown_section(name, nearest_found(&nearest), " NAME", err);
}

static int
check_section(const char *name, struct err *err)
{
	char sections[SETTINGS_MAX][KEY_MAX];
	const struct setting *setting;
	struct nearest nearest;

	if (strchr(name, ' ') != NULL)
		return check_named(name, err);
	nearest_init(&nearest, name);
	for (setting = settings_table; setting->key != NULL; setting++) {
		const char *point = strchr(setting->key, '.');
		char *section = sections[setting - settings_table];

		if (point == NULL)
			continue;
		snprintf(section, KEY_MAX, "%.*s", (int)(point - setting->key), setting->key);
		if (strcmp(section, name) == 0)
			return 0;
		nearest_offer(&nearest, section);
	}
	return unknown_section(name, nearest_found(&nearest), "", err);
}

/* ---- sources */

#define SOURCE_SECTION "source "

/* A name that can stand in a path and a command line. */
static int
check_name(const char *what, const char *name, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

	if (name[0] != '\0' && name[0] != '-' && name[0] != '.' && strspn(name, letters) == strlen(name))
		return 0;
	return err_set(err, ERR_INPUT, "a %s's name is of letters, digits and - _ ., such as [%s openai]", what, what);
}

static int
begin_source(struct reader *reader, const char *name, struct err *err)
{
	struct config_sources *sources = &reader->sources;
	struct source_settings *more;

	if (check_name("source", name, err) != 0)
		return -1;
	for (size_t i = 0; i < sources->n; i++)
		if (strcmp(sources->rows[i].name, name) == 0)
			return err_set(err, ERR_INPUT, "there is a [source %s] already, in line %d", name,
				sources->rows[i].line);
	if (sources->n == SOURCES_MAX)
		return err_set(err, ERR_INPUT, "there are more than %d sources", SOURCES_MAX);
	more = realloc(sources->rows, (sources->n + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a source");
	sources->rows = more;
	reader->source = &more[sources->n++];
	source_default(reader->source);
	snprintf(reader->source->name, sizeof(reader->source->name), "%s", name);
	reader->source->line = reader->line;
	memset(reader->source_lines, 0, sizeof(reader->source_lines));
	return 0;
}

/* A key that is no source's in general may be its collector's own, which is known elsewhere. */
static int
keep_option(struct reader *reader, const char *name, const char *value, struct err *err)
{
	struct source_settings *source = reader->source;

	for (int i = 0; i < source->options; i++)
		if (strcmp(source->option[i].name, name) == 0)
			return err_set(err, ERR_INPUT, "%s is given already in line %d", name, source->option[i].line);
	if (source->options == SOURCE_OPTIONS || strlen(name) >= sizeof(source->option[0].name))
		return err_set(err, ERR_INPUT, "'%s' is no setting of a source", name);
	if (strlen(value) >= sizeof(source->option[0].value))
		return err_set(
			err, ERR_INPUT, "%s is longer than %zu bytes", name, sizeof(source->option[0].value) - 1);
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return err_set(err, ERR_INPUT, "%s holds a control character", name);
	memcpy(source->option[source->options].name, name, strlen(name) + 1);
	memcpy(source->option[source->options].value, value, strlen(value) + 1);
	source->option[source->options++].line = reader->line;
	return 0;
}

/* What people write who mean well; a key in this file would be read by everyone who reads the file. */
static bool
is_secret(const char *name)
{
	static const char *const names[] = { "key", "api_key", "token", "secret", "password", "credential" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
read_source_setting(struct reader *reader, const char *name, const char *value, struct err *err)
{
	const struct setting *setting = setting_in(source_table, name);
	int *line;

	if (is_secret(name))
		return err_set(err, ERR_INPUT,
			"'%s': a key does not stand in this file; name a file (key_file) or an environment variable (key_variable)",
			name);
	if (setting == NULL)
		return keep_option(reader, name, value, err);
	line = &reader->source_lines[setting - source_table];
	if (*line != 0)
		return err_set(err, ERR_INPUT, "%s is given already in line %d", name, *line);
	*line = reader->line;
	if (setting_put(reader->source, setting, value, err) == 0)
		return 0;
	/* What was written in place of the name of a key may be the key. */
	return strcmp(name, "key_variable") != 0
		? -1
		: err_set(err, ERR_INPUT,
			  "key_variable: this must be the name of an environment variable, not the key itself: "
			  "letters, digits and _");
}

/* ---- mappings */

#define MAPPING_SECTION "mapping "
#define MAPPINGS_MAX 100

static int
begin_mapping(struct reader *reader, const char *name, struct err *err)
{
	struct config_sources *sources = &reader->sources;
	struct config_mapping *more;

	if (check_name("mapping", name, err) != 0)
		return -1;
	if (strlen(name) >= sizeof(more->name))
		return err_set(err, ERR_INPUT, "mapping '%s': the name is too long", name);
	for (size_t i = 0; i < sources->n_mappings; i++)
		if (strcmp(sources->mappings[i].name, name) == 0)
			return err_set(err, ERR_INPUT, "there is a [mapping %s] already, in line %d", name,
				sources->mappings[i].line);
	if (sources->n_mappings == MAPPINGS_MAX)
		return err_set(err, ERR_INPUT, "there are more than %d mappings", MAPPINGS_MAX);
	more = realloc(sources->mappings, (sources->n_mappings + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(err, ERR_OUTSIDE, "no memory for a mapping");
	sources->mappings = more;
	reader->mapping = &more[sources->n_mappings++];
	memset(reader->mapping, 0, sizeof(*more));
	snprintf(reader->mapping->name, sizeof(reader->mapping->name), "%s", name);
	reader->mapping->line = reader->line;
	return 0;
}

static int
read_mapping_line(struct reader *reader, const char *name, const char *value, struct err *err)
{
	struct config_mapping *mapping = reader->mapping;

	for (int i = 0; i < mapping->rows; i++)
		if (strcmp(mapping->row[i].name, name) == 0)
			return err_set(err, ERR_INPUT, "%s is given already in line %d", name, mapping->row[i].line);
	if (mapping->rows == CONFIG_MAPPING_LINES || strlen(name) >= sizeof(mapping->row[0].name))
		return err_set(err, ERR_INPUT, "'%s' is nothing that a mapping can say", name);
	if (strlen(value) >= sizeof(mapping->row[0].value))
		return err_set(err, ERR_INPUT, "%s is longer than %zu bytes", name, sizeof(mapping->row[0].value) - 1);
	memcpy(mapping->row[mapping->rows].name, name, strlen(name) + 1);
	memcpy(mapping->row[mapping->rows].value, value, strlen(value) + 1);
	mapping->row[mapping->rows++].line = reader->line;
	return 0;
}

void
config_sources_free(struct config_sources *sources)
{
	free(sources->rows);
	free(sources->mappings);
	sources->rows = NULL;
	sources->mappings = NULL;
	sources->n = sources->n_mappings = 0;
}

static int
read_section(struct reader *reader, struct text line, struct err *err)
{
	const char *end = memchr(line.p, ']', line.n);
	struct text name, rest;
	char shown[TEXT_SHOWN];

	if (end == NULL)
		return err_set(err, ERR_INPUT, "'%s' has no closing bracket", text_shown(line, shown, sizeof(shown)));
	name = trimmed((struct text){ line.p + 1, (size_t)(end - line.p) - 1 });
	rest = trimmed((struct text){ end + 1, line.n - (size_t)(end - line.p) - 1 });
	if (!is_comment(rest) || name.n >= KEY_MAX)
		return err_set(err, ERR_INPUT, "'%s' is not a section such as [report]",
			text_shown(line, shown, sizeof(shown)));
	memcpy(reader->section, name.p, name.n);
	reader->section[name.n] = '\0';
	reader->source = NULL;
	reader->mapping = NULL;
	if (strncmp(reader->section, MAPPING_SECTION, strlen(MAPPING_SECTION)) == 0 ||
		strcmp(reader->section, "mapping") == 0)
		return begin_mapping(reader,
			reader->section + strlen("mapping") + strspn(reader->section + strlen("mapping"), " \t"), err);
	if (strncmp(reader->section, SOURCE_SECTION, strlen(SOURCE_SECTION)) == 0 ||
		strcmp(reader->section, "source") == 0)
		return begin_source(reader,
			reader->section + strlen("source") + strspn(reader->section + strlen("source"), " \t"), err);
	return check_section(reader->section, err);
}

/* "..." with \" and \\ inside, and behind it nothing but a comment. */
static int
read_quoted(struct text text, char *value, struct err *err)
{
	size_t i, n = 0;

	for (i = 1; i < text.n && text.p[i] != '"'; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == '"' || text.p[i + 1] == '\\'))
			i++;
		value[n++] = text.p[i];
	}
	value[n] = '\0';
	if (i >= text.n)
		return err_set(err, ERR_INPUT, "the closing quote is missing");
	if (!is_comment(trimmed((struct text){ text.p + i + 1, text.n - i - 1 })))
		return err_set(err, ERR_INPUT, "something stands behind the closing quote");
	return 0;
}

/* A value without its quotes and the comment behind it. value has VALUE_MAX bytes. */
static int
read_value(struct text text, char *value, struct err *err)
{
	size_t i;

	text = trimmed(text);
	if (text.n >= VALUE_MAX)
		return err_set(err, ERR_INPUT, "the value is longer than %d bytes", VALUE_MAX - 1);
	if (text.n > 0 && text.p[0] == '"')
		return read_quoted(text, value, err);
	for (i = 0; i < text.n; i++)
		if (text.p[i] == '#' && (i == 0 || is_blank(text.p[i - 1])))
			break;
	text = trimmed((struct text){ text.p, i });
	memcpy(value, text.p, text.n);
	value[text.n] = '\0';
	return 0;
}

/* The row of a key as it stands in the file, inside the section that holds it. */
static const struct setting *
row_of(const struct reader *reader, const char *name, struct err *err)
{
	char key[2 * KEY_MAX];
	const struct setting *setting;

	snprintf(key, sizeof(key), "%s%s%s", reader->section, reader->section[0] == '\0' ? "" : ".", name);
	setting = setting_find(key, err);
	if (setting == NULL && reader->section[0] != '\0' && strchr(name, '.') == NULL &&
		setting_find(name, NULL) != NULL)
		err_set(err, ERR_INPUT, "setting '%s' is unknown; '%s' belongs above the first section", key, name);
	return setting;
}

static int
read_setting(struct reader *reader, struct text line, struct err *err)
{
	const char *equals = memchr(line.p, '=', line.n);
	const struct setting *setting;
	char name[KEY_MAX], value[VALUE_MAX], shown[TEXT_SHOWN];
	struct text key;

	if (equals == NULL)
		return err_set(err, ERR_INPUT, "'%s' is no setting: it needs the form key = value",
			text_shown(line, shown, sizeof(shown)));
	key = trimmed((struct text){ line.p, (size_t)(equals - line.p) });
	if (key.n >= sizeof(name))
		return err_set(err, ERR_INPUT, "setting '%s' is unknown", text_shown(key, shown, sizeof(shown)));
	memcpy(name, key.p, key.n);
	name[key.n] = '\0';
	if (reader->source != NULL) {
		if (read_value((struct text){ equals + 1, line.n - (size_t)(equals - line.p) - 1 }, value, err) != 0 ||
			read_source_setting(reader, name, value, err) != 0)
			return err_in(err, "source %s", reader->source->name);
		return 0;
	}
	if (reader->mapping != NULL) {
		if (read_value((struct text){ equals + 1, line.n - (size_t)(equals - line.p) - 1 }, value, err) != 0 ||
			read_mapping_line(reader, name, value, err) != 0)
			return err_in(err, "mapping %s", reader->mapping->name);
		return 0;
	}
	setting = row_of(reader, name, err);
	if (setting == NULL)
		return -1;
	if (read_value((struct text){ equals + 1, line.n - (size_t)(equals - line.p) - 1 }, value, err) != 0)
		return err_in(err, "%s", setting->key);
	if (reader->lines[setting - settings_table] != 0)
		return err_set(err, ERR_INPUT, "%s = '%s': it is given already in line %d", setting->key,
			text_shown(text_of(value), shown, sizeof(shown)), reader->lines[setting - settings_table]);
	reader->lines[setting - settings_table] = reader->line;
	return settings_set(&reader->settings, setting, value, SETTING_FILE, err);
}

static int
read_line(struct reader *reader, struct text line, struct err *err)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	line = trimmed(line);
	if (is_comment(line))
		return 0;
	if (memchr(line.p, '\0', line.n) != NULL)
		return err_set(err, ERR_INPUT, "the line holds a byte 0: not a file of settings");
	if (line.p[0] == '[')
		return read_section(reader, line, err);
	return read_setting(reader, line, err);
}

/* ---- a whole file */

static int
read_all(
	struct settings *settings, struct config_sources *sources, const char *name, struct text bytes, struct err *err)
{
	struct reader reader = { .settings = *settings };
	const char *p = bytes.p, *end = bytes.p + bytes.n;
	size_t n = bytes.n;

	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		if (stop == NULL)
			stop = end;
		reader.line++;
		if (read_line(&reader, (struct text){ p, (size_t)(stop - p) }, err) != 0) {
			config_sources_free(&reader.sources);
			return err_in(err, "%s:%d", name, reader.line);
		}
		p = stop + 1;
	}
	*settings = reader.settings;
	if (sources != NULL) {
		*sources = reader.sources;
		snprintf(sources->file, sizeof(sources->file), "%s", name);
	} else {
		config_sources_free(&reader.sources);
	}
	return 0;
}

int
config_read(struct settings *settings, const char *name, const char *bytes, size_t n, struct err *err)
{
	return read_all(settings, NULL, name, (struct text){ bytes, n }, err);
}

/* The file's bytes with their number in *n; NULL with *err. */
static char *
file_bytes(const char *path, size_t *n, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *bytes = malloc(CONFIG_BYTES_MAX + 1);
	ssize_t got = 1;

	*n = 0;
	if (fd < 0 || bytes == NULL) {
		err_set(err, fd < 0 && errno == ENOENT ? ERR_MISSING : ERR_OUTSIDE, "%s: %s", path, strerror(errno));
		goto failed;
	}
	while (*n <= CONFIG_BYTES_MAX && got != 0) {
		got = read(fd, bytes + *n, CONFIG_BYTES_MAX + 1 - *n);
		if (got < 0 && errno == EISDIR) {
			err_set(err, ERR_INPUT, "%s: this is a folder, not a file of settings", path);
			goto failed;
		}
		if (got < 0 && errno != EINTR) {
			err_set(err, ERR_OUTSIDE, "%s: %s", path, strerror(errno));
			goto failed;
		}
		*n += got > 0 ? (size_t)got : 0;
	}
	if (*n > CONFIG_BYTES_MAX) {
		err_set(err, ERR_INPUT, "%s: larger than %zu KiB: not a file of settings", path,
			CONFIG_BYTES_MAX >> 10);
		goto failed;
	}
	if (!standard)
		close(fd);
	return bytes;
failed:
	free(bytes);
	if (fd >= 0 && !standard)
		close(fd);
	return NULL;
}

int
config_file(struct settings *settings, struct config_sources *sources, const char *path, struct err *err)
{
	size_t n;
	char *bytes = file_bytes(path, &n, err);
	int result;

	if (bytes == NULL)
		return -1;
	result = read_all(
		settings, sources, strcmp(path, "-") == 0 ? "standard input" : path, (struct text){ bytes, n }, err);
	free(bytes);
	return result;
}

/* The file that is read when none is named; "" when there is no folder it could lie in. */
static void
usual_file(char *path, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	path[0] = '\0';
	if (config != NULL && config[0] == '/')
		snprintf(path, size, "%s/breakeven/breakeven.conf", config);
	else if (home != NULL && home[0] == '/')
		snprintf(path, size, "%s/.config/breakeven/breakeven.conf", home);
}

/* The file of a command that was given this path, which may be NULL; usual has SETTING_PATH bytes. NULL: none. */
static const char *
file_of(const char *path, char *usual)
{
	if (path == NULL)
		path = getenv("BREAKEVEN_CONFIG");
	if (path != NULL && path[0] != '\0')
		return path;
	usual_file(usual, SETTING_PATH);
	return usual[0] != '\0' && access(usual, F_OK) == 0 ? usual : NULL;
}

int
settings_load(struct settings *settings, const char *path, struct err *err)
{
	char usual[SETTING_PATH];

	settings_default(settings);
	path = file_of(path, usual);
	if (path != NULL && config_file(settings, NULL, path, err) != 0)
		return -1;
	return settings_environment(settings, environ, err);
}

int
sources_load(struct config_sources *sources, const char *path, struct err *err)
{
	char usual[SETTING_PATH];
	struct settings settings;

	memset(sources, 0, sizeof(*sources));
	settings_default(&settings);
	path = file_of(path, usual);
	return path == NULL ? 0 : config_file(&settings, sources, path, err);
}

/* ---- the example */

/* The text as comment lines of at most WRAP bytes. */
static void
print_wrapped(FILE *stream, const char *text)
{
	size_t column = 1, n;

	fputc('#', stream);
	for (; *text != '\0'; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		if (column + 1 + n > WRAP) {
			fputs("\n#", stream);
			column = 1;
		}
		fprintf(stream, " %.*s", (int)n, text);
		column += 1 + n;
	}
	fputc('\n', stream);
}

static bool
needs_quotes(const char *value)
{
	size_t n = strlen(value);

	return n == 0 || is_blank(value[0]) || is_blank(value[n - 1]) || value[0] == '"' || strchr(value, '#') != NULL;
}

static void
print_value(FILE *stream, const char *value)
{
	if (!needs_quotes(value)) {
		fputs(value, stream);
		return;
	}
	fputc('"', stream);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', stream);
		fputc(*value, stream);
	}
	fputc('"', stream);
}

static void
print_setting(FILE *stream, const struct setting *setting, bool has_variable)
{
	const char *point = strchr(setting->key, '.');
	char allowed[160], variable[96], line[320];

	setting_allowed(setting, allowed, sizeof(allowed));
	setting_variable(setting, variable, sizeof(variable));
	snprintf(line, sizeof(line), "Allowed: %s%s%s", allowed, has_variable ? ". Environment: " : "",
		has_variable ? variable : "");
	fputc('\n', stream);
	print_wrapped(stream, setting->text);
	print_wrapped(stream, line);
	fprintf(stream, "#%s = ", point == NULL ? setting->key : point + 1);
	print_value(stream, setting->otherwise);
	fputc('\n', stream);
}

/* What a mapping may say is known where files are read (collectors/mapping.h); config.h cannot look there. */
static const char mapping_example[] =
	"#[mapping gateway]\n"
	"\n"
	"# The column of the time, and how it is written: rfc3339 (or Unix seconds), seconds, milliseconds,\n"
	"# microseconds, nanoseconds, or a pattern of %Y %m %d %H %M %S %f %z. zone is of times that say none.\n"
	"#at = created\n"
	"#time = \"%d.%m.%Y %H:%M\"\n"
	"#zone = Europe/Berlin\n"
	"\n"
	"# Any of id, provider, model, workload, account, project, key, service_tier, status, requests,\n"
	"# latency_ms, ttft_ms.\n"
	"#provider = \"=openai\"\n"
	"#model = Model\n"
	"#workload = call.app\n"
	"\n"
	"# Token counts in tokens, thousands or millions: input and output, which include what was cached and\n"
	"# reasoned, or in_uncached and out_visible, which do not; beside them in_cache_read,\n"
	"# in_cache_write_5m, in_cache_write_1h, out_reasoning.\n"
	"#unit = thousands\n"
	"#input = prompt_k\n"
	"#in_cache_read = cached_k\n"
	"#output = answer_k\n"
	"\n"
	"# csv or jsonl, and what parts the cells of CSV; without them by what the file looks like.\n"
	"#format = csv\n"
	"#separator = \";\"\n";

void
config_example(FILE *stream)
{
	const struct setting *setting;
	char section[KEY_MAX] = "";

	print_wrapped(
		stream, "Settings of breakeven. What is commented out is the default; take the # away to change it.");
	print_wrapped(stream,
		"The environment goes before this file, the command line before both. `breakeven config check "
		"FILE` tells what is wrong with it.");
	for (setting = settings_table; setting->key != NULL; setting++) {
		const char *point = strchr(setting->key, '.');
		size_t n = point == NULL ? 0 : (size_t)(point - setting->key);

		if (n != strlen(section) || strncmp(section, setting->key, n) != 0) {
			snprintf(section, sizeof(section), "%.*s", (int)n, setting->key);
			fprintf(stream, "\n\n[%s]\n", section);
		}
		print_setting(stream, setting, true);
	}
	fputs("\n\n", stream);
	print_wrapped(stream,
		"Sources: as many sections as there are places to ask, each with a name of its own. `breakeven source "
		"--kinds` lists the collectors, with what each may be told besides.");
	fputs("#[source openai]\n", stream);
	for (setting = source_table; setting->key != NULL; setting++)
		print_setting(stream, setting, false);
	fputs("\n\n", stream);
	print_wrapped(stream,
		"Mappings: which column of a CSV file, or member of JSON lines, is what, for files that nobody foresaw. The "
		"name is used like a collector's: `breakeven collect NAME FILE`, `collector = NAME` of a source with a path, an "
		"upload on the page. A value that begins with = is the same in all rows.");
	fputs(mapping_example, stream);
}
