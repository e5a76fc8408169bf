-- Nine more types of field, and what can be said of a field besides its type.

ALTER TABLE crm.fields DROP CONSTRAINT fields_type_check;
ALTER TABLE crm.fields ADD CONSTRAINT fields_type_check CHECK (type IN (
    'text', 'textarea', 'html', 'number', 'boolean', 'date', 'datetime', 'time', 'select', 'multiselect',
    'lookup', 'email', 'phone', 'url', 'country', 'region', 'locale', 'timezone'));

ALTER TABLE crm.fields
    -- Forms and the creation of one by the API are refused without it; files and events are not.
    ADD COLUMN required            boolean  NOT NULL DEFAULT false,
    -- Shown on the page of a contact or record.
    ADD COLUMN visible             boolean  NOT NULL DEFAULT true,
    -- Offered as a column of lists.
    ADD COLUMN listable            boolean  NOT NULL DEFAULT false,
    -- May be set by whoever visits a site: by tracking and by public forms.
    ADD COLUMN publicly_updatable  boolean  NOT NULL DEFAULT false,
    -- No two contacts, or records of the object, have the same value: see crm.unique_values.
    ADD COLUMN unique_identifier   boolean  NOT NULL DEFAULT false,
    -- The most characters of a text; NULL for what its type takes.
    ADD COLUMN max_length          int      CHECK (max_length > 0),
    -- What somebody new has when nothing else is said; typed as values are.
    ADD COLUMN default_value       jsonb,
    -- Under which heading it stands: 'core', 'social', 'personal', 'professional', or one of the
    -- organisation's own.
    ADD COLUMN field_group         text     NOT NULL DEFAULT 'core' CHECK (field_group <> ''),
    ADD COLUMN position            int      NOT NULL DEFAULT 0;

-- The values of fields that are unique, and whose they are. An index on the attributes would have to
-- be made for each such field of each organisation; this one key serves all.
CREATE TABLE crm.unique_values (
    org_id    uuid  NOT NULL,
    field_id  uuid  NOT NULL,
    -- As text in small letters: capitals do not make another identifier.
    value     text  COLLATE "C" NOT NULL,
    -- A contact or a record.
    owner_id  uuid  NOT NULL,
    PRIMARY KEY (org_id, field_id, value)
);
CREATE INDEX unique_values_by_owner ON crm.unique_values (org_id, owner_id);
SELECT platform.protect('crm.unique_values');
