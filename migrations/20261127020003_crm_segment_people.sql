-- Segments in categories, and people who stand in a segment, or out of it, whatever its rule says.

CREATE TABLE crm.categories (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL CHECK (name <> ''),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX categories_name ON crm.categories (org_id, lower(name));
SELECT platform.protect('crm.categories');

ALTER TABLE crm.segments ADD COLUMN category_id uuid;

CREATE TABLE crm.segment_overrides (
    org_id      uuid        NOT NULL,
    segment_id  uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    included    boolean     NOT NULL,
    actor       text        NOT NULL,
    actor_id    uuid,
    at          timestamptz NOT NULL,
    PRIMARY KEY (org_id, segment_id, contact_id)
);
SELECT platform.protect('crm.segment_overrides');
