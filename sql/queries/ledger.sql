-- name: meta_get
SELECT value FROM meta WHERE name = :name;

-- name: meta_set
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: lane_add
INSERT INTO lane (provider, model, workload) VALUES (:provider, :model, :workload) ON CONFLICT DO NOTHING;

-- name: lane_find
SELECT id FROM lane WHERE provider = :provider AND model = :model AND workload = :workload;

-- name: series_add
INSERT INTO series (lane, account, project, key, service_tier, tag)
VALUES (:lane, :account, :project, :key, :service_tier, :tag) ON CONFLICT DO NOTHING;

-- name: series_find
SELECT id FROM series
WHERE lane = :lane AND account = :account AND project = :project AND key = :key AND service_tier = :service_tier
	AND tag = :tag;

-- name: usage_add
INSERT INTO usage (at_us, id, run, series, status, requests, latency_ms, ttft_ms, in_uncached, in_cache_read,
	in_cache_write_5m, in_cache_write_1h, out_visible, out_reasoning, extras, price_state, price, amount_nano)
VALUES (:at_us, :id, :run, :series, :status, :requests, :latency_ms, :ttft_ms, :in_uncached, :in_cache_read,
	:in_cache_write_5m, :in_cache_write_1h, :out_visible, :out_reasoning, :extras, :price_state, :price, :amount_nano)
ON CONFLICT DO NOTHING;

-- name: usage_get
SELECT run, series, status, requests, latency_ms, ttft_ms, in_uncached, in_cache_read, in_cache_write_5m,
	in_cache_write_1h, out_visible, out_reasoning, extras
FROM usage WHERE at_us = :at_us AND id = :id;

-- name: usage_event
-- The event that stands, as a source would write it.
SELECT json_object('at_us', usage.at_us, 'id', usage.id, 'provider', provider, 'model', model, 'workload', workload,
	'account', account, 'project', project, 'key', key, 'service_tier', service_tier, 'tag', tag,
	'status', json_extract('["ok","error","timeout"]', '$[' || status || ']'),
	'requests', requests, 'latency_ms', latency_ms, 'ttft_ms', ttft_ms, 'in_uncached', in_uncached,
	'in_cache_read', iif(in_uncached IS NULL, NULL, in_cache_read),
	'in_cache_write_5m', iif(in_uncached IS NULL, NULL, in_cache_write_5m),
	'in_cache_write_1h', iif(in_uncached IS NULL, NULL, in_cache_write_1h),
	'out_visible', iif(in_uncached IS NULL, NULL, out_visible),
	'out_reasoning', iif(in_uncached IS NULL, NULL, out_reasoning), 'extras', json(extras))
FROM usage JOIN series ON series.id = usage.series JOIN lane ON lane.id = series.lane
WHERE at_us = :at_us AND usage.id = :id;

-- name: usage_event_of
-- The same for an event that is not in the ledger.
SELECT json_object('at_us', :at_us, 'id', :id, 'provider', provider, 'model', model, 'workload', workload,
	'account', account, 'project', project, 'key', key, 'service_tier', service_tier, 'tag', tag,
	'status', json_extract('["ok","error","timeout"]', '$[' || :status || ']'),
	'requests', :requests, 'latency_ms', :latency_ms, 'ttft_ms', :ttft_ms, 'in_uncached', :in_uncached,
	'in_cache_read', iif(:in_uncached IS NULL, NULL, :in_cache_read),
	'in_cache_write_5m', iif(:in_uncached IS NULL, NULL, :in_cache_write_5m),
	'in_cache_write_1h', iif(:in_uncached IS NULL, NULL, :in_cache_write_1h),
	'out_visible', iif(:in_uncached IS NULL, NULL, :out_visible),
	'out_reasoning', iif(:in_uncached IS NULL, NULL, :out_reasoning), 'extras', json(:extras))
FROM series JOIN lane ON lane.id = series.lane
WHERE series.id = :series;

-- name: usage_remove
DELETE FROM usage WHERE at_us = :at_us AND id = :key;

