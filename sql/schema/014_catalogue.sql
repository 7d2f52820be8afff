-- Step 14: price catalogues as they were given, and what became of them.

CREATE TABLE catalogue (
	-- A row is one price catalogue that somebody gave or a source brought. Cannot be rebuilt.
	id           INTEGER PRIMARY KEY, -- rises with time
	collector    TEXT NOT NULL,    -- which format it is in
	book         TEXT NOT NULL,    -- price_book.name that it is of
	rank         INTEGER NOT NULL, -- price_book.rank that it is of
	name         TEXT NOT NULL,    -- file name or address
	came_us      INTEGER NOT NULL, -- instant
	state        INTEGER NOT NULL, -- 0 waiting, 1 applied, 2 undone, 3 dismissed, 4 replaced by a newer one
	body         BLOB NOT NULL,    -- as it came; empty when it waits no more
	bytes        INTEGER NOT NULL, -- bytes of it as it came
	digest       TEXT NOT NULL,    -- fingerprint of it
	added        INTEGER NOT NULL, -- rows that are new
	changed      INTEGER NOT NULL, -- rows that say otherwise than before
	ended        INTEGER NOT NULL, -- rows that it has no more
	decided_us   INTEGER NOT NULL DEFAULT 0, -- instant at which it was applied or dismissed; 0: not yet
	effective_us INTEGER NOT NULL DEFAULT 0, -- instant from which its changes hold; 0: not applied
	undone_us    INTEGER NOT NULL DEFAULT 0, -- instant; 0: not
	who          TEXT NOT NULL DEFAULT '',   -- who decided last, as in audit
	run          INTEGER                     -- the import that applied it: run.id; NULL: not applied
) STRICT;
