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
