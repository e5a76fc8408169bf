-- Consent that imports and changes to many take down, and how both are taken back.

CREATE INDEX consents_by_source ON crm.consents (org_id, source_id, contact_id) WHERE source_id IS NOT NULL;

-- Where people stood whom a change to many put into a segment or took out.
CREATE TABLE crm.bulk_overrides (
    org_id      uuid     NOT NULL,
    action_id   uuid     NOT NULL,
    id          uuid     NOT NULL,
    contact_id  uuid     NOT NULL,
    -- NULL: the rule of the segment decided.
    included    boolean,
    PRIMARY KEY (org_id, action_id, id)
);
CREATE INDEX bulk_overrides_by_contact ON crm.bulk_overrides (org_id, contact_id);
SELECT platform.protect('crm.bulk_overrides');
