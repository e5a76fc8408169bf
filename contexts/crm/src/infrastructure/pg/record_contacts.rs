//! crm.record_contacts: whom records belong to.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, ObjectId, RecordId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::{
    CrmTx,
    records::{Row, record_columns},
};
use crate::domain::{change::By, contact, record::Record, record_item::RecordContact};

/// A person whom a record belongs to.
#[derive(Clone, Debug)]
pub struct LinkedContact {
    pub id: ContactId,
    pub email: Option<String>,
    pub name: String,
    pub role: String,
    pub primary: bool,
    pub linked_at: Timestamp,
}

/// A record that belongs to a person.
#[derive(Clone, Debug)]
pub struct LinkedRecord {
    pub contact: ContactId,
    pub role: String,
    pub primary: bool,
    pub record: Record,
}

impl CrmTx {
    /// Links people with records of an object, or changes roles of links that exist. Somebody who has
    /// no primary record of the object yet gets the first one as theirs. Returns those links that
    /// are new or other than before.
    pub async fn link_contacts(
        &mut self,
        object: ObjectId,
        links: &[RecordContact],
    ) -> Result<Vec<(ContactId, RecordId)>, DbError> {
        if links.is_empty() {
            return Ok(Vec::new());
        }
        let (org, now) = (self.org.uuid(), self.now().to_sqlx());
        let contacts: Vec<Uuid> = links.iter().map(|link| link.contact.uuid()).collect();
        let records: Vec<Uuid> = links.iter().map(|link| link.record.uuid()).collect();
        let roles: Vec<Option<&str>> = links.iter().map(|link| link.role.as_deref()).collect();
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            r#"
            INSERT INTO crm.record_contacts AS rc (org_id, contact_id, object_id, record_id, role, linked_at)
            SELECT DISTINCT ON (l.contact_id, l.record_id)
                   $1, l.contact_id, $2, l.record_id, COALESCE(l.role, ''), $6
            FROM UNNEST($3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY AS l (contact_id, record_id, role, n)
            ORDER BY l.contact_id, l.record_id, l.n DESC
            ON CONFLICT (org_id, contact_id, object_id, record_id) DO UPDATE
            SET role = excluded.role
            -- A role that is not said stays: a new link's is empty then, too.
            WHERE rc.role <> excluded.role AND (excluded.contact_id, excluded.record_id) IN (
                SELECT s.contact_id, s.record_id
                FROM UNNEST($3::uuid[], $4::uuid[], $5::text[]) AS s (contact_id, record_id, role)
                WHERE s.role IS NOT NULL
            )
            RETURNING contact_id, record_id
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&contacts)
        .bind(&records)
        .bind(&roles)
        .bind(now)
        .fetch_all(self.conn())
        .await?;
        let mut touched: Vec<(ContactId, RecordId)> = rows
            .into_iter()
            .map(|(contact, record)| (contact.into(), record.into()))
            .collect();
        let chosen: Vec<(ContactId, RecordId)> = links
            .iter()
            .filter(|link| link.primary == Some(true))
            .map(|link| (link.contact, link.record))
            .collect();
        touched.extend(self.make_primary(object, &chosen).await?);
        self.elect_primaries(object, &contacts).await?;
        touched.sort_unstable();
        touched.dedup();
        Ok(touched)
    }

