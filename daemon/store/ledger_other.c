/*
 * ledger: GPU hours and invoice lines.
 */
#include <stdio.h>

#include "daemon/base/hash.h"
#include "daemon/store/conflict.h"
#include "daemon/store/handle.h"
#include "daemon/store/ledger.h"
#include "daemon/store/trial.h"

/* ---- GPU hours */

static void
bind_gpu(sqlite3_stmt *statement, const struct gpu_reading *reading)
{
	bind_whole(statement, ":from_us", reading->from_us);
	bind_text(statement, ":device", reading->device);
	bind_whole(statement, ":to_us", reading->to_us);
	bind_text(statement, ":gpu", reading->gpu);
	bind_text(statement, ":account", reading->account);
	bind_text(statement, ":workload", reading->workload);
	bind_reported(statement, ":busy_ppm", reading->busy_ppm);
	bind_reported(statement, ":memory_used_mib", reading->memory_used_mib);
	bind_reported(statement, ":power_mw", reading->power_mw);
	bind_whole(statement, ":basis", (int)reading->basis);
	bind_if(statement, ":rate_nano", reading->has_rate, reading->rate_nano);
}

/* The stretch of the same device that meets this one; 1 there is one, 0 none, -1. */
static int
find_met(struct store *store, const struct gpu_reading *reading, struct gpu_met *met, struct err *err)
{
	sqlite3_stmt *before = statement_get(store, ST_gpu_before);
	int status;

	if (store->trial != NULL && trial_fetch_gpu(store, reading->to_us, reading->device, err) != 0)
		return -1;
	bind_text(before, ":device", reading->device);
	bind_whole(before, ":to_us", reading->to_us);
	status = statement_step(store, before, err);
	if (status == 1) {
		met->from_us = sqlite3_column_int64(before, 0);
		met->run = sqlite3_column_int64(before, 2);
		status = sqlite3_column_int64(before, 1) > reading->from_us ? 1 : 0;
		sqlite3_reset(before);
	}
	return status;
}

/*
 * An allocation is told while it goes on, and longer each time: 1 when the line that stands is this one as it was
 * before, and has been made longer; 0 when it is not; -1.
 */
static int
gpu_grow(struct store *store, int64_t run, const struct gpu_reading *reading, struct err *err)
{
	sqlite3_stmt *grow = statement_get(store, ST_gpu_grow);

	bind_gpu(grow, reading);
	bind_whole(grow, ":run", run);
	if (statement_run(store, grow, err) != 0)
		return -1;
	return sqlite3_changes(store->db) == 1;
}

/* 1 when the answer to a question about the line that stands is yes. */
static int
gpu_asked(struct store *store, enum statement question, const struct gpu_reading *reading, struct err *err)
{
	sqlite3_stmt *asked = statement_get(store, question);
	int status;

	bind_gpu(asked, reading);
	status = statement_step(store, asked, err);
	if (status == 1)
		status = sqlite3_column_int(asked, 0);
	sqlite3_reset(asked);
	return status;
}

enum put_result
ledger_try_gpu(
	struct store *store, int64_t run, const struct gpu_reading *reading, struct gpu_met *met, struct err *err)
{
	int status = find_met(store, reading, met, err);
	sqlite3_stmt *add;

	if (status < 0)
		return PUT_FAILED;
	if (status == 0) {
		add = statement_get(store, ST_gpu_add);
		bind_gpu(add, reading);
		bind_whole(add, ":run", run);
		return statement_run(store, add, err) == 0 ? PUT_TAKEN : PUT_FAILED;
	}
	if (met->from_us == reading->from_us) {
		status = gpu_asked(store, ST_gpu_same, reading, err);
		if (status != 0)
			return status < 0 ? PUT_FAILED : PUT_REPEATED;
	}
	return PUT_CONFLICT;
}

enum put_result
ledger_keep_gpu(
	struct store *store, int64_t run, const struct gpu_reading *reading, const struct gpu_met *met, struct err *err)
{
	sqlite3_stmt *stands = statement_get(store, ST_gpu_event), *came = statement_get(store, ST_gpu_event_of);

	bind_whole(stands, ":from_us", met->from_us);
	bind_text(stands, ":device", reading->device);
	bind_gpu(came, reading);
	return conflict_keep(store,
		&(struct conflict_of){ .kind = CONFLICT_GPU,
			.at_us = reading->from_us,
			.key = reading->device,
			.run = run,
			.came = came,
			.stands = stands },
		err);
}

enum put_result
ledger_put_gpu(struct store *store, int64_t run, const struct gpu_reading *reading, struct err *err)
{
	struct gpu_met met;
	enum put_result result = ledger_try_gpu(store, run, reading, &met, err);
	int status = 0;

	if (result != PUT_CONFLICT)
		return result;
	if (met.from_us == reading->from_us && (status = gpu_asked(store, ST_gpu_older, reading, err)) == 1)
		return PUT_REPEATED;
	if (status == 0 && met.from_us == reading->from_us && (status = gpu_grow(store, run, reading, err)) == 1)
		return PUT_TAKEN;
	return status < 0 ? PUT_FAILED : ledger_keep_gpu(store, run, reading, &met, err);
}

