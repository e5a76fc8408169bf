-- Organisations, the people in them, and how people and programs prove who they are.
--
-- Two kinds of tables stand here. Tenant tables (organizations, org_members, api_keys, audit_log)
-- carry the tenant policy like everybody's. Tables that are read before an organisation is known
-- (users, sessions, setup, sign-in throttles) are open to the worker role only: the role that
-- serves people can neither read a session's digest nor a password's, whatever a handler does.

CREATE SCHEMA identity;
SELECT platform.open_schema('identity');

CREATE TABLE identity.organizations (
    id              uuid        NOT NULL,
    name            text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    -- 'test': all mail goes to the built-in inbox.
    mode            text        NOT NULL DEFAULT 'test' CHECK (mode IN ('test', 'live')),
    timezone        text        NOT NULL CHECK (timezone <> ''),
    postal_address  text        NOT NULL DEFAULT '' CHECK (char_length(postal_address) <= 500),
    locale          text        NOT NULL DEFAULT 'en',
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (id)
);
ALTER TABLE identity.organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.organizations FORCE ROW LEVEL SECURITY;
-- An organisation is its own tenant: the policy is on `id`, and new ones are made by the worker
-- role, since at set-up there is no organisation to be inside of.
CREATE POLICY tenant ON identity.organizations TO mauntic_app
    USING (id = NULLIF(current_setting('app.org', true), '')::uuid);
CREATE POLICY worker ON identity.organizations TO mauntic_worker USING (true);
GRANT SELECT, UPDATE ON identity.organizations TO mauntic_app;
GRANT SELECT, INSERT, UPDATE ON identity.organizations TO mauntic_worker;

CREATE TABLE identity.users (
    id             uuid        NOT NULL,
    -- Normalised by the program (lower case), so equality is the only comparison there is.
    email          text        NOT NULL CHECK (email = lower(email)),
    name           text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    -- PHC string: algorithm and cost travel with each hash.
    password_hash  text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    locale         text        NOT NULL DEFAULT 'en',
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX users_email ON identity.users (email);

CREATE TABLE identity.org_members (
    org_id      uuid        NOT NULL REFERENCES identity.organizations (id),
    user_id     uuid        NOT NULL REFERENCES identity.users (id),
    role        text        NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
-- Sign-in starts from the person: the one question asked without an organisation.
CREATE INDEX org_members_of_user ON identity.org_members (user_id);
SELECT platform.protect('identity.org_members');
-- Who is what is decided at set-up and on the command line only.
REVOKE INSERT, UPDATE, DELETE ON identity.org_members FROM mauntic_app;

ALTER TABLE identity.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.users FORCE ROW LEVEL SECURITY;
-- Colleagues may be named (who made a key, who did what), and only colleagues. The columns are
-- granted one by one: a password's hash is not among them.
CREATE POLICY colleagues ON identity.users FOR SELECT TO mauntic_app
    USING (EXISTS (SELECT FROM identity.org_members AS member WHERE member.user_id = users.id));
CREATE POLICY worker ON identity.users TO mauntic_worker USING (true);
GRANT SELECT (id, email, name, locale, created_at) ON identity.users TO mauntic_app;
GRANT SELECT, INSERT, UPDATE ON identity.users TO mauntic_worker;

CREATE TABLE identity.sessions (
    id            uuid        NOT NULL,
    -- SHA-256 of the cookie's 256 random bits: who reads this table cannot become anybody.
    token_hash    bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    user_id       uuid        NOT NULL REFERENCES identity.users (id),
    -- Where the person works at present.
    org_id        uuid        NOT NULL REFERENCES identity.organizations (id),
    ip            text,
    user_agent    text        CHECK (char_length(user_agent) <= 400),
    created_at    timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    revoked_at    timestamptz,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX sessions_token ON identity.sessions (token_hash);
CREATE INDEX sessions_of_user ON identity.sessions (user_id);
CREATE INDEX sessions_by_age ON identity.sessions (created_at);
ALTER TABLE identity.sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity.sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON identity.sessions TO mauntic_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON identity.sessions TO mauntic_worker;

CREATE TABLE identity.api_keys (
    org_id        uuid        NOT NULL REFERENCES identity.organizations (id),
    id            uuid        NOT NULL,
    name          text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    -- What people recognise it by; the rest is not kept.
    prefix        text        NOT NULL,
    token_hash    bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    mode          text        NOT NULL CHECK (mode IN ('test', 'live')),
    scopes        text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    -- NULL: made by another key.
    created_by    uuid        REFERENCES identity.users (id),
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz,
    last_used_at  timestamptz,
    revoked_at    timestamptz,
    PRIMARY KEY (org_id, id)
);
-- A request brings the token and nothing else. Not unique, so that the table could be sharded by
-- organisation: 256 random bits do not collide.
CREATE INDEX api_keys_token ON identity.api_keys (token_hash);
SELECT platform.protect('identity.api_keys');
