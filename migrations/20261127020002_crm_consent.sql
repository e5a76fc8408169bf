-- What people agreed to hear about, on which channel, and the proof of it.

CREATE TABLE crm.topics (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    -- The word in the API and in imports.
    key          text        COLLATE "C" NOT NULL CHECK (key ~ '^[a-z][a-z0-9_]{0,62}$'),
    name         text        NOT NULL CHECK (name <> ''),
    description  text        NOT NULL DEFAULT '',
    -- Of 'email', 'sms', 'push'.
    channels     text[]      NOT NULL DEFAULT '{email}',
    -- What holds for people who never said anything: 'subscribed' (opt-out) or 'unsubscribed' (opt-in).
    initial      text        NOT NULL CHECK (initial IN ('subscribed', 'unsubscribed')),
    -- Shown in the preference centre.
    public       boolean     NOT NULL DEFAULT true,
    position     int         NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX topics_key ON crm.topics (org_id, key);
SELECT platform.protect('crm.topics');

-- What somebody said of a topic, last; crm.consents holds all that they ever said.
CREATE TABLE crm.subscriptions (
    org_id      uuid        NOT NULL,
    topic_id    uuid        NOT NULL,
    channel     text        COLLATE "C" NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    contact_id  uuid        NOT NULL,
    -- 'pending' waits for a double opt-in.
    state       text        COLLATE "C" NOT NULL CHECK (state IN ('subscribed', 'pending', 'unsubscribed')),
    at          timestamptz NOT NULL,
    PRIMARY KEY (org_id, topic_id, channel, contact_id)
);
CREATE INDEX subscriptions_by_contact ON crm.subscriptions (org_id, contact_id);
SELECT platform.protect('crm.subscriptions');

-- The ledger of consent: appended to, never changed; erased with the person.
CREATE TABLE crm.consents (
    org_id        uuid        NOT NULL,
    contact_id    uuid        NOT NULL,
    at            timestamptz NOT NULL,
    id            uuid        NOT NULL,
    -- NULL: all marketing on the channel.
    topic_id      uuid,
    channel       text        NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    action        text        NOT NULL CHECK (action IN ('granted', 'requested', 'withdrawn')),
    -- 'consent', 'legitimate_interest', 'contract', 'legal_obligation', 'unknown'.
    basis         text        NOT NULL,
    -- What for, in the words of the organisation.
    purpose       text        NOT NULL DEFAULT '',
    -- Which wording the person saw, and the wording itself.
    text_version  text        NOT NULL DEFAULT '',
    text          text        NOT NULL DEFAULT '',
    -- 'preferences', 'form', 'import', 'api', 'user', 'unsubscribe_link', 'sms_keyword', …
    source        text        NOT NULL,
    source_id     uuid,
    ip            text        NOT NULL DEFAULT '',
    actor         text        NOT NULL DEFAULT '',
    actor_id      uuid,
    PRIMARY KEY (org_id, contact_id, at, id)
);
SELECT platform.protect('crm.consents');

-- The other channels: an address is an e-mail address, a phone number, or for push a contact's id.
ALTER TABLE crm.do_not_contact DROP CONSTRAINT do_not_contact_channel_check;
ALTER TABLE crm.do_not_contact ADD CONSTRAINT do_not_contact_channel_check
    CHECK (channel IN ('email', 'sms', 'push'));
