-- name: catalogue_add
INSERT INTO catalogue (collector, book, rank, name, came_us, state, body, bytes, digest, added, changed, ended)
VALUES (:collector, :book, :rank, :name, :came_us, 0, :body, :bytes, :digest, :added, :changed, :ended);

-- name: catalogue_replace
-- What waits for the same book is replaced by what came now.
UPDATE catalogue SET state = 4, body = x'' WHERE state = 0 AND book = :book AND rank = :rank; /*scan*/

-- name: catalogue_list
SELECT id, collector, book, rank, name, came_us, state, bytes, digest, added, changed, ended, decided_us, effective_us,
	undone_us, who, run
FROM catalogue ORDER BY id DESC LIMIT :limit; /*scan*/

-- name: catalogue_body
SELECT body FROM catalogue WHERE id = :id;

-- name: catalogue_decide
UPDATE catalogue SET state = :state, body = x'', decided_us = iif(:state = 2, decided_us, :now_us),
	undone_us = iif(:state = 2, :now_us, 0), effective_us = coalesce(:effective_us, effective_us), who = :who,
	run = coalesce(:run, run)
WHERE id = :id;

-- name: price_of_run
-- The rows that an import brought, the last first.
SELECT price.*, price_book.name FROM price JOIN price_book ON price_book.id = price.book WHERE price.run = :run ORDER BY price.id DESC; /*scan*/

-- name: price_later
SELECT id FROM price WHERE supersedes = :id;
