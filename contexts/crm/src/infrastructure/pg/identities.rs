//! Whom events are about: contacts by their identifiers, newcomers, and strangers who turned out to be
//! somebody known.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, EmailAddress, SourceId, Timestamp};
use platform::DbError;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CrmTx, contact_rows::RowMove, contacts::SaveError};
use crate::domain::{
    contact::{Contact, TextField},
    identity::{Conflict, IdentifierKind, People, Person},
};

/// Identifiers to look for, each once.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub external_ids: Vec<String>,
    pub emails: Vec<String>,
    pub anonymous_ids: Vec<String>,
    pub contacts: Vec<ContactId>,
}

/// Somebody found, and when they were last active.
#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    value: String,
    id: Uuid,
    external_id: Option<String>,
    email: Option<String>,
    anonymous: bool,
    lacks_timezone: bool,
    lacks_locale: bool,
    last_active_at: Option<jiff_sqlx::Timestamp>,
}

/// Who is known, and when each was last active.
#[derive(Debug, Default)]
pub struct Found {
    pub people: People,
    pub active: std::collections::HashMap<ContactId, Timestamp>,
}

impl CrmTx {
    /// Everybody whom these identifiers lead to, by one statement.
    pub async fn find_people(&mut self, wanted: &Wanted) -> Result<Found, DbError> {
        let org = self.org.uuid();
        let ids: Vec<Uuid> = wanted.contacts.iter().map(|id| id.uuid()).collect();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT f.kind, f.value, c.id, c.external_id, c.email, c.anonymous, c.timezone = '' AS lacks_timezone,
                   c.locale = '' AS lacks_locale, c.last_active_at
            FROM (
                SELECT 1 AS rank, 'external_id' AS kind, w.value, o.id
                FROM UNNEST($2::text[]) AS w (value)
                -- One look by key for each, whatever the planner thinks of the array's length.
                CROSS JOIN LATERAL (
                    SELECT id FROM crm.contacts WHERE org_id = $1 AND external_id = w.value OFFSET 0
                ) AS o
                UNION ALL
                SELECT 1, 'email', w.value, o.id
                FROM UNNEST($3::text[]) AS w (value)
                CROSS JOIN LATERAL (
                    SELECT id FROM crm.contacts WHERE org_id = $1 AND email = w.value OFFSET 0
                ) AS o
                UNION ALL
                -- What people were called before, and the anonymous IDs of their browsers.
                SELECT 2, w.kind, w.value, o.id
                FROM (
                    SELECT 'external_id' AS kind, value FROM UNNEST($2::text[]) AS e (value)
                    UNION ALL SELECT 'email', value FROM UNNEST($3::text[]) AS e (value)
                    UNION ALL SELECT 'anonymous_id', value FROM UNNEST($4::text[]) AS e (value)
                ) AS w
                CROSS JOIN LATERAL (
                    SELECT contact_id AS id FROM crm.contact_identifiers
                    WHERE org_id = $1 AND kind = w.kind AND value = w.value
                    OFFSET 0
                ) AS o
                UNION ALL
                SELECT 3, '', '', w.id FROM UNNEST($5::uuid[]) AS w (id)
            ) AS f
            CROSS JOIN LATERAL (
                SELECT id, external_id, email, anonymous, timezone, locale, last_active_at
                FROM crm.contacts WHERE org_id = $1 AND id = f.id
                OFFSET 0
            ) AS c
            ORDER BY f.rank
            "#,
        )
        .bind(org)
        .bind(&wanted.external_ids)
        .bind(&wanted.emails)
        .bind(&wanted.anonymous_ids)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        let mut found = Found::default();
        for row in rows {
            let id = ContactId::from_uuid(row.id);
            if let Some(at) = row.last_active_at {
                found.active.insert(id, at.to_jiff());
            }
            let email = row.email.as_deref().map(EmailAddress::parse).transpose();
            let person = Person {
                id,
                external_id: row.external_id,
                email: email.map_err(|_| DbError::InconsistentRow {
                    table: "crm.contacts",
                    column: "email",
                    id: id.to_string(),
                })?,
                anonymous: row.anonymous,
                new: false,
                lacks_timezone: row.lacks_timezone,
                lacks_locale: row.lacks_locale,
                changed: false,
            };
            match IdentifierKind::parse(&row.kind) {
                Some(kind) => found.people.know(kind, row.value, person),
                None => {
                    found.people.bring_in(person);
                }
            }
        }
        Ok(found)
    }

    /// Lets one transaction of the organisation at a time decide who is who. Those that only write
    /// events of people who are known do not ask for it.
    pub async fn lock_identities(&mut self) -> Result<(), DbError> {
        let name = format!("crm.identities {}", self.org);
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(name)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Writes people who were met for the first time, with whether each is still a stranger.
    pub async fn insert_people(&mut self, people: &[(Contact, bool)]) -> Result<(), SaveError> {
        if people.is_empty() {
            return Ok(());
        }
        let rows: Vec<Value> = people
            .iter()
            .map(|(contact, anonymous)| row_of(contact, *anonymous))
            .collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.contacts
                (org_id, id, email, external_id, first_name, last_name, phone, company, city, country, locale,
                 timezone, attributes, source, anonymous, created_at, updated_at)
            SELECT $1, s.id, s.email, s.external_id, s.first_name, s.last_name, s.phone, s.company, s.city,
                   s.country, s.locale, s.timezone, s.attributes, s.source, s.anonymous, s.created_at, s.created_at
            FROM jsonb_to_recordset($2) AS s (
                id uuid, email text, external_id text, first_name text, last_name text, phone text, company text,
                city text, country text, locale text, timezone text, attributes jsonb, source text,
                anonymous boolean, created_at timestamptz
            )
            "#,
        )
        .bind(org)
        .bind(Value::Array(rows))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that these are no strangers any more.
    pub async fn identify_people(&mut self, contacts: &[ContactId]) -> Result<(), DbError> {
        if contacts.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(
            "UPDATE crm.contacts SET anonymous = false, identified_at = $3 \
             WHERE org_id = $1 AND id = ANY($2) AND anonymous",
        )
        .bind(org)
        .bind(&ids)
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes under which identifiers people were met.
    pub async fn link_identifiers(
        &mut self,
        links: &[(IdentifierKind, &str, ContactId)],
        at: Timestamp,
    ) -> Result<(), DbError> {
        if links.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = links.iter().map(|(kind, _, _)| kind.as_str()).collect();
        let values: Vec<&str> = links.iter().map(|(_, value, _)| *value).collect();
        let contacts: Vec<Uuid> = links.iter().map(|(_, _, id)| id.uuid()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.contact_identifiers (org_id, kind, value, contact_id, first_seen_at)
            SELECT $1, kind, value, contact_id, $5
            FROM UNNEST($2::text[], $3::text[], $4::uuid[]) AS t (kind, value, contact_id)
            ORDER BY kind, value
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(&kinds)
        .bind(&values)
        .bind(&contacts)
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Moves all that strangers left to the people that they turned out to be, and deletes them.
    pub async fn merge_strangers(&mut self, merges: &[(ContactId, ContactId)]) -> Result<(), DbError> {
        if merges.is_empty() {
            return Ok(());
        }
        let moves: Vec<RowMove> = merges
            .iter()
            .map(|(from, to)| RowMove {
                from: *from,
                to: *to,
                merge: None,
            })
            .collect();
        self.move_rows(&moves).await?;
        let (from, into): (Vec<Uuid>, Vec<Uuid>) = merges
            .iter()
            .map(|(from, into)| (from.uuid(), into.uuid()))
            .unzip();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH pairs AS (
                SELECT * FROM UNNEST($2::uuid[], $3::uuid[]) AS p (from_id, into_id)
            ), log AS (
                UPDATE crm.event_log AS l SET contact_id = p.into_id
                FROM pairs AS p WHERE l.org_id = $1 AND l.contact_id = p.from_id
            ), tags AS (
                DELETE FROM crm.contact_tags AS t USING pairs AS p WHERE t.org_id = $1 AND t.contact_id = p.from_id
            )
            DELETE FROM crm.contacts AS c USING pairs AS p
            WHERE c.org_id = $1 AND c.id = p.from_id AND c.anonymous
            "#,
        )
        .bind(org)
        .bind(&from)
        .bind(&into)
        .execute(self.conn())
        .await?;
        self.release_values_of(&from).await?;
        self.forget_met(&from).await
    }

    /// Deletes under which identifiers and on which devices contacts were met, what the debugger shows
    /// of them, and conflicts about them.
    pub(super) async fn forget_met(&mut self, contacts: &[Uuid]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH identifiers AS (
                DELETE FROM crm.contact_identifiers WHERE org_id = $1 AND contact_id = ANY($2)
            ), devices AS (
                DELETE FROM crm.devices WHERE org_id = $1 AND contact_id = ANY($2)
            ), records AS (
                DELETE FROM crm.record_contacts WHERE org_id = $1 AND contact_id = ANY($2)
            ), log AS (
                DELETE FROM crm.event_log WHERE org_id = $1 AND contact_id = ANY($2)
            )
            DELETE FROM crm.identity_conflicts
            WHERE org_id = $1 AND (contact_id = ANY($2) OR other_contact_id = ANY($2))
            "#,
        )
        .bind(org)
        .bind(contacts)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that identified people are claimed to be one; each claim once.
    pub async fn note_conflicts(
        &mut self,
        conflicts: &[Conflict],
        source: Option<SourceId>,
        at: Timestamp,
    ) -> Result<(), DbError> {
        if conflicts.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = conflicts.iter().map(|_| Uuid::now_v7()).collect();
        let contacts: Vec<Uuid> = conflicts.iter().map(|c| c.contact.uuid()).collect();
        let others: Vec<Uuid> = conflicts.iter().map(|c| c.other.uuid()).collect();
        let kinds: Vec<&str> = conflicts.iter().map(|c| c.kind.as_str()).collect();
        let values: Vec<&str> = conflicts.iter().map(|c| c.value.as_str()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.identity_conflicts
                (org_id, id, contact_id, other_contact_id, kind, value, source_id, at)
            SELECT $1, t.id, t.contact_id, t.other_id, t.kind, t.value, $7, $8
            FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
                AS t (id, contact_id, other_id, kind, value)
            ORDER BY t.contact_id, t.other_id, t.kind, t.value
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(&contacts)
        .bind(&others)
        .bind(&kinds)
        .bind(&values)
        .bind(source.map(SourceId::uuid))
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

fn row_of(contact: &Contact, anonymous: bool) -> Value {
    let mut row = json!({
        "id": contact.id.uuid(),
        "email": contact.email,
        "external_id": contact.external_id,
        "attributes": contact.attributes,
        "source": contact.source.as_str(),
        "anonymous": anonymous,
        "created_at": contact.created_at,
    });
    for field in TextField::ALL {
        row[field.key()] = contact.texts.get(field).into();
    }
    row
}
