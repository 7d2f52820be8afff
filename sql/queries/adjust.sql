-- name: invoice_get
SELECT period_to_us, charge_from_us, charge_to_us, account, invoice, provider, publisher, service, sku, resource,
	frequency, pricing_category, commitment, commitment_status, description, currency, quantity_unit, billed_nano,
	effective_nano, list_nano, contracted_nano
FROM invoice_line WHERE period_from_us = :period_from_us AND id = :id;

-- name: invoice_booked_add
INSERT INTO invoice_adjustment (period_from_us, id, booked_from_us) VALUES (:period_from_us, :id, :booked_from_us)
ON CONFLICT DO NOTHING;

-- name: invoice_booked_remove
DELETE FROM invoice_adjustment
WHERE period_from_us = :period_from_us AND id = :id AND booked_from_us = :booked_from_us;

-- name: invoice_booked_sums
-- What was booked for a line in months that are closed since, and when the last time.
SELECT sum(billed_nano), sum(effective_nano), sum(list_nano), sum(contracted_nano), max(booked_from_us)
FROM invoice_adjustment AS booked
JOIN invoice_line ON invoice_line.period_from_us = booked_from_us AND invoice_line.id = :booked_id
WHERE booked.period_from_us = :period_from_us AND booked.id = :id AND booked_from_us < :open_us;

-- name: invoice_again
UPDATE invoice_line SET run = :run WHERE period_from_us = :period_from_us AND id = :id;

-- name: invoice_drop
DELETE FROM invoice_line WHERE period_from_us = :period_from_us AND run != :run
	AND run IN (SELECT id FROM run WHERE source = :source);
