-- How much may be sent by whom to whom: limits, warm-up, brakes, and the counts that they go by.

-- Accounts of the same rank share what is sent, by weight.
ALTER TABLE delivery.providers ADD COLUMN weight integer NOT NULL DEFAULT 100 CHECK (weight BETWEEN 1 AND 1000);
ALTER TABLE delivery.providers ADD COLUMN messages_per_day integer CHECK (messages_per_day > 0);
-- Only mail from these sending domains; empty: from all.
ALTER TABLE delivery.providers ADD COLUMN domains uuid[] NOT NULL DEFAULT '{}';
-- Since when it is left alone because it failed again and again, and what it said; NULL while it works.
ALTER TABLE delivery.providers ADD COLUMN failing_since timestamptz;
ALTER TABLE delivery.providers ADD COLUMN failing_reason text;

CREATE TABLE delivery.organization_limits (
    org_id              uuid        NOT NULL PRIMARY KEY,
    messages_per_second integer     CHECK (messages_per_second > 0),
    messages_per_day    integer     CHECK (messages_per_day > 0),
    updated_at          timestamptz NOT NULL
);
SELECT platform.protect('delivery.organization_limits');

-- How much of a limit is used up in its present window.
CREATE TABLE delivery.limit_windows (
    org_id uuid        NOT NULL,
    -- 'org:second', 'org:day', 'account:<id>:day', 'account:<id>:<group>:day', 'domain:<id>:<group>:day'.
    key    text        COLLATE "C" NOT NULL,
    begins timestamptz NOT NULL,
    used   bigint      NOT NULL,
    PRIMARY KEY (org_id, key)
) WITH (fillfactor = 50);
SELECT platform.protect('delivery.limit_windows');

-- What became of messages by day, sender, account and whose mailboxes they went to; in pieces, as
-- batch_tallies are.
CREATE TABLE delivery.sending_tallies (
    org_id      uuid        NOT NULL,
    day         date        NOT NULL,
    -- The sending domain and the account; the zero UUID where there was none.
    domain_id   uuid        NOT NULL,
    provider_id uuid        NOT NULL,
    mx_group    text        NOT NULL,
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL,
    sent        integer     NOT NULL DEFAULT 0,
    deferred    integer     NOT NULL DEFAULT 0,
    bounced     integer     NOT NULL DEFAULT 0,
    complained  integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, day, domain_id, provider_id, mx_group, id)
);
CREATE INDEX sending_tallies_recent ON delivery.sending_tallies USING brin (at) WITH (pages_per_range = 16);
SELECT platform.protect('delivery.sending_tallies');

-- Mail from a domain to a mailbox provider that has to wait until a person says so.
CREATE TABLE delivery.brakes (
    org_id     uuid        NOT NULL,
    domain_id  uuid        NOT NULL,
    mx_group   text        NOT NULL,
    reason     text        NOT NULL CHECK (reason IN ('bounces', 'complaints')),
    -- Out of how many messages how many.
    messages   bigint      NOT NULL,
    harmful    bigint      NOT NULL,
    braked_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, domain_id, mx_group)
);
SELECT platform.protect('delivery.brakes');

-- A domain or an account that is made known to receivers little by little.
CREATE TABLE delivery.warm_ups (
    org_id     uuid        NOT NULL,
    subject    text        NOT NULL CHECK (subject IN ('domain', 'account')),
    subject_id uuid        NOT NULL,
    first_day  integer     NOT NULL,
    growth     integer     NOT NULL,
    target     integer     NOT NULL,
    state      text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused')),
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, subject, subject_id)
);
SELECT platform.protect('delivery.warm_ups');

-- How many a day might have, and why; what became of it stands in sending_tallies.
CREATE TABLE delivery.warm_up_days (
    org_id     uuid    NOT NULL,
    subject    text    NOT NULL,
    subject_id uuid    NOT NULL,
    day        date    NOT NULL,
    mx_group   text    NOT NULL,
    -- NULL: no limit any more.
    cap        integer,
    decision   text    NOT NULL,
    PRIMARY KEY (org_id, subject, subject_id, day, mx_group)
);
SELECT platform.protect('delivery.warm_up_days');
