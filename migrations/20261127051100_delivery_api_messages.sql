-- Messages that programs hand over one by one, with what each has beside its template.

ALTER TABLE delivery.batches DROP CONSTRAINT batches_source_kind_check;
ALTER TABLE delivery.batches ADD CONSTRAINT batches_source_kind_check
    CHECK (source_kind IN ('campaign', 'test', 'service', 'api')) NOT VALID;

-- contracts::delivery::MessageExtras; NULL for nearly all.
ALTER TABLE delivery.recipients ADD COLUMN extras jsonb;

-- Files that messages carry. They are kept apart, since one may go to hundreds of people and must
-- not be read with every claim.
CREATE TABLE delivery.attachments (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    filename     text        NOT NULL,
    content_type text        NOT NULL,
    content      bytea       NOT NULL,
    -- A file for one person goes when the person is erased; one for many is nobody's.
    recipients   integer     NOT NULL CHECK (recipients > 0),
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE delivery.attachments ALTER COLUMN content SET COMPRESSION lz4;
CREATE INDEX attachments_oldest ON delivery.attachments (created_at);
SELECT platform.protect('delivery.attachments');
