-- Step 8: what must be remembered of OTLP to count each token once.

CREATE TABLE otlp_series (
	-- A row is one cumulative series since one start: how far its total has been counted. Cannot be rebuilt;
	-- forgotten 90 days after its last point.
	key     BLOB NOT NULL PRIMARY KEY, -- 16 bytes: hash of resource, scope, name, attributes and start
	value   INTEGER NOT NULL, -- tokens counted so far
	calls   INTEGER NOT NULL, -- calls counted so far (of a histogram; else 0)
	time_ns INTEGER NOT NULL, -- time of the last point, nanoseconds since 1970
	seen_us INTEGER NOT NULL  -- instant at which it came
) STRICT, WITHOUT ROWID;

CREATE INDEX otlp_series_by_seen ON otlp_series (seen_us);

CREATE TABLE otlp_origin (
	-- A row is one way in which the calls of one origin (a program and a model) are told. Where several are sent
	-- for the same work, one of them is counted. Cannot be rebuilt; forgotten like a series.
	key        BLOB NOT NULL,    -- 16 bytes: hash of what tells the origin apart
	family     INTEGER NOT NULL, -- 0 counters, 1 histogram, 2 spans, 3 Claude Code events, 4 Claude Code metric
	heard_us   INTEGER NOT NULL, -- latest instant that it told of
	counted_us INTEGER NOT NULL, -- latest instant of it that is counted; 0: none
	seen_us    INTEGER NOT NULL, -- instant at which it came
	PRIMARY KEY (key, family)
) STRICT, WITHOUT ROWID;

CREATE INDEX otlp_origin_by_seen ON otlp_origin (seen_us);

CREATE TABLE otlp_span (
	-- A row is a span that encloses one whose tokens are counted, so that its own, which repeat them, are not.
	-- Cannot be rebuilt; forgotten after a day.
	key     BLOB NOT NULL PRIMARY KEY, -- 16 bytes: hash of trace and span
	seen_us INTEGER NOT NULL -- instant at which the inner one came
) STRICT, WITHOUT ROWID;

CREATE INDEX otlp_span_by_seen ON otlp_span (seen_us);
