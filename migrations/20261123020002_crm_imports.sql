-- Files of contacts, from the upload to the report.
CREATE TABLE crm.imports (
    org_id        uuid        NOT NULL,
    id            uuid        NOT NULL,
    file_name     text        NOT NULL,
    -- Where the bytes lie in the object store, and how many there are.
    object_key    text        NOT NULL,
    size_bytes    bigint      NOT NULL,
    state         text        NOT NULL CHECK (state IN
                      ('mapping', 'checking', 'checked', 'importing', 'finished', 'cancelled', 'failed')),
    -- Delimiter, encoding, header, as detected or corrected.
    dialect       jsonb       NOT NULL,
    -- The header (or column numbers) and the first rows, to choose a mapping by.
    columns       text[]      NOT NULL,
    sample        jsonb       NOT NULL,
    -- What each column becomes, the identity, the overwrite rule, the tags for all.
    mapping       jsonb,
    -- The job that checks or imports at present, or did last.
    job_id        uuid,
    -- What the dry run found: counts and sample differences.
    dry_run       jsonb,
    -- What the import did, kept in step with the job's checkpoint.
    rows_read     bigint      NOT NULL DEFAULT 0,
    created       bigint      NOT NULL DEFAULT 0,
    updated       bigint      NOT NULL DEFAULT 0,
    unchanged     bigint      NOT NULL DEFAULT 0,
    rejected      bigint      NOT NULL DEFAULT 0,
    error         text,
    created_by    uuid,
    created_at    timestamptz NOT NULL,
    started_at    timestamptz,
    finished_at   timestamptz,
    PRIMARY KEY (org_id, id)
);
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
    "column"    text   NOT NULL DEFAULT '',
    cells       text[] NOT NULL,
    PRIMARY KEY (org_id, import_id, row_number)
);
SELECT platform.protect('crm.import_rejects');
