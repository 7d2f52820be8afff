/*
 * options: the one table of settings. A row drives parsing, bounds, defaults, the environment's name,
 * `breakeven config example`, `config check`, and what a report says of an input's origin.
 *
 * A key is "section.name" or, for the few that stand above all sections, "name"; the field of struct settings
 * has the same path. A setting is the default, then what the ledger keeps, then what the file says, then the environment
 * (BREAKEVEN_ and the key in capitals with _ for the point), then the command line.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define SETTINGS_MAX 64
#define SETTING_PATH 1024 /* room for a path */
#define SETTING_WORD 128  /* room for any other text */
#define TIME_TEXT 40      /* room for an instant or a date */

enum setting_kind {
	SETTING_TEXT,   /* char[room] */
	SETTING_FOLDER, /* char[room]; a leading ~/ is the home folder */
	SETTING_WHOLE,  /* int in [low, high] */
	SETTING_NUMBER, /* double in [low, high] */
	SETTING_CHOICE  /* int: the place in `choices`, from 0 */
};

/* What stands further down stands above what is before it. */
enum setting_origin { SETTING_DEFAULT, SETTING_LEDGER, SETTING_FILE, SETTING_ENVIRONMENT, SETTING_GIVEN };

/* The choices of self_hosted.scaling. */
enum { SETTING_ALWAYS_ON, SETTING_AUTOSCALE };

/* The choices of yes and no. */
enum { SETTING_NO, SETTING_YES };

/* The choices of serve.require_token. */
enum { SETTING_TOKEN_AUTO, SETTING_TOKEN_YES };

struct setting {
	const char *key;
	enum setting_kind kind;
	size_t offset, room;   /* of the field in struct settings (or struct source_settings); room for texts */
	double low, high;      /* SETTING_WHOLE, SETTING_NUMBER */
	const char *choices;   /* SETTING_CHOICE: "text|json" */
	const char *form;      /* of a text that must have one: "an IANA name such as UTC"; else NULL */
	const char *otherwise; /* the default, as it would be written in a file */
	const char *unit;      /* "USD/h"; "" for none */
	const char *text;      /* what it means, one or two sentences without a full stop at the end */
	/* More than the kind can say: *err tells what is wrong with the text, without key and value. May be NULL. */
	int (*check)(const char *value, struct err *err);
	/* A default that depends on the machine, in place of `otherwise`. May be NULL. */
	void (*find)(char *value, size_t size);
};

struct settings {
	char data[SETTING_PATH];   /* folder of the ledger */
	char listen[SETTING_WORD]; /* "127.0.0.1:8808" */
	char web[SETTING_PATH];    /* folder of pages; "": the built-in ones */
	struct {
		int level;  /* enum log_level */
		int format; /* 0 text, 1 JSON */
	} log;
	struct {
		char zone[64];
		int month_start;
		char currency[8];
		int stale_price_days;
		int numbers; /* enum figure_style */
	} report;
	struct {
		char closed_provider[SETTING_WORD], closed_model[SETTING_WORD];
		double peak_to_mean;
		double horizon; /* times the measured volume */
	} compare;
	struct {
		int gpus_per_replica;
		char gpu[SETTING_WORD]; /* as in the table of GPU prices */
		double gpu_hour, throughput_tok_s, headroom;
		int redundancy, min_replicas;
		int scaling; /* SETTING_ALWAYS_ON, SETTING_AUTOSCALE */
		int lag_hours;
		double ops_month, fixed_month;
	} self_hosted;
	struct {
		char accelerators[SETTING_PATH], transformers[SETTING_PATH]; /* tables of the user's own; "": none */
		int anchor_days;
	} throughput;
	struct {
		int every_hours; /* 0: not by itself */
		char model[SETTING_WORD];
		int precision; /* enum weight_format of daemon/bench/matrix.h */
	} bench;
	struct {
		int refused_shown;
		int upload_max_mib;
	} import;
	struct {
		int threads, reply_max_mib, reply_s;
		int retry_first_ms, retry_most_s;
		char proxy[SETTING_PATH], ca_file[SETTING_PATH];
	} collect;
	struct {
		int threads, connections, body_max_mib, bodies_max_mib, timeout_s, slow_s;
		char path_prefix[SETTING_WORD], allowed_host[SETTING_WORD];
		char tls_in_front[SETTING_WORD]; /* "costs.example.com"; "": no proxy speaks TLS for us */
		char tls_certificate[SETTING_PATH], tls_key[SETTING_PATH];
		int require_token; /* SETTING_TOKEN_AUTO, SETTING_TOKEN_YES */
		int session_hours;
	} serve;
	unsigned char origin[SETTINGS_MAX]; /* enum setting_origin of each row of the table */
};

