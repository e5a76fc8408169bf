//! crm.import_records: what imports did to records.

use std::collections::BTreeMap;

use kernel::{ContactId, ImportId, RecordId, Timestamp};
use platform::DbError;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::record_item::Link;

/// What an import did to a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordTrace {
    pub record: RecordId,
    /// Whether the import made it.
    pub created: bool,
    /// Its `updated_at` as the import left it.
    pub left_at: Timestamp,
    /// By the names of changes: what was found, what was left.
    pub changes: BTreeMap<String, (Value, Value)>,
    /// Whom it linked the record with.
    pub contacts: Vec<ContactId>,
    /// Links of records that it made, and that it ended.
    pub linked: Vec<Link>,
    pub parted: Vec<Link>,
}

impl RecordTrace {
    /// Whether there is something to take back.
    #[must_use]
    pub fn says_something(&self) -> bool {
        self.created
            || !self.changes.is_empty()
            || !self.contacts.is_empty()
            || !self.linked.is_empty()
            || !self.parted.is_empty()
    }

    fn staged(&self) -> Value {
        let side = |side: fn(&(Value, Value)) -> &Value| -> Map<String, Value> {
            let values = self.changes.iter();
            values
                .map(|(name, both)| (name.clone(), side(both).clone()))
                .collect()
        };
        json!({
            "record_id": self.record.uuid(),
            "created": self.created,
            "left_at": self.left_at,
            "before": side(|both| &both.0),
            "after": side(|both| &both.1),
            "contacts": self.contacts.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
            "linked": links(&self.linked),
            "parted": links(&self.parted),
        })
    }
}

fn links(links: &[Link]) -> Vec<[Uuid; 3]> {
    let one = |link: &Link| [link.relation.uuid(), link.from.uuid(), link.to.uuid()];
    links.iter().map(one).collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    record_id: Uuid,
    created: bool,
    left_at: jiff_sqlx::Timestamp,
    before: Value,
    after: Value,
    contacts: Vec<Uuid>,
    linked: Value,
    parted: Value,
}

impl TryFrom<Row> for RecordTrace {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let before: Map<String, Value> = serde_json::from_value(row.before)?;
        let mut after: Map<String, Value> = serde_json::from_value(row.after)?;
        let links = |value: Value| -> Result<Vec<Link>, DbError> {
            let all: Vec<[Uuid; 3]> = serde_json::from_value(value)?;
            let link = |[relation, from, to]: [Uuid; 3]| Link {
                relation: relation.into(),
                from: from.into(),
                to: to.into(),
            };
            Ok(all.into_iter().map(link).collect())
        };
        Ok(Self {
            record: row.record_id.into(),
            created: row.created,
            left_at: row.left_at.to_jiff(),
            changes: before
                .into_iter()
                .map(|(name, found)| {
                    let left = after.remove(&name).unwrap_or_default();
                    (name, (found, left))
                })
                .collect(),
            contacts: row.contacts.into_iter().map(ContactId::from_uuid).collect(),
            linked: links(row.linked)?,
            parted: links(row.parted)?,
        })
    }
}

