-- Files of records: companies, and what an organisation defines itself.

ALTER TABLE crm.imports
    -- What the rows become: 'contacts', or the key of an object.
    ADD COLUMN object text COLLATE "C" NOT NULL DEFAULT 'contacts';

ALTER TABLE crm.import_templates
    ADD COLUMN object text COLLATE "C" NOT NULL DEFAULT 'contacts';
DROP INDEX crm.import_templates_name;
CREATE UNIQUE INDEX import_templates_name ON crm.import_templates (org_id, object, lower(name));

-- What an import did to each record, so that it can be taken back. Contacts have crm.contact_changes
-- for that.
CREATE TABLE crm.import_records (
    org_id     uuid        NOT NULL,
    import_id  uuid        NOT NULL,
    record_id  uuid        NOT NULL,
    -- Whether the import made it.
    created    boolean     NOT NULL,
    -- The record's updated_at as the import left it: another one shows that it was touched since.
    left_at    timestamptz NOT NULL,
    -- What changed of one that existed, by the names of changes: found and left.
    before     jsonb       NOT NULL DEFAULT '{}',
    after      jsonb       NOT NULL DEFAULT '{}',
    -- Whom it linked the record with. Those who are erased are taken out.
    contacts   uuid[]      NOT NULL DEFAULT '{}',
    -- Links of records that it made and, of relations that have one, ended: [relation, from, to].
    linked     jsonb       NOT NULL DEFAULT '[]',
    parted     jsonb       NOT NULL DEFAULT '[]',
    PRIMARY KEY (org_id, import_id, record_id)
);
CREATE INDEX import_records_by_record ON crm.import_records (org_id, record_id);
SELECT platform.protect('crm.import_records');
