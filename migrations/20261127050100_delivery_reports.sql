-- What providers and mail servers report of messages after they took them over, and what people
-- answer to text messages.

-- Under which identifier the other side has the message. No index: reports that do not bring our own
-- identifier along are looked up by their recipient, of whom there are few messages.
ALTER TABLE delivery.attempts ADD COLUMN provider_message_id text;
ALTER TABLE delivery.attempts DROP CONSTRAINT attempts_resolution_check;
ALTER TABLE delivery.attempts ADD CONSTRAINT attempts_resolution_check
    CHECK (resolution IN ('held', 'resent', 'marked_sent', 'reported')) NOT VALID;

-- Each report as it came, kept for 90 days. Rows are inserted once and get their result once.
CREATE TABLE delivery.reports (
    org_id              uuid        NOT NULL,
    id                  bigint      GENERATED ALWAYS AS IDENTITY,
    source              text        NOT NULL CHECK (source IN ('webhook', 'mailbox')),
    -- NULL: it came by mail, of which nobody knows through which account it left.
    provider_id         uuid,
    -- Distinct for each event of an account, and the same whenever it is repeated.
    event_id            text COLLATE "C" NOT NULL,
    -- NULL until the message is found.
    message_id          uuid,
    provider_message_id text,
    -- Whom it is about, until that is known to be the message's own recipient.
    recipient           text,
    kind                text        NOT NULL CHECK (kind IN (
                            'accepted', 'delivered', 'deferred', 'bounced', 'failed', 'complained',
                            'unsubscribed', 'resubscribed', 'opened', 'clicked')),
    -- Why, of what bounced or failed: a class of an attempt's.
    class               text,
    -- What the other side said.
    detail              text        NOT NULL,
    -- When it happened, by the other side's clock.
    at                  timestamptz NOT NULL,
    received_at         timestamptz NOT NULL,
    -- NULL while it waits: for the outcome of its message, or for the message to be found.
    result              text        CHECK (result IN ('applied', 'other_recipient', 'erased', 'unknown')),
    -- When it is looked at again, while it waits.
    look_at             timestamptz,
    PRIMARY KEY (org_id, id),
    CHECK ((class IS NOT NULL) = (kind IN ('bounced', 'failed'))),
    CHECK ((result IS NULL) = (look_at IS NOT NULL))
);
CREATE UNIQUE INDEX reports_once ON delivery.reports
    (org_id, source, (coalesce(provider_id, '00000000-0000-0000-0000-000000000000'::uuid)), event_id);
CREATE INDEX reports_by_message ON delivery.reports (org_id, message_id, id) WHERE message_id IS NOT NULL;
CREATE INDEX reports_by_recipient ON delivery.reports (org_id, recipient) WHERE recipient IS NOT NULL;
CREATE INDEX reports_waiting ON delivery.reports (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX reports_by_age ON delivery.reports USING brin (received_at);
SELECT platform.protect('delivery.reports');

-- How calls of a provider are verified, and what came of them last. `webhook_key` is no secret: a public
-- key, or the topic that may call. `webhook_secret` is sealed by the platform and never shown again.
ALTER TABLE delivery.providers
    ADD COLUMN webhook_key     text,
    ADD COLUMN webhook_secret  bytea,
    ADD COLUMN last_report_at  timestamptz,
    ADD COLUMN last_refusal_at timestamptz,
    ADD COLUMN last_refusal    text;
-- A call names the account alone.
CREATE UNIQUE INDEX providers_by_id ON delivery.providers (id);

-- Calls that could be repeated with other contents, since their signature covers something else: each
-- has its effect once. Kept as long as reports are.
CREATE TABLE delivery.webhook_replays (
    org_id      uuid        NOT NULL,
    provider_id uuid        NOT NULL,
    replay_key  text COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, provider_id, replay_key)
);
CREATE INDEX webhook_replays_by_age ON delivery.webhook_replays USING brin (received_at);
SELECT platform.protect('delivery.webhook_replays');

-- Text messages that people wrote to us.
CREATE TABLE delivery.inbound_messages (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    provider_id  uuid        NOT NULL,
    event_id     text COLLATE "C" NOT NULL,
    from_address text        NOT NULL,
    to_address   text        NOT NULL,
    text         text        NOT NULL,
    keyword      text        CHECK (keyword IN ('stop', 'help', 'start')),
    -- Who it is from and what they answer to, if we ever wrote to the number.
    contact_id   uuid,
    message_id   uuid,
    at           timestamptz NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX inbound_messages_once ON delivery.inbound_messages (org_id, provider_id, event_id);
CREATE INDEX inbound_messages_by_sender ON delivery.inbound_messages (org_id, from_address, id);
CREATE INDEX inbound_messages_by_contact ON delivery.inbound_messages (org_id, contact_id) WHERE contact_id IS NOT NULL;
SELECT platform.protect('delivery.inbound_messages');
