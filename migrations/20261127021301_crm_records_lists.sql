-- The orders of an object's list: by date, and by the last change.
CREATE INDEX records_by_object ON crm.records (org_id, object_id, id);
CREATE INDEX records_by_update ON crm.records (org_id, object_id, updated_at, id);
