/*
 * The routes of settings, workloads and fleets, between an exchange and report/settings_edit.
 */
#include "daemon/base/options.h"
#include "daemon/report/settings_edit.h"

#include "daemon/serve/api.h"
#include "daemon/serve/edits.h"
#include "daemon/serve/routes.h"

/* What a file, the environment or the command line says stands above the ledger: a change there would do nothing. */
static bool
stands_elsewhere(const struct call *call, struct exchange_reply *reply)
{
	const struct setting *setting = setting_find(call->name, NULL);
	enum setting_origin origin = settings_origin(call->api->settings, call->name);

	if (setting == NULL || !setting_is_kept(setting) || origin <= SETTING_LEDGER)
		return false;
	reply_error(call->request, reply, 409, "%s is set %s, which stands above what the ledger keeps", call->name,
		origin == SETTING_FILE                  ? "in the configuration file"
			: origin == SETTING_ENVIRONMENT ? "in the environment"
							: "on the command line");
	return true;
}

/* Everything that answers are made with is made anew. */
static void
change_setting(const struct call *call, editor *run, struct exchange_reply *reply)
{
	if (stands_elsewhere(call, reply))
		return;
	serve_edit(call, run, reply);
	if (reply->status == 200 && call->api->again != NULL)
		call->api->again(call->api->demo_ctx);
}

void
serve_setting_change(const struct call *call, struct exchange_reply *reply)
{
	change_setting(call, setting_change, reply);
}

void
serve_setting_forget(const struct call *call, struct exchange_reply *reply)
{
	change_setting(call, setting_forget, reply);
}

void
serve_workload_change(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, workload_change, reply);
}

void
serve_workload_forget(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, workload_forget, reply);
}

void
serve_fleet_change(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, fleet_change, reply);
}

void
serve_fleet_forget(const struct call *call, struct exchange_reply *reply)
{
	serve_edit(call, fleet_forget, reply);
}
