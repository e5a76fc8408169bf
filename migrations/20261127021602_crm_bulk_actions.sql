-- What was done to many contacts at once.

CREATE TABLE crm.bulk_actions (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    -- As domain::bulk writes it.
    action       jsonb       NOT NULL,
    -- To whom, as domain::selection writes it; relative dates are seen from created_at.
    selection    jsonb       NOT NULL,
    -- To whom, in words.
    sentence     text        NOT NULL,
    state        text        NOT NULL CHECK (state IN
                     ('running', 'finished', 'cancelled', 'failed', 'undoing', 'undone')),
    -- The job that does it or takes it back, or did last.
    job_id       uuid,
    -- How many were counted when it was confirmed; NULL when that would have taken too long.
    expected     bigint,
    -- Kept in step with the job's checkpoint.
    done         bigint      NOT NULL DEFAULT 0,
    changed      bigint      NOT NULL DEFAULT 0,
    undone       bigint      NOT NULL DEFAULT 0,
    -- A word for what it could not do, when it failed.
    problem      text,
    actor        text        NOT NULL,
    actor_id     uuid,
    created_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX bulk_actions_by_state ON crm.bulk_actions (state, created_at) WHERE state IN ('running', 'undoing');
SELECT platform.protect('crm.bulk_actions');
