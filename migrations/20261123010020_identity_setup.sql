-- The first run, and the brakes on sign-in. Nothing here belongs to an organisation, and nothing
-- here is open to the role that serves people.

-- At most one row, for ever: its presence closes the first-run page, and its key makes two people
-- who submit at the same moment one winner and one refusal.
CREATE TABLE identity.setup_completion (
    singleton     boolean     NOT NULL DEFAULT true CHECK (singleton),
    org_id        uuid        NOT NULL REFERENCES identity.organizations (id),
    user_id       uuid        NOT NULL REFERENCES identity.users (id),
    completed_at  timestamptz NOT NULL,
    PRIMARY KEY (singleton)
);

-- One row for each process that printed a link, so that several started together do not void each
-- other's. All go when setup completes.
CREATE TABLE identity.setup_tokens (
    token_hash  bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (token_hash)
);

-- In the database and not in memory: the limit holds over all processes, and through a restart.
CREATE TABLE identity.login_throttles (
    -- SHA-256 of the account's address, or of the client's: what people mistype is not kept.
    key            bytea       NOT NULL CHECK (octet_length(key) = 32),
    window_start   timestamptz NOT NULL,
    attempts       integer     NOT NULL CHECK (attempts >= 0),
    strikes        integer     NOT NULL CHECK (strikes >= 0),
    blocked_until  timestamptz,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX login_throttles_by_age ON identity.login_throttles (updated_at);

ALTER TABLE identity.setup_completion ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.setup_completion FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON identity.setup_completion TO mauntic_worker USING (true);
GRANT SELECT, INSERT ON identity.setup_completion TO mauntic_worker;

ALTER TABLE identity.setup_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.setup_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON identity.setup_tokens TO mauntic_worker USING (true);
GRANT SELECT, INSERT, DELETE ON identity.setup_tokens TO mauntic_worker;

ALTER TABLE identity.login_throttles ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.login_throttles FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON identity.login_throttles TO mauntic_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.login_throttles TO mauntic_worker;
