-- What an organisation keeps records of besides contacts: companies, which are built in, and the
-- orders, courses or products that it defines itself.

CREATE TABLE crm.objects (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    -- The word in URLs, rules and templates: 'companies', 'orders'.
    key          text        COLLATE "C" NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    singular     text        NOT NULL CHECK (singular <> ''),
    plural       text        NOT NULL CHECK (plural <> ''),
    -- 'records' belong to contacts or to each other; a 'catalogue' is looked up when a message is sent.
    kind         text        NOT NULL CHECK (kind IN ('records', 'catalogue')),
    -- Companies: may be neither deleted nor renamed.
    built_in     boolean     NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX objects_key ON crm.objects (org_id, key);
SELECT platform.protect('crm.objects');

-- Fields of contacts have 'contacts' here, those of records their object's key.
ALTER TABLE crm.fields ADD COLUMN object text COLLATE "C" NOT NULL DEFAULT 'contacts';
DROP INDEX crm.fields_key;
CREATE UNIQUE INDEX fields_key ON crm.fields (org_id, object, key);

CREATE TABLE crm.records (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    object_id    uuid        NOT NULL,
    -- As another system calls it.
    external_id  text        COLLATE "C" CHECK (external_id <> ''),
    -- What lists show; of a company, its name.
    name         text        NOT NULL DEFAULT '',
    -- Typed by crm.fields as the attributes of contacts are.
    attributes   jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    owner_id     uuid,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    name_key     text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX records_external_id ON crm.records (org_id, object_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX records_by_name ON crm.records (org_id, object_id, name_key, id);
SELECT platform.protect('crm.records');

-- Whom a record belongs to.
CREATE TABLE crm.record_contacts (
    org_id      uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    object_id   uuid        NOT NULL,
    record_id   uuid        NOT NULL,
    -- What the person is to the record: 'buyer', 'decision maker'; may be empty.
    role        text        NOT NULL DEFAULT '',
    -- The company that stands for the person's company; at most one of an object.
    is_primary  boolean     NOT NULL DEFAULT false,
    linked_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, contact_id, object_id, record_id)
);
CREATE UNIQUE INDEX record_contacts_primary ON crm.record_contacts (org_id, contact_id, object_id) WHERE is_primary;
CREATE INDEX record_contacts_by_record ON crm.record_contacts (org_id, record_id, contact_id);
SELECT platform.protect('crm.record_contacts');

-- How objects relate to each other: an order has products.
CREATE TABLE crm.relations (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    from_object  uuid        NOT NULL,
    to_object    uuid        NOT NULL,
    -- The word in rules and templates, seen from the one and from the other side.
    key          text        COLLATE "C" NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    inverse_key  text        COLLATE "C" NOT NULL CHECK (inverse_key ~ '^[a-z][a-z0-9_]{0,62}$'),
    label        text        NOT NULL CHECK (label <> ''),
    -- Whether a record has at most one on the other side.
    single       boolean     NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX relations_key ON crm.relations (org_id, from_object, key);
SELECT platform.protect('crm.relations');

CREATE TABLE crm.record_links (
    org_id       uuid        NOT NULL,
    relation_id  uuid        NOT NULL,
    from_record  uuid        NOT NULL,
    to_record    uuid        NOT NULL,
    linked_at    timestamptz NOT NULL,
    PRIMARY KEY (org_id, relation_id, from_record, to_record)
);
CREATE INDEX record_links_backwards ON crm.record_links (org_id, to_record, relation_id, from_record);
SELECT platform.protect('crm.record_links');
