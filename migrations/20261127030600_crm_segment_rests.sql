-- A look at everybody is followed by a long rest from such looks, and not from looking at who changed.
ALTER TABLE crm.segments ADD COLUMN full_rest_until timestamptz NOT NULL DEFAULT '-infinity';
