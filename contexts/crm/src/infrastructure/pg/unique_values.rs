//! crm.unique_values: whose the values of unique fields are.

use std::collections::HashMap;

use kernel::FieldId;
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{field::Field, unique_value::UniqueValue};

impl CrmTx {
    /// The unique fields of an object: most organisations have none, and then nothing else is asked.
    pub async fn unique_fields(&mut self, object: &str) -> Result<Vec<Field>, DbError> {
        let mut fields = self.fields_of(&[object]).await?;
        fields.retain(|field| field.flags.unique_identifier);
        Ok(fields)
    }

    /// Whose values are, of those that are somebody's.
    pub async fn owners_of(&mut self, values: &[UniqueValue]) -> Result<HashMap<UniqueValue, Uuid>, DbError> {
        if values.is_empty() {
            return Ok(HashMap::new());
        }
        let (fields, texts): (Vec<Uuid>, Vec<&str>) = values
            .iter()
            .map(|(field, text)| (field.uuid(), text.as_str()))
            .unzip();
        let org = self.org.uuid();
        let rows: Vec<(Uuid, String, Uuid)> = sqlx::query_as(
            r#"
            SELECT u.field_id, u.value, u.owner_id
            FROM crm.unique_values AS u
            JOIN UNNEST($2::uuid[], $3::text[]) AS asked (field_id, value)
              ON u.field_id = asked.field_id AND u.value = asked.value COLLATE "C"
            WHERE u.org_id = $1
            "#,
        )
        .bind(org)
        .bind(&fields)
        .bind(&texts)
        .fetch_all(self.conn())
        .await?;
        let owned = |(field, value, owner)| ((FieldId::from_uuid(field), value), owner);
        Ok(rows.into_iter().map(owned).collect())
    }

    /// Gives values to owners. One that is somebody else's violates `unique_values_pkey`.
    pub async fn claim_values(&mut self, claims: &[(UniqueValue, Uuid)]) -> Result<(), DbError> {
        self.with_values(
            claims,
            r#"
            INSERT INTO crm.unique_values (org_id, field_id, value, owner_id)
            SELECT $1, c.field_id, c.value, c.owner_id
            FROM UNNEST($2::uuid[], $3::text[], $4::uuid[]) AS c (field_id, value, owner_id)
            ORDER BY c.field_id, c.value
            "#,
        )
        .await
    }

    /// Takes values from owners, where they are theirs.
    pub async fn release_values(&mut self, claims: &[(UniqueValue, Uuid)]) -> Result<(), DbError> {
        self.with_values(
            claims,
            r#"
            DELETE FROM crm.unique_values AS u
            USING UNNEST($2::uuid[], $3::text[], $4::uuid[]) AS c (field_id, value, owner_id)
            WHERE u.org_id = $1 AND u.field_id = c.field_id AND u.value = c.value COLLATE "C"
              AND u.owner_id = c.owner_id
            "#,
        )
        .await
    }

    /// Takes all values from owners that are no more.
    pub async fn release_values_of(&mut self, owners: &[Uuid]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.unique_values WHERE org_id = $1 AND owner_id = ANY($2)")
            .bind(org)
            .bind(owners)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Begins to keep the values of a field that has become unique. Of several that share one
    /// already, the first has it; the others keep theirs until it changes.
    pub async fn index_unique_values(&mut self, field: &Field) -> Result<(), DbError> {
        let org = self.org.uuid();
        self.forget_unique_values(field.id).await?;
        sqlx::query(
            r#"
            INSERT INTO crm.unique_values (org_id, field_id, value, owner_id)
            SELECT $1, $2, lower(held.value), held.id
            FROM (
                SELECT c.id, c.attributes ->> $3 AS value FROM crm.contacts AS c
                WHERE c.org_id = $1 AND $4 = 'contacts' AND c.attributes ? $3
                UNION ALL
                SELECT r.id, r.attributes ->> $3 FROM crm.records AS r
                JOIN crm.objects AS o ON o.org_id = $1 AND o.id = r.object_id
                WHERE r.org_id = $1 AND o.key = $4 AND r.attributes ? $3
            ) AS held
            ORDER BY held.id
            ON CONFLICT (org_id, field_id, value) DO NOTHING
            "#,
        )
        .bind(org)
        .bind(field.id.uuid())
        .bind(&field.key)
        .bind(&field.object)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Ends keeping them.
    pub async fn forget_unique_values(&mut self, field: FieldId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.unique_values WHERE org_id = $1 AND field_id = $2")
            .bind(org)
            .bind(field.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn with_values(
        &mut self,
        claims: &[(UniqueValue, Uuid)],
        statement: &'static str,
    ) -> Result<(), DbError> {
        if claims.is_empty() {
            return Ok(());
        }
        let fields: Vec<Uuid> = claims.iter().map(|((field, _), _)| field.uuid()).collect();
        let texts: Vec<&str> = claims.iter().map(|((_, text), _)| text.as_str()).collect();
        let owners: Vec<Uuid> = claims.iter().map(|(_, owner)| *owner).collect();
        let org = self.org.uuid();
        sqlx::query(statement)
            .bind(org)
            .bind(&fields)
            .bind(&texts)
            .bind(&owners)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
