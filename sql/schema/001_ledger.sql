-- Step 1: the ledger, what it is summed into, and what it is priced and compared with.
--
-- Instants are microseconds since 1970-01-01T00:00:00Z unless a column says otherwise; money is whole
-- nano-units (1e-9) of its currency, rates of prices are whole femto-units (1e-15) per single unit.
-- A step is never edited once it has been released: what comes later is a new step.

CREATE TABLE meta (
	-- A row is one remembered fact about this ledger. Cannot be rebuilt.
	name  TEXT NOT NULL PRIMARY KEY, -- "zone" (of the day table), "zone_mark" (fingerprint of its rules), "demo"
	value TEXT NOT NULL              -- as text
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
	-- A row is one place that data comes from. Cannot be rebuilt.
	id        INTEGER PRIMARY KEY, -- in run.source
	collector TEXT NOT NULL, -- name of the collector that reads it
	name      TEXT NOT NULL, -- file name without its folder, or address without its secrets
	account   TEXT NOT NULL, -- account that was told at import; '' where none was
	cursor    TEXT NOT NULL DEFAULT '', -- how far it was read, in the collector's own terms
	UNIQUE (collector, name, account)
) STRICT;

CREATE TABLE run (
	-- A row is one import: one transaction. Cannot be rebuilt.
	id          INTEGER PRIMARY KEY, -- rises with time
	source      INTEGER NOT NULL REFERENCES source (id), -- what was read
	started_us  INTEGER NOT NULL,           -- instant
	finished_us INTEGER NOT NULL DEFAULT 0, -- instant; 0 while it runs
	taken       INTEGER NOT NULL DEFAULT 0, -- rows that are new in the ledger
	repeated    INTEGER NOT NULL DEFAULT 0, -- rows that were there already, with the same content
	conflicting INTEGER NOT NULL DEFAULT 0, -- rows whose key stands with other content
	refused     INTEGER NOT NULL DEFAULT 0, -- rows that could not be understood
	warned      INTEGER NOT NULL DEFAULT 0, -- rows that were understood with a caveat
	first_us    INTEGER NOT NULL DEFAULT 0, -- earliest instant of its rows; 0 where there are none
	last_us     INTEGER NOT NULL DEFAULT 0, -- latest instant of its rows
	bytes       INTEGER NOT NULL DEFAULT 0  -- bytes of input read
) STRICT;

CREATE INDEX run_by_source ON run (source, started_us);

