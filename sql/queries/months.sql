-- name: month_close
INSERT INTO closed_month (from_us, version, to_us, name, closed_us, lines, requests, tokens, unpriced_tokens, amount_nano)
VALUES (:from_us, :version, :to_us, :name, :closed_us, :lines, :requests, :tokens, :unpriced_tokens, :amount_nano);

-- name: month_sum_add
INSERT INTO closed_sum (from_us, version, grouping, a, b, c, requests, tokens, unpriced_tokens, amount_nano)
VALUES (:from_us, :version, :grouping, :a, :b, :c, :requests, :tokens, :unpriced_tokens, :amount_nano);

-- name: month_sums
SELECT a, b, c, requests, tokens, unpriced_tokens, amount_nano
FROM closed_sum WHERE from_us = :from_us AND version = :version AND grouping = :grouping;

-- name: month_reopen
UPDATE closed_month SET reopened_us = :now_us WHERE from_us = :from_us AND reopened_us = 0;

-- name: month_list
SELECT from_us, version, to_us, name, closed_us, reopened_us, lines, requests, tokens, unpriced_tokens, amount_nano
FROM closed_month ORDER BY from_us, version; /*scan*/

-- name: month_adjust
INSERT INTO month_adjustment (booked_from_us, version, from_us, lines, requests, tokens, amount_nano)
VALUES (:booked_from_us, :version, :from_us, :lines, :requests, :tokens, :amount_nano);

-- name: month_adjust_list
SELECT booked_from_us, booked.version, booked.from_us, booked.lines, booked.requests, booked.tokens, booked.amount_nano
FROM month_adjustment booked
JOIN closed_month ON closed_month.from_us = booked_from_us AND closed_month.version = booked.version
WHERE reopened_us = 0 ORDER BY booked_from_us, booked.from_us; /*scan*/

-- name: reprice_scan
-- Lines in the order of time with all that a price needs.
SELECT at_us, id, series, requests, in_uncached, in_cache_read, in_cache_write_5m, in_cache_write_1h, out_visible,
	out_reasoning, extras, price_state, price, amount_nano
FROM usage WHERE at_us >= :from_us AND at_us < :to_us AND in_uncached IS NOT NULL ORDER BY at_us, id;

-- name: reprice_line
UPDATE usage SET price_state = :price_state, price = :price, amount_nano = :amount_nano
WHERE at_us = :at_us AND id = :id;

-- name: reprice_begin
INSERT INTO reprice (digest, who, started_us, from_us, to_us, provider, model, next_us, price_max, books, lines,
	before_nano, after_nano)
VALUES (:digest, :who, :started_us, :from_us, :to_us, :provider, :model, :from_us, :price_max, :books, :lines,
	:before_nano, :after_nano);

-- name: reprice_step
UPDATE reprice SET next_us = :next_us, done = done + :done, finished_us = :finished_us WHERE id = :id;

-- name: reprice_list
SELECT id, digest, who, started_us, finished_us, from_us, to_us, provider, model, next_us, price_max, books, lines, done,
	before_nano, after_nano
FROM reprice ORDER BY id DESC LIMIT :limit; /*scan*/

-- name: price_last
SELECT coalesce(max(id), 0) FROM price;
