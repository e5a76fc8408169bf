-- Files of contacts, from the upload to the report.
CREATE TABLE crm.imports (
    org_id        uuid        NOT NULL,
    id            uuid        NOT NULL,
    file_name     text        NOT NULL,
    -- Where the bytes lie in the object store; NULL once they are gone.
    object_key    jsonb,
    size_bytes    bigint      NOT NULL DEFAULT 0,
    state         text        NOT NULL CHECK (state IN
                      ('uploading', 'mapping', 'checking', 'checked', 'importing', 'finished', 'cancelled', 'failed')),
    -- Delimiter, encoding, header, as detected or corrected.
    dialect       jsonb,
    -- The header's cells, or column numbers.
    columns       text[]      NOT NULL DEFAULT '{}',
    -- What each column becomes, the identity, the overwrite rule, the tags for all.
    mapping       jsonb,
    -- The job that checks or imports at present, or did last.
    job_id        uuid,
    -- What the dry run found: counts and sample differences.
    dry_run       jsonb,
    -- What the import did, kept in step with the job's checkpoint.
    bytes_read    bigint      NOT NULL DEFAULT 0,
    created       bigint      NOT NULL DEFAULT 0,
    updated       bigint      NOT NULL DEFAULT 0,
    unchanged     bigint      NOT NULL DEFAULT 0,
    rejected      bigint      NOT NULL DEFAULT 0,
    -- How many rows were rejected for which reason.
    reasons       jsonb       NOT NULL DEFAULT '{}',
    -- Why it failed, as a short word.
    problem       text,
    created_by    uuid,
    created_at    timestamptz NOT NULL,
    started_at    timestamptz,
    finished_at   timestamptz,
    PRIMARY KEY (org_id, id)
);
-- For the schedules that look after abandoned and finished ones.
CREATE INDEX imports_by_state ON crm.imports (state, created_at);
SELECT platform.protect('crm.imports');

-- Rows that were not imported, as they stood in the file, and why.
CREATE TABLE crm.import_rejects (
    org_id      uuid   NOT NULL,
    import_id   uuid   NOT NULL,
    -- The number of the record, the first after the header being 1.
    row_number  bigint NOT NULL,
    -- The line it begins at.
    line        bigint NOT NULL,
    reason      text   NOT NULL,
    -- The column that is to blame, or empty.
    column_name text   NOT NULL DEFAULT '',
    cells       text[] NOT NULL,
    PRIMARY KEY (org_id, import_id, row_number)
);
SELECT platform.protect('crm.import_rejects');
