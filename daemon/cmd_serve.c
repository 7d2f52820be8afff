#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/access/access.h"
#include "daemon/args.h"
#include "daemon/base/config.h"
#include "daemon/base/http_library.h"
#include "daemon/base/log.h"
#include "daemon/base/options.h"
#include "daemon/base/version.h"
#include "daemon/base/zone.h"
#include "daemon/command.h"
#include "daemon/commands.h"
#include "daemon/ingest/ingest.h"
#include "daemon/ingest/push.h"
#include "daemon/ingest/schedule.h"
#include "daemon/ingest/source.h"
#include "daemon/rebench.h"
#include "daemon/serve/api.h"
#include "daemon/serve/assets.h"
#include "daemon/serve/gate.h"
#include "daemon/serve/http.h"
#include "daemon/serve/metrics.h"
#include "daemon/serve/pool.h"
#include "daemon/serve/probes.h"
#include "daemon/serve/task.h"
#include "daemon/store/kept.h"
#include "daemon/store/store.h"
#include "models/units/calendar.h"
#include "models/units/err.h"

#include "daemon/cmd_serve.h"

#define STOP_WAIT_MS 5000
#define WAITING_MAX ((size_t)64 << 20) /* bytes of pushed events that wait for the ledger */

/* What changes while serving: which ledger it is. Guarded by the pool: written only inside pool_switch. */
struct serving {
	char data[SETTING_PATH];
	const char *own_data;
	atomic_bool again;   /* settings have changed: stop, and begin anew with them */
	atomic_bool resting; /* that has begun: nothing more is accepted */
	bool is_demo;
	struct store *writer; /* the one writing handle, lent to push; it keeps the write-ahead log open */
	struct pool *pool;
	struct push *push;
	struct imports *imports;
	struct schedule *schedule; /* NULL: no sources */
	struct probes *probes;
	pthread_rwlock_t writers; /* read: somebody holds a writing handle of this ledger; write: it is exchanged */
};

static int64_t
clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static struct store *
open_reader(void *ctx, struct err *err)
{
	struct serving *serving = ctx;

	return store_open(serving->data, STORE_READ, err);
}

/* A second writing handle, for a moment: push holds the first. */
static struct store *
open_writer(void *ctx, struct err *err)
{
	struct serving *serving = ctx;

	return store_open(serving->data, STORE_WRITE, err);
}

/* One that keeps the ledger from being exchanged until it is closed. */
static struct store *
hold_ledger(struct serving *serving, enum store_mode mode, struct err *err)
{
	struct store *store;

	pthread_rwlock_rdlock(&serving->writers);
	store = mode == STORE_WRITE ? open_writer(serving, err) : ingest_open_as(serving->data, mode, clock_us(), err);
	if (store == NULL)
		pthread_rwlock_unlock(&serving->writers);
	return store;
}

static struct store *
hold_writer(void *ctx, struct err *err)
{
	return hold_ledger(ctx, STORE_WRITE, err);
}

static struct store *
hold_trial(void *ctx, struct err *err)
{
	return hold_ledger(ctx, STORE_TRIAL, err);
}

static void
release_writer(void *ctx, struct store *store)
{
	store_close(store);
	pthread_rwlock_unlock(&((struct serving *)ctx)->writers);
}

/* An unnamed file beside the ledger: where the ledger has room, and where it is on a disk. */
static FILE *
open_unnamed(void *ctx)
{
	struct serving *serving = ctx;
	char folder[SETTING_PATH + 32];
	char *slash;
	FILE *file;
	int fd;

	pthread_rwlock_rdlock(&serving->writers);
	snprintf(folder, sizeof(folder), "%s", serving->writer == NULL ? "" : store_path(serving->writer));
	pthread_rwlock_unlock(&serving->writers);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder] = '\0';
	fd = open(slash == NULL ? "." : folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0)
		return tmpfile();
	file = fdopen(fd, "w+");
	if (file == NULL)
		close(fd);
	return file;
}

