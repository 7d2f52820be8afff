-- Step 13: who tells of a GPU and what an hour of it costs, and the speed that engines were seen to run at.

CREATE TABLE gpu_hours_new (
	-- A row is one GPU held over one stretch of time: an allocation, and beside it how busy it was.
	-- Cannot be rebuilt.
	from_us         INTEGER NOT NULL, -- instant, held from
	device          TEXT NOT NULL,    -- UUID, or host and index, or who held it and a number
	to_us           INTEGER NOT NULL, -- instant, held to (not included)
	run             INTEGER NOT NULL REFERENCES run (id), -- the import that brought it
	gpu             TEXT NOT NULL,    -- product name; '' where not reported
	account         TEXT NOT NULL,    -- who holds it; '' where not reported
	workload        TEXT NOT NULL,    -- what for; '' where not reported
	busy_ppm        INTEGER,          -- mean utilisation in parts per million; NULL: not reported
	memory_used_mib INTEGER,          -- mean MiB in use; NULL: not reported
	power_mw        INTEGER,          -- mean mW; NULL: not reported
	basis           INTEGER NOT NULL, -- 0 seen by its host, 1 allocated by a scheduler or a landlord: never added up
	rate_nano       INTEGER,          -- nano-USD per GPU and hour, as told with it; NULL: not told
	PRIMARY KEY (from_us, device)
) STRICT, WITHOUT ROWID;

INSERT INTO gpu_hours_new (from_us, device, to_us, run, gpu, account, workload, busy_ppm, memory_used_mib, power_mw, basis)
SELECT from_us, device, to_us, run, gpu, account, workload, busy_ppm, memory_used_mib, power_mw, 0 FROM gpu_hours;
DROP TABLE gpu_hours;
ALTER TABLE gpu_hours_new RENAME TO gpu_hours;
CREATE INDEX gpu_hours_by_device ON gpu_hours (device, from_us);

CREATE TABLE observed_speed (
	-- A row is what one replica of an engine was seen to do with one model in one quarter hour, as far as it was
	-- watched. Replaced while the quarter hour goes on. Cannot be rebuilt.
	quarter_us    INTEGER NOT NULL, -- instant at which the quarter hour begins
	engine        TEXT NOT NULL,    -- "vllm"
	replica       TEXT NOT NULL,    -- host and port; '' where not known
	model         TEXT NOT NULL,    -- '' where not known
	gpu           TEXT NOT NULL,    -- product name; '' where not known
	from_us       INTEGER NOT NULL, -- instant of the first look
	to_us         INTEGER NOT NULL, -- instant of the last look
	watched_us    INTEGER NOT NULL, -- microseconds between looks that were close enough
	input_tokens  INTEGER,          -- cached ones among them; NULL here and below: not told
	cached_tokens INTEGER,          -- of which read from a cache
	output_tokens INTEGER,          -- tokens
	requests      INTEGER,          -- that ended
	busy_us       INTEGER,          -- microseconds with a request running
	running_ms    INTEGER,          -- requests running x milliseconds
	waiting_ms    INTEGER,          -- requests waiting x milliseconds
	kv_ppm_ms     INTEGER,          -- share of the cache in use, parts per million x milliseconds
	ttft_us       INTEGER,          -- sum of times to the first token, microseconds
	ttft_requests INTEGER,          -- of how many requests
	token_us      INTEGER,          -- sum of times between tokens, microseconds
	token_gaps    INTEGER,          -- of how many
	PRIMARY KEY (quarter_us, engine, replica, model)
) STRICT, WITHOUT ROWID;