-- name: gpu_remove
DELETE FROM gpu_hours WHERE from_us = :at_us AND device = :key;

-- name: invoice_remove
DELETE FROM invoice_line WHERE period_from_us = :at_us AND id = :key;

-- name: seen_add
INSERT INTO seen (at_us, hash, n) VALUES (:at_us, :hash, :n) ON CONFLICT DO NOTHING;

-- name: seen_clear
DELETE FROM seen; /*scan*/

-- name: conflict_add
INSERT INTO conflict (kind, at_us, key, run, came, stands)
VALUES (:kind, :at_us, :key, :run, :came, :stands) ON CONFLICT DO NOTHING;

-- name: conflict_list
SELECT conflict.at_us, conflict.run, run.started_us, conflict.kind, conflict.key, conflict.came, conflict.stands
FROM conflict JOIN run ON run.id = conflict.run ORDER BY conflict.id DESC LIMIT :limit; /*scan*/

-- name: conflict_count
SELECT count(*) FROM conflict; /*scan*/

-- name: gpu_add
INSERT INTO gpu_hours (from_us, device, to_us, run, gpu, account, workload, busy_ppm, memory_used_mib, power_mw, basis,
	rate_nano)
VALUES (:from_us, :device, :to_us, :run, :gpu, :account, :workload, :busy_ppm, :memory_used_mib, :power_mw, :basis,
	:rate_nano)
ON CONFLICT DO NOTHING;

-- name: gpu_same
-- 1 where the line that stands has this content.
SELECT to_us = :to_us AND gpu = :gpu AND account = :account AND workload = :workload AND busy_ppm IS :busy_ppm
	AND memory_used_mib IS :memory_used_mib AND power_mw IS :power_mw AND basis = :basis AND rate_nano IS :rate_nano
FROM gpu_hours WHERE from_us = :from_us AND device = :device;

-- name: gpu_grow
-- What is held goes on: of an allocation that was told before its end the longer one stands.
UPDATE gpu_hours SET to_us = :to_us, run = :run, rate_nano = :rate_nano
WHERE from_us = :from_us AND device = :device AND basis = 1 AND :basis = 1 AND to_us < :to_us AND gpu = :gpu
	AND account = :account AND workload = :workload AND busy_ppm IS :busy_ppm AND memory_used_mib IS :memory_used_mib
	AND power_mw IS :power_mw;

-- name: gpu_older
-- 1 where the line that stands is the same allocation, told later.
SELECT basis = 1 AND :basis = 1 AND to_us > :to_us AND gpu = :gpu AND account = :account AND workload = :workload
	AND busy_ppm IS :busy_ppm AND memory_used_mib IS :memory_used_mib AND power_mw IS :power_mw
	AND (rate_nano IS NULL) = (:rate_nano IS NULL)
FROM gpu_hours WHERE from_us = :from_us AND device = :device;

-- name: gpu_event
SELECT json_object('from_us', from_us, 'device', device, 'to_us', to_us, 'gpu', gpu, 'account', account,
	'workload', workload, 'busy_ppm', busy_ppm, 'memory_used_mib', memory_used_mib, 'power_mw', power_mw,
	'basis', iif(basis = 1, 'allocated', 'seen'), 'rate_nano', rate_nano)
FROM gpu_hours WHERE from_us = :from_us AND device = :device;

-- name: gpu_event_of
SELECT json_object('from_us', :from_us, 'device', :device, 'to_us', :to_us, 'gpu', :gpu, 'account', :account,
	'workload', :workload, 'busy_ppm', :busy_ppm, 'memory_used_mib', :memory_used_mib, 'power_mw', :power_mw,
	'basis', iif(:basis = 1, 'allocated', 'seen'), 'rate_nano', :rate_nano);

-- name: gpu_before
-- The last stretch of the device that begins before this one ends: the only one that can meet it.
SELECT from_us, to_us, run FROM gpu_hours WHERE device = :device AND from_us < :to_us ORDER BY from_us DESC LIMIT 1;