impl CrmTx {
    /// Writes down what a chunk did. Of a record that an earlier chunk had come to, what that one found
    /// and what this one left count.
    pub async fn trace_records(&mut self, import: ImportId, traces: &[RecordTrace]) -> Result<(), DbError> {
        if traces.is_empty() {
            return Ok(());
        }
        let rows: Vec<Value> = traces.iter().map(RecordTrace::staged).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.import_records AS t
                (org_id, import_id, record_id, created, left_at, before, after, contacts, linked, parted)
            SELECT $1, $2, n.record_id, n.created, n.left_at, n.before, n.after, n.contacts, n.linked, n.parted
            FROM jsonb_to_recordset($3) AS n (
                record_id uuid, created boolean, left_at timestamptz, before jsonb, after jsonb, contacts uuid[],
                linked jsonb, parted jsonb
            )
            ON CONFLICT (org_id, import_id, record_id) DO UPDATE
            SET left_at = excluded.left_at,
                before = excluded.before || t.before,
                after = t.after || excluded.after,
                contacts = t.contacts || excluded.contacts,
                linked = t.linked || excluded.linked,
                parted = t.parted || excluded.parted
            "#,
        )
        .bind(org)
        .bind(import.uuid())
        .bind(Value::Array(rows))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Some of what an import did, behind a record.
    pub async fn record_traces(
        &mut self,
        import: ImportId,
        after: Option<RecordId>,
        limit: i64,
    ) -> Result<Vec<RecordTrace>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT record_id, created, left_at, before, after, contacts, linked, parted
            FROM crm.import_records
            WHERE org_id = $1 AND import_id = $2 AND ($3::uuid IS NULL OR record_id > $3)
            ORDER BY record_id
            LIMIT $4
            "#,
        )
        .bind(org)
        .bind(import.uuid())
        .bind(after.map(|id| id.uuid()))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(RecordTrace::try_from).collect()
    }

    /// Those of some records that an import made which are as it left them: nobody has changed them, or
    /// linked them with anybody or anything that the import did not.
    pub async fn untouched_records(
        &mut self,
        import: ImportId,
        records: &[RecordId],
    ) -> Result<Vec<RecordId>, DbError> {
        let records: Vec<Uuid> = records.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let untouched: Vec<Uuid> = sqlx::query_scalar(
            r#"
            SELECT r.id
            FROM crm.import_records AS t
            JOIN crm.records AS r ON r.org_id = $1 AND r.id = t.record_id
            WHERE t.org_id = $1 AND t.import_id = $2 AND t.record_id = ANY($3) AND t.created
              AND r.updated_at = t.left_at
              AND NOT EXISTS (
                SELECT 1 FROM crm.record_contacts AS c
                WHERE c.org_id = $1 AND c.record_id = r.id AND c.contact_id <> ALL(t.contacts)
              )
              AND NOT EXISTS (
                SELECT 1
                FROM (
                    SELECT k.relation_id, k.from_record, k.to_record FROM crm.record_links AS k
                    WHERE k.org_id = $1 AND k.from_record = r.id
                    UNION ALL
                    SELECT k.relation_id, k.from_record, k.to_record FROM crm.record_links AS k
                    WHERE k.org_id = $1 AND k.to_record = r.id
                ) AS l
                WHERE NOT EXISTS (
                    SELECT 1 FROM crm.import_records AS o
                    WHERE o.org_id = $1 AND o.import_id = $2 AND o.record_id IN (l.from_record, l.to_record)
                      AND o.linked @> jsonb_build_array(jsonb_build_array(l.relation_id, l.from_record, l.to_record))
                )
              )
            "#,
        )
        .bind(org)
        .bind(import.uuid())
        .bind(&records)
        .fetch_all(self.conn())
        .await?;
        Ok(untouched.into_iter().map(RecordId::from_uuid).collect())
    }

    /// Those of some links whose first record has none of their relation now.
    pub async fn links_to_restore(&mut self, parted: &[Link]) -> Result<Vec<Link>, DbError> {
        if parted.is_empty() {
            return Ok(Vec::new());
        }
        let ids = |id: fn(&Link) -> Uuid| -> Vec<Uuid> { parted.iter().map(id).collect() };
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            SELECT DISTINCT ON (l.relation_id, l.from_record) l.relation_id, l.from_record, l.to_record
            FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) WITH ORDINALITY AS l (relation_id, from_record, to_record, n)
            JOIN crm.relations AS x ON x.org_id = $1 AND x.id = l.relation_id
            JOIN crm.records AS f ON f.org_id = $1 AND f.id = l.from_record
            JOIN crm.records AS r ON r.org_id = $1 AND r.id = l.to_record
            WHERE NOT EXISTS (
                SELECT 1 FROM crm.record_links AS k
                WHERE k.org_id = $1 AND k.relation_id = l.relation_id AND k.from_record = l.from_record
            )
            -- What the import found counts, not what one of its own rows had made.
            ORDER BY l.relation_id, l.from_record, l.n
            "#,
        )
        .bind(org)
        .bind(ids(|link| link.relation.uuid()))
        .bind(ids(|link| link.from.uuid()))
        .bind(ids(|link| link.to.uuid()))
        .fetch_all(self.conn())
        .await?;
        let link = |(relation, from, to): (Uuid, Uuid, Uuid)| Link {
            relation: relation.into(),
            from: from.into(),
            to: to.into(),
        };
        Ok(rows.into_iter().map(link).collect())
    }

    /// Those of some people whose data a cause changed.
    pub async fn changed_by_cause(
        &mut self,
        cause: Uuid,
        people: &[ContactId],
    ) -> Result<Vec<ContactId>, DbError> {
        let ids: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let found: Vec<Uuid> = sqlx::query_scalar(
            r#"
            SELECT DISTINCT contact_id FROM crm.contact_changes
            WHERE org_id = $1 AND contact_id = ANY($3) AND cause_id = $2 AND cause <> 'undo'
            "#,
        )
        .bind(org)
        .bind(cause)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        Ok(found.into_iter().map(ContactId::from_uuid).collect())
    }
}
