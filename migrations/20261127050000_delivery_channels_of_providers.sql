-- Accounts for text messages and push notifications beside those for mail.
ALTER TABLE delivery.providers DROP CONSTRAINT providers_kind_check;
ALTER TABLE delivery.providers ADD CONSTRAINT providers_kind_check CHECK (kind IN (
    'smtp', 'ses', 'sendgrid', 'mailgun', 'postfix',
    'twilio', 'plivo', 'vonage', 'telnyx',
    'fcm', 'apns'));
