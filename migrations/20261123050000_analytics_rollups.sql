-- Roll-ups: what pages and reports read, kept by subscribers of the outbox.

CREATE SCHEMA analytics;
SELECT platform.open_schema('analytics');

-- What happened to the messages of a campaign in one hour.
CREATE TABLE analytics.hourly_messages (
    org_id       uuid        NOT NULL,
    hour         timestamptz NOT NULL,
    campaign_id  uuid        NOT NULL,
    sent         bigint      NOT NULL DEFAULT 0,
    not_sent     bigint      NOT NULL DEFAULT 0,
    bounced      bigint      NOT NULL DEFAULT 0,
    opened       bigint      NOT NULL DEFAULT 0,
    opens        bigint      NOT NULL DEFAULT 0,
    clicked      bigint      NOT NULL DEFAULT 0,
    clicks       bigint      NOT NULL DEFAULT 0,
    unsubscribed bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, hour, campaign_id)
);
CREATE INDEX hourly_messages_of_campaign ON analytics.hourly_messages (org_id, campaign_id, hour);
SELECT platform.protect('analytics.hourly_messages');

-- What was clicked. An address may be longer than an index entry, so its hash stands in the key.
CREATE TABLE analytics.links (
    org_id      uuid   NOT NULL,
    campaign_id uuid   NOT NULL,
    url_hash    bytea  NOT NULL,
    url         text   NOT NULL,
    clicked     bigint NOT NULL DEFAULT 0,
    clicks      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, campaign_id, url_hash)
);
SELECT platform.protect('analytics.links');

-- What is known of campaigns, from their own facts.
CREATE TABLE analytics.campaigns (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    name         text        NOT NULL,
    launched_at  timestamptz NOT NULL,
    finished_at  timestamptz,
    outcome      text,
    matching     bigint      NOT NULL DEFAULT 0,
    reachable    bigint      NOT NULL DEFAULT 0,
    will_receive bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX campaigns_newest ON analytics.campaigns (org_id, launched_at DESC, id);
SELECT platform.protect('analytics.campaigns');

-- Contacts that came and went, by day of UTC and by where they came from.
CREATE TABLE analytics.daily_contacts (
    org_id  uuid   NOT NULL,
    day     date   NOT NULL,
    source  text   NOT NULL,
    created bigint NOT NULL DEFAULT 0,
    deleted bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, day, source)
);
SELECT platform.protect('analytics.daily_contacts');
