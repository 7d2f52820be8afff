-- Step 17: how sure a fleet's throughput is.

ALTER TABLE fleet ADD COLUMN
	throughput_low_milli_tok_s INTEGER NOT NULL DEFAULT 0; -- 1e-3 tok/s; four of five would lie above; 0: not known
ALTER TABLE fleet ADD COLUMN
	throughput_high_milli_tok_s INTEGER NOT NULL DEFAULT 0; -- 1e-3 tok/s; the other end; 0: not known
