/*
 * commands: the rows of main.c's table, one per cmd_*.c.
 */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

struct command;

extern const struct command cmd_backup;
extern const struct command cmd_bench;
extern const struct command cmd_check;
extern const struct command cmd_collect;
extern const struct command cmd_config;
extern const struct command cmd_demo;
extern const struct command cmd_doctor;
extern const struct command cmd_fleet;
extern const struct command cmd_month;
extern const struct command cmd_prices;
extern const struct command cmd_report;
extern const struct command cmd_reprice;
extern const struct command cmd_restore;
extern const struct command cmd_rule;
extern const struct command cmd_serve;
extern const struct command cmd_price;
extern const struct command cmd_solve;
extern const struct command cmd_source;
extern const struct command cmd_throughput;
extern const struct command cmd_token;
extern const struct command cmd_workload;

#endif
