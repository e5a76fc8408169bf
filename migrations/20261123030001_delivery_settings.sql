-- How mail leaves: accounts, domains, the suppression list, the built-in inbox.

-- An account that mail is handed to. `secret` is sealed by the platform and never shown again.
CREATE TABLE delivery.providers (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    name         text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('smtp')),
    config       jsonb       NOT NULL,
    secret       bytea,
    -- Mail goes to the first one that is active and well; the others stand in.
    rank         integer     NOT NULL DEFAULT 0,
    state        text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    pause_reason text,
    paused_at    timestamptz,
    -- The last time that somebody pressed "test", and what came of it.
    tested_at    timestamptz,
    test_result  text,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX providers_name ON delivery.providers (org_id, lower(name));
SELECT platform.protect('delivery.providers');

-- How many messages an account has taken in the present second, over all engines.
CREATE TABLE delivery.provider_rates (
    org_id      uuid        NOT NULL,
    provider_id uuid        NOT NULL,
    second      timestamptz NOT NULL,
    used        integer     NOT NULL,
    PRIMARY KEY (org_id, provider_id)
) WITH (fillfactor = 50);
SELECT platform.protect('delivery.provider_rates');

-- A domain that mail is sent from, with the sender people see and the key that signs.
CREATE TABLE delivery.domains (
    org_id           uuid        NOT NULL,
    id               uuid        NOT NULL,
    domain           text        NOT NULL,
    from_local_part  text        NOT NULL,
    from_name        text        NOT NULL,
    reply_to         text,
    is_default       boolean     NOT NULL DEFAULT false,
    -- NULL: mail of this domain is not signed.
    dkim_algorithm   text        CHECK (dkim_algorithm IN ('rsa-sha256', 'ed25519-sha256')),
    dkim_selector    text,
    dkim_private_key bytea,
    dkim_public_key  text,
    state            text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
    pause_reason     text,
    paused_at        timestamptz,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((dkim_algorithm IS NULL) = (dkim_private_key IS NULL)),
    CHECK ((dkim_algorithm IS NULL) = (dkim_selector IS NULL)),
    CHECK ((dkim_algorithm IS NULL) = (dkim_public_key IS NULL))
);
CREATE UNIQUE INDEX domains_domain ON delivery.domains (org_id, domain);
CREATE UNIQUE INDEX domains_default ON delivery.domains (org_id) WHERE is_default;
SELECT platform.protect('delivery.domains');

-- Addresses that may not be written to, once for each reason: taking away one of them, a mailbox
-- that works again, must not take away another, a person's wish. Outlives the contact.
CREATE TABLE delivery.suppressions (
    org_id     uuid        NOT NULL,
    address    text        NOT NULL,
    reason     text        NOT NULL CHECK (reason IN (
                   'unsubscribed', 'hard_bounce', 'soft_bounces', 'complaint', 'manual')),
    note       text,
    -- The message that led here, if one did.
    message_id uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, address, reason)
);
CREATE INDEX suppressions_newest ON delivery.suppressions (org_id, created_at DESC, address DESC, reason DESC);
CREATE INDEX suppressions_prefix ON delivery.suppressions (org_id, address text_pattern_ops);
SELECT platform.protect('delivery.suppressions');

-- Who put an address on the list or took it off, and why. Append-only.
CREATE TABLE delivery.suppression_log (
    org_id  uuid        NOT NULL,
    id      bigint      GENERATED ALWAYS AS IDENTITY,
    address text        NOT NULL,
    action  text        NOT NULL CHECK (action IN ('added', 'removed')),
    reason  text        NOT NULL,
    note    text,
    user_id uuid,
    at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX suppression_log_address ON delivery.suppression_log (org_id, address, id);
SELECT platform.protect('delivery.suppression_log');

-- What the built-in inbox caught.
CREATE TABLE delivery.inbox_messages (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    from_address text        NOT NULL,
    to_address   text        NOT NULL,
    subject      text        NOT NULL,
    size         integer     NOT NULL,
    received_at  timestamptz NOT NULL,
    -- The whole message as it would have gone out.
    source       bytea       NOT NULL,
    PRIMARY KEY (org_id, id)
);
ALTER TABLE delivery.inbox_messages ALTER COLUMN source SET COMPRESSION lz4;
SELECT platform.protect('delivery.inbox_messages');