/* Open the ledger for writing (made, migrated and given the built-in prices here) and see whether it is sample data. */
static int
open_ledger(struct serving *serving, struct err *err)
{
	char mark[16];
	int found;

	serving->writer = ingest_open(serving->data, clock_us(), err);
	if (serving->writer == NULL)
		return -1;
	found = store_meta_get(serving->writer, "demo", mark, sizeof(mark), err);
	if (found < 0)
		return -1;
	serving->is_demo = found == 1 && strcmp(mark, "") != 0;
	return 0;
}

/* ---- the sample data and its removal */

static bool
serving_demo(void *ctx)
{
	return ((struct serving *)ctx)->is_demo;
}

/* Delete the sample ledger's files; the folder goes too when nothing else is in it. */
static int
delete_ledger(const char *path, struct err *err)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char file[SETTING_PATH + 32];
	char *slash;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", path, suffixes[i]);
		if (unlink(file) != 0 && errno != ENOENT)
			return err_set(err, ERR_OUTSIDE, "%s: cannot be removed: %s", file, strerror(errno));
	}
	snprintf(file, sizeof(file), "%s", path);
	slash = strrchr(file, '/');
	if (slash != NULL && slash != file) {
		*slash = '\0';
		rmdir(file);
	}
	return 0;
}

/* Runs while no reading handle is open. */
static int
change_to_own(void *ctx, struct err *err)
{
	struct serving *serving = ctx;
	char path[SETTING_PATH + 32];

	if (!serving->is_demo)
		return 0;
	snprintf(path, sizeof(path), "%s", store_path(serving->writer));
	store_close(serving->writer);
	serving->writer = NULL;
	if (delete_ledger(path, err) != 0) {
		struct err second;

		open_ledger(serving, &second);
		return -1;
	}
	if (serving->own_data != NULL)
		snprintf(serving->data, sizeof(serving->data), "%s", serving->own_data);
	serving->is_demo = false;
	log_info("serve: sample data removed", "data", serving->data);
	return open_ledger(serving, err);
}

struct removal {
	struct serving *serving;
	struct err *err;
	int status;
};

static struct store *
switch_readers(void *ctx)
{
	struct removal *removal = ctx;

	removal->status = pool_switch(removal->serving->pool, change_to_own, removal->err);
	return removal->serving->writer;
}

/* Whoever waits for a signal to stop is woken by the one that says nothing by itself. */
static void
begin_anew(void *ctx)
{
	struct serving *serving = ctx;
	const struct timespec step = { 0, 1000 * 1000 };

	atomic_store(&serving->again, true);
	kill(getpid(), SIGHUP);
	/* The reply goes out when the next request can only meet what has begun anew. */
	for (int waited = 0; waited < STOP_WAIT_MS && !atomic_load(&serving->resting); waited++)
		nanosleep(&step, NULL);
}

/* Events that are pushed meanwhile wait, and go to the own ledger. */
static int
remove_demo(void *ctx, struct err *err)
{
	struct serving *serving = ctx;
	struct removal removal = { .serving = serving, .err = err };

	if (pthread_rwlock_trywrlock(&serving->writers) != 0)
		return err_set(err, ERR_BUSY, "the ledger is being written to; try again when that is done");
	push_switch(serving->push, switch_readers, &removal);
	pthread_rwlock_unlock(&serving->writers);
	if (removal.status == 0)
		begin_anew(serving); /* the own ledger may keep settings of its own */
	return removal.status;
}

static void
rest(void *ctx)
{
	const struct serving *serving = ctx;

	pool_rest(serving->pool);
}

static void
drain(void *ctx)
{
	struct serving *serving = ctx;

	probes_stop(serving->probes);
	schedule_stop(serving->schedule); /* it writes through push */
	imports_stop(serving->imports);
	push_stop(serving->push);
}

/* ---- sources */

static struct store *
borrow_reader(void *ctx, struct err *err)
{
	return pool_borrow(((struct serving *)ctx)->pool, err);
}

static void
give_reader_back(void *ctx, struct store *store)
{
	pool_give_back(((struct serving *)ctx)->pool, store);
}

