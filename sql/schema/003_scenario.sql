-- Step 3: what-ifs that somebody wants to see again.

CREATE TABLE scenario (
	-- A row is one saved what-if. Cannot be rebuilt.
	name       TEXT NOT NULL PRIMARY KEY, -- as the person calls it
	body       TEXT NOT NULL,             -- the scenario as it was given: JSON
	changed_us INTEGER NOT NULL           -- instant
) STRICT, WITHOUT ROWID;
