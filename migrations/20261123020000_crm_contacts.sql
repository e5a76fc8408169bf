-- Contacts, what is known of them, and the files they came from.

CREATE SCHEMA crm;
SELECT platform.open_schema('crm');

-- One row a person. Custom fields live in `attributes`, typed by crm.fields: no column and no row a
-- value.
--
-- Row-level security lets only LEAKPROOF operators reach an index: comparisons of uuid, timestamptz
-- and of text under COLLATE "C" are; lower(), LIKE, trigrams and the operators of jsonb and arrays
-- are not. So what people search and sort by is stored as a lower-cased key of its own and found by
-- a range, and the filter by tag has a table of its own (crm.contact_tags).
--
-- `id` is a UUIDv7 made from `created_at`, also when an import brings its own date: the order of the
-- primary key is the order of creation, and needs no index of its own.
CREATE TABLE crm.contacts (
    org_id          uuid        NOT NULL,
    id              uuid        NOT NULL,
    -- In lower case, as kernel::EmailAddress makes it.
    email           text        COLLATE "C" CHECK (email = lower(email)),
    external_id     text        COLLATE "C" CHECK (external_id <> ''),
    first_name      text        NOT NULL DEFAULT '',
    last_name       text        NOT NULL DEFAULT '',
    phone           text        NOT NULL DEFAULT '',
    company         text        NOT NULL DEFAULT '',
    city            text        NOT NULL DEFAULT '',
    country         text        NOT NULL DEFAULT '',
    -- BCP 47, or empty.
    locale          text        NOT NULL DEFAULT '',
    -- IANA, or empty.
    timezone        text        NOT NULL DEFAULT '',
    -- Sorted, each once.
    tags            text[]      NOT NULL DEFAULT '{}',
    -- Values as crm.fields types them: number and boolean as JSON's own, date as 2026-05-31,
    -- datetime as RFC 3339 in UTC with a Z, multiselect as an array of strings, all else as string.
    -- What is empty has no key.
    attributes      jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    source          text        NOT NULL CHECK (source IN ('manual', 'api', 'import', 'demo')),
    import_id       uuid,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    last_active_at  timestamptz,
    -- The name that lists show, in lower case: sorts the list, and finds "ann smi".
    name_key        text        COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(COALESCE(
                        NULLIF(btrim(first_name || ' ' || last_name), ''),
                        email COLLATE "default", external_id COLLATE "default", ''))) STORED,
    last_name_key   text        COLLATE "C" GENERATED ALWAYS AS (NULLIF(lower(last_name), '')) STORED,
    company_key     text        COLLATE "C" GENERATED ALWAYS AS (NULLIF(lower(company), '')) STORED,
    email_domain    text        COLLATE "C" GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED,
    PRIMARY KEY (org_id, id)
);
-- NULLs are distinct, so it also sorts the list by address; id is in it so that a search reads only
-- the index.
CREATE UNIQUE INDEX contacts_email ON crm.contacts (org_id, email) INCLUDE (id);
CREATE UNIQUE INDEX contacts_external_id ON crm.contacts (org_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contacts_by_name ON crm.contacts (org_id, name_key, id);
CREATE INDEX contacts_by_update ON crm.contacts (org_id, updated_at, id);
CREATE INDEX contacts_by_last_name ON crm.contacts (org_id, last_name_key, id) WHERE last_name_key IS NOT NULL;
CREATE INDEX contacts_by_company ON crm.contacts (org_id, company_key, id) WHERE company_key IS NOT NULL;
CREATE INDEX contacts_by_email_domain ON crm.contacts (org_id, email_domain, id) WHERE email_domain IS NOT NULL;
SELECT platform.protect('crm.contacts');

-- The tags that exist, for suggestions and lists.
CREATE TABLE crm.tags (
    org_id      uuid        NOT NULL,
    name        text        COLLATE "C" NOT NULL CHECK (name <> ''),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, name)
);
SELECT platform.protect('crm.tags');

-- contacts.tags turned round: an index that row-level security can use, which GIN is not. The array
-- is what is shown and what segments read; whoever writes it writes this in the same statement. As
-- ids are in the order of creation, the newest contacts with a tag are the end of a range.
CREATE TABLE crm.contact_tags (
    org_id      uuid NOT NULL,
    tag         text COLLATE "C" NOT NULL,
    contact_id  uuid NOT NULL,
    PRIMARY KEY (org_id, tag, contact_id)
);
SELECT platform.protect('crm.contact_tags');

-- What the keys of contacts.attributes mean.
CREATE TABLE crm.fields (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    key         text        COLLATE "C" NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    label       text        NOT NULL CHECK (label <> ''),
    type        text        NOT NULL CHECK (type IN
                    ('text', 'number', 'boolean', 'date', 'datetime', 'select', 'multiselect', 'url', 'phone')),
    -- The choices of select and multiselect, in the order shown.
    options     text[]      NOT NULL DEFAULT '{}',
    -- Wants an index on (org_id, (attributes -> 'key')); one such index serves all organisations
    -- that have a field of this key. Made in the background: `indexed` tells when it stands.
    filterable  boolean     NOT NULL DEFAULT false,
    indexed     boolean     NOT NULL DEFAULT false,
    -- Hidden; its values are being taken from the contacts, and its key is not free until then.
    deleting    boolean     NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX fields_key ON crm.fields (org_id, key);
SELECT platform.protect('crm.fields');

-- Addresses that may not be written to, and why. By address and not by contact: a person deleted
-- and imported again, or one who shares the address, stays out of reach. For the channel 'email' it
-- follows delivery's suppression list, which decides at each send; this copy is for numbers,
-- segments and the contact's page.
CREATE TABLE crm.do_not_contact (
    org_id   uuid        NOT NULL,
    channel  text        NOT NULL CHECK (channel IN ('email')),
    address  text        COLLATE "C" NOT NULL,
    reason   text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (org_id, channel, address)
);
SELECT platform.protect('crm.do_not_contact');
