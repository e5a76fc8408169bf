-- Messages of three channels: mail, text messages (SMS), push notifications.

ALTER TABLE delivery.templates ADD COLUMN channel text NOT NULL DEFAULT 'email'
    CHECK (channel IN ('email', 'sms', 'push'));

-- Of a text message only the body is used; of a push notification the subject, which is its title, the
-- body, and these two.
ALTER TABLE delivery.template_versions
    -- What a notification opens.
    ADD COLUMN url  text  NOT NULL DEFAULT '',
    -- What the app is told besides: pairs of a key and a value, in their order.
    ADD COLUMN data jsonb NOT NULL DEFAULT '[]';
ALTER TABLE delivery.template_versions DROP CONSTRAINT template_versions_kind_check;
ALTER TABLE delivery.template_versions ADD CONSTRAINT template_versions_kind_check
    CHECK (kind IN ('mjml', 'html', 'sms', 'push')) NOT VALID;

-- What the messages travel by: `recipients.address` is an e-mail address, a phone number (E.164) or a
-- device's token.
ALTER TABLE delivery.batches ADD COLUMN channel text NOT NULL DEFAULT 'email'
    CHECK (channel IN ('email', 'sms', 'push'));

-- Of what is no mail, `source` is what people read.
ALTER TABLE delivery.inbox_messages
    ADD COLUMN channel text  NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms', 'push')),
    ADD COLUMN url     text  NOT NULL DEFAULT '',
    ADD COLUMN data    jsonb NOT NULL DEFAULT '[]';
