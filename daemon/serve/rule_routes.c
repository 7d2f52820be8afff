/*
 * The routes of rules, between an exchange and report/attribution.
 */
#include "daemon/report/attribution.h"
#include "daemon/serve/edits.h"
#include "daemon/serve/routes.h"

void
serve_rule_add(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, rule_add, reply);
}

void
serve_rule_change(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, rule_change, reply);
}

void
serve_rule_drop(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, rule_drop, reply);
}
