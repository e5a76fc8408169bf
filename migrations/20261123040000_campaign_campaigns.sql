-- Campaigns, and the one launch that each may have.

CREATE SCHEMA campaign;
SELECT platform.open_schema('campaign');

CREATE TABLE campaign.campaigns (
    org_id        uuid        NOT NULL,
    id            uuid        NOT NULL,
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    -- contracts::crm::AudienceSpec.
    audience      jsonb       NOT NULL,
    template_id   uuid,
    state         text        NOT NULL CHECK (state IN (
                      'draft', 'scheduled', 'launching', 'running', 'paused', 'completed', 'cancelled')),
    -- When it is to be sent; NULL is at once.
    scheduled_at  timestamptz,
    -- Which check refused the launch at that time; a person has to look.
    refused_by    text,
    -- Whether delivery still has to be told of the state. Set with the state, cleared once delivery
    -- has answered, so that a crash in between is made good by a schedule.
    untold        boolean     NOT NULL DEFAULT false,
    finished_at   timestamptz,
    -- Grows with every change that a person makes.
    version       bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK (state <> 'scheduled' OR scheduled_at IS NOT NULL),
    CHECK (refused_by IS NULL OR state = 'scheduled'),
    CHECK ((finished_at IS NOT NULL) = (state IN ('completed', 'cancelled')))
);
CREATE INDEX campaigns_by_state ON campaign.campaigns (org_id, state, id);
-- Work of the schedules, over all organisations.
CREATE INDEX campaigns_due ON campaign.campaigns (scheduled_at)
    WHERE state = 'scheduled' AND refused_by IS NULL;
CREATE INDEX campaigns_under_way ON campaign.campaigns (org_id, id)
    WHERE state IN ('launching', 'running', 'paused');
CREATE INDEX campaigns_untold ON campaign.campaigns (org_id, id) WHERE untold;
SELECT platform.protect('campaign.campaigns');

-- What was fixed at the launch, and how far making messages of it is. The primary key is the
-- promise that a campaign is launched once.
CREATE TABLE campaign.launches (
    org_id              uuid        NOT NULL,
    campaign_id         uuid        NOT NULL,
    launched_at         timestamptz NOT NULL,
    template_version_id uuid        NOT NULL,
    -- Who gets it, frozen by crm, until that is released.
    audience_id         uuid        NOT NULL,
    audience_released   boolean     NOT NULL DEFAULT false,
    batch_id            uuid        NOT NULL,
    -- Who works on it: platform.jobs.
    job_id              uuid        NOT NULL,
    -- contracts::crm::AudienceCounts; NULL until the audience is frozen.
    matching            bigint,
    reachable           bigint,
    will_receive        bigint,
    -- The last person of whom a message was made. Advances in the transaction that proves that the
    -- worker still holds the job, after delivery has taken the page.
    materialised_to      uuid,
    materialised         bigint      NOT NULL DEFAULT 0,
    materialised_at      timestamptz,
    PRIMARY KEY (org_id, campaign_id),
    CHECK (num_nulls(matching, reachable, will_receive) IN (0, 3)),
    CHECK (materialised_at IS NULL OR reachable IS NOT NULL)
);
CREATE INDEX launches_to_release ON campaign.launches (org_id, campaign_id) WHERE NOT audience_released;
SELECT platform.protect('campaign.launches');
