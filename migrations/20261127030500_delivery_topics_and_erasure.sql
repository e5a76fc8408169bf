-- What marketing is about, so that each attempt can ask whether the person still hears of it; and
-- mail that the program writes of itself.

ALTER TABLE delivery.batches ADD COLUMN topic_id uuid;
ALTER TABLE delivery.batches DROP CONSTRAINT batches_source_kind_check;
ALTER TABLE delivery.batches ADD CONSTRAINT batches_source_kind_check
    CHECK (source_kind IN ('campaign', 'test', 'service')) NOT VALID;
