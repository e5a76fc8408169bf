-- Imports by phone number and taken back, and mappings that are kept for the next file.

-- An import whose rows are told apart by phone number looks people up by it.
CREATE INDEX contacts_by_phone ON crm.contacts (org_id, phone) WHERE phone <> '';

ALTER TABLE crm.imports DROP CONSTRAINT imports_state_check;
ALTER TABLE crm.imports ADD CONSTRAINT imports_state_check CHECK (state IN
    ('uploading', 'mapping', 'checking', 'checked', 'importing', 'finished', 'cancelled', 'failed', 'undoing', 'undone'));
ALTER TABLE crm.imports
    -- The template whose mapping was taken, by its name then.
    ADD COLUMN template  text,
    -- What taking it back did: contacts that were deleted, contacts that were given values back.
    ADD COLUMN removed   bigint NOT NULL DEFAULT 0,
    ADD COLUMN restored  bigint NOT NULL DEFAULT 0;

CREATE TABLE crm.import_templates (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL CHECK (name <> ''),
    -- The names of the columns, in the order of the file that it was made from.
    columns     text[]      NOT NULL,
    -- As crm.imports has it.
    mapping     jsonb       NOT NULL,
    created_by  uuid,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX import_templates_name ON crm.import_templates (org_id, lower(name));
SELECT platform.protect('crm.import_templates');
