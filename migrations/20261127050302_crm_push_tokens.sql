-- Who has a token that its service says is gone.
CREATE INDEX devices_by_push_token ON crm.devices (org_id, push_token) WHERE push_token IS NOT NULL;
