-- Step 12: months that are closed, what came for them afterwards, and repricing of those that are not.

CREATE TABLE closed_month (
	-- A row is one closing of a month: what it came to then. A month that is opened again keeps the row and gets a
	-- new version when it is closed again. Cannot be rebuilt.
	from_us         INTEGER NOT NULL, -- instant, from
	version         INTEGER NOT NULL, -- 1, 2, ...
	to_us           INTEGER NOT NULL, -- instant, to (not included)
	name            TEXT NOT NULL,    -- "2026-08", or the day on which it begins
	closed_us       INTEGER NOT NULL, -- instant
	reopened_us     INTEGER NOT NULL DEFAULT 0, -- instant; 0: it is closed
	lines           INTEGER NOT NULL, -- lines of the ledger
	requests        INTEGER NOT NULL, -- calls
	tokens          INTEGER NOT NULL, -- tokens
	unpriced_tokens INTEGER NOT NULL, -- tokens whose price was not known
	amount_nano     INTEGER NOT NULL, -- nano-USD
	PRIMARY KEY (from_us, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE closed_sum (
	-- A row is a part of a closing: whose it was then, or which model's. Cannot be rebuilt, since rules and
	-- prices change.
	from_us         INTEGER NOT NULL, -- closed_month.from_us
	version         INTEGER NOT NULL, -- closed_month.version
	grouping        INTEGER NOT NULL, -- 0: a workload, b team, c cost centre; 1: a provider, b model, c ''
	a               TEXT NOT NULL,    -- see grouping; '' where not known
	b               TEXT NOT NULL,    -- see grouping; '' where not known
	c               TEXT NOT NULL,    -- see grouping; '' where not known
	requests        INTEGER NOT NULL, -- calls
	tokens          INTEGER NOT NULL, -- tokens
	unpriced_tokens INTEGER NOT NULL, -- tokens whose price was not known
	amount_nano     INTEGER NOT NULL, -- nano-USD
	PRIMARY KEY (from_us, version, grouping, a, b, c)
) STRICT, WITHOUT ROWID;

CREATE TABLE month_adjustment (
	-- A row is what a closed month has changed by since, as booked in a later month when that was closed. Its
	-- figures may be negative. Cannot be rebuilt.
	booked_from_us INTEGER NOT NULL, -- the month that it is booked in: closed_month.from_us
	version        INTEGER NOT NULL, -- closed_month.version of that
	from_us        INTEGER NOT NULL, -- the month that it is of
	lines          INTEGER NOT NULL, -- lines of the ledger
	requests       INTEGER NOT NULL, -- calls
	tokens         INTEGER NOT NULL, -- tokens
	amount_nano    INTEGER NOT NULL, -- nano-USD
	PRIMARY KEY (booked_from_us, version, from_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE reprice (
	-- A row is one repricing that a person confirmed. It goes on where it stopped. Cannot be rebuilt.
	id          INTEGER PRIMARY KEY, -- rises with time
	digest      TEXT NOT NULL,    -- fingerprint of the preview that was confirmed
	who         TEXT NOT NULL,    -- as in audit
	started_us  INTEGER NOT NULL, -- instant
	finished_us INTEGER NOT NULL DEFAULT 0, -- instant; 0: not yet
	from_us     INTEGER NOT NULL, -- instant; lines from
	to_us       INTEGER NOT NULL, -- instant; lines to (not included)
	provider    TEXT NOT NULL,    -- only its lines; '': all
	model       TEXT NOT NULL,    -- only its lines; '': all
	next_us     INTEGER NOT NULL, -- instant up to which (not included) it is done
	price_max   INTEGER NOT NULL, -- price.id of the last price that it knows of
	books       TEXT NOT NULL,    -- price_book.id of the books that are asked, in their order, parted by commas
	lines       INTEGER NOT NULL, -- lines that were to change
	done        INTEGER NOT NULL DEFAULT 0, -- lines that are changed
	before_nano INTEGER NOT NULL, -- nano-USD of these lines before
	after_nano  INTEGER NOT NULL  -- nano-USD of these lines after
) STRICT;
