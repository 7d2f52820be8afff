-- Step 15: what the microbenchmark found, each time it was kept.

CREATE TABLE bench_run (
	-- A row is one run of the benchmark. Cannot be rebuilt.
	id          INTEGER PRIMARY KEY, -- in the order they were kept
	measured_us INTEGER NOT NULL,    -- instant
	kind        TEXT NOT NULL,       -- 'cpu', 'gpu', 'endpoint'
	subject     TEXT NOT NULL,       -- what was measured and how; runs of one subject can be compared
	whole       INTEGER NOT NULL,    -- 1; 0: partial, or disturbed by other work or by the client
	note        TEXT NOT NULL        -- why it is not whole; '' where it is
) STRICT;

CREATE INDEX bench_run_by_subject ON bench_run (kind, subject, measured_us);

CREATE TABLE bench_figure (
	-- A row is one figure of a run.
	run   INTEGER NOT NULL REFERENCES bench_run (id), -- whose
	name  TEXT NOT NULL,                              -- 'decode_tok_s', ...
	unit  TEXT NOT NULL,                              -- of the values
	value REAL NOT NULL,                              -- median of its repetitions, in unit
	low   REAL,                                       -- smallest, or the low end of its interval; NULL: not known
	high  REAL,                                       -- largest, or the high end; NULL: not known
	PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
