-- How segments hear that something has changed, and when time alone changes their answer.

-- Only ever inserted into by whoever changes something, so that nobody waits for the row of a segment
-- that many look at; the engine takes rows away and notes them at the segments that they concern.
CREATE TABLE crm.segment_news (
    org_id    uuid    NOT NULL,
    id        bigint  NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- As crm.segments.mentions has them; NULL for all of them.
    fields    text[],
    -- Of whom; NULL for everybody.
    contacts  uuid[],
    PRIMARY KEY (org_id, id)
);
SELECT platform.protect('crm.segment_news');

-- Contacts whose answer may be another from an instant on though nothing changes: somebody made
-- 30 days ago leaves "in the last 30 days". Listed for a while ahead (crm.segments.listed_until), so
-- that there are few.
CREATE TABLE crm.segment_wakeups (
    org_id      uuid        NOT NULL,
    segment_id  uuid        NOT NULL,
    due_at      timestamptz NOT NULL,
    contact_id  uuid        NOT NULL,
    PRIMARY KEY (org_id, segment_id, due_at, contact_id)
);
CREATE INDEX segment_wakeups_due ON crm.segment_wakeups (due_at);
SELECT platform.protect('crm.segment_wakeups');

ALTER TABLE crm.segments
    -- Until when the wake-ups are listed; NULL when the rule needs none.
    ADD COLUMN listed_until timestamptz;
-- What was due by the clock alone is found anew by a rebuild of each.
UPDATE crm.segments SET changes = changes + 1, full_at = changes + 1, due_at = NULL WHERE relative;
