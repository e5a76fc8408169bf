//! The rows of other tables that belong to contacts: how they go from one contact to another, and how
//! they come back.
//!
//! A table that gets rows of contacts gets a line here: in [`PLAIN`] when its rows cannot stand in each
//! other's way, else a statement of its own; and a line in [`CrmTx::delete_contacts`]. Memberships of
//! segments are not moved: the engine finds out anew who belongs where.

use kernel::{ContactId, MergeId};
use platform::DbError;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::CrmTx;

/// Rows are to go from one contact to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowMove {
    pub from: ContactId,
    pub to: ContactId,
    /// The merge under which it is written down what moved, so that it can come back. Without one
    /// nothing is written down: an anonymous visitor who became known is not parted again.
    pub merge: Option<MergeId>,
}

/// Tables whose rows move as they are, and what tells a row of one contact from the others.
const PLAIN: [(&str, &str); 8] = [
    ("events", "t.id::text"),
    ("contact_identifiers", "t.kind || ' ' || t.value"),
    ("contact_changes", "t.id::text"),
    ("stage_changes", "t.id::text"),
    ("notes", "t.id::text"),
    ("consents", "t.id::text"),
    ("do_not_contact_log", "t.id::text"),
    ("bulk_overrides", "t.id::text"),
];

/// The pairs as a table, for every statement here.
macro_rules! with_pairs {
    ($($rest:expr),*) => {
        concat!(
            "WITH pairs AS (SELECT * FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS p (from_id, to_id, merge_id)), ",
            $($rest),*
        )
    };
}

/// Of what somebody said of a topic, the more reluctant word counts.
const SUBSCRIPTIONS: &str = with_pairs!(
    r#"
    gone AS (
        DELETE FROM crm.subscriptions AS s USING pairs AS p
        WHERE s.org_id = $1 AND s.contact_id = p.from_id
        RETURNING s.*, p.to_id, p.merge_id
    ), put AS (
        INSERT INTO crm.subscriptions AS s (org_id, topic_id, channel, contact_id, state, at)
        SELECT DISTINCT ON (to_id, topic_id, channel) $1, topic_id, channel, to_id, state, at
        FROM gone
        ORDER BY to_id, topic_id, channel, array_position(ARRAY['unsubscribed', 'pending', 'subscribed'], state::text), at DESC
        ON CONFLICT (org_id, topic_id, channel, contact_id) DO UPDATE
        SET state = EXCLUDED.state, at = EXCLUDED.at
        WHERE array_position(ARRAY['unsubscribed', 'pending', 'subscribed'], EXCLUDED.state::text)
            < array_position(ARRAY['unsubscribed', 'pending', 'subscribed'], s.state::text)
        RETURNING s.*
    )
    INSERT INTO crm.merged_rows (org_id, merge_id, kind, key, lost, kept, merged)
    SELECT $1, g.merge_id, 'subscriptions', g.topic_id || ' ' || g.channel,
           to_jsonb(g) - 'to_id' - 'merge_id', to_jsonb(k), COALESCE(to_jsonb(m), to_jsonb(k))
    FROM gone AS g
    LEFT JOIN crm.subscriptions AS k
        ON k.org_id = $1 AND k.topic_id = g.topic_id AND k.channel = g.channel AND k.contact_id = g.to_id
    LEFT JOIN put AS m ON m.topic_id = g.topic_id AND m.channel = g.channel AND m.contact_id = g.to_id
    WHERE g.merge_id IS NOT NULL
    "#
);

/// The winner keeps its primary company; the loser's counts only where there is none.
const RECORD_CONTACTS: &str = with_pairs!(
    r#"
    gone AS (
        DELETE FROM crm.record_contacts AS r USING pairs AS p
        WHERE r.org_id = $1 AND r.contact_id = p.from_id
        RETURNING r.*, p.to_id, p.merge_id
    ), ranked AS (
        SELECT DISTINCT ON (g.to_id, g.object_id, g.record_id) g.*,
               g.is_primary
               AND NOT EXISTS (
                   SELECT 1 FROM crm.record_contacts AS w
                   WHERE w.org_id = $1 AND w.contact_id = g.to_id AND w.object_id = g.object_id AND w.is_primary
               )
               AND first_value(g.record_id) OVER (
                   PARTITION BY g.to_id, g.object_id ORDER BY g.is_primary DESC, g.linked_at, g.record_id
               ) = g.record_id AS leads
        FROM gone AS g
        ORDER BY g.to_id, g.object_id, g.record_id, g.is_primary DESC
    ), put AS (
        INSERT INTO crm.record_contacts AS r (org_id, contact_id, object_id, record_id, role, is_primary, linked_at)
        SELECT $1, to_id, object_id, record_id, role, leads, linked_at FROM ranked
        ON CONFLICT (org_id, contact_id, object_id, record_id) DO UPDATE
        SET is_primary = r.is_primary OR EXCLUDED.is_primary,
            role = CASE WHEN r.role = '' THEN EXCLUDED.role ELSE r.role END
        RETURNING r.*
    )
    INSERT INTO crm.merged_rows (org_id, merge_id, kind, key, lost, kept, merged)
    SELECT $1, g.merge_id, 'record_contacts', g.record_id::text,
           to_jsonb(g) - 'to_id' - 'merge_id', to_jsonb(k), to_jsonb(m)
    FROM gone AS g
    LEFT JOIN crm.record_contacts AS k
        ON k.org_id = $1 AND k.contact_id = g.to_id AND k.object_id = g.object_id AND k.record_id = g.record_id
    LEFT JOIN put AS m ON m.contact_id = g.to_id AND m.object_id = g.object_id AND m.record_id = g.record_id
    WHERE g.merge_id IS NOT NULL
    "#
);

