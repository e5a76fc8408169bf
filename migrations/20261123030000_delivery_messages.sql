-- Messages and what becomes of them. contexts/delivery/README.md explains the layout.
--
-- One message is spread over tables by how often its parts change, because every pass over a row
-- rewrites all of it: `recipients` (who, and the data it is rendered from) is written once,
-- `messages` (its state) twice, `queue` (who works on it now) several times and then deleted.

CREATE SCHEMA delivery;
SELECT platform.open_schema('delivery');

-- A group of messages of one template that is paused, resumed and cancelled together.
CREATE TABLE delivery.batches (
    org_id              uuid        NOT NULL,
    id                  uuid        NOT NULL,
    source_kind         text        NOT NULL CHECK (source_kind IN ('campaign', 'test')),
    source_id           uuid,
    template_version_id uuid        NOT NULL,
    stream              text        NOT NULL CHECK (stream IN ('marketing', 'transactional')),
    state               text        NOT NULL DEFAULT 'running'
                                    CHECK (state IN ('running', 'paused', 'cancelled')),
    -- Why the engine paused it itself; NULL when a person did, or nobody.
    pause_reason        text,
    -- Whether the queue may hold rows of it. Lets the engine list what there is to do without
    -- looking at the queue.
    live                boolean     NOT NULL DEFAULT true,
    expires_at          timestamptz NOT NULL,
    created_at          timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((source_kind = 'campaign') = (source_id IS NOT NULL))
);
CREATE INDEX batches_live ON delivery.batches (org_id, id) WHERE live;
CREATE INDEX batches_by_source ON delivery.batches (org_id, source_id) WHERE source_id IS NOT NULL;
SELECT platform.protect('delivery.batches');

-- What was ever asked for, so that asking twice sends once. A table of its own, since a unique
-- index over partitions would have to hold the partition key. The keys of one campaign arrive in
-- order, so that inserts stay at one end of the index.
CREATE TABLE delivery.dedupe_keys (
    org_id     uuid NOT NULL,
    dedupe_key text COLLATE "C" NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (org_id, dedupe_key)
);
SELECT platform.protect('delivery.dedupe_keys');

