-- Step 7: speeds that the user measured.

CREATE TABLE anchor (
	-- A row is one measured figure of speed. Cannot be rebuilt.
	id             INTEGER PRIMARY KEY, -- in the order they were kept
	measured_us    INTEGER NOT NULL,    -- instant
	expires_us     INTEGER NOT NULL,    -- instant from which on it no longer counts
	source         TEXT NOT NULL,       -- what measured it
	engine         TEXT NOT NULL,       -- serving program, '' where nobody knows
	engine_version TEXT NOT NULL,       -- of it, '' where nobody knows
	model          TEXT NOT NULL,       -- as the table of transformers or a person calls it
	precision      TEXT NOT NULL,       -- 'fp8', ..., '' for what the model is published in
	gpu            TEXT NOT NULL,       -- accelerator's product name
	gpus           INTEGER NOT NULL,    -- GPUs of one replica
	tp             INTEGER NOT NULL,    -- GPUs that share each layer
	pp             INTEGER NOT NULL,    -- groups of GPUs that layers are dealt to
	dp             INTEGER NOT NULL,    -- copies of attention
	isl            REAL NOT NULL,       -- tokens of input of a request, mean
	osl            REAL NOT NULL,       -- tokens of output of a request, mean
	load           TEXT NOT NULL,       -- requests in flight, 'max', or 'qps=' and requests a second
	metric         TEXT NOT NULL,       -- 'tpot', 'ttft', 'output_throughput', ...
	unit           TEXT NOT NULL,       -- of value
	value          REAL NOT NULL,       -- measured, in unit
	note           TEXT NOT NULL        -- anything else
) STRICT;