-- name: invoice_add
INSERT INTO invoice_line (period_from_us, id, period_to_us, charge_from_us, charge_to_us, run, account, invoice,
	provider, publisher, service, sku, resource, category, charge_class, frequency, pricing_category, commitment,
	commitment_status, description, currency, quantity_unit, quantity_nano, billed_nano, effective_nano, list_nano,
	contracted_nano)
VALUES (:period_from_us, :id, :period_to_us, :charge_from_us, :charge_to_us, :run, :account, :invoice, :provider,
	:publisher, :service, :sku, :resource, :category, :charge_class, :frequency, :pricing_category, :commitment,
	:commitment_status, :description, :currency, :quantity_unit, :quantity_nano, :billed_nano, :effective_nano,
	:list_nano, :contracted_nano)
ON CONFLICT DO NOTHING;

-- name: invoice_run
SELECT run FROM invoice_line WHERE period_from_us = :period_from_us AND id = :id;

-- name: invoice_same
SELECT period_to_us = :period_to_us AND charge_from_us = :charge_from_us AND charge_to_us = :charge_to_us
	AND account = :account AND invoice = :invoice AND provider = :provider AND publisher = :publisher
	AND service = :service AND sku = :sku AND resource = :resource AND category = :category
	AND charge_class = :charge_class AND frequency = :frequency AND pricing_category = :pricing_category
	AND commitment = :commitment AND commitment_status = :commitment_status AND description = :description
	AND currency = :currency AND quantity_unit = :quantity_unit AND quantity_nano IS :quantity_nano
	AND billed_nano IS :billed_nano AND effective_nano IS :effective_nano AND list_nano IS :list_nano
	AND contracted_nano IS :contracted_nano
FROM invoice_line WHERE period_from_us = :period_from_us AND id = :id;

-- name: invoice_event
SELECT json_object('period_from_us', period_from_us, 'id', id, 'period_to_us', period_to_us, 'charge_from_us',
	charge_from_us, 'charge_to_us', charge_to_us, 'account', account, 'invoice', invoice, 'provider', provider,
	'publisher', publisher, 'service', service, 'sku', sku, 'resource', resource, 'category', category, 'charge_class',
	charge_class, 'frequency', frequency, 'pricing_category', pricing_category, 'commitment', commitment,
	'commitment_status', commitment_status, 'description', description, 'currency', currency, 'quantity_unit',
	quantity_unit, 'quantity_nano', quantity_nano, 'billed_nano', billed_nano, 'effective_nano', effective_nano,
	'list_nano', list_nano, 'contracted_nano', contracted_nano)
FROM invoice_line WHERE period_from_us = :period_from_us AND id = :id;

-- name: invoice_event_of
SELECT json_object('period_from_us', :period_from_us, 'id', :id, 'period_to_us', :period_to_us, 'charge_from_us',
	:charge_from_us, 'charge_to_us', :charge_to_us, 'account', :account, 'invoice', :invoice, 'provider', :provider,
	'publisher', :publisher, 'service', :service, 'sku', :sku, 'resource', :resource, 'category', :category,
	'charge_class', :charge_class, 'frequency', :frequency, 'pricing_category', :pricing_category, 'commitment',
	:commitment, 'commitment_status', :commitment_status, 'description', :description, 'currency', :currency,
	'quantity_unit', :quantity_unit, 'quantity_nano', :quantity_nano, 'billed_nano', :billed_nano, 'effective_nano',
	:effective_nano, 'list_nano', :list_nano, 'contracted_nano', :contracted_nano);

-- name: ledger_totals
-- What all imports did, and the latest line.
SELECT count(*), coalesce(sum(taken), 0), coalesce(sum(repeated), 0), coalesce(sum(conflicting), 0),
	coalesce(sum(refused), 0), coalesce(max(finished_us), 0), (SELECT max(at_us) FROM usage)
FROM run WHERE finished_us > 0; /*scan*/
