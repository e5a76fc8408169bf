-- Segments, who is in them, and who entered and left when.

CREATE TABLE crm.segments (
    org_id            uuid        NOT NULL,
    id                uuid        NOT NULL,
    name              text        NOT NULL CHECK (name <> ''),
    description       text        NOT NULL DEFAULT '',
    -- Checked against crm.fields each time it is read.
    rule              jsonb       NOT NULL,
    -- Counts edits, so that two people who edit at once notice.
    version           int         NOT NULL DEFAULT 1,
    -- What the answer depends on, derived from the rule: names of fields, other segments, and the
    -- mere passing of time.
    mentions          text[]      NOT NULL,
    uses              uuid[]      NOT NULL,
    relative          boolean     NOT NULL,
    -- `changes` counts what may have changed the answer, and `changes_seen` those that a rebuild took
    -- into account: what commits while it runs leaves the segment stale. `pending` holds the few
    -- contacts that changed; when `full_at` lies beyond what was seen, everybody must be looked at.
    changes           bigint      NOT NULL DEFAULT 1,
    changes_seen      bigint      NOT NULL DEFAULT 0,
    full_at           bigint      NOT NULL DEFAULT 1,
    pending           uuid[]      NOT NULL DEFAULT '{}',
    -- What the last rebuild found, and what it cost.
    member_count      bigint      NOT NULL DEFAULT 0,
    rebuilt_at        timestamptz,
    rebuild_ms        bigint      NOT NULL DEFAULT 0,
    -- When a relative one must be looked at again though nothing has changed.
    due_at            timestamptz,
    -- The engine leaves the segment alone until then: a dear one is rebuilt less often.
    rest_until        timestamptz NOT NULL DEFAULT '-infinity',
    -- Why the last attempt failed, in a short word; NULL when it did not.
    problem           text,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX segments_name ON crm.segments (org_id, lower(name));
SELECT platform.protect('crm.segments');

-- No foreign keys: at a quarter of a million rows a rebuild they would cost more than the rebuild.
-- Readers join crm.contacts; a subscriber removes the rows of deleted contacts. To find the segments
-- of one contact, ask this index once a segment: an index by contact would cost a third of each
-- rebuild.
CREATE TABLE crm.segment_members (
    org_id      uuid        NOT NULL,
    segment_id  uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    entered_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, segment_id, contact_id)
);
SELECT platform.protect('crm.segment_members');

-- Who entered and left: one row for up to 1,000 people and not one each. Rows older than the history
-- that is kept are deleted by schedule; there are few of them.
CREATE TABLE crm.segment_changes (
    org_id      uuid        NOT NULL,
    segment_id  uuid        NOT NULL,
    at          timestamptz NOT NULL,
    -- Tells the rows of one rebuild apart.
    part        int         NOT NULL,
    entered     uuid[]      NOT NULL,
    departed    uuid[]      NOT NULL,
    PRIMARY KEY (org_id, segment_id, at, part)
);
-- Identifiers do not compress; trying costs more than writing them.
ALTER TABLE crm.segment_changes ALTER COLUMN entered SET STORAGE EXTERNAL, ALTER COLUMN departed SET STORAGE EXTERNAL;
CREATE INDEX segment_changes_by_age ON crm.segment_changes (at);
SELECT platform.protect('crm.segment_changes');
