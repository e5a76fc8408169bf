-- Who stands in a stage, and whom somebody looks after. Contacts that have neither cost nothing.
CREATE INDEX contacts_by_stage ON crm.contacts (org_id, stage_id, id) WHERE stage_id IS NOT NULL;
CREATE INDEX contacts_by_owner ON crm.contacts (org_id, owner_id, id) WHERE owner_id IS NOT NULL;

-- Pairs of contacts that may be one person, as the last search found them.
CREATE TABLE crm.duplicates (
    org_id        uuid        NOT NULL,
    -- The older of the two.
    first_id      uuid        NOT NULL,
    second_id     uuid        NOT NULL,
    -- 'email', 'phone', 'external_id', 'name': what makes them alike.
    reasons       text[]      NOT NULL,
    -- The more, the likelier.
    score         int         NOT NULL,
    found_at      timestamptz NOT NULL,
    -- Somebody said that they are two people.
    dismissed_at  timestamptz,
    PRIMARY KEY (org_id, first_id, second_id)
);
CREATE INDEX duplicates_by_second ON crm.duplicates (org_id, second_id);
CREATE INDEX duplicates_by_score ON crm.duplicates (org_id, score DESC, first_id, second_id)
    WHERE dismissed_at IS NULL;
SELECT platform.protect('crm.duplicates');

-- The last search of each organisation.
CREATE TABLE crm.duplicate_searches (
    org_id       uuid        NOT NULL,
    job_id       uuid        NOT NULL,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    found        bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id)
);
SELECT platform.protect('crm.duplicate_searches');
