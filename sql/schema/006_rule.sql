-- Step 6: who usage belongs to, said by rules and applied when it is read; and who changed what.

CREATE TABLE rule (
	-- A row is one rule of attribution: which calls, and whose they are. Never applied to what is stored: lines
	-- keep what their source said. Patterns: '*' stands for any run of bytes; NULL: whatever it is; '': not said.
	-- Gifts: NULL: not given by this rule; '': explicitly nobody's. Cannot be rebuilt.
	id            INTEGER PRIMARY KEY AUTOINCREMENT, -- as people name it; never used again
	position      INTEGER NOT NULL, -- order in which rules are asked, from 1
	account       TEXT, -- pattern
	project       TEXT, -- pattern
	key           TEXT, -- pattern
	provider      TEXT, -- pattern
	model         TEXT, -- pattern
	service_tier  TEXT, -- pattern
	tag           TEXT, -- pattern for one of the tags, or all of them
	said_workload TEXT, -- pattern for the workload that the source said
	workload      TEXT, -- gift
	team          TEXT, -- gift
	cost_centre   TEXT, -- gift
	from_us       INTEGER NOT NULL, -- instant of a call from which it holds; the smallest integer: always
	to_us         INTEGER NOT NULL, -- instant to which it holds (not included); the largest integer: no end
	note          TEXT NOT NULL,    -- why, as the person said; '' where not said
	changed_us    INTEGER NOT NULL  -- instant
) STRICT;

CREATE TABLE audit (
	-- A row is one change that a person made to what figures come out as. Cannot be rebuilt.
	id     INTEGER PRIMARY KEY, -- rises with time
	at_us  INTEGER NOT NULL, -- instant
	who    TEXT NOT NULL,    -- "command line", the name of an access token, or "loopback"
	what   TEXT NOT NULL,    -- "rule add", ...
	about  TEXT NOT NULL,    -- on what: a number or a name
	detail TEXT NOT NULL     -- what was changed, as a JSON object
) STRICT;

-- What a source says of a call besides: its tags. The dictionary is copied, since the tags are a part of its key.
CREATE TABLE series_new (
	-- A row is one combination of all dimensions: who called what. A dictionary: ids in usage and day.
	id           INTEGER PRIMARY KEY, -- in usage.series and day.series
	lane         INTEGER NOT NULL REFERENCES lane (id), -- provider, model and workload
	account      TEXT NOT NULL, -- '' where not reported
	project      TEXT NOT NULL, -- '' where not reported
	key          TEXT NOT NULL, -- name of the access key, never a secret; '' where not reported
	service_tier TEXT NOT NULL, -- as told: "batch", "flex", "priority"; '' where not reported
	tag          TEXT NOT NULL, -- as told, several parted by commas; '' where not reported
	UNIQUE (lane, account, project, key, service_tier, tag)
) STRICT;
INSERT INTO series_new (id, lane, account, project, key, service_tier, tag)
SELECT id, lane, account, project, key, service_tier, '' FROM series;
DROP TABLE series;
ALTER TABLE series_new RENAME TO series;
