-- Opens and clicks.

-- Each request for a pixel or a link. Partitioned by its id, a UUIDv7, which is to say by time.
CREATE TABLE delivery.tracking_events (
    org_id     uuid        NOT NULL,
    id         uuid        NOT NULL,
    message_id uuid        NOT NULL,
    kind       text        NOT NULL CHECK (kind IN ('open', 'click')),
    -- Number of the link in its template version, and where it led.
    link       smallint,
    url        text,
    -- Whether it counts: neither a HEAD request nor a prefetch.
    counted    boolean     NOT NULL,
    -- Who seems to have asked, by the name it gives itself.
    agent      text        NOT NULL CHECK (agent IN ('person', 'proxy', 'program')),
    user_agent text        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((kind = 'click') = (link IS NOT NULL AND url IS NOT NULL))
) PARTITION BY RANGE (id);
CREATE INDEX tracking_events_by_message ON delivery.tracking_events (org_id, message_id, id);
SELECT platform.protect('delivery.tracking_events');

-- The first of each kind for a message: its first open, its first click, its first click on each
-- link. Rows are only ever inserted, so that whether an event is the first is decided by the unique
-- key alone, whoever writes at the same time, and `messages` is not rewritten for an open.
CREATE TABLE delivery.engagements (
    org_id     uuid        NOT NULL,
    message_id uuid        NOT NULL,
    -- -2: opened. -1: clicked on any link. From 0: clicked on the link with this number.
    what       smallint    NOT NULL CHECK (what >= -2),
    event_id   uuid        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (org_id, message_id, what)
) PARTITION BY RANGE (message_id);
SELECT platform.protect('delivery.engagements');

-- Makes the partitions of the months around now. Runs with the rights of its owner, since those
-- who write here may not change the schema.
CREATE FUNCTION delivery.ensure_tracking_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    parent text;
    month  timestamptz;
    part   text;
BEGIN
    FOR n IN -1..2 LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => n);
        FOREACH parent IN ARRAY ARRAY['tracking_events', 'engagements'] LOOP
            part := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
            CONTINUE WHEN to_regclass('delivery.' || part) IS NOT NULL;
            EXECUTE format('CREATE TABLE delivery.%I PARTITION OF delivery.%I FOR VALUES FROM (%L) TO (%L)',
                part, parent, delivery.first_id_at(month), delivery.first_id_at(month + interval '1 month'));
            EXECUTE format('ALTER TABLE delivery.%I ENABLE ROW LEVEL SECURITY', part);
        END LOOP;
    END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION delivery.ensure_tracking_partitions() TO mauntic_worker;
SELECT delivery.ensure_tracking_partitions();

-- Mail is opened months after it was sent, and clocks may be off.
CREATE TABLE delivery.tracking_events_default PARTITION OF delivery.tracking_events DEFAULT;
CREATE TABLE delivery.engagements_default PARTITION OF delivery.engagements DEFAULT;
ALTER TABLE delivery.tracking_events_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE delivery.engagements_default ENABLE ROW LEVEL SECURITY;
