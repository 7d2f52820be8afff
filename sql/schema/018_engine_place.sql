-- Step 18: what engines run on whose speed is observed, as their source said then.

ALTER TABLE observed_speed ADD COLUMN
	gpus INTEGER NOT NULL DEFAULT 1; -- GPUs behind the address
ALTER TABLE observed_speed ADD COLUMN
	tp INTEGER NOT NULL DEFAULT 0; -- of which so many share each layer; 0: all of them
ALTER TABLE observed_speed ADD COLUMN
	precision TEXT NOT NULL DEFAULT ''; -- of the weights; '' where it is what the model is published in
ALTER TABLE observed_speed ADD COLUMN
	engine_version TEXT NOT NULL DEFAULT ''; -- '' where nobody said
ALTER TABLE observed_speed ADD COLUMN
	anchor_model TEXT NOT NULL DEFAULT ''; -- the model as the table of transformers has it; '' where that is its name
