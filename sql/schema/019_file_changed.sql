-- Step 19: when a file that a source reads was changed, as it was read: an export is written anew in the same length.

ALTER TABLE source_file ADD COLUMN
	changed_us INTEGER NOT NULL DEFAULT 0; -- instant at which its bytes were changed last; 0: not known
