-- What the batch was called when it was opened: the campaign's name. Templates can show it, so it is
-- kept as it was then, and a message that is rendered again comes out as before.
ALTER TABLE delivery.batches ADD COLUMN name text NOT NULL DEFAULT '';
