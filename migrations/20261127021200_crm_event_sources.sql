-- Where events come from, how they are told apart, what is known of their names, and the devices
-- that people were met on.

-- A site, an app or a server that sends events, by its write key.
CREATE TABLE crm.sources (
    org_id             uuid        NOT NULL,
    id                 uuid        NOT NULL,
    name               text        NOT NULL CHECK (name <> ''),
    kind               text        NOT NULL CHECK (kind IN ('website', 'server', 'mobile', 'mautic')),
    -- Public, since browsers carry it: it lets events in and nothing out. So it is stored as it is.
    write_key          text        COLLATE "C" NOT NULL,
    enabled            boolean     NOT NULL DEFAULT true,
    -- Answers say what is wrong, also without the header X-Strict-Mode.
    strict             boolean     NOT NULL DEFAULT false,
    -- Traits that no field exists for make one.
    create_fields      boolean     NOT NULL DEFAULT false,
    -- The snippet waits for consent.
    consent_required   boolean     NOT NULL DEFAULT true,
    -- Of pages that may send, as https://www.example.com; empty allows all.
    allowed_origins    text[]      NOT NULL DEFAULT '{}',
    events_per_second  int         NOT NULL DEFAULT 1000 CHECK (events_per_second BETWEEN 1 AND 1000000),
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX sources_name ON crm.sources (org_id, lower(name));
-- Whose an event is, is found by the key alone.
CREATE UNIQUE INDEX sources_write_key ON crm.sources (write_key);
SELECT platform.protect('crm.sources');

ALTER TABLE crm.events
    -- A row of crm.sources; NULL for what the platform itself noted.
    ADD COLUMN source_id  uuid,
    -- Page, campaign and library, as far as the sender told them.
    ADD COLUMN context    jsonb;

-- Which messages have arrived, so that one that is sent again counts once: a day's worth a partition,
-- dropped when it is old. A row's key is a digest of the source and the messageId.
CREATE TABLE crm.event_keys (
    org_id  uuid NOT NULL,
    key     uuid NOT NULL,
    day     timestamptz NOT NULL,
    PRIMARY KEY (org_id, key, day)
) PARTITION BY RANGE (day);
SELECT platform.protect('crm.event_keys');
SELECT platform.ensure_partitions('crm.event_keys', 'day', 3, NULL);
CREATE TABLE crm.event_keys_rest PARTITION OF crm.event_keys DEFAULT;

-- Names of events that have come in, for pickers and for the catalogue.
CREATE TABLE crm.event_names (
    org_id         uuid        NOT NULL,
    name           text        COLLATE "C" NOT NULL CHECK (name <> ''),
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    -- Names of properties with the types of their values: {"total": ["number"]}.
    properties     jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (org_id, name)
);
SELECT platform.protect('crm.event_names');

-- How often, by day.
CREATE TABLE crm.event_name_days (
    org_id  uuid   NOT NULL,
    name    text   COLLATE "C" NOT NULL,
    day     date   NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (org_id, name, day)
);
SELECT platform.protect('crm.event_name_days');

-- What each batch adds to the two tables above; added up by schedule. Only ever inserted into, so that
-- batches do not wait for each other at the row of a name.
CREATE TABLE crm.event_tallies (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    count       bigint      NOT NULL,
    properties  jsonb       NOT NULL,
    PRIMARY KEY (org_id, id)
);
SELECT platform.protect('crm.event_tallies');

-- The last events as they came, with what became of them, for the debugger. A few hundred rows an
-- organisation.
CREATE TABLE crm.event_log (
    org_id       uuid        NOT NULL,
    -- A UUIDv7: the order of arrival.
    id           uuid        NOT NULL,
    -- NULL for what came by the API.
    source_id    uuid,
    received_at  timestamptz NOT NULL,
    type         text        COLLATE "C" NOT NULL,
    name         text        COLLATE "C" NOT NULL,
    -- 'accepted', 'repeated', 'rejected'.
    outcome      text        NOT NULL CHECK (outcome IN ('accepted', 'repeated', 'rejected')),
    -- Why it was rejected, or what of an accepted one was left out.
    reasons      text[]      NOT NULL DEFAULT '{}',
    contact_id   uuid,
    -- Its sender seems to be a program.
    bot          boolean     NOT NULL DEFAULT false,
    -- As it came, cut where it is long.
    raw          text        NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX event_log_by_contact ON crm.event_log (org_id, contact_id) WHERE contact_id IS NOT NULL;
SELECT platform.protect('crm.event_log');

-- Two identified people that an event says are one. They are never merged by that: somebody decides.
CREATE TABLE crm.identity_conflicts (
    org_id            uuid        NOT NULL,
    id                uuid        NOT NULL,
    -- Whom the event was counted for, and who else claims the identifier.
    contact_id        uuid        NOT NULL,
    other_contact_id  uuid        NOT NULL,
    -- 'anonymous_id', 'email', 'external_id'; and which.
    kind              text        NOT NULL CHECK (kind IN ('anonymous_id', 'email', 'external_id')),
    value             text        NOT NULL,
    source_id         uuid,
    at                timestamptz NOT NULL,
    resolved_at       timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX identity_conflicts_once
    ON crm.identity_conflicts (org_id, contact_id, other_contact_id, kind, value);
CREATE INDEX identity_conflicts_by_other ON crm.identity_conflicts (org_id, other_contact_id);
SELECT platform.protect('crm.identity_conflicts');

-- What people were met on: browsers by their anonymous ID, phones by the ID of the app's installation.
CREATE TABLE crm.devices (
    org_id         uuid        NOT NULL,
    contact_id     uuid        NOT NULL,
    id             uuid        NOT NULL,
    device_key     text        COLLATE "C" NOT NULL CHECK (device_key <> ''),
    platform       text        NOT NULL CHECK (platform IN ('ios', 'android', 'web', 'desktop', 'other')),
    os             text        NOT NULL DEFAULT '',
    os_version     text        NOT NULL DEFAULT '',
    model          text        NOT NULL DEFAULT '',
    browser        text        NOT NULL DEFAULT '',
    app_version    text        NOT NULL DEFAULT '',
    -- Where push messages go; NULL when there is none.
    push_token     text,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, contact_id, id)
);
CREATE UNIQUE INDEX devices_key ON crm.devices (org_id, contact_id, device_key);
SELECT platform.protect('crm.devices');