    /// Makes records the primary ones of people. Returns those that were not.
    async fn make_primary(
        &mut self,
        object: ObjectId,
        chosen: &[(ContactId, RecordId)],
    ) -> Result<Vec<(ContactId, RecordId)>, DbError> {
        if chosen.is_empty() {
            return Ok(Vec::new());
        }
        let contacts: Vec<Uuid> = chosen.iter().map(|(contact, _)| contact.uuid()).collect();
        let records: Vec<Uuid> = chosen.iter().map(|(_, record)| record.uuid()).collect();
        let org = self.org.uuid();
        // One statement before the other: the index that allows one primary is checked row by row.
        sqlx::query(
            r#"
            UPDATE crm.record_contacts AS rc SET is_primary = false
            FROM UNNEST($3::uuid[], $4::uuid[]) AS c (contact_id, record_id)
            WHERE rc.org_id = $1 AND rc.object_id = $2 AND rc.contact_id = c.contact_id
              AND rc.is_primary AND rc.record_id <> c.record_id
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&contacts)
        .bind(&records)
        .execute(self.conn())
        .await?;
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            r#"
            UPDATE crm.record_contacts AS rc SET is_primary = true
            FROM (
                SELECT DISTINCT ON (contact_id) contact_id, record_id
                FROM UNNEST($3::uuid[], $4::uuid[]) WITH ORDINALITY AS c (contact_id, record_id, n)
                ORDER BY contact_id, n DESC
            ) AS last
            WHERE rc.org_id = $1 AND rc.object_id = $2 AND rc.contact_id = last.contact_id
              AND rc.record_id = last.record_id AND NOT rc.is_primary
            RETURNING rc.contact_id, rc.record_id
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&contacts)
        .bind(&records)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(contact, record)| (contact.into(), record.into()))
            .collect())
    }

    /// Gives those who have no primary record of an object the one that they are linked with longest.
    pub async fn elect_primaries(&mut self, object: ObjectId, contacts: &[Uuid]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.record_contacts AS rc SET is_primary = true
            FROM (
                SELECT DISTINCT ON (c.contact_id) c.contact_id, c.record_id
                FROM crm.record_contacts AS c
                WHERE c.org_id = $1 AND c.object_id = $2 AND c.contact_id = ANY($3)
                  AND NOT EXISTS (
                    SELECT 1 FROM crm.record_contacts AS p
                    WHERE p.org_id = $1 AND p.contact_id = c.contact_id AND p.object_id = $2 AND p.is_primary
                  )
                ORDER BY c.contact_id, c.linked_at, c.record_id
            ) AS first
            WHERE rc.org_id = $1 AND rc.contact_id = first.contact_id AND rc.object_id = $2
              AND rc.record_id = first.record_id
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(contacts)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Takes links away. Returns those that existed.
    pub async fn unlink_contacts(
        &mut self,
        object: ObjectId,
        links: &[(ContactId, RecordId)],
    ) -> Result<Vec<(ContactId, RecordId)>, DbError> {
        let contacts: Vec<Uuid> = links.iter().map(|(contact, _)| contact.uuid()).collect();
        let records: Vec<Uuid> = links.iter().map(|(_, record)| record.uuid()).collect();
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            r#"
            DELETE FROM crm.record_contacts AS rc
            USING UNNEST($3::uuid[], $4::uuid[]) AS l (contact_id, record_id)
            WHERE rc.org_id = $1 AND rc.object_id = $2 AND rc.contact_id = l.contact_id
              AND rc.record_id = l.record_id
            RETURNING rc.contact_id, rc.record_id
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&contacts)
        .bind(&records)
        .fetch_all(self.conn())
        .await?;
        self.elect_primaries(object, &contacts).await?;
        Ok(rows
            .into_iter()
            .map(|(contact, record)| (contact.into(), record.into()))
            .collect())
    }

    /// Gives the people of one record to another, where they do not have it already.
    pub async fn move_contacts(
        &mut self,
        object: ObjectId,
        from: RecordId,
        to: RecordId,
    ) -> Result<Vec<ContactId>, DbError> {
        let org = self.org.uuid();
        let moved: Vec<Uuid> = sqlx::query_scalar(
            r#"
            WITH had AS (
                DELETE FROM crm.record_contacts
                WHERE org_id = $1 AND object_id = $2 AND record_id = $3
                RETURNING contact_id, role, linked_at
            ), given AS (
                INSERT INTO crm.record_contacts (org_id, contact_id, object_id, record_id, role, linked_at)
                SELECT $1, contact_id, $2, $4, role, linked_at FROM had
                ON CONFLICT (org_id, contact_id, object_id, record_id) DO NOTHING
            )
            SELECT contact_id FROM had
            "#,
        )
        .bind(org)
        .bind(object.uuid())
        .bind(from.uuid())
        .bind(to.uuid())
        .fetch_all(self.conn())
        .await?;
        self.elect_primaries(object, &moved).await?;
        Ok(moved.into_iter().map(ContactId::from_uuid).collect())
    }

    /// Everybody whom some records belong to.
    pub async fn contacts_of_records(&mut self, records: &[RecordId]) -> Result<Vec<ContactId>, DbError> {
        let records: Vec<Uuid> = records.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT DISTINCT contact_id FROM crm.record_contacts WHERE org_id = $1 AND record_id = ANY($2)",
        )
        .bind(org)
        .bind(&records)
        .fetch_all(self.conn())
        .await?;
        Ok(ids.into_iter().map(ContactId::from_uuid).collect())
    }

    /// A page of the people of a record, in the order of their ids, after `after`.
    pub async fn linked_contacts(
        &mut self,
        record: RecordId,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<LinkedContact>, DbError> {
        #[derive(sqlx::FromRow)]
        struct Linked {
            id: Uuid,
            email: Option<String>,
            external_id: Option<String>,
            first_name: String,
            last_name: String,
            role: String,
            is_primary: bool,
            linked_at: jiff_sqlx::Timestamp,
        }
        let org = self.org.uuid();
        let rows: Vec<Linked> = sqlx::query_as(
            r#"
            SELECT c.id, c.email, c.external_id, c.first_name, c.last_name, rc.role, rc.is_primary, rc.linked_at
            FROM crm.record_contacts AS rc
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = rc.contact_id
            WHERE rc.org_id = $1 AND rc.record_id = $2 AND ($3::uuid IS NULL OR rc.contact_id > $3)
            ORDER BY rc.contact_id
            LIMIT $4
            "#,
        )
        .bind(org)
        .bind(record.uuid())
        .bind(after.map(|id| id.uuid()))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        let linked = |row: Linked| LinkedContact {
            name: contact::label(
                &row.first_name,
                &row.last_name,
                row.email.as_deref(),
                row.external_id.as_deref(),
            ),
            id: row.id.into(),
            email: row.email,
            role: row.role,
            primary: row.is_primary,
            linked_at: row.linked_at.to_jiff(),
        };
        Ok(rows.into_iter().map(linked).collect())
    }

    /// The newest records of people, of each object at most `most` a person; the primary one first.
    pub async fn records_of_contacts(
        &mut self,
        contacts: &[ContactId],
        objects: &[ObjectId],
        most: i64,
    ) -> Result<Vec<LinkedRecord>, DbError> {
        #[derive(sqlx::FromRow)]
        struct Linked {
            contact_id: Uuid,
            role: String,
            is_primary: bool,
            #[sqlx(flatten)]
            row: Row,
        }
        let contacts: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let objects: Vec<Uuid> = objects.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows: Vec<Linked> = sqlx::query_as(concat!(
            "SELECT p.contact_id, p.role, p.is_primary, ",
            record_columns!(),
            " FROM UNNEST($2::uuid[]) AS c (id) CROSS JOIN UNNEST($3::uuid[]) AS o (id) \
              CROSS JOIN LATERAL ( \
                SELECT rc.contact_id, rc.record_id, rc.role, rc.is_primary FROM crm.record_contacts AS rc \
                WHERE rc.org_id = $1 AND rc.contact_id = c.id AND rc.object_id = o.id \
                ORDER BY rc.is_primary DESC, rc.record_id DESC LIMIT $4) AS p \
              JOIN crm.records AS r ON r.org_id = $1 AND r.id = p.record_id \
              ORDER BY p.contact_id, r.object_id, p.is_primary DESC, r.id DESC"
        ))
        .bind(org)
        .bind(&contacts)
        .bind(&objects)
        .bind(most)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|linked| {
                Ok(LinkedRecord {
                    contact: linked.contact_id.into(),
                    role: linked.role,
                    primary: linked.is_primary,
                    record: Record::try_from(linked.row)?,
                })
            })
            .collect()
    }

    /// Lets the text of people's company follow the name of their primary one, and writes that down in
    /// their audit. Returns whose changed.
    pub async fn follow_companies(
        &mut self,
        companies: ObjectId,
        contacts: &[ContactId],
        by: &By,
        now: Timestamp,
    ) -> Result<Vec<ContactId>, DbError> {
        if contacts.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let changed: Vec<Uuid> = sqlx::query_scalar(
            r#"
            WITH named AS (
                SELECT c.id, c.company AS old, COALESCE(r.name, '') AS name
                FROM crm.contacts AS c
                LEFT JOIN crm.record_contacts AS rc
                  ON rc.org_id = $1 AND rc.contact_id = c.id AND rc.object_id = $2 AND rc.is_primary
                LEFT JOIN crm.records AS r ON r.org_id = $1 AND r.id = rc.record_id
                WHERE c.org_id = $1 AND c.id = ANY($3)
                ORDER BY c.id
                FOR UPDATE OF c
            ), followed AS (
                UPDATE crm.contacts AS c SET company = named.name, updated_at = $4
                FROM named
                WHERE c.org_id = $1 AND c.id = named.id AND c.company <> named.name
                RETURNING c.id, named.old, named.name
            )
            INSERT INTO crm.contact_changes (org_id, contact_id, at, id, actor, actor_id, cause, cause_id, before, after)
            SELECT $1, f.id, $4, gen_random_uuid(), $5, $6, $7, $8,
                   jsonb_build_object('company', NULLIF(f.old, '')), jsonb_build_object('company', NULLIF(f.name, ''))
            FROM followed AS f
            RETURNING contact_id
            "#,
        )
        .bind(org)
        .bind(companies.uuid())
        .bind(&ids)
        .bind(now.to_sqlx())
        .bind(by.actor.as_str())
        .bind(by.actor.id())
        .bind(by.cause.as_str())
        .bind(by.cause.id())
        .fetch_all(self.conn())
        .await?;
        Ok(changed.into_iter().map(ContactId::from_uuid).collect())
    }
}