/// Where somebody said of both whether they stand in a segment, what was said of the winner counts.
const SEGMENT_OVERRIDES: &str = with_pairs!(
    r#"
    gone AS (
        DELETE FROM crm.segment_overrides AS o USING pairs AS p
        WHERE o.org_id = $1 AND o.contact_id = p.from_id
        RETURNING o.*, p.to_id, p.merge_id
    ), put AS (
        INSERT INTO crm.segment_overrides AS o (org_id, segment_id, contact_id, included, actor, actor_id, at)
        SELECT DISTINCT ON (to_id, segment_id) $1, segment_id, to_id, included, actor, actor_id, at
        FROM gone
        ORDER BY to_id, segment_id, at DESC
        ON CONFLICT DO NOTHING
        RETURNING o.*
    )
    INSERT INTO crm.merged_rows (org_id, merge_id, kind, key, lost, kept, merged)
    SELECT $1, g.merge_id, 'segment_overrides', g.segment_id::text,
           to_jsonb(g) - 'to_id' - 'merge_id', to_jsonb(k), COALESCE(to_jsonb(m), to_jsonb(k))
    FROM gone AS g
    LEFT JOIN crm.segment_overrides AS k
        ON k.org_id = $1 AND k.segment_id = g.segment_id AND k.contact_id = g.to_id
    LEFT JOIN put AS m ON m.segment_id = g.segment_id AND m.contact_id = g.to_id
    WHERE g.merge_id IS NOT NULL
    "#
);

/// The longer pause counts, and the winner's preferred channel.
const CONTACT_PREFERENCES: &str = with_pairs!(
    r#"
    gone AS (
        DELETE FROM crm.contact_preferences AS c USING pairs AS p
        WHERE c.org_id = $1 AND c.contact_id = p.from_id
        RETURNING c.*, p.to_id, p.merge_id
    ), put AS (
        INSERT INTO crm.contact_preferences AS c
            (org_id, contact_id, preferred_channel, paused_until, frequency_most, frequency_days, updated_at)
        SELECT DISTINCT ON (to_id)
               $1, to_id, preferred_channel, paused_until, frequency_most, frequency_days, updated_at
        FROM gone
        ORDER BY to_id, paused_until DESC NULLS LAST
        ON CONFLICT (org_id, contact_id) DO UPDATE
        SET preferred_channel = COALESCE(c.preferred_channel, EXCLUDED.preferred_channel),
            paused_until = GREATEST(c.paused_until, EXCLUDED.paused_until),
            frequency_most = CASE WHEN c.frequency_days IS NULL THEN EXCLUDED.frequency_most ELSE c.frequency_most END,
            frequency_days = COALESCE(c.frequency_days, EXCLUDED.frequency_days)
        RETURNING c.*
    )
    INSERT INTO crm.merged_rows (org_id, merge_id, kind, key, lost, kept, merged)
    SELECT $1, g.merge_id, 'contact_preferences', 'preferences',
           to_jsonb(g) - 'to_id' - 'merge_id', to_jsonb(k), to_jsonb(m)
    FROM gone AS g
    LEFT JOIN crm.contact_preferences AS k ON k.org_id = $1 AND k.contact_id = g.to_id
    LEFT JOIN put AS m ON m.contact_id = g.to_id
    WHERE g.merge_id IS NOT NULL
    "#
);

/// A device that both were met on has one row, the winner's.
const DEVICES: &str = with_pairs!(
    r#"
    gone AS (
        DELETE FROM crm.devices AS d USING pairs AS p
        WHERE d.org_id = $1 AND d.contact_id = p.from_id
        RETURNING d.*, p.to_id, p.merge_id
    ), put AS (
        INSERT INTO crm.devices AS d
            (org_id, contact_id, id, device_key, platform, os, os_version, model, browser, app_version, push_token,
             first_seen_at, last_seen_at)
        SELECT DISTINCT ON (to_id, device_key) $1, to_id, id, device_key, platform, os, os_version, model, browser,
               app_version, push_token, first_seen_at, last_seen_at
        FROM gone
        ORDER BY to_id, device_key, last_seen_at DESC
        ON CONFLICT DO NOTHING
        RETURNING d.*
    )
    INSERT INTO crm.merged_rows (org_id, merge_id, kind, key, lost, kept, merged)
    SELECT $1, g.merge_id, 'devices', g.device_key,
           to_jsonb(g) - 'to_id' - 'merge_id', to_jsonb(k), COALESCE(to_jsonb(m), to_jsonb(k))
    FROM gone AS g
    LEFT JOIN crm.devices AS k ON k.org_id = $1 AND k.contact_id = g.to_id AND k.device_key = g.device_key
    LEFT JOIN put AS m ON m.contact_id = g.to_id AND m.device_key = g.device_key
    WHERE g.merge_id IS NOT NULL
    "#
);

