-- Step 20: a rule may say that calls do not count: what another source tells too is kept and left out of sums.

ALTER TABLE rule ADD COLUMN
	counts TEXT; -- gift: 'no' leaves calls out of all sums, 'yes' keeps them in whatever later rules say; NULL: not given