static void
write_through(void *ctx, void (*write)(void *what, struct store *store), void *what)
{
	push_lend(((struct serving *)ctx)->push, write, what);
}

/* ---- the loop */

static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* A hang-up is no reason to stop: a terminal that closed must not take the dashboard with it. */
static void
wait_for_stop(const sigset_t *set, const atomic_bool *again)
{
	int signal;

	do {
		signal = sigwaitinfo(set, NULL);
	} while ((signal == SIGHUP && !atomic_load(again)) || (signal < 0 && errno == EINTR));
	if (signal == SIGHUP) {
		log_info("serve: settings have changed, beginning anew");
		return;
	}
	log_info("serve: stopping", "signal", signal == SIGTERM ? "TERM" : "INT");
}

/* A whole file of at most 1 MiB, ended by NUL, to be freed; the path is a setting's, named in errors. */
static char *
read_pem(const char *key, const char *path, struct err *err)
{
	const size_t room = (size_t)1 << 20;
	char *bytes = calloc(1, room + 1);
	FILE *file = fopen(path, "re");
	size_t n = bytes == NULL || file == NULL ? 0 : fread(bytes, 1, room, file);

	if (file == NULL || ferror(file) || strstr(n == 0 ? "" : bytes, "-----BEGIN ") == NULL) {
		err_set(err, ERR_OUTSIDE, "serve.%s: %s: %s", key, path,
			file == NULL || ferror(file) ? strerror(errno) : "is no PEM file");
		free(bytes);
		bytes = NULL;
	}
	if (file != NULL)
		fclose(file);
	return bytes;
}

/* TLS of our own, where the settings name its files. */
static int
read_tls(const struct settings *settings, char **certificate, char **key, struct err *err)
{
	if (settings->serve.tls_certificate[0] == '\0')
		return 0;
	*certificate = read_pem("tls_certificate", settings->serve.tls_certificate, err);
	if (*certificate == NULL)
		return -1;
	*key = read_pem("tls_key", settings->serve.tls_key, err);
	return *key == NULL ? -1 : 0;
}

/* Whether what the settings say may be served to whom they say. */
static int
check_rules(struct serving *serving, const struct settings *settings, bool loopback, struct err *err)
{
	int64_t tokens = token_live(serving->writer, NULL, clock_us(), err);

	return tokens < 0 ? -1 : gate_rules(settings, loopback, tokens, err);
}

/*
 * Nothing is asked before the page is there. *place: the socket to listen on where the address is open already; where
 * serving is to begin anew, the one kept.
 */
static int
serve_until_stopped(
	const struct http_config *config, const sigset_t *signals, struct serving *serving, int *place, struct err *err)
{
	struct http *http = http_start(config, err);
	int status = 0;

	*place = -1;
	if (http == NULL)
		return -1;
	if (config->socket <= 0) {
		printf("listening on %s\n", http_address(http));
		fflush(stdout);
	}
	if (serving->schedule != NULL)
		status = schedule_start(serving->schedule, err);
	if (status == 0)
		wait_for_stop(signals, &serving->again);
	if (status == 0 && atomic_load(&serving->again))
		*place = http_rest(http, STOP_WAIT_MS);
	else
		http_stop(http, STOP_WAIT_MS);
	return status;
}

/*
 * What a large answer took goes back when it is given back, instead of staying in the heap of the thread that made
 * it: between requests a daemon is small.
 */
static void
keep_little(void)
{
	mallopt(M_ARENA_MAX, 4);
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_TRIM_THRESHOLD, 256 << 10);
}

/*
 * Serve with the settings of the options and what the ledger keeps, until a signal (0), an error, or a change of the
 * settings in the ledger: then *place is the open address, and data what is served.
 */
