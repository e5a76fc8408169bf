-- What happened to contacts and what they did: the timeline, and what segments ask about activity.
--
-- Names: email_sent, email_failed, email_bounced, email_opened, email_clicked, unsubscribed.
CREATE TABLE crm.events (
    org_id       uuid        NOT NULL,
    contact_id   uuid        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    id           uuid        NOT NULL,
    name         text        COLLATE "C" NOT NULL,
    -- What it came from, where it came from one.
    message_id   uuid,
    campaign_id  uuid,
    -- url, reason: whatever else belongs to it.
    properties   jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (org_id, contact_id, occurred_at, id)
) PARTITION BY RANGE (occurred_at);
-- Read by segments without touching the table.
CREATE INDEX events_by_name ON crm.events (org_id, name, occurred_at) INCLUDE (contact_id, campaign_id);
SELECT platform.protect('crm.events');
SELECT platform.ensure_partitions('crm.events', 'month', 3, NULL);
-- Where rows land that are older than the first partition, or newer than the last.
CREATE TABLE crm.events_rest PARTITION OF crm.events DEFAULT;
