-- name: otlp_series_get
SELECT value, calls, time_ns FROM otlp_series WHERE key = :key;

-- name: otlp_series_put
INSERT INTO otlp_series (key, value, calls, time_ns, seen_us) VALUES (:key, :value, :calls, :time_ns, :seen_us)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, calls = excluded.calls, time_ns = excluded.time_ns,
	seen_us = excluded.seen_us;

-- name: otlp_origin_all
SELECT family, heard_us, counted_us FROM otlp_origin WHERE key = :key;

-- name: otlp_origin_put
INSERT INTO otlp_origin (key, family, heard_us, counted_us, seen_us)
VALUES (:key, :family, :heard_us, :counted_us, :seen_us)
ON CONFLICT (key, family) DO UPDATE SET heard_us = max(heard_us, excluded.heard_us),
	counted_us = max(counted_us, excluded.counted_us), seen_us = excluded.seen_us;

-- name: otlp_span_put
INSERT INTO otlp_span (key, seen_us) VALUES (:key, :seen_us) ON CONFLICT DO NOTHING;

-- name: otlp_span_get
SELECT 1 FROM otlp_span WHERE key = :key;

-- name: otlp_series_forget
DELETE FROM otlp_series WHERE seen_us < :before_us;

-- name: otlp_origin_forget
DELETE FROM otlp_origin WHERE seen_us < :before_us;

-- name: otlp_span_forget
DELETE FROM otlp_span WHERE seen_us < :before_us;
