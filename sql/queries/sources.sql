-- name: source_add
INSERT INTO source (collector, name, account) VALUES (:collector, :name, :account) ON CONFLICT DO NOTHING;

-- name: source_find
SELECT id FROM source WHERE collector = :collector AND name = :name AND account = :account;

-- name: source_cursor
UPDATE source SET cursor = :cursor WHERE id = :id;

-- name: source_list
SELECT id, collector, name, account, cursor,
	(SELECT count(*) FROM run WHERE run.source = source.id AND run.finished_us > 0),
	(SELECT coalesce(max(run.started_us), 0) FROM run WHERE run.source = source.id)
FROM source ORDER BY collector, name, account; /*scan*/

-- name: source_tokens
-- By day of UTC, source and series.
SELECT usage.at_us / 86400000000, run.source, usage.series, count(*), coalesce(sum(usage.in_uncached), 0) +
	sum(usage.in_cache_read) + sum(usage.in_cache_write_5m) + sum(usage.in_cache_write_1h) + sum(usage.out_visible) +
	sum(usage.out_reasoning)
FROM usage JOIN run ON run.id = usage.run
WHERE usage.at_us >= :from_us AND usage.at_us < :to_us GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- name: run_begin
INSERT INTO run (source, started_us) VALUES (:source, :started_us);

-- name: run_end
UPDATE run SET finished_us = :finished_us, taken = :taken, repeated = :repeated, conflicting = :conflicting,
	refused = :refused, warned = :warned, first_us = :first_us, last_us = :last_us, bytes = :bytes,
	replaced = :replaced, removed = :removed
WHERE id = :id;

-- name: run_reason_add
-- A run that goes on counts more under the same reason.
INSERT INTO run_reason (run, seq, kind, count, text, places) VALUES (:run, :seq, :kind, :count, :text, :places)
ON CONFLICT (run, seq) DO UPDATE SET count = excluded.count, places = excluded.places;

-- name: run_list
SELECT run.id, source, collector, name, started_us, finished_us, taken, repeated, conflicting, refused, warned,
	first_us, last_us, bytes, replaced, removed
FROM run JOIN source ON source.id = run.source ORDER BY run.id DESC LIMIT :limit; /*scan*/

-- name: run_get
SELECT run.id, source, collector, name, started_us, finished_us, taken, repeated, conflicting, refused, warned,
	first_us, last_us, bytes, replaced, removed
FROM run JOIN source ON source.id = run.source WHERE run.id = :id;

-- name: run_reasons
SELECT kind, count, text, places FROM run_reason WHERE run = :run ORDER BY seq;

-- name: run_place
SELECT type, value FROM json_each(:places);
