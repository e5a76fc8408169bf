//! Companies that `group` calls name: records of the built-in object.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, Timestamp};
use platform::DbError;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::CrmTx;

/// A company as a call tells it.
#[derive(Clone, Debug)]
pub struct MetCompany<'a> {
    pub external_id: &'a str,
    /// Empty when it was not said.
    pub name: &'a str,
    /// Values that have been checked against the object's fields; null clears.
    pub attributes: Map<String, Value>,
}

impl CrmTx {
    /// Creates or changes companies by what another system calls them, each once, and links contacts to
    /// them. The first company of somebody becomes their primary one.
    pub async fn meet_companies(
        &mut self,
        companies: &[MetCompany<'_>],
        members: &[(ContactId, &str)],
        at: Timestamp,
    ) -> Result<(), DbError> {
        if companies.is_empty() {
            return Ok(());
        }
        let object = self.companies_object(at).await?;
        let rows: Vec<Value> = companies
            .iter()
            .map(|c| json!({"id": Uuid::now_v7(), "external_id": c.external_id, "name": c.name, "attributes": c.attributes}))
            .collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.records AS r
                (org_id, id, object_id, external_id, name, attributes, created_at, updated_at)
            SELECT $1, t.id, $2, t.external_id, t.name, jsonb_strip_nulls(t.attributes), $4, $4
            FROM jsonb_to_recordset($3) AS t (id uuid, external_id text, name text, attributes jsonb)
            ORDER BY t.external_id
            ON CONFLICT (org_id, object_id, external_id) WHERE external_id IS NOT NULL DO UPDATE
            SET name = COALESCE(NULLIF(excluded.name, ''), r.name),
                attributes = jsonb_strip_nulls(r.attributes || excluded.attributes),
                updated_at = excluded.updated_at
            WHERE COALESCE(NULLIF(excluded.name, ''), r.name) <> r.name
               OR jsonb_strip_nulls(r.attributes || excluded.attributes) <> r.attributes
            "#,
        )
        .bind(org)
        .bind(object)
        .bind(Value::Array(rows))
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        let (ids, companies): (Vec<Uuid>, Vec<&str>) = members
            .iter()
            .map(|(contact, company)| (contact.uuid(), *company))
            .unzip();
        sqlx::query(
            r#"
            INSERT INTO crm.record_contacts (org_id, contact_id, object_id, record_id, is_primary, linked_at)
            SELECT $1, t.contact_id, $2, r.id,
                   -- The first of those that are new, where there was none before.
                   row_number() OVER (PARTITION BY t.contact_id ORDER BY t.place) = 1 AND NOT EXISTS (
                       SELECT 1 FROM crm.record_contacts AS o
                       WHERE o.org_id = $1 AND o.contact_id = t.contact_id AND o.object_id = $2 AND o.is_primary
                   ),
                   $5
            FROM UNNEST($3::uuid[], $4::text[]) WITH ORDINALITY AS t (contact_id, external_id, place)
            JOIN crm.records AS r ON r.org_id = $1 AND r.object_id = $2 AND r.external_id = t.external_id
            ORDER BY t.contact_id, r.id
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(object)
        .bind(&ids)
        .bind(&companies)
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The built-in object; made when the organisation has had no company yet.
    pub async fn companies_object(&mut self, at: Timestamp) -> Result<Uuid, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            r#"
            WITH made AS (
                INSERT INTO crm.objects (org_id, id, key, singular, plural, kind, built_in, created_at, updated_at)
                VALUES ($1, $2, 'companies', 'Company', 'Companies', 'records', true, $3, $3)
                ON CONFLICT (org_id, key) DO NOTHING
                RETURNING id
            )
            SELECT id FROM made
            UNION ALL
            SELECT id FROM crm.objects WHERE org_id = $1 AND key = 'companies'
            LIMIT 1
            "#,
        )
        .bind(org)
        .bind(Uuid::now_v7())
        .bind(at.to_sqlx())
        .fetch_one(self.conn())
        .await?)
    }
}
