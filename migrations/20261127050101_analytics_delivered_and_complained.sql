-- What providers and mailboxes report of messages that were taken over.
ALTER TABLE analytics.hourly_messages
    ADD COLUMN delivered bigint NOT NULL DEFAULT 0,
    ADD COLUMN complained bigint NOT NULL DEFAULT 0;
ALTER TABLE analytics.campaigns
    ADD COLUMN delivered bigint NOT NULL DEFAULT 0,
    ADD COLUMN complained bigint NOT NULL DEFAULT 0;