/// Tables whose rows can stand in each other's way, and how they move.
const MEETING: [(&str, &str); 5] = [
    ("devices", DEVICES),
    ("subscriptions", SUBSCRIPTIONS),
    ("record_contacts", RECORD_CONTACTS),
    ("segment_overrides", SEGMENT_OVERRIDES),
    ("contact_preferences", CONTACT_PREFERENCES),
];

impl CrmTx {
    /// Moves everything that belongs to contacts to others, by one statement a table however many
    /// contacts there are. The contacts themselves stay as they are.
    pub async fn move_rows(&mut self, moves: &[RowMove]) -> Result<(), DbError> {
        if moves.is_empty() {
            return Ok(());
        }
        let from: Vec<Uuid> = moves.iter().map(|m| m.from.uuid()).collect();
        let to: Vec<Uuid> = moves.iter().map(|m| m.to.uuid()).collect();
        let merges: Vec<Option<Uuid>> = moves.iter().map(|m| m.merge.map(MergeId::uuid)).collect();
        let org = self.org.uuid();
        let plain = PLAIN.iter().map(|(table, key)| {
            format!(
                r#"
                WITH pairs AS (
                    SELECT * FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS p (from_id, to_id, merge_id)
                ), moved AS (
                    UPDATE crm.{table} AS t SET contact_id = p.to_id
                    FROM pairs AS p
                    WHERE t.org_id = $1 AND t.contact_id = p.from_id
                    RETURNING p.merge_id, {key} AS key
                )
                INSERT INTO crm.merged_rows (org_id, merge_id, kind, key)
                SELECT $1, merge_id, '{table}', key FROM moved WHERE merge_id IS NOT NULL
                "#
            )
        });
        let meeting = MEETING.iter().map(|(_, statement)| (*statement).to_owned());
        for statement in plain.chain(meeting) {
            sqlx::query(AssertSqlSafe(statement))
                .bind(org)
                .bind(&from)
                .bind(&to)
                .bind(&merges)
                .execute(self.conn())
                .await?;
        }
        Ok(())
    }

    /// Gives back to the loser of a merge what went to the winner. Of rows that both had, the winner's
    /// becomes what it was, unless somebody has changed it since.
    pub async fn give_rows_back(
        &mut self,
        merge: MergeId,
        winner: ContactId,
        loser: ContactId,
    ) -> Result<(), DbError> {
        let org = self.org.uuid();
        let plain = PLAIN.iter().map(|(table, key)| {
            format!(
                r#"
                UPDATE crm.{table} AS t SET contact_id = $4
                FROM crm.merged_rows AS r
                WHERE r.org_id = $1 AND r.merge_id = $2 AND r.kind = '{table}'
                  AND t.org_id = $1 AND t.contact_id = $3 AND {key} = r.key
                "#
            )
        });
        let meeting = MEETING.iter().map(|(table, _)| {
            format!(
                r#"
                WITH rows AS (
                    SELECT lost, kept, merged FROM crm.merged_rows
                    WHERE org_id = $1 AND merge_id = $2 AND kind = '{table}'
                ), untouched AS (
                    DELETE FROM crm.{table} AS t USING rows AS r
                    WHERE t.org_id = $1 AND t.contact_id = $3
                      AND t = jsonb_populate_record(NULL::crm.{table}, r.merged)
                    RETURNING r.kept
                )
                INSERT INTO crm.{table}
                SELECT (jsonb_populate_record(NULL::crm.{table}, b.row)).*
                FROM (
                    SELECT kept AS row FROM untouched WHERE kept IS NOT NULL
                    UNION ALL
                    SELECT lost || jsonb_build_object('contact_id', $4::uuid) FROM rows
                ) AS b
                ON CONFLICT DO NOTHING
                "#
            )
        });
        for statement in plain.chain(meeting) {
            sqlx::query(AssertSqlSafe(statement))
                .bind(org)
                .bind(merge.uuid())
                .bind(winner.uuid())
                .bind(loser.uuid())
                .execute(self.conn())
                .await?;
        }
        sqlx::query("DELETE FROM crm.merged_rows WHERE org_id = $1 AND merge_id = $2")
            .bind(org)
            .bind(merge.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
#[path = "contact_rows_tests.rs"]
mod tests;
