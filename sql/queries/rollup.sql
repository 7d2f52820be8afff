-- name: usage_any
-- Whether the ledger holds a line in a stretch of time.
SELECT 1 FROM usage WHERE at_us >= :from_us AND at_us < :to_us LIMIT 1;

-- name: usage_scan
-- Lines of a stretch of time in the order of time, for folding.
SELECT at_us, series, status, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, price_state, amount_nano
FROM usage WHERE at_us >= :from_us AND at_us < :to_us;

-- name: usage_scan_back
SELECT at_us, series, status, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, price_state, amount_nano
FROM usage WHERE at_us >= :from_us AND at_us < :to_us ORDER BY at_us DESC;

-- name: usage_ends
SELECT (SELECT min(at_us) FROM usage), (SELECT max(at_us) FROM usage); /*scan*/

-- name: usage_ends_in
SELECT (SELECT min(at_us) FROM usage WHERE at_us >= :from_us AND at_us < :to_us),
	(SELECT max(at_us) FROM usage WHERE at_us >= :from_us AND at_us < :to_us);

-- name: touched_add
INSERT INTO touched (level, slot) VALUES (:level, :slot) ON CONFLICT DO NOTHING;

-- name: touched_next
SELECT slot FROM touched WHERE level = :level AND slot >= :slot ORDER BY slot LIMIT 1;

-- name: touched_lagging
-- The first day whose sums of a level are behind those of the day itself.
SELECT slot FROM touched
WHERE level = :level AND slot >= :slot
	AND NOT EXISTS (SELECT 1 FROM touched AS day WHERE day.level = 1 AND day.slot = touched.slot)
ORDER BY slot LIMIT 1;

-- name: touched_done
DELETE FROM touched WHERE level = :level AND slot >= :from AND slot < :to;

-- name: touched_count
SELECT count(*) FROM touched WHERE level = :level;

-- name: touched_clear
DELETE FROM touched; /*scan*/

-- name: touched_clear_levels
DELETE FROM touched WHERE level <= 2;

-- name: quarter_put
INSERT INTO quarter (quarter, lane, rows, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens, priced_rows, free_rows,
	flat_rows, amount_nano)
VALUES (?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19);

-- name: quarter_clear
DELETE FROM quarter WHERE quarter >= :from AND quarter < :to;

-- name: quarter_scan
SELECT quarter, lane, 0, rows, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens, priced_rows, free_rows,
	flat_rows, amount_nano
FROM quarter WHERE quarter >= :from AND quarter < :to;

-- name: day_put
INSERT INTO day (day, series, status, rows, requests, in_uncached, in_cache_read, in_cache_write_5m,
	in_cache_write_1h, out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens,
	priced_rows, free_rows, flat_rows, amount_nano)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19);

-- name: day_clear
DELETE FROM day WHERE day >= :from AND day < :to;

-- name: day_scan
SELECT day, series, status, rows, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens, priced_rows, free_rows,
	flat_rows, amount_nano
FROM day WHERE day >= :from AND day < :to;

-- name: lane_day_put
INSERT INTO lane_day (day, lane, rows, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens, priced_rows, free_rows,
	flat_rows, amount_nano)
VALUES (?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19);

-- name: lane_day_clear
DELETE FROM lane_day WHERE day >= :from AND day < :to;

-- name: lane_day_scan
SELECT day, lane, 0, rows, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h,
	out_visible, out_reasoning, rows_without_usage, priced_tokens, free_tokens, flat_tokens, priced_rows, free_rows,
	flat_rows, amount_nano
FROM lane_day WHERE day >= :from AND day < :to;

-- name: lane_day_get
SELECT rows, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h, out_visible, out_reasoning,
	rows_without_usage, priced_tokens, free_tokens, flat_tokens, priced_rows, free_rows, flat_rows, amount_nano,
	(SELECT shape FROM lane_shape WHERE id = :id)
FROM lane_day WHERE day = :day AND lane = :lane;

-- name: lane_day_count
-- Rows of days that are not behind.
SELECT count(*) FROM lane_day /*scan*/
WHERE NOT EXISTS (SELECT 1 FROM touched WHERE touched.level = 2 AND touched.slot = lane_day.day);

-- name: lane_shape_put
INSERT INTO lane_shape (id, shape) VALUES (:id, :shape);

-- name: lane_shape_clear
DELETE FROM lane_shape WHERE id >= :from << 32 AND id < :to << 32;

-- name: lane_shape_scan
SELECT id, shape FROM lane_shape WHERE id >= :from << 32 AND id < :to << 32;

-- name: series_shape_put
INSERT INTO series_shape (id, shape) VALUES (:id, :shape);

-- name: series_shape_clear
-- Of days, before their rows in day go.
DELETE FROM series_shape WHERE id IN (
	SELECT ((day >> 4) << 38) | (series << 6) | ((day & 15) << 2) | status
	FROM day WHERE day >= :from AND day < :to);

-- name: series_shape_clear_all
DELETE FROM series_shape; /*scan*/

-- name: series_shape_get
SELECT shape FROM series_shape WHERE id = :id;

-- name: series_shape_scan
SELECT id, shape FROM series_shape WHERE id >= :from AND id < :to;

-- name: series_shape_count
-- Rows of days that are not behind.
SELECT count(*) FROM series_shape /*scan*/
WHERE NOT EXISTS (SELECT 1 FROM touched
	WHERE touched.level = 3 AND touched.slot = (((series_shape.id >> 38) << 4) | ((series_shape.id >> 2) & 15)));

-- name: lane_all
SELECT id, provider, model, workload FROM lane; /*scan*/

-- name: series_all
SELECT id, lane, account, project, key, service_tier, tag FROM series; /*scan*/

-- name: series_lane
SELECT lane FROM series WHERE id = :series;

-- name: usage_astray
-- Lines whose series or price row does not exist.
SELECT count(*) FROM usage /*scan*/
WHERE NOT EXISTS (SELECT 1 FROM series WHERE series.id = usage.series)
	OR price IS NOT NULL AND NOT EXISTS (SELECT 1 FROM price WHERE price.id = usage.price);
