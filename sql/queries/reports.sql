-- name: gpu_scan
-- Stretches that meet a range; they are at most 37 days long, so that the begin bounds the search.
SELECT from_us, to_us, device, gpu, account, workload, busy_ppm, power_mw, basis, rate_nano
FROM gpu_hours WHERE from_us < :to_us AND from_us > :from_us - 3200000000000 AND to_us > :from_us;

-- name: invoice_scan
SELECT period_from_us, period_to_us, charge_from_us, provider, service, invoice, category, currency, billed_nano,
	effective_nano, list_nano, contracted_nano, publisher, charge_class, sku, description, quantity_unit,
	commitment_status, charge_to_us
FROM invoice_line; /*scan*/

-- name: invoice_twice
-- Days of one provider that are billed by lines of more than one collector, and by which.
WITH told AS (SELECT DISTINCT lower(provider) AS provider, charge_from_us / 86400000000 AS day, collector
	FROM invoice_line JOIN run ON run.id = invoice_line.run JOIN source ON source.id = run.source
	WHERE category NOT IN ('Tax', 'Adjustment') AND substr(invoice_line.id, 1, 1) != '+')
SELECT first.provider, min(first.day), max(first.day), count(*), first.collector, second.collector
FROM told AS first JOIN told AS second ON second.provider = first.provider AND second.day = first.day
	AND second.collector > first.collector
GROUP BY first.provider, first.collector, second.collector ORDER BY 1, 5, 6; /*scan*/

-- name: line_scan
-- Whole lines of a stretch of time in the order of their keys.
SELECT at_us, id, run, series, status, requests, latency_ms, ttft_ms, in_uncached, in_cache_read, in_cache_write_5m,
	in_cache_write_1h, out_visible, out_reasoning, price_state, price, amount_nano
FROM usage WHERE at_us >= :from_us AND at_us < :to_us ORDER BY at_us, id;

-- name: line_quarters
-- Which lanes occur in which quarter hours; of a quarter whose sums are behind its lines nobody knows (-1).
SELECT quarter, lane FROM quarter WHERE quarter >= :from AND quarter < :to
UNION ALL SELECT slot, -1 FROM touched WHERE level = 0 AND slot >= :from AND slot < :to
ORDER BY 1;
