-- Accounts of more kinds than SMTP. What `config` holds depends on the kind.
ALTER TABLE delivery.providers DROP CONSTRAINT providers_kind_check;
ALTER TABLE delivery.providers ADD CONSTRAINT providers_kind_check
    CHECK (kind IN ('smtp', 'ses', 'sendgrid', 'mailgun'));
