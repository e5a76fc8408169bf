-- What imports say of topics.

ALTER TABLE crm.imports
    -- Subscriptions that it made, and those that it did not make because somebody had opted out.
    ADD COLUMN subscribed  bigint NOT NULL DEFAULT 0,
    ADD COLUMN skipped     bigint NOT NULL DEFAULT 0;

-- The first of the subscriptions that were not made, by their rows; whose they were is not kept.
CREATE TABLE crm.import_skips (
    org_id      uuid    NOT NULL,
    import_id   uuid    NOT NULL,
    row_number  bigint  NOT NULL,
    line        bigint  NOT NULL,
    topic_id    uuid    NOT NULL,
    -- 'do_not_contact', 'opted_out'.
    reason      text    NOT NULL,
    PRIMARY KEY (org_id, import_id, row_number, topic_id)
);
SELECT platform.protect('crm.import_skips');
