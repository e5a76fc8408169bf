-- The recipients of campaigns, frozen at their launch.

CREATE TABLE crm.audiences (
    org_id        uuid        NOT NULL,
    id            uuid        NOT NULL,
    -- Which segments went in and out.
    spec          jsonb       NOT NULL,
    matching      bigint      NOT NULL,
    reachable     bigint      NOT NULL,
    will_receive  bigint      NOT NULL,
    frozen_at     timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
SELECT platform.protect('crm.audiences');

-- Each person once an audience, however many of its segments they stand in.
CREATE TABLE crm.audience_members (
    org_id       uuid NOT NULL,
    audience_id  uuid NOT NULL,
    contact_id   uuid NOT NULL,
    PRIMARY KEY (org_id, audience_id, contact_id)
);
SELECT platform.protect('crm.audience_members');
