-- Step 5: what the heat map reads of a key, account, project or status: the course of each day by series.

CREATE TABLE series_shape (
	-- A row is the course of one series and status through one day of the zone in meta.zone. Rebuilt from
	-- usage at any time, with the row of day that it belongs to. Days longer than 27 hours have none.
	-- Its hours with lines are packed: see daemon/store/day_shape.h; quarter hours where the zone cuts hours
	-- of UTC. Of 16 days those of one series lie together.
	id    INTEGER PRIMARY KEY, -- (day >> 4) << 38 | series << 6 | (day & 15) << 2 | status
	shape BLOB NOT NULL        -- one to a few hundred bytes
) STRICT;

-- Level 3 of touched: the days of series_shape. Those of lines that are here already are made a part at a time
-- when the ledger is served or written to.
INSERT INTO touched (level, slot) SELECT DISTINCT 3, day FROM day;
