-- What topics ask before they count as agreed to, what people prefer, who was erased, and the way
-- back of a double opt-in or an export that somebody asked for.

ALTER TABLE crm.topics
    -- Whether agreeing counts only once the person has confirmed it by a button behind a mail.
    ADD COLUMN double_opt_in boolean NOT NULL DEFAULT false,
    -- The words that people see when they agree, and how often they were changed: the ledger keeps
    -- both with each agreement.
    ADD COLUMN consent_text  text    NOT NULL DEFAULT '',
    ADD COLUMN text_version  int     NOT NULL DEFAULT 1;
CREATE INDEX topics_in_order ON crm.topics (org_id, position, id);

-- A request that nobody confirmed in time ends by itself.
ALTER TABLE crm.consents DROP CONSTRAINT consents_action_check;
ALTER TABLE crm.consents ADD CONSTRAINT consents_action_check
    CHECK (action IN ('granted', 'requested', 'withdrawn', 'expired'));
CREATE INDEX subscriptions_pending ON crm.subscriptions (at) WHERE state = 'pending';

-- What people chose in the preference centre beside their topics.
CREATE TABLE crm.contact_preferences (
    org_id             uuid        NOT NULL,
    contact_id         uuid        NOT NULL,
    preferred_channel  text        CHECK (preferred_channel IN ('email', 'sms', 'push')),
    -- No marketing on any channel before this instant.
    paused_until       timestamptz,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (org_id, contact_id)
);
SELECT platform.protect('crm.contact_preferences');

-- Who set a do-not-contact, who lifted one, and why. By contact, so that it is erased with them.
CREATE TABLE crm.do_not_contact_log (
    org_id      uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    at          timestamptz NOT NULL,
    id          uuid        NOT NULL,
    channel     text        NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    action      text        NOT NULL CHECK (action IN ('set', 'lifted')),
    reason      text        NOT NULL,
    note        text        NOT NULL DEFAULT '',
    actor       text        NOT NULL,
    actor_id    uuid,
    PRIMARY KEY (org_id, contact_id, at, id)
);
SELECT platform.protect('crm.do_not_contact_log');

-- The words and the looks of the preference centre.
CREATE TABLE crm.privacy_settings (
    org_id           uuid        NOT NULL PRIMARY KEY,
    -- What stands above the topics; empty: the built-in sentence.
    intro            text        NOT NULL DEFAULT '',
    -- What people read as the sender's name; empty: the organisation's.
    display_name     text        NOT NULL DEFAULT '',
    color            text        NOT NULL DEFAULT '',
    -- The mail that asks for the confirmation of a double opt-in; empty: the built-in words.
    confirm_subject  text        NOT NULL DEFAULT '',
    confirm_text     text        NOT NULL DEFAULT '',
    updated_at       timestamptz NOT NULL
);
SELECT platform.protect('crm.privacy_settings');

-- People who were erased. The identifier of a contact names nobody once the contact is gone.
CREATE TABLE crm.erasures (
    org_id        uuid        NOT NULL,
    id            uuid        NOT NULL,
    contact_id    uuid        NOT NULL,
    -- 'user', 'api_key', 'person'; and which.
    actor         text        NOT NULL,
    actor_id      uuid,
    requested_at  timestamptz NOT NULL,
    finished_at   timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX erasures_newest ON crm.erasures (org_id, requested_at DESC, id DESC);
SELECT platform.protect('crm.erasures');

-- Links that work once: what leads to somebody's data must not be a link that mail programs keep.
CREATE TABLE crm.privacy_requests (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('export')),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX privacy_requests_by_contact ON crm.privacy_requests (org_id, contact_id, created_at);
SELECT platform.protect('crm.privacy_requests');