static int
serve_once(const struct serve_options *options, const sigset_t *signals, char *data, int *place)
{
	struct settings kept = *options->settings;
	const struct settings *settings = &kept;
	struct serving serving = { .own_data = options->own_data, .writers = PTHREAD_RWLOCK_INITIALIZER };
	struct api api = { .settings = settings, .version = BREAKEVEN_VERSION };
	struct pool_config pool = { .open = open_reader,
		.close = store_close,
		.begin = store_read_begin,
		.end = store_read_end,
		.rest = store_rest,
		.ctx = &serving };
	struct gate_config gate = { .settings = settings, .open = open_writer, .close = store_close, .ctx = &serving };
	char *certificate = NULL, *key = NULL;
	struct rebench *rebench = NULL;
	struct zone zone;
	struct err err;
	int status = 0, at = *place;
	bool asks = options->sources != NULL && options->sources->n > 0;

	*place = -1;
	snprintf(serving.data, sizeof(serving.data), "%s", data);
	if (http_is_loopback(settings->listen, &gate.loopback, &err) != 0 || open_ledger(&serving, &err) != 0 ||
		kept_apply(serving.writer, &kept, &err) != 0 || zone_load(&zone, settings->report.zone, &err) != 0 ||
		check_rules(&serving, settings, gate.loopback, &err) != 0 ||
		read_tls(settings, &certificate, &key, &err) != 0)
		goto fail;
	serving.pool = pool_new(&pool, &err);
	if (serving.pool == NULL)
		goto fail;
	serving.push = push_start(
		&(struct push_config){
			.store = serving.writer, .zone = &zone, .now_us = clock_us, .bytes_max = WAITING_MAX },
		&err);
	if (serving.push == NULL || (serving.imports = imports_new(&err)) == NULL)
		goto fail;
	if (asks) {
		serving.schedule = schedule_new(
			&(struct schedule_config){
				.settings = settings,
				.plans = options->sources,
				.zone = &zone,
				.now_us = clock_us,
				.ctx = &serving,
				.read_open = borrow_reader,
				.read_close = give_reader_back,
				.write = write_through,
				.paused = serving_demo,
			},
			&err);
		if (serving.schedule == NULL || (serving.probes = probes_new(&err)) == NULL ||
			http_library_open(&err) != 0)
			goto fail;
	}
	api.assets = assets_open(settings->web[0] == '\0' ? NULL : settings->web, &err);
	if (api.assets == NULL)
		goto fail;
	gate.pool = serving.pool;
	api.gate = gate_new(&gate, &err);
	if (api.gate == NULL)
		goto fail;
	api.metrics = metrics_new(clock_us(), &err);
	if (api.metrics == NULL)
		goto fail;
	api.zone = &zone;
	api.pool = serving.pool;
	api.push = serving.push;
	api.imports = serving.imports;
	api.mappings = options->sources == NULL ? NULL : &options->sources->mappings;
	api.schedule = serving.schedule;
	api.probes = serving.probes;
	api.allowed_host = settings->serve.allowed_host;
	api.demo = serving_demo;
	api.demo_remove = remove_demo;
	api.demo_ctx = &serving;
	api.again = begin_anew;
	api.writer_open = hold_writer;
	api.trial_open = hold_trial;
	api.writer_close = release_writer;
	api.writer_ctx = &serving;
	api.file_open = open_unnamed;

	if (settings->bench.every_hours > 0 && !serving_demo(&serving)) {
		rebench = rebench_start(
			&(struct rebench_config){
				.settings = settings,
				.data = serving.data,
				.now_us = clock_us,
				.ctx = &serving,
				.read_open = borrow_reader,
				.read_close = give_reader_back,
			},
			&err);
		if (rebench == NULL)
			goto fail;
	}
	if (serve_until_stopped(
		    &(struct http_config){
			    .listen = settings->listen,
			    .socket = at,
			    .threads = (unsigned)settings->serve.threads,
			    .connections_max = (unsigned)settings->serve.connections,
			    .idle_s = (unsigned)settings->serve.timeout_s,
			    .slow_s = (unsigned)settings->serve.slow_s,
			    .body_max = (size_t)settings->serve.body_max_mib << 20,
			    .bodies_max = (size_t)settings->serve.bodies_max_mib << 20,
			    .tls_certificate = certificate,
			    .tls_key = key,
			    .metrics = api.metrics,
			    .now_us = clock_us,
			    .handler = api_handle,
			    .admit = api_admit,
			    .spool = api_spool,
			    .ctx = &api,
			    .resting = &serving.resting,
			    .drain = drain,
			    .drain_ctx = &serving,
			    .rest = rest,
			    .rest_ctx = &serving,
		    },
		    signals, &serving, place, &err) != 0)
		goto fail;
	snprintf(data, SETTING_PATH, "%s", serving.data);

end:
	rebench_stop(rebench);
	probes_stop(serving.probes);
	schedule_stop(serving.schedule);
	imports_stop(serving.imports);
	imports_free(serving.imports);
	push_stop(serving.push);
	push_free(serving.push);
	schedule_free(serving.schedule);
	probes_free(serving.probes);
	if (asks)
		http_library_close();
	metrics_free(api.metrics);
	gate_free(api.gate);
	assets_close(api.assets);
	pool_free(serving.pool);
	store_close(serving.writer);
	free(certificate);
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(key);
	return status;

fail:
	status = command_fail(options->command, &err);
	goto end;
}

