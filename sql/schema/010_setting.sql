-- Step 10: settings that a person changed on the page.

CREATE TABLE setting (
	-- A row is one setting that is kept with the ledger. What a file, the environment or the command line says
	-- stands above it. Cannot be rebuilt.
	key        TEXT PRIMARY KEY, -- as in a configuration file: "report.zone"
	value      TEXT NOT NULL,    -- as it would be written there
	changed_us INTEGER NOT NULL  -- instant
) STRICT, WITHOUT ROWID;
