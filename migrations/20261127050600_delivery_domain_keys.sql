-- Several keys a domain, what DNS says of its records, and a host of its own for links.

-- A key that a domain signs with. `private_key` is sealed, and gone once the key is retired.
CREATE TABLE delivery.domain_keys (
    org_id       uuid        NOT NULL,
    domain_id    uuid        NOT NULL,
    selector     text        NOT NULL,
    algorithm    text        NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
    private_key  bytea,
    public_key   text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('pending', 'active', 'retiring', 'retired')),
    -- What DNS last said of its record; NULL: nothing yet.
    published    boolean,
    created_at   timestamptz NOT NULL,
    activated_at timestamptz,
    retiring_at  timestamptz,
    retired_at   timestamptz,
    -- A selector is never used again: receivers remember what stood under it.
    PRIMARY KEY (org_id, domain_id, selector),
    CHECK (state = 'retired' OR private_key IS NOT NULL),
    CHECK (state <> 'active' OR activated_at IS NOT NULL),
    CHECK (state <> 'retiring' OR retiring_at IS NOT NULL)
);
CREATE INDEX domain_keys_retiring ON delivery.domain_keys (retiring_at) WHERE state = 'retiring';
SELECT platform.protect('delivery.domain_keys');

INSERT INTO delivery.domain_keys
    (org_id, domain_id, selector, algorithm, private_key, public_key, state, created_at, activated_at)
SELECT org_id, id, dkim_selector, dkim_algorithm, dkim_private_key, dkim_public_key, 'active', created_at,
       created_at
FROM delivery.domains
WHERE dkim_algorithm IS NOT NULL;

ALTER TABLE delivery.domains
    DROP COLUMN dkim_algorithm,
    DROP COLUMN dkim_selector,
    DROP COLUMN dkim_private_key,
    DROP COLUMN dkim_public_key,
    -- Where links of its mail lead, instead of the installation's own address.
    ADD COLUMN tracking_host        text,
    -- Since when that host has been seen to lead here; NULL: links do not use it.
    ADD COLUMN tracking_verified_at timestamptz,
    -- When an active key was first seen in DNS.
    ADD COLUMN verified_at          timestamptz,
    ADD COLUMN checked_at           timestamptz,
    -- When DNS is asked again; NULL: at once.
    ADD COLUMN next_check_at        timestamptz;
CREATE INDEX domains_next_check ON delivery.domains (next_check_at NULLS FIRST);
-- A host is one organisation's.
CREATE UNIQUE INDEX domains_tracking_host ON delivery.domains (tracking_host) WHERE tracking_verified_at IS NOT NULL;

-- What DNS says of each record that a domain needs.
CREATE TABLE delivery.domain_checks (
    org_id     uuid        NOT NULL,
    domain_id  uuid        NOT NULL,
    -- 'dkim:<selector>', 'spf', 'dmarc', 'mx', 'tracking'
    record     text        NOT NULL,
    -- What was last learnt; NULL: nothing yet, since every look-up failed.
    status     text        CHECK (status IN ('ok', 'missing', 'different')),
    found      text        NOT NULL DEFAULT '',
    -- Why the last look-up failed; NULL: it did not.
    failure    text,
    checked_at timestamptz NOT NULL,
    -- When it was last in order.
    ok_at      timestamptz,
    PRIMARY KEY (org_id, domain_id, record)
);
SELECT platform.protect('delivery.domain_checks');

-- Each time that the status of a record changed. Append-only.
CREATE TABLE delivery.domain_check_log (
    org_id    uuid        NOT NULL,
    domain_id uuid        NOT NULL,
    id        bigint      GENERATED ALWAYS AS IDENTITY,
    record    text        NOT NULL,
    before    text,
    status    text        NOT NULL,
    found     text        NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (org_id, domain_id, id)
);
SELECT platform.protect('delivery.domain_check_log');
