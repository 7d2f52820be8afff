-- Step 16: what went wrong at providers, as their status pages tell it.

CREATE TABLE incident (
	-- A row is one incident as its status page told it last; pages edit what they told and date it back. Cannot be
	-- rebuilt.
	provider   TEXT NOT NULL,    -- who
	id         TEXT NOT NULL,    -- at the provider
	started_us INTEGER NOT NULL, -- instant
	ended_us   INTEGER,          -- instant; NULL: it is not over, or nobody said when it was
	over       INTEGER NOT NULL, -- 1: the page says that it is over
	impact     TEXT NOT NULL,    -- none, minor, major, critical, maintenance, or another word as told
	status     TEXT NOT NULL,    -- as told
	name       TEXT NOT NULL,    -- as told
	url        TEXT NOT NULL,    -- where it can be read; '' where not told
	components TEXT NOT NULL,    -- what it met, a line each; '' where not told
	updated_us INTEGER NOT NULL, -- instant at which the page last changed it
	edits      INTEGER NOT NULL DEFAULT 0, -- how often it came otherwise than before
	seen_us    INTEGER NOT NULL, -- instant at which it was told last
	run        INTEGER NOT NULL, -- the import that brought what it says now: run.id
	PRIMARY KEY (provider, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE status_page (
	-- A row is one provider whose incidents are told. Cannot be rebuilt.
	provider TEXT NOT NULL PRIMARY KEY, -- who
	seen_us  INTEGER NOT NULL -- instant up to which it is known what its page told
) STRICT, WITHOUT ROWID;
