-- What campaigns are called, as campaign told it: segments ask about mail "of the campaign …".
CREATE TABLE crm.campaign_names (
    org_id       uuid NOT NULL,
    campaign_id  uuid NOT NULL,
    name         text NOT NULL,
    PRIMARY KEY (org_id, campaign_id)
);
SELECT platform.protect('crm.campaign_names');
