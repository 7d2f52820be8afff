-- Step 9: sources that are asked: how far, what they hold, what went wrong.

ALTER TABLE run ADD COLUMN
	replaced INTEGER NOT NULL DEFAULT 0; -- rows of the source that stood with other content
ALTER TABLE run ADD COLUMN
	removed INTEGER NOT NULL DEFAULT 0; -- rows that the source had and has no more

CREATE TABLE pulled (
	-- A row is a line of the ledger that a source holds: where it does not come again with its window, it is
	-- removed. Cannot be rebuilt.
	source   INTEGER NOT NULL REFERENCES source (id), -- who holds it
	at_us    INTEGER NOT NULL, -- instant of the line's key
	kind     INTEGER NOT NULL, -- 0 usage, 1 gpu hours, 2 invoice line
	key      TEXT NOT NULL,    -- the rest of the line's key
	part     TEXT NOT NULL,    -- which of the source's questions brought it; '' where it has one
	width_us INTEGER NOT NULL, -- length of its bucket; 0: not told
	PRIMARY KEY (source, at_us, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_state (
	-- A row is how it stands with one source that is asked. Written with the rows that it speaks of. Cannot be
	-- rebuilt.
	source        INTEGER PRIMARY KEY REFERENCES source (id), -- which
	from_us       INTEGER NOT NULL, -- instant from which it was read without a gap to done_us
	done_us       INTEGER NOT NULL, -- instant up to which it was read; 0: never
	back_from_us  INTEGER NOT NULL, -- instant to which its history is still to be filled back; 0: nothing is
	back_to_us    INTEGER NOT NULL, -- instant from which back it is still to be filled; 0: nothing is
	back_began_us INTEGER NOT NULL, -- back_to_us when that filling began, for its progress
	tried_us      INTEGER NOT NULL, -- instant of the last attempt; 0: never
	ok_us         INTEGER NOT NULL, -- instant of the last attempt that went well; 0: never
	failures      INTEGER NOT NULL, -- attempts in a row that did not
	not_before_us INTEGER NOT NULL, -- instant before which it is not asked again; 0: none
	vain          INTEGER NOT NULL, -- 1: trying again will not help until somebody changes something
	error         TEXT NOT NULL,    -- what went wrong the last time; '' where it went well
	run           INTEGER NOT NULL, -- the last run that changed something: run.id; 0: none
	taken         INTEGER NOT NULL, -- rows of the last attempt that went well, by what became of them: new
	repeated      INTEGER NOT NULL, -- there already, with the same content
	replaced      INTEGER NOT NULL, -- there already, with other content
	removed       INTEGER NOT NULL, -- there before, and not any more
	conflicting   INTEGER NOT NULL, -- whose key stands with other content of somebody else's, or in a closed month
	refused       INTEGER NOT NULL, -- not understood
	latest_us     INTEGER NOT NULL, -- latest instant of any row so far; 0: none
	kept          BLOB NOT NULL     -- what its next reply is read against, in the collector's own terms
) STRICT;

CREATE TABLE source_day (
	-- A row is one day that a source was read for. Cannot be rebuilt.
	source  INTEGER NOT NULL REFERENCES source (id), -- which
	day     INTEGER NOT NULL, -- days of UTC since 1970-01-01
	rows    INTEGER NOT NULL, -- lines that the source brought and did not take back
	read_us INTEGER NOT NULL, -- instant when it was read last
	whole   INTEGER NOT NULL, -- 1: the day was over then
	PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_file (
	-- A row is one file that a source reads as it grows. Cannot be rebuilt.
	source INTEGER NOT NULL REFERENCES source (id), -- which
	path   TEXT NOT NULL,    -- below the configured path; '' for the path itself
	inode  INTEGER NOT NULL, -- of the file that was read
	read   INTEGER NOT NULL, -- bytes, to the end of a line
	head   INTEGER NOT NULL, -- hash of its first bytes, which tells a new file from a longer one
	PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;
