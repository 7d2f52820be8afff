/*
 * log: one line per event on standard error, as text or as JSON.
 *
 * text: "2026-08-01T12:00:00Z warn ingest: file skipped name=usage.csv reason=\"no header\""
 * json: {"at":"2026-08-01T12:00:00Z","level":"warn","event":"ingest: file skipped","name":"usage.csv",...}
 * A secret is never a field. The level and form are globals.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_setup(enum log_level level, int json);

/* fields: name, value pairs of strings, ended by NULL. A NULL value prints as "-". */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

#define log_error(...) log_event(LOG_LEVEL_ERROR, __VA_ARGS__, (char *)0)
#define log_warn(...) log_event(LOG_LEVEL_WARN, __VA_ARGS__, (char *)0)
#define log_info(...) log_event(LOG_LEVEL_INFO, __VA_ARGS__, (char *)0)
#define log_debug(...) log_event(LOG_LEVEL_DEBUG, __VA_ARGS__, (char *)0)

#endif
