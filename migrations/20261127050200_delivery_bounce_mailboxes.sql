-- What comes back by mail, and the suppression list as files.

-- A mailbox that bounces and complaints come back to, read over IMAP. `password` is sealed by the
-- platform, bound to the server, and never shown again.
CREATE TABLE delivery.bounce_mailboxes (
    org_id       uuid        NOT NULL,
    id           uuid        NOT NULL,
    address      text        NOT NULL,
    host         text        NOT NULL,
    port         integer     NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security     text        NOT NULL CHECK (security IN ('tls', 'start_tls', 'none')),
    username     text        NOT NULL,
    password     bytea       NOT NULL,
    folder       text        NOT NULL,
    -- What becomes of a mail once its report is committed.
    disposal     text        NOT NULL CHECK (disposal IN ('delete', 'move', 'mark_seen')),
    move_to      text        NOT NULL DEFAULT '',
    enabled      boolean     NOT NULL,
    -- Up to where it was read (RFC 3501 section 2.3.1.1). Another validity begins anew.
    uid_validity bigint,
    last_uid     bigint      NOT NULL DEFAULT 0,
    -- A mail at which reading broke off, and how often in a row; it is passed over in the end.
    stuck_uid    bigint,
    stuck_times  integer     NOT NULL DEFAULT 0,
    -- By the database's clock: when it is looked into next, and who looks now.
    next_look_at timestamptz NOT NULL DEFAULT now(),
    lease_until  timestamptz NOT NULL DEFAULT '-infinity',
    lease_holder uuid,
    failures     integer     NOT NULL DEFAULT 0,
    looked_at    timestamptz,
    last_error   text,
    bounces      bigint      NOT NULL DEFAULT 0,
    complaints   bigint      NOT NULL DEFAULT 0,
    unsubscribes bigint      NOT NULL DEFAULT 0,
    deliveries   bigint      NOT NULL DEFAULT 0,
    auto_replies bigint      NOT NULL DEFAULT 0,
    others       bigint      NOT NULL DEFAULT 0,
    unmatched    bigint      NOT NULL DEFAULT 0,
    unreadable   bigint      NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (org_id, id),
    CHECK ((disposal = 'move') = (move_to <> ''))
);
CREATE UNIQUE INDEX bounce_mailboxes_address ON delivery.bounce_mailboxes (org_id, address);
CREATE INDEX bounce_mailboxes_due ON delivery.bounce_mailboxes (next_look_at) WHERE enabled;
SELECT platform.protect('delivery.bounce_mailboxes');

-- Which mails were read, by the SHA-256 of what was read of them, so that one that is read again
-- counts once. Holds nothing of what they say.
CREATE TABLE delivery.bounce_mails (
    org_id     uuid        NOT NULL,
    mailbox_id uuid        NOT NULL,
    digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
    kind       text        NOT NULL CHECK (kind IN (
                   'bounce', 'complaint', 'unsubscribe', 'delivery', 'auto_reply', 'other', 'unmatched',
                   'unreadable')),
    -- Of a bounce that says that our domain failed the receiver's checks: the message it is about.
    unauthenticated_message_id uuid,
    read_at    timestamptz NOT NULL,
    PRIMARY KEY (org_id, mailbox_id, digest)
);
CREATE INDEX bounce_mails_unauthenticated ON delivery.bounce_mails (org_id, read_at)
    WHERE unauthenticated_message_id IS NOT NULL;
CREATE INDEX bounce_mails_age ON delivery.bounce_mails (read_at);
SELECT platform.protect('delivery.bounce_mails');

-- A file of addresses that are to be suppressed. The file itself is kept for seven days.
CREATE TABLE delivery.suppression_imports (
    org_id      uuid        NOT NULL,
    id          uuid        NOT NULL,
    file_name   text        NOT NULL,
    -- Its name in the store of files; NULL once it was deleted.
    file        jsonb,
    -- Somebody was erased since it came, who may stand in it.
    forget_file boolean     NOT NULL DEFAULT false,
    size_bytes  bigint      NOT NULL DEFAULT 0,
    -- How it is read: format, delimiter, header, columns.
    shape       jsonb       NOT NULL,
    reason      text        NOT NULL CHECK (reason IN (
                    'unsubscribed', 'hard_bounce', 'soft_bounces', 'complaint', 'manual')),
    note        text,
    state       text        NOT NULL CHECK (state IN ('uploaded', 'running', 'done', 'failed')),
    job_id      uuid,
    bytes_read  bigint      NOT NULL DEFAULT 0,
    rows        bigint      NOT NULL DEFAULT 0,
    added       bigint      NOT NULL DEFAULT 0,
    already     bigint      NOT NULL DEFAULT 0,
    rejected    bigint      NOT NULL DEFAULT 0,
    created_by  uuid,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (org_id, id)
);
CREATE INDEX suppression_imports_files ON delivery.suppression_imports (created_at) WHERE file IS NOT NULL;
SELECT platform.protect('delivery.suppression_imports');
