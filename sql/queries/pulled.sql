-- name: source_state_get
SELECT from_us, done_us, back_from_us, back_to_us, back_began_us, tried_us, ok_us, failures, not_before_us, vain, error,
	run, taken, repeated, replaced, removed, conflicting, refused, latest_us, kept
FROM source_state WHERE source = :source;

-- name: source_state_put
INSERT INTO source_state (source, from_us, done_us, back_from_us, back_to_us, back_began_us, tried_us, ok_us, failures,
	not_before_us, vain, error, run, taken, repeated, replaced, removed, conflicting, refused, latest_us, kept)
VALUES (:source, :from_us, :done_us, :back_from_us, :back_to_us, :back_began_us, :tried_us, :ok_us, :failures,
	:not_before_us, :vain, :error, :run, :taken, :repeated, :replaced, :removed, :conflicting, :refused, :latest_us,
	CAST(:kept AS BLOB))
ON CONFLICT (source) DO UPDATE SET from_us = excluded.from_us, done_us = excluded.done_us,
	back_from_us = excluded.back_from_us, back_to_us = excluded.back_to_us, back_began_us = excluded.back_began_us,
	tried_us = excluded.tried_us, ok_us = excluded.ok_us, failures = excluded.failures,
	not_before_us = excluded.not_before_us, vain = excluded.vain, error = excluded.error, run = excluded.run,
	taken = excluded.taken, repeated = excluded.repeated, replaced = excluded.replaced, removed = excluded.removed,
	conflicting = excluded.conflicting, refused = excluded.refused, latest_us = excluded.latest_us,
	kept = excluded.kept;

-- name: pulled_mark
INSERT INTO pulled (source, at_us, kind, key, part, width_us, charged_us)
VALUES (:source, :at_us, :kind, :key, :part, :width_us, :charged_us)
ON CONFLICT (source, at_us, kind, key) DO UPDATE SET part = excluded.part, width_us = excluded.width_us,
	charged_us = excluded.charged_us
WHERE part != excluded.part OR width_us != excluded.width_us OR charged_us != excluded.charged_us;

-- name: pulled_forget
DELETE FROM pulled WHERE source = :source AND at_us = :at_us AND kind = :kind AND key = :key;

-- name: pulled_list
-- An invoice line lies where its charge begins; its key begins with its billing period.
SELECT at_us, kind, key, part, width_us, charged_us FROM pulled
WHERE source = :source AND kind != 2 AND at_us >= :from_us AND at_us < :to_us
UNION ALL SELECT at_us, kind, key, part, width_us, charged_us FROM pulled
WHERE source = :source AND kind = 2 AND charged_us >= :from_us AND charged_us < :to_us
ORDER BY 1, 2, 3;

-- name: pulled_list_part
SELECT at_us, kind, key, part, width_us, charged_us FROM pulled
WHERE source = :source AND at_us >= :from_us AND at_us <= :to_us AND part = :part ORDER BY 1, 2, 3;

-- name: pulled_part
SELECT part FROM pulled WHERE source = :source AND at_us = :at_us AND kind = :kind AND key = :key;

-- name: run_source
SELECT source FROM run WHERE id = :id;

-- name: source_totals
-- What all runs of a source did.
SELECT coalesce(sum(taken), 0), coalesce(sum(replaced), 0), coalesce(sum(removed), 0) FROM run WHERE source = :source;

-- name: run_drop
-- A conflict that is kept names its run.
DELETE FROM run WHERE id = :id AND NOT EXISTS (SELECT 1 FROM conflict WHERE conflict.run = :id); /*scan*/

-- name: source_day_add
INSERT INTO source_day (source, day, rows, read_us, whole) VALUES (:source, :day, :rows, :read_us, :whole)
ON CONFLICT (source, day) DO UPDATE SET rows = rows + excluded.rows, read_us = max(read_us, excluded.read_us),
	whole = max(whole, excluded.whole);

-- name: source_days
SELECT day, rows, read_us, whole FROM source_day
WHERE source = :source AND day >= :from AND day < :to ORDER BY day;

-- name: source_file_list
SELECT path, inode, read, head, changed_us FROM source_file WHERE source = :source;

-- name: source_file_put
INSERT INTO source_file (source, path, inode, read, head, changed_us)
VALUES (:source, :path, :inode, :read, :head, :changed_us)
ON CONFLICT (source, path) DO UPDATE SET inode = excluded.inode, read = excluded.read, head = excluded.head,
	changed_us = excluded.changed_us;

-- name: source_failing
SELECT name, error, ok_us, failures, vain FROM source_state JOIN source ON source.id = source_state.source /*scan*/
WHERE failures > 0 ORDER BY name;

-- name: source_asked
-- How many sources were ever asked.
SELECT count(*) FROM source_state; /*scan*/
