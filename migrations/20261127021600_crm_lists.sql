-- The list of contacts: its saved views, what was done to many at once, and files taken out of it.

-- Whom lists show unless they are asked for visitors too. Anonymous visitors may be newer than all
-- others and many times as many, so passing over them one by one would be slow.
CREATE INDEX contacts_known ON crm.contacts (org_id, id) WHERE NOT anonymous;
CREATE INDEX contacts_known_by_update ON crm.contacts (org_id, updated_at, id) WHERE NOT anonymous;

CREATE TABLE crm.contact_views (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL CHECK (name <> ''),
    -- The query string of the list: search, filters, order and columns, as one address has them.
    query       text        NOT NULL,
    owner_id    uuid        NOT NULL,
    -- Seen by everybody of the organisation, or by the owner alone.
    shared      boolean     NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
SELECT platform.protect('crm.contact_views');

CREATE TABLE crm.exports (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    format       text        NOT NULL CHECK (format IN ('csv', 'xlsx')),
    -- Whom it takes out, as domain::selection writes it; relative dates are seen from created_at.
    selection    jsonb       NOT NULL,
    -- The selection in words.
    sentence     text        NOT NULL,
    columns      text[]      NOT NULL,
    state        text        NOT NULL CHECK (state IN ('running', 'finished', 'cancelled', 'failed', 'expired')),
    job_id       uuid,
    -- Where the file lies; NULL until it is whole, and once it is gone.
    object_key   jsonb,
    rows         bigint      NOT NULL DEFAULT 0,
    size_bytes   bigint      NOT NULL DEFAULT 0,
    -- NULL for a program.
    created_by   uuid,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX exports_by_state ON crm.exports (state, finished_at);
SELECT platform.protect('crm.exports');
