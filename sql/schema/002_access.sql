-- Step 2: who may come in.

CREATE TABLE token (
	-- A row is one right to come in: an access token, a one-time login link, or a browser's session. The
	-- secrets themselves are nowhere: only their hashes. Cannot be rebuilt.
	id         TEXT NOT NULL PRIMARY KEY, -- 12 hexadecimal digits, the part of the secret text that may be known
	kind       INTEGER NOT NULL, -- 0 access token, 1 login link, 2 session of a browser
	name       TEXT NOT NULL,    -- as given; of a link and its session: what the person said it is for
	scope      INTEGER NOT NULL, -- 0 read, 1 ingest, 2 admin
	hash       BLOB NOT NULL,    -- SHA-256 of the whole secret text
	created_us INTEGER NOT NULL, -- instant
	expires_us INTEGER NOT NULL, -- instant from which it is worth nothing; 0: never
	used_us    INTEGER NOT NULL DEFAULT 0, -- instant of the last use, to a quarter hour; 0: never
	revoked_us INTEGER NOT NULL DEFAULT 0  -- instant; 0: not revoked
) STRICT, WITHOUT ROWID;
