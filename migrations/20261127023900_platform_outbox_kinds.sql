-- What kind of fact it is, so that a subscriber gets only those that it asks for: some carry a thousand
-- identifiers each.
ALTER TABLE platform.outbox ADD COLUMN kind text NOT NULL DEFAULT '';
