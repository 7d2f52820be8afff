-- Step 11: invoice lines that are pulled: when they were charged, and what came for them when their month was closed.

ALTER TABLE pulled ADD COLUMN
	charged_us INTEGER NOT NULL DEFAULT 0; -- instant at which the charge of an invoice line begins; 0 of other kinds

CREATE INDEX pulled_by_charge ON pulled (source, charged_us) WHERE kind = 2;

CREATE TABLE invoice_adjustment (
	-- A row says that what came for an invoice line of a closed month is booked as a line in an open one. Cannot be
	-- rebuilt.
	period_from_us INTEGER NOT NULL, -- of the line of the closed month: invoice_line.period_from_us
	id             TEXT NOT NULL,    -- of that line: invoice_line.id; there may be none
	booked_from_us INTEGER NOT NULL, -- of the line that is booked: its invoice_line.period_from_us
	PRIMARY KEY (period_from_us, id, booked_from_us)
) STRICT, WITHOUT ROWID;
