/*
 * The settings of breakeven, a row each: nothing else lists them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/options.h"
#include "daemon/base/zone.h"
#include "models/units/calendar.h"
#include "models/units/err.h"
#include "models/units/money.h"

/* ---- what a kind cannot say by itself */

static int
check_zone(const char *value, struct err *err)
{
	struct zone zone;

	return zone_load(&zone, value, err);
}

/* The ledger's amounts are dollars, and it knows no exchange rates: another currency here would only be a lie. */
static int
check_currency(const char *value, struct err *err)
{
	if (strcmp(value, "USD") == 0)
		return 0;
	return err_set(err, ERR_INPUT, "amounts are in USD, and there are no exchange rates to convert them with");
}

static int
check_listen(const char *value, struct err *err)
{
	const char *colon = strrchr(value, ':');
	size_t host = colon == NULL ? 0 : (size_t)(colon - value);
	int64_t port;

	if (host == 0 || decimal_parse(colon + 1, strspn(colon + 1, "0123456789"), 0, &port, NULL, NULL) != 0 ||
		colon[1 + strspn(colon + 1, "0123456789")] != '\0')
		return err_set(err, ERR_INPUT, "not an address and a port, such as 127.0.0.1:8808");
	if (port > 65535)
		return err_set(err, ERR_INPUT, "a port is at most 65535");
	if (memchr(value, ':', host) != NULL && (value[0] != '[' || colon[-1] != ']'))
		return err_set(err, ERR_INPUT, "an address with colons stands in brackets, such as [::1]:8808");
	return 0;
}

static int
check_path_prefix(const char *value, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	size_t n = strlen(value);

	if (n == 0)
		return 0;
	if (value[0] != '/' || value[n - 1] == '/' || strstr(value, "//") != NULL)
		return err_set(err, ERR_INPUT, "a prefix begins with / and does not end in one, such as /cost");
	if (strspn(value, letters) != n || strstr(value, "/.") != NULL)
		return err_set(err, ERR_INPUT, "a prefix is of letters, digits and - . _ ~, such as /cost");
	return 0;
}

static int
check_host(const char *value, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.";
	size_t name = strspn(value, letters), port = 0;

	if (value[0] == '\0')
		return 0;
	if (value[name] == ':')
		port = strspn(value + name + 1, "0123456789");
	if (name > 0 && (value[name] == '\0' || (port > 0 && port < 6 && value[name + 1 + port] == '\0')))
		return 0;
	return err_set(err, ERR_INPUT, "not the name of a host alone, such as costs.example.com");
}

static int
check_start(const char *value, struct err *err)
{
	int64_t at_us;

	if (value[0] == '\0' || time_parse(value, strlen(value), &at_us, NULL) == 0)
		return 0;
	return err_set(err, ERR_INPUT, "not a date such as 2026-01-01 or 2026-01-01T00:00:00Z");
}

static int
check_variable(const char *value, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

	if (strspn(value, letters) == strlen(value))
		return 0;
	return err_set(err, ERR_INPUT, "not the name of an environment variable");
}

/* ---- defaults that depend on the machine */

static void
find_data(char *value, size_t size)
{
	const char *given = getenv("XDG_DATA_HOME");

	if (given != NULL && given[0] == '/')
		snprintf(value, size, "%s/breakeven", given);
	else
		snprintf(value, size, "~/.local/share/breakeven");
}

/* ---- the table */

#define FIELD(path) .offset = offsetof(struct settings, path), .room = sizeof(((struct settings *)NULL)->path)

