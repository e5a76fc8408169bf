-- What people are told of the jobs that they asked for.

ALTER TABLE platform.jobs
    -- What it is about; NULL for upkeep, which is shown to nobody.
    ADD COLUMN label           text,
    -- The page of what it works on.
    ADD COLUMN link            text,
    -- Where the API shows the items that it could not do.
    ADD COLUMN errors_url      text,
    ADD COLUMN started_by      uuid,
    ADD COLUMN started_by_name text;
CREATE INDEX jobs_shown ON platform.jobs (org_id, id DESC) WHERE label IS NOT NULL;
CREATE INDEX jobs_unfinished ON platform.jobs (org_id) WHERE label IS NOT NULL AND state IN ('queued', 'running');
