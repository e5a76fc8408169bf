//! crm.contact_changes: the audit of contacts.

use jiff_sqlx::ToSqlx;
use kernel::{ChangeId, ContactId, Timestamp};
use platform::DbError;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{
    change::{Actor, By, Cause, ContactChange, Difference},
    contact::Contact,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: jiff_sqlx::Timestamp,
    actor: String,
    actor_id: Option<Uuid>,
    cause: String,
    cause_id: Option<Uuid>,
    before: Value,
    after: Value,
}

impl TryFrom<Row> for ContactChange {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = ChangeId::from_uuid(row.id);
        let inconsistent = |column| DbError::InconsistentRow {
            table: "crm.contact_changes",
            column,
            id: id.to_string(),
        };
        Ok(ContactChange {
            id,
            at: row.at.to_jiff(),
            by: By {
                actor: Actor::parse(&row.actor, row.actor_id).ok_or_else(|| inconsistent("actor"))?,
                cause: Cause::parse(&row.cause, row.cause_id).ok_or_else(|| inconsistent("cause"))?,
            },
            what: Difference {
                before: members(row.before).ok_or_else(|| inconsistent("before"))?,
                after: members(row.after).ok_or_else(|| inconsistent("after"))?,
            },
        })
    }
}

fn members(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Where a page of changes ended.
pub type ChangePosition = (Timestamp, ChangeId);

/// Writes down what became of contacts, by one statement for all of them.
pub(super) async fn insert(tx: &mut CrmTx, changes: &[(&Contact, &Contact)], by: &By) -> Result<(), DbError> {
    let between = |(old, new): &(&Contact, &Contact)| {
        let what = Difference::between(old, new);
        (new.id, new.updated_at, what)
    };
    let changes: Vec<_> = changes.iter().map(between).collect();
    insert_differences(tx, changes, by).await
}

async fn insert_differences(
    tx: &mut CrmTx,
    changes: Vec<(ContactId, Timestamp, Difference)>,
    by: &By,
) -> Result<(), DbError> {
    let (mut ids, mut contacts, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (contact, at, what) in changes {
        if what.after.is_empty() {
            continue;
        }
        ids.push(ChangeId::generate().uuid());
        contacts.push(contact.uuid());
        times.push(at.to_sqlx());
        before.push(Value::Object(what.before));
        after.push(Value::Object(what.after));
    }
    if ids.is_empty() {
        return Ok(());
    }
    let org = tx.org.uuid();
    sqlx::query(
        r#"
        INSERT INTO crm.contact_changes (org_id, contact_id, at, id, actor, actor_id, cause, cause_id, before, after)
        SELECT $1, t.contact_id, t.at, t.id, $2, $3, $4, $5, t.before, t.after
        FROM UNNEST($6::uuid[], $7::timestamptz[], $8::uuid[], $9::jsonb[], $10::jsonb[])
            AS t (contact_id, at, id, before, after)
        "#,
    )
    .bind(org)
    .bind(by.actor.as_str())
    .bind(by.actor.id())
    .bind(by.cause.as_str())
    .bind(by.cause.id())
    .bind(&contacts)
    .bind(&times)
    .bind(&ids)
    .bind(&before)
    .bind(&after)
    .execute(tx.conn())
    .await?;
    Ok(())
}

impl CrmTx {
    /// Writes down what became of contacts elsewhere than in their own columns.
    pub async fn note_changes(
        &mut self,
        changes: &[(ContactId, Difference)],
        by: &By,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let dated = |(contact, what): &(ContactId, Difference)| (*contact, now, what.clone());
        let changes = changes.iter().map(dated).collect();
        insert_differences(self, changes, by).await
    }

    /// The changes of a contact, the newest first, after a position.
    pub async fn contact_changes(
        &mut self,
        contact: ContactId,
        after: Option<ChangePosition>,
        limit: i64,
    ) -> Result<Vec<ContactChange>, DbError> {
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, at, actor, actor_id, cause, cause_id, before, after
            FROM crm.contact_changes
            WHERE org_id = $1
              AND contact_id = $2
              AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4))
            ORDER BY at DESC, id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id.map(ChangeId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(ContactChange::try_from).collect()
    }

    /// What an import, a bulk action or a merge changed: of up to `contacts` contacts behind one, in
    /// the order of their ids, each with all of its changes as one.
    pub async fn changes_of_cause(
        &mut self,
        cause: Uuid,
        after: Option<ContactId>,
        contacts: i64,
    ) -> Result<Vec<(ContactId, Difference)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Value, Value)> = sqlx::query_as(
            r#"
            SELECT contact_id, before, after
            FROM crm.contact_changes
            WHERE org_id = $1
              AND cause_id = $2
              -- Taking it back has the same identifier.
              AND cause <> 'undo'
              AND contact_id IN (
                SELECT DISTINCT contact_id
                FROM crm.contact_changes
                WHERE org_id = $1 AND cause_id = $2 AND ($3::uuid IS NULL OR contact_id > $3)
                ORDER BY contact_id
                LIMIT $4
              )
            ORDER BY contact_id, at, id
            "#,
        )
        .bind(org)
        .bind(cause)
        .bind(after.map(ContactId::uuid))
        .bind(contacts)
        .fetch_all(self.conn())
        .await?;
        let mut found: Vec<(ContactId, Difference)> = Vec::new();
        for (contact, before, after) in rows {
            let change = Difference {
                before: members(before).unwrap_or_default(),
                after: members(after).unwrap_or_default(),
            };
            match found.last_mut() {
                Some((last, so_far)) if last.uuid() == contact => so_far.then(change),
                _ => found.push((contact.into(), change)),
            }
        }
        Ok(found)
    }
}