const struct setting settings_table[] = {
	{ .key = "data",
		.kind = SETTING_FOLDER,
		FIELD(data),
		.otherwise = "~/.local/share/breakeven",
		.find = find_data,
		.text = "Folder that holds the ledger. $XDG_DATA_HOME stands for ~/.local/share where it is set" },
	{ .key = "listen",
		.kind = SETTING_TEXT,
		FIELD(listen),
		.form = "an address and a port, such as 127.0.0.1:8808 or [::1]:8808",
		.otherwise = "127.0.0.1:8808",
		.check = check_listen,
		.text = "Address and port of pages and API. Port 0 takes a free one; an address other than loopback needs "
			"an access token and TLS" },
	{ .key = "web",
		.kind = SETTING_FOLDER,
		FIELD(web),
		.otherwise = "",
		.text = "Folder to serve pages from, in place of those built into the program" },

	{ .key = "log.level",
		.kind = SETTING_CHOICE,
		FIELD(log.level),
		.choices = "error|warn|info|debug",
		.otherwise = "info",
		.text = "The least important events that are still logged" },
	{ .key = "log.format",
		.kind = SETTING_CHOICE,
		FIELD(log.format),
		.choices = "text|json",
		.otherwise = "text",
		.text = "Form of a line in the log" },

	{ .key = "report.zone",
		.kind = SETTING_TEXT,
		FIELD(report.zone),
		.form = "an IANA name, such as Europe/Berlin or UTC",
		.otherwise = "UTC",
		.check = check_zone,
		.text = "Time zone in which days and months begin" },
	{ .key = "report.month_start",
		.kind = SETTING_WHOLE,
		FIELD(report.month_start),
		.low = 1,
		.high = 28,
		.otherwise = "1",
		.text = "Day on which a billing month begins" },
	{ .key = "report.currency",
		.kind = SETTING_TEXT,
		FIELD(report.currency),
		.form = "USD",
		.otherwise = "USD",
		.check = check_currency,
		.text = "Currency of reports. Amounts in other currencies stand beside it and are never added to it" },
	{ .key = "report.numbers",
		.kind = SETTING_CHOICE,
		FIELD(report.numbers),
		.choices = "point|comma|space",
		.otherwise = "point",
		.text = "How figures are written: 1,234.56 or 1.234,56 or 1 234,56. The last two also part the cells of CSV by "
			"semicolons, so that a spreadsheet of such a country opens it; JSON has numbers as ever" },
	{ .key = "report.stale_price_days",
		.kind = SETTING_WHOLE,
		FIELD(report.stale_price_days),
		.low = 1,
		.high = 3650,
		.otherwise = "30",
		.unit = "days",
		.text = "Age from which a price is called stale" },

	{ .key = "compare.closed_provider",
		.kind = SETTING_TEXT,
		FIELD(compare.closed_provider),
		.otherwise = "anthropic",
		.text = "Provider of the closed model to compare with, where a workload names none" },
	{ .key = "compare.closed_model",
		.kind = SETTING_TEXT,
		FIELD(compare.closed_model),
		.otherwise = "claude-sonnet-4-5",
		.text = "Closed model to compare with, where a workload names none" },
	{ .key = "compare.peak_to_mean",
		.kind = SETTING_NUMBER,
		FIELD(compare.peak_to_mean),
		.low = 1,
		.high = 1000,
		.otherwise = "2.228",
		.text = "Busiest hour over the mean hour, where too little is measured to know. The default is that of a "
			"service used in office hours and less at weekends" },
	{ .key = "compare.horizon",
		.kind = SETTING_NUMBER,
		FIELD(compare.horizon),
		.low = 1,
		.high = 10000,
		.otherwise = "10",
		.unit = "times the volume",
		.text = "How far beyond the measured monthly volume break-even points are looked for" },

	{ .key = "self_hosted.gpus_per_replica",
		.kind = SETTING_WHOLE,
		FIELD(self_hosted.gpus_per_replica),
		.low = 1,
		.high = 1024,
		.otherwise = "2",
		.text = "GPUs that one running copy of the model takes" },
	{ .key = "self_hosted.gpu",
		.kind = SETTING_TEXT,
		FIELD(self_hosted.gpu),
		.otherwise = "H100 SXM",
		.text = "Accelerator whose published rental price is taken where no fleet and no price is given" },
	{ .key = "self_hosted.gpu_hour",
		.kind = SETTING_NUMBER,
		FIELD(self_hosted.gpu_hour),
		.low = 0,
		.high = 10000,
		.otherwise = "2.5",
		.unit = "USD/h",
		.text = "Price of one GPU for an hour; set, it takes the place of the published price of self_hosted.gpu" },
	{ .key = "self_hosted.throughput_tok_s",
		.kind = SETTING_NUMBER,
		FIELD(self_hosted.throughput_tok_s),
		.low = 0.001,
		.high = 1e9,
		.otherwise = "3000",
		.unit = "tok/s",
		.text = "Tokens a second, input and output together, that one replica serves when it is full. Measure it: it "
			"depends on the model, the GPUs and the lengths of your requests" },
	{ .key = "self_hosted.headroom",
		.kind = SETTING_NUMBER,
		FIELD(self_hosted.headroom),
		.low = 0.01,
		.high = 1,
		.otherwise = "0.7",
		.unit = "share",
		.text = "Share of the throughput that may be used before answers become too slow" },
	{ .key = "self_hosted.redundancy",
		.kind = SETTING_WHOLE,
		FIELD(self_hosted.redundancy),
		.low = 0,
		.high = 1000,
		.otherwise = "0",
		.unit = "replicas",
		.text = "Replicas kept beyond the need, so that one may fail" },
	{ .key = "self_hosted.min_replicas",
		.kind = SETTING_WHOLE,
		FIELD(self_hosted.min_replicas),
		.low = 0,
		.high = 10000,
		.otherwise = "1",
		.unit = "replicas",
		.text = "The fewest replicas that run at any hour" },
	{ .key = "self_hosted.scaling",
		.kind = SETTING_CHOICE,
		FIELD(self_hosted.scaling),
		.choices = "always_on|autoscale",
		.otherwise = "always_on",
		.text = "Whether the replicas of the busiest hour run all the time, or their number follows the load" },
	{ .key = "self_hosted.lag_hours",
		.kind = SETTING_WHOLE,
		FIELD(self_hosted.lag_hours),
		.low = 0,
		.high = 168,
		.otherwise = "1",
		.unit = "h",
		.text = "With autoscale: how long before it is needed a replica must be started" },
	{ .key = "self_hosted.ops_month",
		.kind = SETTING_NUMBER,
		FIELD(self_hosted.ops_month),
		.low = 0,
		.high = 1e9,
		.otherwise = "3750",
		.unit = "USD/month",
		.text = "People who run it. The default is a quarter of a person who costs 180,000 USD a year" },
	{ .key = "self_hosted.fixed_month",
		.kind = SETTING_NUMBER,
		FIELD(self_hosted.fixed_month),
		.low = 0,
		.high = 1e9,
		.otherwise = "0",
		.unit = "USD/month",
		.text = "What else it costs whatever the volume: storage, network, licences" },

	{ .key = "throughput.accelerators",
		.kind = SETTING_FOLDER,
		FIELD(throughput.accelerators),
		.otherwise = "",
		.text = "File with accelerators that the built-in table lacks or has otherwise: CSV with gpu, memory_gb, "
			"memory_gb_s and fp16_tflops" },
	{ .key = "throughput.transformers",
		.kind = SETTING_FOLDER,
		FIELD(throughput.transformers),
		.otherwise = "",
		.text = "File with models that the built-in table lacks: CSV with model, layers, hidden, heads, kv_heads, "
			"head_dim, intermediate and vocab, for experts also experts, experts_used, moe_intermediate and "
			"moe_layers" },
	{ .key = "throughput.anchor_days",
		.kind = SETTING_WHOLE,
		FIELD(throughput.anchor_days),
		.low = 1,
		.high = 3650,
		.otherwise = "180",
		.unit = "days",
		.text = "How long a measurement that was kept corrects predictions. Engines change: identical runs of two "
			"releases differ by 6 % in the middle and by 40 % in the worst tenth" },

	{ .key = "bench.every_hours",
		.kind = SETTING_WHOLE,
		FIELD(bench.every_hours),
		.low = 0,
		.high = 8760,
		.otherwise = "0",
		.unit = "h",
		.text = "How often the daemon measures this machine's processors again by `bench cpu --save`, so that a drift "
			"of speed is told. 0: never. It takes all processors for some seconds, at the lowest priority" },
	{ .key = "bench.model",
		.kind = SETTING_TEXT,
		FIELD(bench.model),
		.otherwise = "Llama-3.2-1B",
		.text = "Whose shape is run then: a dense model that `bench cpu --model` knows" },
	{ .key = "bench.precision",
		.kind = SETTING_CHOICE,
		FIELD(bench.precision),
		.choices = "f32|bf16|q8_0|q4_0",
		.otherwise = "q8_0",
		.text = "Of its weights" },

	{ .key = "import.refused_shown",
		.kind = SETTING_WHOLE,
		FIELD(import.refused_shown),
		.low = 0,
		.high = 1000,
		.otherwise = "20",
		.unit = "rows",
		.text = "How many refused rows of an import are shown with their reasons. All are counted" },

	{ .key = "import.upload_max_mib",
		.kind = SETTING_WHOLE,
		FIELD(import.upload_max_mib),
		.low = 1,
		.high = 1048576,
		.otherwise = "1024",
		.unit = "MiB",
		.text = "The largest file that is taken over the page. It is kept in an unnamed file beside the ledger while "
			"it is read" },

	{ .key = "collect.threads",
		.kind = SETTING_WHOLE,
		FIELD(collect.threads),
		.low = 1,
		.high = 32,
		.otherwise = "16",
		.text = "How many sources are asked at once; one that is slow to answer is not counted, and nobody waits for it" },
	{ .key = "collect.reply_max_mib",
		.kind = SETTING_WHOLE,
		FIELD(collect.reply_max_mib),
		.low = 1,
		.high = 256,
		.otherwise = "64",
		.unit = "MiB",
		.text = "The largest reply of a source, unpacked; all pages of one window may be four times that" },
	{ .key = "collect.reply_s",
		.kind = SETTING_WHOLE,
		FIELD(collect.reply_s),
		.low = 1,
		.high = 3600,
		.otherwise = "120",
		.unit = "s",
		.text = "How long a source may take for one reply" },
	{ .key = "collect.retry_first_ms",
		.kind = SETTING_WHOLE,
		FIELD(collect.retry_first_ms),
		.low = 1,
		.high = 3600000,
		.otherwise = "15000",
		.unit = "ms",
		.text = "How long to wait after a first failure that may pass; doubled with each that follows it" },
	{ .key = "collect.retry_most_s",
		.kind = SETTING_WHOLE,
		FIELD(collect.retry_most_s),
		.low = 1,
		.high = 86400,
		.otherwise = "3600",
		.unit = "s",
		.text = "The longest wait between two attempts" },
	{ .key = "collect.proxy",
		.kind = SETTING_TEXT,
		FIELD(collect.proxy),
		.form = "a URL such as http://proxy.example.com:3128, none, or nothing",
		.otherwise = "",
		.text = "Proxy through which sources are asked. Nothing: as https_proxy, http_proxy and no_proxy say; none: "
			"none in any case" },
	{ .key = "collect.ca_file",
		.kind = SETTING_FOLDER,
		FIELD(collect.ca_file),
		.otherwise = "",
		.form = "a file; ~/ is the home folder",
		.text = "File (PEM) with the certificate authorities that sources are checked by, in place of the system's" },

	{ .key = "serve.threads",
		.kind = SETTING_WHOLE,
		FIELD(serve.threads),
		.low = 1,
		.high = 64,
		.otherwise = "4",
		.text = "Threads that answer requests" },
	{ .key = "serve.connections",
		.kind = SETTING_WHOLE,
		FIELD(serve.connections),
		.low = 1,
		.high = 10000,
		.otherwise = "1200",
		.text = "Connections held at once; more wait" },
	{ .key = "serve.body_max_mib",
		.kind = SETTING_WHOLE,
		FIELD(serve.body_max_mib),
		.low = 1,
		.high = 1024,
		.otherwise = "64",
		.unit = "MiB",
		.text = "The largest body of a request" },
	{ .key = "serve.bodies_max_mib",
		.kind = SETTING_WHOLE,
		FIELD(serve.bodies_max_mib),
		.low = 1,
		.high = 65536,
		.otherwise = "256",
		.unit = "MiB",
		.text = "Of bodies that are being received at once, in memory; more get 503" },
	{ .key = "serve.slow_s",
		.kind = SETTING_WHOLE,
		FIELD(serve.slow_s),
		.low = 1,
		.high = 3600,
		.otherwise = "60",
		.unit = "s",
		.text = "A client that takes longer over a request or reply, at less than 4 KiB a second, is cut off" },
	{ .key = "serve.timeout_s",
		.kind = SETTING_WHOLE,
		FIELD(serve.timeout_s),
		.low = 1,
		.high = 3600,
		.otherwise = "30",
		.unit = "s",
		.text = "A connection that is silent for so long is closed" },
	{ .key = "serve.path_prefix",
		.kind = SETTING_TEXT,
		FIELD(serve.path_prefix),
		.form = "empty, or a path without a / at its end",
		.otherwise = "",
		.check = check_path_prefix,
		.text = "What stands before every path when a proxy passes it on, such as /cost" },
	{ .key = "serve.allowed_host",
		.kind = SETTING_TEXT,
		FIELD(serve.allowed_host),
		.otherwise = "",
		.text = "A name, besides those of this machine itself, by which requests may call the daemon. On a "
			"loopback address they need no token: for a proxy that asks for a login itself" },
	{ .key = "serve.tls_in_front",
		.kind = SETTING_TEXT,
		FIELD(serve.tls_in_front),
		.form = "empty, or the name of a host, such as costs.example.com",
		.otherwise = "",
		.check = check_host,
		.text = "The name by which browsers reach a proxy that speaks TLS and passes requests on. Every request "
			"then needs a token or a session, and cookies are for https only" },
	{ .key = "serve.tls_certificate",
		.kind = SETTING_FOLDER,
		FIELD(serve.tls_certificate),
		.otherwise = "",
		.text = "File of the certificate and its chain (PEM), for TLS without a proxy" },
	{ .key = "serve.tls_key",
		.kind = SETTING_FOLDER,
		FIELD(serve.tls_key),
		.otherwise = "",
		.text = "File of the certificate's private key (PEM)" },
	{ .key = "serve.require_token",
		.kind = SETTING_CHOICE,
		FIELD(serve.require_token),
		.choices = "auto|yes",
		.otherwise = "auto",
		.text = "Whether requests need a token or a session. auto: on addresses other than loopback, and where "
			"serve.tls_in_front is set" },
	{ .key = "serve.session_hours",
		.kind = SETTING_WHOLE,
		FIELD(serve.session_hours),
		.low = 1,
		.high = 8760,
		.otherwise = "168",
		.unit = "h",
		.text = "How long a browser stays signed in" },
	{ .key = NULL },
};

