-- Step 4: what the day pages read: days by lane, and the quarter hours inside them as one value.

CREATE TABLE lane_day (
	-- A row is the sum of one lane's usage in one day of the zone in meta.zone. Rebuilt from quarter at any
	-- time. Days that do not begin and end on a quarter hour of UTC have none.
	day                INTEGER NOT NULL, -- civil days since 1970-01-01
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
	PRIMARY KEY (day, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE lane_shape (
	-- A row is the course of one lane's usage through one day of lane_day. Rebuilt with it.
	id    INTEGER PRIMARY KEY, -- day * 2^32 + lane
	shape BLOB NOT NULL -- its quarter hours with lines, packed: see daemon/store/lane_day.h
) STRICT;

-- Level 2 of touched: the days of lane_day. Those of lines that are here already are made with the next import.
INSERT INTO touched (level, slot) SELECT DISTINCT 2, day FROM day;
