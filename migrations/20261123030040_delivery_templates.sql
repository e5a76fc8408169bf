-- Templates and their versions.

-- What people see under one name. The source is in the versions.
CREATE TABLE delivery.templates (
    org_id          uuid        NOT NULL,
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    current_version uuid        NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    -- Deleted for people; versions stay, since messages that are on their way need them.
    deleted_at      timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX templates_name ON delivery.templates (org_id, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX templates_newest ON delivery.templates (org_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
SELECT platform.protect('delivery.templates');

-- One saved state of a template. Never changed, so that a message that is rendered again comes out
-- as before.
CREATE TABLE delivery.template_versions (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    template_id uuid        NOT NULL,
    number      integer     NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('mjml', 'html')),
    subject     text        NOT NULL,
    preheader   text        NOT NULL,
    body        text        NOT NULL,
    -- Empty: made from the HTML.
    text        text        NOT NULL,
    -- What compiling made: finished HTML, text and links, still with their Jinja.
    artefacts   jsonb       NOT NULL,
    -- Tracked links as written, by number. Beside the artefacts, so that counting a click need not
    -- unpack them.
    links       text[]      NOT NULL,
    created_by  uuid,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX template_versions_number ON delivery.template_versions (org_id, template_id, number);
SELECT platform.protect('delivery.template_versions');
REVOKE UPDATE ON delivery.template_versions FROM mauntic_app, mauntic_worker;

-- The last preview that somebody asked for in the editor, for the frame that shows it.
CREATE TABLE delivery.template_previews (
    org_id      uuid        NOT NULL,
    template_id uuid        NOT NULL,
    user_id     uuid        NOT NULL,
    html        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, template_id, user_id)
);
SELECT platform.protect('delivery.template_previews');
