-- What a campaign travels by, which is its template's channel.
ALTER TABLE campaign.campaigns ADD COLUMN channel text NOT NULL DEFAULT 'email'
    CHECK (channel IN ('email', 'sms', 'push'));
