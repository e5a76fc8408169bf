-- Two contacts that turned out to be one person, and what is needed to part them again.

CREATE TABLE crm.contact_merges (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    winner_id    uuid        NOT NULL,
    loser_id     uuid        NOT NULL,
    at           timestamptz NOT NULL,
    -- 'user', 'api_key', 'system'; and which.
    actor        text        NOT NULL,
    actor_id     uuid,
    -- What the loser was called, for the winner's page; may be empty.
    loser_name   text        NOT NULL,
    -- The loser's row; NULL once it is too late to part them.
    loser        jsonb,
    undone_at    timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX contact_merges_by_winner ON crm.contact_merges (org_id, winner_id, at);
CREATE INDEX contact_merges_by_loser ON crm.contact_merges (org_id, loser_id, at);
CREATE INDEX contact_merges_by_age ON crm.contact_merges (at) WHERE loser IS NOT NULL;
SELECT platform.protect('crm.contact_merges');

-- Which rows of other tables went from the loser to the winner. Of rows that both had, also what stood
-- there before: `lost` is the loser's, `kept` the winner's if there was one, `merged` what became of them.
CREATE TABLE crm.merged_rows (
    org_id    uuid NOT NULL,
    merge_id  uuid NOT NULL,
    -- The table.
    kind      text COLLATE "C" NOT NULL,
    key       text COLLATE "C" NOT NULL,
    lost      jsonb,
    kept      jsonb,
    merged    jsonb,
    PRIMARY KEY (org_id, merge_id, kind, key)
);
SELECT platform.protect('crm.merged_rows');