/* The table (options_table.c), ended by a row whose key is NULL. */
extern const struct setting settings_table[];

#define SOURCES_MAX 256
#define SOURCE_OPTIONS 12

/* A section [source NAME]: one place that is asked for data. */
struct source_settings {
	char name[64];
	int line; /* of the file, where the section begins */
	char collector[64];
	int enabled; /* SETTING_NO, SETTING_YES, as the other choices here */
	char url[SETTING_WORD * 4];
	char account[SETTING_WORD], workload[SETTING_WORD], provider[SETTING_WORD], model[SETTING_WORD];
	char key_file[SETTING_PATH], key_variable[SETTING_WORD];
	char path[SETTING_PATH];
	char start[TIME_TEXT];
	int interval_s, trailing_hours; /* -1: the collector's */
	int allow_local, allow_plain;
	char ca_file[SETTING_PATH], proxy[SETTING_PATH];
	/* What belongs to the collector alone, as it stands in the file. */
	struct {
		char name[32], value[SETTING_WORD * 2];
		int line;
	} option[SOURCE_OPTIONS];
	int options;
};

/* The rows of such a section (options_table.c), ended by a row whose key is NULL; they have no environment. */
extern const struct setting source_table[];

void source_default(struct source_settings *source);

/* All defaults. Reads HOME and XDG_DATA_HOME. */
void settings_default(struct settings *settings);

/* The row of a key, or NULL with ERR_INPUT and the nearest key. */
const struct setting *setting_find(const char *key, struct err *err);

/*
 * Set one setting from text. ERR_INPUT names key, value and what is allowed; the setting stays as it was.
 */
int settings_set(struct settings *settings, const struct setting *setting, const char *value,
	enum setting_origin origin, struct err *err);

/* The same for a field of any struct that a row of any table describes; no origin is kept. */
int setting_put(void *fields, const struct setting *setting, const char *value, struct err *err);

/* The row of that key in a table, or NULL. */
const struct setting *setting_in(const struct setting *table, const char *key);

/*
 * Take over every BREAKEVEN_… variable of the environment (name=value, ended by NULL); an empty value
 * is none. ERR_INPUT names the variable. One that is only nearly a setting's is warned of in the log.
 */
int settings_environment(struct settings *settings, char *const *environment, struct err *err);

/* "BREAKEVEN_SELF_HOSTED_GPU_HOUR"; size >= 96 always fits. */
void setting_variable(const struct setting *setting, char *name, size_t size);

/* The value now, as it would be written in a file (without quotes). Returns the length. */
size_t settings_print(const struct settings *settings, const struct setting *setting, char *buffer, size_t size);

/* What the row allows: "a number from 0.05 to 1", "text or json", "an absolute or relative path". */
void setting_allowed(const struct setting *setting, char *buffer, size_t size);

/* Where the value of a key came from; the key must be one of the table. */
enum setting_origin settings_origin(const struct settings *settings, const char *key);
const char *setting_origin_name(enum setting_origin origin); /* "default", "ledger", "file", "environment", "given" */

/* Whether it may be kept in the ledger and so be changed on the page: what answers are made by, not how they are served. */
bool setting_is_kept(const struct setting *setting);

#endif