-- The state of every message. Partitioned by its id, a UUIDv7, which is to say by time: whoever
-- knows the id reads one partition.
CREATE TABLE delivery.messages (
    org_id     uuid        NOT NULL,
    id         uuid        NOT NULL,
    batch_id   uuid        NOT NULL,
    -- `queued` while a row in the queue says more.
    state      text        NOT NULL CHECK (state IN (
                   'queued', 'accepted', 'delivered', 'bounced', 'complained',
                   'failed', 'held', 'suppressed', 'expired', 'cancelled')),
    -- A short word for why it was not accepted, or came back.
    reason     text,
    state_at   timestamptz NOT NULL,
    -- The state where it is not the usual one. Indexed in place of `state`, because it stays NULL
    -- for nearly all messages, so that accepting them remains a HOT update.
    trouble    text GENERATED ALWAYS AS (
                   CASE WHEN state IN ('queued', 'accepted', 'delivered') THEN NULL ELSE state END
               ) STORED,
    PRIMARY KEY (org_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX messages_by_batch ON delivery.messages (org_id, batch_id, id);
CREATE INDEX messages_in_trouble ON delivery.messages (org_id, trouble, id) WHERE trouble IS NOT NULL;
SELECT platform.protect('delivery.messages');

-- Who a message is for, and the data it is rendered from, fixed when it was taken in. All personal
-- data of messages is here, so that erasing a person is one statement.
CREATE TABLE delivery.recipients (
    org_id     uuid        NOT NULL,
    message_id uuid        NOT NULL,
    contact_id uuid        NOT NULL,
    address    text        NOT NULL,
    -- contracts::crm::ContactSnapshot.
    contact    jsonb       NOT NULL,
    -- When it was taken in: the date in its header.
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, message_id)
) PARTITION BY RANGE (message_id);
CREATE INDEX recipients_by_contact ON delivery.recipients (org_id, contact_id, message_id);
CREATE INDEX recipients_by_address ON delivery.recipients (org_id, address text_pattern_ops, message_id);
SELECT platform.protect('delivery.recipients');

-- One row per message that is still to be sent, or being sent. Only the primary key is an index,
-- and no update touches it: claims and fences are HOT.
CREATE TABLE delivery.queue (
    org_id     uuid        NOT NULL,
    batch_id   uuid        NOT NULL,
    message_id uuid        NOT NULL,
    due_at     timestamptz NOT NULL,
    -- Who holds it, and under which number. Numbers come from delivery.fences and are never used
    -- twice, so that whoever lost a row can not write to it any more.
    engine_id  bigint,
    fence      bigint      NOT NULL DEFAULT 0,
    attempts   smallint    NOT NULL DEFAULT 0,
    -- Attempts after which it was told to wait; how long the next wait is depends on it.
    deferrals  smallint    NOT NULL DEFAULT 0,
    -- Claims that ended neither with an outcome nor by handing it back.
    crashes    smallint    NOT NULL DEFAULT 0,
    state      text        NOT NULL DEFAULT 'queued'
                           CHECK (state IN ('queued', 'claimed', 'sending', 'deferred')),
    PRIMARY KEY (org_id, batch_id, message_id),
    CHECK ((engine_id IS NOT NULL) = (state IN ('claimed', 'sending')))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
SELECT platform.protect('delivery.queue');

CREATE SEQUENCE delivery.fences;
GRANT USAGE ON SEQUENCE delivery.fences TO mauntic_worker;

-- Running engines. A row here is the lease of everything its engine holds in the queue; `now()` of
-- the database decides when it has ended.
CREATE TABLE delivery.engines (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text        NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    -- Since when it has held its lease without a break.
    held_since  timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL
);
ALTER TABLE delivery.engines ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery.engines FORCE ROW LEVEL SECURITY;
CREATE POLICY worker ON delivery.engines TO mauntic_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery.engines TO mauntic_worker;

-- Each try to hand a message over. The row is committed before the first byte leaves.
CREATE TABLE delivery.attempts (
    org_id        uuid        NOT NULL,
    message_id    uuid        NOT NULL,
    number        smallint    NOT NULL,
    -- NULL: the built-in inbox.
    provider_id   uuid,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    -- NULL while nothing is known: such a row of an engine that is gone is an ambiguous outcome.
    outcome       text        CHECK (outcome IN ('accepted', 'deferred', 'rejected', 'not_sent', 'unknown')),
    -- Which class of delivery-semantics the answer fell into, and where in the conversation.
    class         text,
    phase         text,
    code          smallint,
    enhanced_code text,
    -- What the other side said, shortened.
    reply         text,
    -- By which rule an unknown outcome was resolved.
    resolution    text        CHECK (resolution IN ('held', 'resent', 'marked_sent')),
    PRIMARY KEY (org_id, message_id, number)
) PARTITION BY RANGE (message_id);
SELECT platform.protect('delivery.attempts');

-- What became of a batch, in pieces: each transaction that settles messages adds a row of
-- differences, so that progress is a short sum and never drifts from the messages, and no two
-- engines wait for each other. Old pieces are added up by a schedule.
CREATE TABLE delivery.batch_tallies (
    org_id     uuid        NOT NULL,
    batch_id   uuid        NOT NULL,
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL,
    total      integer     NOT NULL DEFAULT 0,
    accepted   integer     NOT NULL DEFAULT 0,
    suppressed integer     NOT NULL DEFAULT 0,
    failed     integer     NOT NULL DEFAULT 0,
    held       integer     NOT NULL DEFAULT 0,
    expired    integer     NOT NULL DEFAULT 0,
    cancelled  integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, batch_id, id)
);
SELECT platform.protect('delivery.batch_tallies');

-- Makes the partitions of the months around now. Runs with the rights of its owner, since those
-- who send may not change the schema.
CREATE FUNCTION delivery.ensure_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    parent text;
    month  timestamptz;
    part   text;
BEGIN
    FOR n IN -1..2 LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => n);
        FOREACH parent IN ARRAY ARRAY['messages', 'recipients', 'attempts'] LOOP
            part := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
            CONTINUE WHEN to_regclass('delivery.' || part) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE delivery.%I PARTITION OF delivery.%I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = %s)',
                part, parent,
                delivery.first_id_at(month), delivery.first_id_at(month + interval '1 month'),
                CASE parent WHEN 'recipients' THEN 100 ELSE 50 END);
            EXECUTE format('ALTER TABLE delivery.%I ENABLE ROW LEVEL SECURITY', part);
        END LOOP;
    END LOOP;
END
$$;

-- The smallest UUIDv7 of an instant.
CREATE FUNCTION delivery.first_id_at(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT rpad(lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;

GRANT EXECUTE ON FUNCTION delivery.ensure_partitions() TO mauntic_worker;
SELECT delivery.ensure_partitions();

-- A clock that is far off must not make intake fail.
CREATE TABLE delivery.messages_default PARTITION OF delivery.messages DEFAULT;
CREATE TABLE delivery.recipients_default PARTITION OF delivery.recipients DEFAULT;
CREATE TABLE delivery.attempts_default PARTITION OF delivery.attempts DEFAULT;
ALTER TABLE delivery.messages_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery.recipients_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery.attempts_default ENABLE ROW LEVEL SECURITY;
