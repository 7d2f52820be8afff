-- name: price_book_add
INSERT INTO price_book (rank, name, imported_us) VALUES (:rank, :name, :imported_us)
ON CONFLICT (rank, name) DO UPDATE SET imported_us = max(imported_us, excluded.imported_us);

-- name: price_book_find
SELECT id FROM price_book WHERE rank = :rank AND name = :name;

-- name: price_book_list
-- In the order they are asked. Of the built-in books only the latest counts; older ones are history.
SELECT id, rank, name, imported_us,
	(SELECT coalesce(max(checked_us), 0) FROM price WHERE price.book = price_book.id),
	(SELECT count(*) FROM price WHERE price.book = price_book.id AND price.from_us < price.to_us
		AND NOT EXISTS (SELECT 1 FROM price later WHERE later.supersedes = price.id))
FROM price_book
WHERE rank > 0 OR id = (SELECT max(id) FROM price_book WHERE rank = 0)
ORDER BY rank DESC, imported_us DESC, id DESC; /*scan*/

-- name: price_add
INSERT INTO price (book, seq, name, run, supersedes, provider, model, match, service_tier, from_us, to_us,
	daily_from_s, daily_to_s, days, precedence, currency, state, tiers, source_url, note, checked_us)
VALUES (:book, (SELECT coalesce(max(seq), 0) + 1 FROM price WHERE book = :book), :name, :run, :supersedes, :provider,
	:model, :match, :service_tier, :from_us, :to_us, :daily_from_s, :daily_to_s, :days, :precedence, :currency,
	:state, :tiers, :source_url, :note, :checked_us);

-- name: price_component_add
INSERT INTO price_component (price, seq, item, above_tokens, rate_femto)
VALUES (:price, :seq, :item, :above_tokens, :rate_femto);

-- name: price_checked
UPDATE price SET checked_us = max(checked_us, :checked_us) WHERE id = :id;

-- name: price_current_by_name
SELECT price.*, price_book.name FROM price JOIN price_book ON price_book.id = price.book
WHERE book = :book AND price.name = :name AND price.from_us < price.to_us
	AND NOT EXISTS (SELECT 1 FROM price later WHERE later.supersedes = price.id);

-- name: price_current_by_model
SELECT price.*, price_book.name FROM price JOIN price_book ON price_book.id = price.book
WHERE book = :book AND provider = :provider AND model = :model AND price.from_us < price.to_us
	AND NOT EXISTS (SELECT 1 FROM price later WHERE later.supersedes = price.id)
ORDER BY price.id;

-- name: price_current
-- The rows of a book that count, as they were when :last was the last price (the largest integer: now).
SELECT price.*, price_book.name FROM price JOIN price_book ON price_book.id = price.book
WHERE book = :book AND price.id <= :last AND price.from_us < price.to_us
	AND NOT EXISTS (SELECT 1 FROM price later WHERE later.supersedes = price.id AND later.id <= :last)
ORDER BY seq;

-- name: price_by_id
SELECT price.*, price_book.name FROM price JOIN price_book ON price_book.id = price.book WHERE price.id = :id;

-- name: price_components
SELECT item, above_tokens, rate_femto FROM price_component WHERE price = :price ORDER BY seq;
