-- name: gpu_scan
-- Stretches that meet a range; they are at most 37 days long, so that the begin bounds the search.
SELECT from_us, to_us, device, gpu, account, workload, busy_ppm, power_mw
FROM gpu_hours WHERE from_us < :to_us AND from_us > :from_us - 3200000000000 AND to_us > :from_us;

-- name: invoice_scan
SELECT period_from_us, period_to_us, charge_from_us, provider, service, invoice, category, currency, billed_nano,
	effective_nano, list_nano, contracted_nano
FROM invoice_line; /*scan*/