/* ---- invoice lines */

static void
bind_invoice_texts(sqlite3_stmt *statement, const struct invoice_reading *reading)
{
	bind_text(statement, ":account", reading->account);
	bind_text(statement, ":invoice", reading->invoice);
	bind_text(statement, ":provider", reading->provider);
	bind_text(statement, ":publisher", reading->publisher);
	bind_text(statement, ":service", reading->service);
	bind_text(statement, ":sku", reading->sku);
	bind_text(statement, ":resource", reading->resource);
	bind_text(statement, ":category", reading->category);
	bind_text(statement, ":charge_class", reading->charge_class);
	bind_text(statement, ":frequency", reading->frequency);
	bind_text(statement, ":pricing_category", reading->pricing_category);
	bind_text(statement, ":commitment", reading->commitment);
	bind_text(statement, ":commitment_status", reading->commitment_status);
	bind_text(statement, ":description", reading->description);
	bind_text(statement, ":currency", reading->currency);
	bind_text(statement, ":quantity_unit", reading->quantity_unit);
}

static void
bind_invoice(sqlite3_stmt *statement, const struct invoice_reading *reading, struct text id)
{
	bind_whole(statement, ":period_from_us", reading->period_from_us);
	bind_text(statement, ":id", id);
	bind_whole(statement, ":period_to_us", reading->period_to_us);
	bind_whole(statement, ":charge_from_us", reading->charge_from_us);
	bind_whole(statement, ":charge_to_us", reading->charge_to_us);
	bind_invoice_texts(statement, reading);
	bind_if(statement, ":quantity_nano", reading->has_quantity, reading->quantity_nano);
	bind_if(statement, ":billed_nano", reading->has_billed, reading->billed_nano);
	bind_if(statement, ":effective_nano", reading->has_effective, reading->effective_nano);
	bind_if(statement, ":list_nano", reading->has_list, reading->list_nano);
	bind_if(statement, ":contracted_nano", reading->has_contracted, reading->contracted_nano);
}

static uint64_t
invoice_hash(const struct invoice_reading *reading)
{
	const struct text texts[] = { reading->account, reading->invoice, reading->provider, reading->publisher,
		reading->service, reading->sku, reading->resource, reading->category, reading->charge_class,
		reading->frequency, reading->pricing_category, reading->commitment, reading->commitment_status,
		reading->description, reading->currency, reading->quantity_unit };
	const int64_t wholes[] = { reading->period_from_us, reading->period_to_us, reading->charge_from_us,
		reading->charge_to_us, reading->has_quantity, reading->quantity_nano, reading->has_billed,
		reading->billed_nano, reading->has_effective, reading->effective_nano, reading->has_list,
		reading->list_nano, reading->has_contracted, reading->contracted_nano };
	uint64_t hash = 1;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = hash_text(hash, texts[i]);
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++)
		hash = hash_word(hash, (uint64_t)wholes[i]);
	return hash;
}

/* 1 the line is new and in, 0 its key was there, -1. */
static int
add_invoice(struct store *store, int64_t run, const struct invoice_reading *reading, struct text id, struct err *err)
{
	sqlite3_stmt *add = statement_get(store, ST_invoice_add);

	bind_invoice(add, reading, id);
	bind_whole(add, ":run", run);
	return statement_run(store, add, err) != 0 ? -1 : sqlite3_changes(store->db);
}

/* Of the line that stands under this id: its run, and whether it is the same. */
static int
read_invoice(struct store *store, const struct invoice_reading *reading, struct text id, int64_t *run, struct err *err)
{
	sqlite3_stmt *same = statement_get(store, ST_invoice_same);
	sqlite3_stmt *get = statement_get(store, ST_invoice_run);
	int is_same;

	bind_whole(get, ":period_from_us", reading->period_from_us);
	bind_text(get, ":id", id);
	bind_invoice(same, reading, id);
	if (statement_step(store, get, err) != 1 || statement_step(store, same, err) != 1)
		return -1;
	*run = sqlite3_column_int64(get, 0);
	is_same = sqlite3_column_int(same, 0);
	sqlite3_reset(get);
	sqlite3_reset(same);
	return is_same;
}

static enum put_result
invoice_conflict(
	struct store *store, int64_t run, const struct invoice_reading *reading, struct text id, struct err *err)
{
	sqlite3_stmt *stands = statement_get(store, ST_invoice_event);
	sqlite3_stmt *came = statement_get(store, ST_invoice_event_of);

