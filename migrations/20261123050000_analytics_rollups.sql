-- Roll-ups of what happened: everything that the dashboard and reports show, and nothing else is
-- asked for them. Kept by subscribers, whose cursors commit with these rows, so that each fact counts
-- once.

CREATE SCHEMA analytics;
SELECT platform.open_schema('analytics');

-- What happened to the messages of a campaign in one hour. What a person sent to look at a template
-- is no statistic.
CREATE TABLE analytics.hourly_messages (
    org_id        uuid        NOT NULL,
    hour          timestamptz NOT NULL,
    campaign_id   uuid        NOT NULL,
    sent          bigint      NOT NULL,
    not_sent      bigint      NOT NULL,
    bounced       bigint      NOT NULL,
    opened        bigint      NOT NULL,
    opens         bigint      NOT NULL,
    clicked       bigint      NOT NULL,
    clicks        bigint      NOT NULL,
    unsubscribed  bigint      NOT NULL,
    PRIMARY KEY (org_id, hour, campaign_id)
);
CREATE INDEX hourly_messages_of_campaign ON analytics.hourly_messages (org_id, campaign_id, hour);
SELECT platform.protect('analytics.hourly_messages');

-- Clicks of each link of a campaign.
CREATE TABLE analytics.links (
    org_id       uuid   NOT NULL,
    campaign_id  uuid   NOT NULL,
    url          text   NOT NULL,
    -- Stands for the address in the key, since an address may be longer than an index entry.
    digest       uuid   NOT NULL GENERATED ALWAYS AS (md5(url)::uuid) STORED,
    clicked      bigint NOT NULL,
    clicks       bigint NOT NULL,
    PRIMARY KEY (org_id, campaign_id, digest)
);
SELECT platform.protect('analytics.links');

-- Campaigns with their totals over all time. A row comes into being with whichever is told first,
-- the launch or the first message.
CREATE TABLE analytics.campaigns (
    org_id        uuid        NOT NULL,
    id            uuid        NOT NULL,
    name          text        NOT NULL DEFAULT '',
    state         text        NOT NULL DEFAULT 'running'
                              CHECK (state IN ('running', 'paused', 'completed', 'cancelled')),
    launched_at   timestamptz,
    finished_at   timestamptz,
    matching      bigint      NOT NULL DEFAULT 0,
    reachable     bigint      NOT NULL DEFAULT 0,
    will_receive  bigint      NOT NULL DEFAULT 0,
    sent          bigint      NOT NULL DEFAULT 0,
    not_sent      bigint      NOT NULL DEFAULT 0,
    bounced       bigint      NOT NULL DEFAULT 0,
    opened        bigint      NOT NULL DEFAULT 0,
    opens         bigint      NOT NULL DEFAULT 0,
    clicked       bigint      NOT NULL DEFAULT 0,
    clicks        bigint      NOT NULL DEFAULT 0,
    unsubscribed  bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX campaigns_by_launch ON analytics.campaigns (org_id, launched_at, id) WHERE launched_at IS NOT NULL;
CREATE INDEX campaigns_under_way ON analytics.campaigns (org_id, launched_at)
    WHERE launched_at IS NOT NULL AND state IN ('running', 'paused');
SELECT platform.protect('analytics.campaigns');

-- Contacts that came and went, by day of UTC and by where they came from.
CREATE TABLE analytics.daily_contacts (
    org_id   uuid   NOT NULL,
    day      date   NOT NULL,
    -- Empty for those who went.
    source   text   NOT NULL,
    created  bigint NOT NULL,
    deleted  bigint NOT NULL,
    PRIMARY KEY (org_id, day, source)
);
SELECT platform.protect('analytics.daily_contacts');
