-- How much marketing somebody wants at most: so many messages within so many days, by now.

ALTER TABLE crm.contact_preferences
    ADD COLUMN frequency_most  smallint CHECK (frequency_most BETWEEN 1 AND 1000),
    ADD COLUMN frequency_days  smallint CHECK (frequency_days BETWEEN 1 AND 366),
    ADD CONSTRAINT contact_preferences_frequency CHECK ((frequency_most IS NULL) = (frequency_days IS NULL));
