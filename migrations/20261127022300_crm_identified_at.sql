-- When a visitor who had been a stranger said who they are. Everybody else was known from the first day.
ALTER TABLE crm.contacts ADD COLUMN identified_at timestamptz;

-- Who is a stranger changes with the identifiers, which is what is told.
UPDATE crm.segments SET mentions = mentions || '{email,external_id}' WHERE 'anonymous' = ANY (mentions);
