/*
 * The routes of months, between an exchange and report/months.
 */
#include "daemon/report/months.h"
#include "daemon/serve/edits.h"
#include "daemon/serve/routes.h"

void
serve_month_close(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, months_close, reply);
}

void
serve_month_reopen(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, months_reopen, reply);
}
