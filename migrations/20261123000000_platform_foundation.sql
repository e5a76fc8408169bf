-- What every context stands on: the two roles that statements run as, the functions that give a
-- table its tenant policy and its partitions, the outbox, the work queue and the schedules.

CREATE SCHEMA platform;

-- Roles belong to the whole cluster, so another database of it may have made them already, and two
-- migrations may try at the same instant.
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['mauntic_app', 'mauntic_worker'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        IF NOT pg_has_role(current_user, wanted, 'USAGE') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;
END $$;

-- Lets both roles see what is in a schema. Each context calls it once for its own.
CREATE FUNCTION platform.open_schema(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO mauntic_app, mauntic_worker', name);
END $$;

-- Row-level security for one table with an org_id. mauntic_app, which serves people, sees the rows
-- of the organisation named in app.org and none when it is unset; mauntic_worker sees all, and its
-- statements name the organisation themselves.
CREATE FUNCTION platform.protect(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY tenant ON %s TO mauntic_app '
        || 'USING (org_id = NULLIF(current_setting(''app.org'', true), '''')::uuid)', target);
    EXECUTE format('CREATE POLICY worker ON %s TO mauntic_worker USING (true)', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO mauntic_app, mauntic_worker', target);
END $$;

-- Makes the partitions of a table that is partitioned by range of time, from the present one to
-- `ahead` units later, and drops those that ended more than `keep` units ago (NULL keeps all).
-- Runs with its owner's rights, since the roles of the program own nothing.
CREATE FUNCTION platform.ensure_partitions(target regclass, unit text, ahead int, keep int)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET client_min_messages = warning AS $$
DECLARE
    schema_name text;
    table_name text;
    step interval := ('1 ' || unit)::interval;
    lower_bound timestamptz;
    child record;
BEGIN
    IF unit NOT IN ('day', 'week', 'month') THEN
        RAISE EXCEPTION 'unit must be day, week or month';
    END IF;
    SELECT n.nspname, c.relname INTO schema_name, table_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = target;
    PERFORM pg_advisory_xact_lock(hashtext('partitions ' || target::text));
    FOR n IN -1..ahead LOOP
        lower_bound := date_trunc(unit, now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + n * step;
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I.%I PARTITION OF %I.%I FOR VALUES FROM (%L) TO (%L)',
            schema_name, table_name || '_' || to_char(lower_bound AT TIME ZONE 'UTC', 'YYYYMMDD'),
            schema_name, table_name, lower_bound, lower_bound + step);
    END LOOP;
    IF keep IS NOT NULL THEN
        FOR child IN
            SELECT n.nspname, c.relname
            FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE i.inhparent = target
              AND c.relname ~ ('^' || table_name || '_[0-9]{8}$')
              AND to_timestamp(right(c.relname, 8), 'YYYYMMDD') < now() - (keep + 1) * step
        LOOP
            EXECUTE format('DROP TABLE %I.%I', child.nspname, child.relname);
        END LOOP;
    END IF;
END $$;

SELECT platform.open_schema('platform');

-- Facts, written in the transaction that made them true. A reader takes only rows whose transaction
-- id lies below every running one, so that a slow commit can never appear behind a cursor.
CREATE TABLE platform.outbox (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    topic text NOT NULL,
    payload jsonb NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (recorded_at);
CREATE INDEX outbox_by_position ON platform.outbox (topic, xid, seq);
SELECT platform.protect('platform.outbox');
SELECT platform.ensure_partitions('platform.outbox', 'day', 3, NULL);
-- Where rows land when the schedule that makes partitions has not run for days.
CREATE TABLE platform.outbox_rest PARTITION OF platform.outbox DEFAULT;

-- How far each subscriber has read.
CREATE TABLE platform.cursors (
    subscriber text PRIMARY KEY,
    xid bigint NOT NULL DEFAULT 0,
    seq bigint NOT NULL DEFAULT 0,
    failures int NOT NULL DEFAULT 0,
    retry_at timestamptz NOT NULL DEFAULT '-infinity',
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- Facts that a subscriber could not digest even alone and after many tries.
CREATE TABLE platform.dead_letters (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    subscriber text NOT NULL,
    topic text NOT NULL,
    payload jsonb NOT NULL,
    at timestamptz NOT NULL,
    error text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, id, subscriber)
);
SELECT platform.protect('platform.dead_letters');

-- The work queue. A worker holds a job by lease_until (the database's clock) and fence.
CREATE TABLE platform.jobs (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    checkpoint jsonb,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts int NOT NULL DEFAULT 0,
    max_attempts int NOT NULL DEFAULT 10,
    lease_until timestamptz,
    fence bigint NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX jobs_to_claim ON platform.jobs (kind, run_at) WHERE state IN ('queued', 'running');
SELECT platform.protect('platform.jobs');

-- When each schedule is due next.
CREATE TABLE platform.ticks (
    name text PRIMARY KEY,
    next_at timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL DEFAULT '-infinity'
);

-- Answers kept for repeated requests with the same Idempotency-Key.
CREATE TABLE platform.idempotency_keys (
    org_id uuid NOT NULL,
    key text NOT NULL,
    route text NOT NULL,
    body_hash bytea NOT NULL,
    status smallint,
    content_type text,
    location text,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (org_id, key)
);
CREATE INDEX idempotency_keys_by_age ON platform.idempotency_keys (created_at);
SELECT platform.protect('platform.idempotency_keys');

-- The key that each organisation's secrets are encrypted with, itself encrypted with the key that
-- lies outside the database.
CREATE TABLE platform.data_keys (
    org_id uuid PRIMARY KEY,
    wrapped bytea NOT NULL
);
SELECT platform.protect('platform.data_keys');

-- Processes that run the roles, for readiness and the operator's eyes.
CREATE TABLE platform.heartbeats (
    process uuid NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (process, role)
);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON platform.cursors, platform.ticks, platform.heartbeats TO mauntic_worker;
