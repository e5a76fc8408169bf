-- Who did what to accounts, keys and settings. Rows are only ever added; each carries a hash over
-- itself and the row before it, so that a row changed or removed behind the program's back shows.

CREATE TABLE identity.audit_log (
    org_id      uuid        NOT NULL REFERENCES identity.organizations (id),
    seq         bigint      NOT NULL CHECK (seq > 0),
    at          timestamptz NOT NULL,
    actor_kind  text        NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'system')),
    actor_id    uuid        CHECK ((actor_id IS NULL) = (actor_kind = 'system')),
    action      text        NOT NULL,
    subject     text,
    ip          text,
    -- Personal data is redacted before it comes here.
    before      jsonb       NOT NULL,
    after       jsonb       NOT NULL,
    hash        bytea       NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (org_id, seq)
);
SELECT platform.protect('identity.audit_log');
REVOKE UPDATE, DELETE ON identity.audit_log FROM mauntic_app, mauntic_worker;

CREATE FUNCTION identity.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows';
END
$$;
CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE ON identity.audit_log
    FOR EACH ROW EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON identity.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
