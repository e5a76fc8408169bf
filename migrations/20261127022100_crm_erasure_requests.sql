-- Erasing is confirmed by mail, too: a preference link that was forwarded must not erase anybody.
ALTER TABLE crm.privacy_requests DROP CONSTRAINT privacy_requests_kind_check;
ALTER TABLE crm.privacy_requests ADD CONSTRAINT privacy_requests_kind_check CHECK (kind IN ('export', 'erasure'));
