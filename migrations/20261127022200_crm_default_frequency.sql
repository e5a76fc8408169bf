-- How much marketing anybody gets at most who did not choose: so many messages within so many days.
ALTER TABLE crm.privacy_settings
    ADD COLUMN frequency_most  smallint CHECK (frequency_most BETWEEN 1 AND 1000),
    ADD COLUMN frequency_days  smallint CHECK (frequency_days BETWEEN 1 AND 366),
    ADD CONSTRAINT privacy_settings_frequency CHECK ((frequency_most IS NULL) = (frequency_days IS NULL));