_Static_assert(sizeof(settings_table) / sizeof(settings_table[0]) <= SETTINGS_MAX + 1, "origin[] is too small");

/* ---- the table of a source */

#undef FIELD
#define FIELD(path) \
	.offset = offsetof(struct source_settings, path), .room = sizeof(((struct source_settings *)NULL)->path)

const struct setting source_table[] = {
	{ .key = "collector",
		.kind = SETTING_TEXT,
		FIELD(collector),
		.form = "a name of `breakeven source --kinds`, or of a [mapping]",
		.otherwise = "",
		.text = "What is asked and how its replies or files are read. It must be given" },
	{ .key = "enabled",
		.kind = SETTING_CHOICE,
		FIELD(enabled),
		.choices = "no|yes",
		.otherwise = "yes",
		.text = "no: it is asked only by hand" },
	{ .key = "url",
		.kind = SETTING_TEXT,
		FIELD(url),
		.form = "a URL of scheme, host and perhaps port and path, without a key",
		.otherwise = "",
		.text = "Where it is asked, where that is not the service's own address" },
	{ .key = "path",
		.kind = SETTING_FOLDER,
		FIELD(path),
		.form = "a file or folder; ~/ is the home folder",
		.otherwise = "",
		.text = "Of sources that are files: the file, or the folder that is watched. New files are taken, grown ones read on, "
			"and exports that are written anew replaced" },
	{ .key = "key_file",
		.kind = SETTING_FOLDER,
		FIELD(key_file),
		.form = "a file; ~/ is the home folder",
		.otherwise = "",
		.text = "File that holds the key and nothing else. Nobody but its owner may read it (chmod 600). It is read "
			"with each run, so that a new key needs no restart" },
	{ .key = "key_variable",
		.kind = SETTING_TEXT,
		FIELD(key_variable),
		.form = "the name of an environment variable",
		.otherwise = "",
		.check = check_variable,
		.text = "Environment variable that holds the key, where there is no key_file; the default depends on the "
			"collector" },
	{ .key = "account",
		.kind = SETTING_TEXT,
		FIELD(account),
		.otherwise = "",
		.text = "Account of rows that name none" },
	{ .key = "workload",
		.kind = SETTING_TEXT,
		FIELD(workload),
		.otherwise = "",
		.text = "Workload of rows that name none" },
	{ .key = "provider",
		.kind = SETTING_TEXT,
		FIELD(provider),
		.otherwise = "",
		.text = "Provider of rows that name none" },
	{ .key = "model", .kind = SETTING_TEXT, FIELD(model), .otherwise = "", .text = "Model of rows that name none" },
	{ .key = "interval",
		.kind = SETTING_WHOLE,
		FIELD(interval_s),
		.low = -1,
		.high = 2678400,
		.otherwise = "-1",
		.unit = "s",
		.text = "Time between two runs; -1: the collector's own" },
	{ .key = "trailing_hours",
		.kind = SETTING_WHOLE,
		FIELD(trailing_hours),
		.low = -1,
		.high = 17520,
		.otherwise = "-1",
		.unit = "h",
		.text = "How far back each run reads again what it has, since sources correct themselves; -1: the collector's "
			"own" },
	{ .key = "start",
		.kind = SETTING_TEXT,
		FIELD(start),
		.form = "a date such as 2026-01-01, or nothing",
		.otherwise = "",
		.check = check_start,
		.text = "Where its history begins: what is older is not asked for. Nothing: the trailing hours before the "
			"first run" },
	{ .key = "allow_local",
		.kind = SETTING_CHOICE,
		FIELD(allow_local),
		.choices = "no|yes",
		.otherwise = "no",
		.text = "Whether it may be on this machine or its link (127.0.0.1, localhost, 169.254.0.0/16, ::1, fe80::)" },
	{ .key = "allow_plain",
		.kind = SETTING_CHOICE,
		FIELD(allow_plain),
		.choices = "no|yes",
		.otherwise = "no",
		.text = "Whether its key may be sent over http://, where others may read it" },
	{ .key = "ca_file",
		.kind = SETTING_FOLDER,
		FIELD(ca_file),
		.form = "a file; ~/ is the home folder",
		.otherwise = "",
		.text = "As collect.ca_file, for this source alone" },
	{ .key = "proxy",
		.kind = SETTING_TEXT,
		FIELD(proxy),
		.form = "a URL such as http://proxy.example.com:3128, none, or nothing",
		.otherwise = "",
		.text = "As collect.proxy, for this source alone" },
	{ .key = NULL },
};