CREATE TABLE run_reason (
	-- A row is one reason why rows of a run were refused, warned of or in conflict. Cannot be rebuilt.
	run    INTEGER NOT NULL REFERENCES run (id), -- the import
	seq    INTEGER NOT NULL, -- order of first appearance, from 0
	kind   INTEGER NOT NULL, -- 0 refused, 1 warned, 2 conflict
	count  INTEGER NOT NULL, -- rows
	text   TEXT NOT NULL,    -- the reason
	places TEXT NOT NULL,    -- JSON array of the first places: line numbers, or element paths as strings
	PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane (
	-- A row is one combination of provider, model and workload. A dictionary: ids in usage and quarter.
	id       INTEGER PRIMARY KEY, -- in quarter.lane and series.lane
	provider TEXT NOT NULL, -- as told; '' where not reported
	model    TEXT NOT NULL, -- as told; '' where not reported
	workload TEXT NOT NULL, -- as told; '' where not reported
	UNIQUE (provider, model, workload)
) STRICT;

CREATE TABLE series (
	-- A row is one combination of all dimensions: who called what. A dictionary: ids in usage and day.
	id           INTEGER PRIMARY KEY, -- in usage.series and day.series
	lane         INTEGER NOT NULL REFERENCES lane (id), -- provider, model and workload
	account      TEXT NOT NULL, -- '' where not reported
	project      TEXT NOT NULL, -- '' where not reported
	key          TEXT NOT NULL, -- name of the access key, never a secret; '' where not reported
	service_tier TEXT NOT NULL, -- as told: "batch", "flex", "priority"; '' where not reported
	UNIQUE (lane, account, project, key, service_tier)
) STRICT;

CREATE TABLE usage (
	-- A row is one call, or one bucket of calls, to a model: a line of the ledger. Cannot be rebuilt.
	-- Token classes are disjoint: input is the sum of the four in_, output the sum of the two out_.
	at_us             INTEGER NOT NULL, -- instant of the call, or the begin of the bucket
	id                TEXT NOT NULL,    -- unique with at_us; as given, or '~' and made from the content
	run               INTEGER NOT NULL, -- the import that brought it: run.id
	series            INTEGER NOT NULL, -- who called what: series.id
	status            INTEGER NOT NULL, -- 0 ok, 1 error, 2 timeout
	requests          INTEGER,          -- calls; NULL: not reported, counts as 1
	latency_ms        INTEGER,          -- ms until the whole reply; NULL: not reported
	ttft_ms           INTEGER,          -- ms until the first token; NULL: not reported
	in_uncached       INTEGER,          -- tokens; NULL here: the source knew no tokens (a failed call)
	in_cache_read     INTEGER NOT NULL, -- tokens
	in_cache_write_5m INTEGER NOT NULL, -- tokens
	in_cache_write_1h INTEGER NOT NULL, -- tokens
	out_visible       INTEGER NOT NULL, -- tokens
	out_reasoning     INTEGER NOT NULL, -- tokens
	extras            TEXT,             -- JSON object of counts that are parts of the classes, and of searches
	price_state       INTEGER NOT NULL, -- 0 unpriced, 1 priced, 2 free, 3 flat
	price             INTEGER,          -- the price row that was used: price.id; NULL where unpriced
	amount_nano       INTEGER,          -- nano-USD, rounded once, half to even; NULL where unpriced
	PRIMARY KEY (at_us, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict (
	-- A row is content that came for a key which stands with other content; the ledger was not changed.
	-- Cannot be rebuilt. The same content that comes again is counted in its run and not kept twice.
	id    INTEGER PRIMARY KEY, -- rises with time
	kind  INTEGER NOT NULL, -- 0 usage, 1 gpu hours, 2 invoice line
	at_us INTEGER NOT NULL, -- instant of the key
	key   TEXT NOT NULL,    -- the rest of the key: id, device, or invoice line id
	run   INTEGER NOT NULL REFERENCES run (id), -- the import that brought it first
	came  TEXT NOT NULL,    -- what came: JSON object
	stands TEXT NOT NULL,   -- what stands: JSON object
	UNIQUE (kind, at_us, key, came)
) STRICT;

CREATE TABLE seen (
	-- A row is an occurrence, in the running import, of a line that has no id of its own and was in the
	-- ledger before. Emptied with every run; in the file so that memory does not grow with the input.
	at_us INTEGER NOT NULL, -- instant
	hash  INTEGER NOT NULL, -- of the content
	n     INTEGER NOT NULL, -- occurrence, from 0
	PRIMARY KEY (at_us, hash, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarter (
	-- A row is the sum of one lane's usage in one quarter hour of UTC. Rebuilt from usage at any time.
	quarter            INTEGER NOT NULL, -- quarter hours since 1970-01-01T00:00:00Z
	lane               INTEGER NOT NULL, -- lane.id
	rows               INTEGER NOT NULL, -- lines of the ledger
	requests           INTEGER NOT NULL, -- calls; a line that does not say counts as 1
	in_uncached        INTEGER NOT NULL, -- tokens
	in_cache_read      INTEGER NOT NULL, -- tokens
	in_cache_write_5m  INTEGER NOT NULL, -- tokens
	in_cache_write_1h  INTEGER NOT NULL, -- tokens
	out_visible        INTEGER NOT NULL, -- tokens
	out_reasoning      INTEGER NOT NULL, -- tokens
	rows_without_usage INTEGER NOT NULL, -- lines whose tokens are unknown
	priced_tokens      INTEGER NOT NULL, -- tokens of lines that are priced
	free_tokens        INTEGER NOT NULL, -- tokens of lines that are free
	flat_tokens        INTEGER NOT NULL, -- tokens of lines that are flat; the rest is unpriced
	priced_rows        INTEGER NOT NULL, -- lines that are priced
	free_rows          INTEGER NOT NULL, -- lines that are free
	flat_rows          INTEGER NOT NULL, -- lines that are flat; the rest is unpriced
	amount_nano        INTEGER NOT NULL, -- nano-USD of the priced lines
	PRIMARY KEY (quarter, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE day (
	-- A row is the sum of one series and status in one day of the zone in meta.zone. Rebuilt from usage
	-- at any time, and when the zone changes.
	day                INTEGER NOT NULL, -- civil days since 1970-01-01
	series             INTEGER NOT NULL, -- series.id
	status             INTEGER NOT NULL, -- 0 ok, 1 error, 2 timeout
	rows               INTEGER NOT NULL, -- lines of the ledger
	requests           INTEGER NOT NULL, -- calls; a line that does not say counts as 1
	in_uncached        INTEGER NOT NULL, -- tokens
	in_cache_read      INTEGER NOT NULL, -- tokens
	in_cache_write_5m  INTEGER NOT NULL, -- tokens
	in_cache_write_1h  INTEGER NOT NULL, -- tokens
	out_visible        INTEGER NOT NULL, -- tokens
	out_reasoning      INTEGER NOT NULL, -- tokens
	rows_without_usage INTEGER NOT NULL, -- lines whose tokens are unknown
	priced_tokens      INTEGER NOT NULL, -- tokens of lines that are priced
	free_tokens        INTEGER NOT NULL, -- tokens of lines that are free
	flat_tokens        INTEGER NOT NULL, -- tokens of lines that are flat; the rest is unpriced
	priced_rows        INTEGER NOT NULL, -- lines that are priced
	free_rows          INTEGER NOT NULL, -- lines that are free
	flat_rows          INTEGER NOT NULL, -- lines that are flat; the rest is unpriced
	amount_nano        INTEGER NOT NULL, -- nano-USD of the priced lines
	PRIMARY KEY (day, series, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE touched (
	-- A row is a cell group whose sums must be computed again, because lines came after them. An import
	-- leaves none behind; of pushed events the sums follow, and until then their lines are read.
	level INTEGER NOT NULL, -- 0 quarter, 1 day
	slot  INTEGER NOT NULL, -- the quarter or day number
	PRIMARY KEY (level, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE gpu_hours (
	-- A row is one GPU held over one stretch of time: an allocation, and beside it how busy it was.
	-- Cannot be rebuilt.
	from_us         INTEGER NOT NULL, -- instant, held from
	device          TEXT NOT NULL,    -- UUID, or host and index
	to_us           INTEGER NOT NULL, -- instant, held to (not included)
	run             INTEGER NOT NULL REFERENCES run (id), -- the import that brought it
	gpu             TEXT NOT NULL,    -- product name; '' where not reported
	account         TEXT NOT NULL,    -- who holds it; '' where not reported
	workload        TEXT NOT NULL,    -- what for; '' where not reported
	busy_ppm        INTEGER,          -- mean utilisation in parts per million; NULL: not reported
	memory_used_mib INTEGER,          -- mean MiB in use; NULL: not reported
	power_mw        INTEGER,          -- mean mW; NULL: not reported
	PRIMARY KEY (from_us, device)
) STRICT, WITHOUT ROWID;

CREATE INDEX gpu_hours_by_device ON gpu_hours (device, from_us);

CREATE TABLE invoice_line (
	-- A row is one line of an invoice in the terms of FOCUS 1.2. Cannot be rebuilt.
	period_from_us    INTEGER NOT NULL, -- billing period, from
	id                TEXT NOT NULL,    -- unique in the period; as given, or '~' and made from the content
	period_to_us      INTEGER NOT NULL, -- billing period, to (not included)
	charge_from_us    INTEGER NOT NULL, -- charge period, from
	charge_to_us      INTEGER NOT NULL, -- charge period, to (not included)
	run               INTEGER NOT NULL REFERENCES run (id), -- the import that brought it
	account           TEXT NOT NULL,    -- billing or sub account; '' where not reported, as all texts here
	invoice           TEXT NOT NULL,    -- number of the invoice
	provider          TEXT NOT NULL,    -- who provides the service
	publisher         TEXT NOT NULL,    -- who produced it
	service           TEXT NOT NULL,    -- name of the service
	sku               TEXT NOT NULL,    -- id of the SKU
	resource          TEXT NOT NULL,    -- id of the resource
	category          TEXT NOT NULL,    -- Usage, Purchase, Tax, Credit, Adjustment
	charge_class      TEXT NOT NULL,    -- Correction, or ''
	frequency         TEXT NOT NULL,    -- One-Time, Recurring, Usage-Based
	pricing_category  TEXT NOT NULL,    -- Standard, Dynamic, Committed, Other
	commitment        TEXT NOT NULL,    -- id of the commitment discount
	commitment_status TEXT NOT NULL,    -- Used, Unused, or ''
	description       TEXT NOT NULL,    -- as printed on the invoice
	currency          TEXT NOT NULL,    -- ISO 4217 code of the amounts
	quantity_unit     TEXT NOT NULL,    -- of the consumed quantity
	quantity_nano     INTEGER,          -- consumed quantity in 1e-9 units; NULL: not reported
	billed_nano       INTEGER,          -- nano-units of currency; NULL: not reported
	effective_nano    INTEGER,          -- nano-units of currency, prepayments spread; NULL: not reported
	list_nano         INTEGER,          -- nano-units of currency at list prices; NULL: not reported
	contracted_nano   INTEGER,          -- nano-units of currency at contract prices; NULL: not reported
	PRIMARY KEY (period_from_us, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE price_book (
	-- A row is one source of prices. Cannot be rebuilt.
	id          INTEGER PRIMARY KEY, -- in price.book
	rank        INTEGER NOT NULL, -- 0 built-in, 1 imported catalogue, 2 the person's own; higher is asked first
	name        TEXT NOT NULL,    -- the catalogue's name; the built-in one's ends in its fingerprint
	imported_us INTEGER NOT NULL, -- instant of the latest import; of two of one rank the newer is asked first
	UNIQUE (rank, name)
) STRICT;

CREATE TABLE price (
	-- A row is what one model costs on one service tier from a moment to a moment. Never changed but for
	-- checked_us: a correction is a new row that supersedes. Cannot be rebuilt.
	id           INTEGER PRIMARY KEY, -- in usage.price
	book         INTEGER NOT NULL REFERENCES price_book (id), -- where it is from
	seq          INTEGER NOT NULL, -- order in its catalogue
	name         TEXT NOT NULL,    -- the row's id in its book
	run          INTEGER,          -- the import that brought it: run.id; NULL for the built-in book
	supersedes   INTEGER REFERENCES price (id), -- the row that this one corrects, NULL: none
	provider     TEXT NOT NULL,    -- as the catalogue spells it
	model        TEXT NOT NULL,    -- id in the catalogue
	match        TEXT NOT NULL,    -- names that mean this model, as an expression; '': its own
	service_tier TEXT NOT NULL,    -- '': standard
	from_us      INTEGER NOT NULL, -- instant, holds from; the smallest integer: always
	to_us        INTEGER NOT NULL, -- instant, holds to (not included); the largest integer: no end known
	daily_from_s INTEGER NOT NULL, -- seconds of the UTC day between which it holds; both 0: all day
	daily_to_s   INTEGER NOT NULL, -- seconds of the UTC day
	days         INTEGER NOT NULL, -- UTC weekdays it holds on: bit 0 Monday to bit 6 Sunday
	precedence   INTEGER NOT NULL, -- of two that hold the higher counts
	currency     TEXT NOT NULL,    -- ISO 4217 code of the rates
	state        INTEGER NOT NULL, -- 0 unpriced, 1 priced, 2 free, 3 flat
	tiers        INTEGER NOT NULL, -- 0 a tier prices the whole request, 1 marginal
	source_url   TEXT NOT NULL,    -- where it can be checked
	note         TEXT NOT NULL,    -- why unpriced, or what to know
	checked_us   INTEGER NOT NULL, -- instant at which it was last read at its source; 0: not known
	UNIQUE (supersedes)
) STRICT;

CREATE INDEX price_by_name ON price (book, name);
CREATE INDEX price_by_model ON price (book, provider, model);

CREATE TABLE price_component (
	-- A row is one rate of a price row. Cannot be rebuilt.
	price        INTEGER NOT NULL REFERENCES price (id), -- the row it is a part of
	seq          INTEGER NOT NULL, -- order in its row
	item         TEXT NOT NULL,    -- "in_uncached", ..., "requests": what is priced
	above_tokens INTEGER NOT NULL, -- holds when the input is strictly greater; 0: always
	rate_femto   INTEGER NOT NULL, -- femto-units of the currency per single item
	PRIMARY KEY (price, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE fleet (
	-- A row is one self-hosted option as a person described it. Cannot be rebuilt.
	name                   TEXT NOT NULL PRIMARY KEY, -- as the person calls it
	gpu                    TEXT NOT NULL,    -- product name; '' where not said
	gpus_per_replica       INTEGER NOT NULL, -- GPUs
	gpu_hour_nano          INTEGER NOT NULL, -- nano-USD per GPU and hour
	gpu_hour_source        TEXT NOT NULL,    -- where that price is from
	throughput_milli_tok_s INTEGER NOT NULL, -- 1e-3 tokens a second of one replica, input and output
	throughput_origin      INTEGER NOT NULL, -- 0 measured, 1 assumed
	throughput_source      TEXT NOT NULL,    -- where it is from
	headroom_ppm           INTEGER NOT NULL, -- share of throughput that is planned with, parts per million
	redundancy             INTEGER NOT NULL, -- replicas on top
	min_replicas           INTEGER NOT NULL, -- replicas
	scaling                INTEGER NOT NULL, -- 0 always on, 1 autoscale
	lag_ms                 INTEGER NOT NULL, -- ms until a replica serves
	hours_month_milli      INTEGER NOT NULL, -- 1e-3 hours billed a month
	ops_month_nano         INTEGER NOT NULL, -- nano-USD a month
	fixed_month_nano       INTEGER NOT NULL, -- nano-USD a month
	upfront_nano           INTEGER NOT NULL, -- nano-USD once
	per_mtok_nano          INTEGER NOT NULL, -- nano-USD per million tokens
	changed_us             INTEGER NOT NULL  -- instant
) STRICT, WITHOUT ROWID;

CREATE TABLE workload (
	-- A row is what one workload of the usage ledger is compared with. Cannot be rebuilt.
	name            TEXT NOT NULL PRIMARY KEY, -- as in usage
	owner           TEXT NOT NULL, -- a person or a team; '' where not said
	closed_provider TEXT NOT NULL, -- the closed side; '': what was used
	closed_model    TEXT NOT NULL, -- the closed side; '': what was used
	fleet           TEXT NOT NULL, -- the self-hosted side: fleet.name; '': none
	changed_us      INTEGER NOT NULL -- instant
) STRICT, WITHOUT ROWID;
