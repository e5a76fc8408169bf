-- What else is known of people: who looks after them, how far they have come, under which other
-- identifiers they are met, what was noted, and every change that was made.

ALTER TABLE crm.contacts
    -- A user of identity.
    ADD COLUMN owner_id  uuid,
    -- A row of crm.stages.
    ADD COLUMN stage_id  uuid,
    ADD COLUMN points    bigint  NOT NULL DEFAULT 0,
    -- Met on a site or in an app, and not yet known by an address or an identifier.
    ADD COLUMN anonymous boolean NOT NULL DEFAULT false;
ALTER TABLE crm.contacts DROP CONSTRAINT contacts_source_check;
ALTER TABLE crm.contacts ADD CONSTRAINT contacts_source_check
    CHECK (source IN ('manual', 'api', 'import', 'demo', 'event', 'form')) NOT VALID;

-- Under which identifiers somebody was met, besides the address and the external ID that stand in
-- crm.contacts: anonymous IDs of browsers and devices, and what merged contacts brought along.
CREATE TABLE crm.contact_identifiers (
    org_id         uuid        NOT NULL,
    kind           text        COLLATE "C" NOT NULL CHECK (kind IN ('anonymous_id', 'email', 'external_id', 'phone')),
    value          text        COLLATE "C" NOT NULL CHECK (value <> ''),
    contact_id     uuid        NOT NULL,
    first_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, kind, value)
);
CREATE INDEX contact_identifiers_by_contact ON crm.contact_identifiers (org_id, contact_id);
SELECT platform.protect('crm.contact_identifiers');

-- The audit of contacts: one row a contact and change, with what stood there before and after, by
-- the names of core fields, `attributes.<key>` and `tags`. A contact that came into being has no row
-- here: crm.contacts says when and by what. What an import or a bulk action overwrote is found by
-- `cause_id`, and given back from `before`.
CREATE TABLE crm.contact_changes (
    org_id      uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    at          timestamptz NOT NULL,
    id          uuid        NOT NULL,
    -- 'user', 'api_key', 'system'; and which.
    actor       text        NOT NULL,
    actor_id    uuid,
    -- 'form', 'api', 'import', 'bulk', 'event', 'merge', 'journey', 'preferences', 'undo'; and which.
    cause       text        NOT NULL,
    cause_id    uuid,
    before      jsonb       NOT NULL,
    after       jsonb       NOT NULL,
    PRIMARY KEY (org_id, contact_id, at, id)
) PARTITION BY RANGE (at);
CREATE INDEX contact_changes_by_cause ON crm.contact_changes (org_id, cause_id, contact_id) WHERE cause_id IS NOT NULL;
SELECT platform.protect('crm.contact_changes');
SELECT platform.ensure_partitions('crm.contact_changes', 'month', 3, NULL);
CREATE TABLE crm.contact_changes_rest PARTITION OF crm.contact_changes DEFAULT;

-- The funnel: how far somebody has come.
CREATE TABLE crm.stages (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    name         text        NOT NULL CHECK (name <> ''),
    description  text        NOT NULL DEFAULT '',
    -- The order in the funnel; stages are listed by it.
    weight       int         NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX stages_name ON crm.stages (org_id, lower(name));
SELECT platform.protect('crm.stages');

CREATE TABLE crm.stage_changes (
    org_id      uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    at          timestamptz NOT NULL,
    id          uuid        NOT NULL,
    from_stage  uuid,
    to_stage    uuid,
    actor       text        NOT NULL,
    actor_id    uuid,
    PRIMARY KEY (org_id, contact_id, at, id)
);
CREATE INDEX stage_changes_by_stage ON crm.stage_changes (org_id, to_stage, at) INCLUDE (contact_id);
SELECT platform.protect('crm.stage_changes');

CREATE TABLE crm.notes (
    org_id       uuid        NOT NULL,
    contact_id   uuid        NOT NULL,
    id           uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('general', 'email', 'call', 'meeting')),
    text         text        NOT NULL CHECK (text <> ''),
    -- When it took place, which may be another time than when it was written down.
    occurred_at  timestamptz NOT NULL,
    created_by   uuid,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, contact_id, id)
);
SELECT platform.protect('crm.notes');