int
serve_run(const struct serve_options *options)
{
	char data[SETTING_PATH];
	sigset_t signals;
	int place = -1, status;

	keep_little();
	block_signals(&signals);
	snprintf(data, sizeof(data), "%s", options->settings->data);
	do {
		status = serve_once(options, &signals, data, &place);
	} while (status == 0 && place >= 0);
	return status;
}

/* What the command line says stands above the file. */
static int
give(struct settings *settings, const char *key, const char *value, struct err *err)
{
	const struct setting *setting = value == NULL ? NULL : setting_find(key, err);

	if (value == NULL)
		return 0;
	return setting == NULL ? -1 : settings_set(settings, setting, value, SETTING_GIVEN, err);
}

static int
run(int argc, char **argv)
{
	const char *config = NULL, *data = NULL, *listen = NULL, *web = NULL;
	const struct arg args[] = {
		{ .name = "config", .value = &config },
		{ .name = "data", .value = &data },
		{ .name = "listen", .value = &listen },
		{ .name = "web", .value = &web },
		{ .name = NULL },
	};
	struct config_sources sources;
	struct source_plans plans;
	struct settings settings;
	struct err err;
	int words, status;

	if (args_read(args, argc, argv, &words, &err) != 0)
		return command_fail("serve", &err);
	if (words > 0) {
		err_set(&err, ERR_INPUT, "'%s' is no option", argv[1]);
		return command_fail("serve", &err);
	}
	if (settings_load(&settings, config, &err) != 0)
		return command_fail("serve", &err);
	if (give(&settings, "data", data, &err) != 0 || give(&settings, "listen", listen, &err) != 0 ||
		give(&settings, "web", web, &err) != 0)
		return command_fail("serve", &err);
	log_setup((enum log_level)settings.log.level, settings.log.format);
	if (sources_load(&sources, config, &err) != 0)
		return command_fail("serve", &err);
	status = source_plans_make(&sources, &plans, &err);
	config_sources_free(&sources);
	if (status != 0)
		return command_fail("serve", &err);
	status = serve_run(&(struct serve_options){ .command = "serve", .settings = &settings, .sources = &plans });
	source_plans_free(&plans);
	return status;
}

const struct command cmd_serve = {
	.name = "serve",
	.summary = "serve the page and the API",
	.usage = "[--config FILE] [--data DIR] [--listen ADDR:PORT] [--web DIR]\n"
		 "  --config FILE       settings; see `breakeven config example`\n"
		 "  --data DIR          the folder of the ledger, made where there is none\n"
		 "  --listen ADDR:PORT  where to listen; port 0 picks a free one. Loopback needs nothing; any\n"
		 "                      other address a token (`breakeven token`) and TLS (serve.tls_in_front)\n"
		 "  --web DIR           serve the page's files from a folder instead of the built-in ones\n",
	.example = "breakeven serve --listen 127.0.0.1:0",
	.run = run,
};