	bind_whole(stands, ":period_from_us", reading->period_from_us);
	bind_text(stands, ":id", id);
	bind_invoice(came, reading, id);
	return conflict_keep(store,
		&(struct conflict_of){ .kind = CONFLICT_INVOICE,
			.at_us = reading->period_from_us,
			.key = id,
			.run = run,
			.came = came,
			.stands = stands },
		err);
}

/* As for usage: the first occurrence of this content that this run has not met is this line's. */
static enum put_result
put_nameless(struct store *store, int64_t run, const struct invoice_reading *reading, struct err *err)
{
	uint64_t hash = invoice_hash(reading);
	char made[LEDGER_MADE_ID];

	for (int64_t n = 0;; n++) {
		struct text id = { made, ledger_made_id(made, hash, n) };
		sqlite3_stmt *see;
		int64_t stands = 0;
		int added = add_invoice(store, run, reading, id, err), same;

		if (added != 0)
			return added < 0 ? PUT_FAILED : PUT_TAKEN;
		if ((same = read_invoice(store, reading, id, &stands, err)) < 0)
			return PUT_FAILED;
		if (stands == run)
			continue;
		see = statement_get(store, ST_seen_add);
		bind_whole(see, ":at_us", reading->period_from_us);
		bind_whole(see, ":hash", (int64_t)hash);
		bind_whole(see, ":n", n);
		if (statement_run(store, see, err) != 0)
			return PUT_FAILED;
		if (sqlite3_changes(store->db) == 1)
			return same ? PUT_REPEATED : invoice_conflict(store, run, reading, id, err);
	}
}

enum put_result
ledger_try_invoice(
	struct store *store, int64_t run, const struct invoice_reading *reading, int64_t *stands, struct err *err)
{
	int added = add_invoice(store, run, reading, reading->id, err), same;

	if (added != 0)
		return added < 0 ? PUT_FAILED : PUT_TAKEN;
	if ((same = read_invoice(store, reading, reading->id, stands, err)) < 0)
		return PUT_FAILED;
	return same ? PUT_REPEATED : PUT_CONFLICT;
}

enum put_result
ledger_keep_invoice(struct store *store, int64_t run, const struct invoice_reading *reading, struct err *err)
{
	return invoice_conflict(store, run, reading, reading->id, err);
}

enum put_result
ledger_put_invoice(struct store *store, int64_t run, const struct invoice_reading *reading, struct err *err)
{
	enum put_result result;
	int64_t stands = 0;

	if (reading->id.n == 0)
		return put_nameless(store, run, reading, err);
	result = ledger_try_invoice(store, run, reading, &stands, err);
	return result == PUT_CONFLICT ? ledger_keep_invoice(store, run, reading, err) : result;
}

enum put_result
ledger_replace_invoice(
	struct store *store, int64_t run, const struct invoice_reading *reading, bool *replaced, struct err *err)
{
	int64_t stands = 0;
	enum put_result result = ledger_try_invoice(store, run, reading, &stands, err);
	sqlite3_stmt *again;

	*replaced = false;
	if (result == PUT_REPEATED && stands != run) {
		again = statement_get(store, ST_invoice_again);
		bind_whole(again, ":period_from_us", reading->period_from_us);
		bind_text(again, ":id", reading->id);
		bind_whole(again, ":run", run);
		return statement_run(store, again, err) == 0 ? PUT_REPEATED : PUT_FAILED;
	}
	if (result != PUT_CONFLICT)
		return result;
	if (stands == run) /* two rows of one input that nothing tells apart: the first stands */
		return invoice_conflict(store, run, reading, reading->id, err);
	if (ledger_take_back(store, LEDGER_INVOICE, reading->period_from_us, reading->id, err) < 0)
		return PUT_FAILED;
	*replaced = true;
	return ledger_try_invoice(store, run, reading, &stands, err);
}

int
ledger_drop_invoices(struct store *store, int64_t source, int64_t run, int64_t period_from_us, struct err *err)
{
	sqlite3_stmt *drop = statement_get(store, ST_invoice_drop);

	bind_whole(drop, ":period_from_us", period_from_us);
	bind_whole(drop, ":source", source);
	bind_whole(drop, ":run", run);
	return statement_run(store, drop, err) != 0 ? -1 : sqlite3_changes(store->db);
}

uint64_t
ledger_invoice_key(const struct invoice_reading *reading)
{
	const struct text texts[] = { reading->account, reading->invoice, reading->provider, reading->publisher,
		reading->service, reading->sku, reading->resource, reading->category, reading->charge_class,
		reading->frequency, reading->pricing_category, reading->commitment, reading->commitment_status,
		reading->description, reading->currency, reading->quantity_unit, reading->grouping,
		reading->dimensions };
	const int64_t wholes[] = { reading->period_from_us, reading->period_to_us, reading->charge_from_us,
		reading->charge_to_us };
	uint64_t hash = 2;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = hash_text(hash, texts[i]);
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++)
		hash = hash_word(hash, (uint64_t)wholes[i]);
	return hash;
}
