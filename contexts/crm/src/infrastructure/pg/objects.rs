//! crm.objects and crm.relations.

use jiff_sqlx::ToSqlx;
use kernel::{FieldId, ObjectId, OrgId, RelationId, Timestamp};
use platform::{DbError, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{
    object::{COMPANIES, Object, ObjectKind, Relation},
    standard_fields::standard_fields,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    singular: String,
    plural: String,
    kind: String,
    built_in: bool,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Object {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = ObjectId::from_uuid(row.id);
        Ok(Object {
            id,
            key: row.key,
            singular: row.singular,
            plural: row.plural,
            kind: ObjectKind::parse(&row.kind).ok_or_else(|| DbError::InconsistentRow {
                table: "crm.objects",
                column: "kind",
                id: id.to_string(),
            })?,
            built_in: row.built_in,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

#[derive(sqlx::FromRow)]
struct RelationRow {
    id: Uuid,
    from_object: Uuid,
    to_object: Uuid,
    key: String,
    inverse_key: String,
    label: String,
    single: bool,
    created_at: jiff_sqlx::Timestamp,
}

impl From<RelationRow> for Relation {
    fn from(row: RelationRow) -> Self {
        Relation {
            id: RelationId::from_uuid(row.id),
            from: ObjectId::from_uuid(row.from_object),
            to: ObjectId::from_uuid(row.to_object),
            key: row.key,
            inverse_key: row.inverse_key,
            label: row.label,
            single: row.single,
            created_at: row.created_at.to_jiff(),
        }
    }
}

/// Gives organisations their companies with their fields, where they have none yet.
pub async fn welcome(tx: &mut Tx, orgs: &[OrgId], now: Timestamp) -> Result<(), DbError> {
    if orgs.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = orgs.iter().map(|org| org.uuid()).collect();
    let ids: Vec<Uuid> = orgs.iter().map(|_| ObjectId::generate().uuid()).collect();
    let new: Vec<Uuid> = sqlx::query_scalar(
        r#"
        INSERT INTO crm.objects (org_id, id, key, singular, plural, kind, built_in, created_at, updated_at)
        SELECT o.org_id, o.id, $3, 'Company', 'Companies', 'records', true, $4, $4
        FROM UNNEST($1::uuid[], $2::uuid[]) AS o (org_id, id)
        ON CONFLICT (org_id, key) DO NOTHING
        RETURNING org_id
        "#,
    )
    .bind(&orgs)
    .bind(&ids)
    .bind(COMPANIES)
    .bind(now.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    let fields: Vec<Value> = new.iter().flat_map(|org| company_fields(*org)).collect();
    sqlx::query(
        r#"
        INSERT INTO crm.fields (org_id, id, object, key, label, type, options, listable, field_group, position,
                                created_at, updated_at)
        SELECT f.org_id, f.id, $2, f.key, f.label, f.type, f.options, f.listable, f.field_group, f.position, $3, $3
        FROM jsonb_to_recordset($1) AS f (
            org_id uuid, id uuid, key text, label text, type text, options text[], listable boolean,
            field_group text, position int
        )
        ON CONFLICT (org_id, object, key) DO NOTHING
        "#,
    )
    .bind(Value::Array(fields))
    .bind(COMPANIES)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn company_fields(org: Uuid) -> impl Iterator<Item = Value> {
    standard_fields(COMPANIES).into_iter().map(move |field| {
        json!({
            "org_id": org,
            "id": FieldId::generate().uuid(),
            "key": field.key,
            "label": field.label,
            "type": field.kind.as_str(),
            "options": field.options,
            "listable": field.flags.listable,
            "field_group": field.group,
            "position": field.position,
        })
    })
}

impl CrmTx {
    /// All objects: companies first, then by name.
    pub async fn objects(&mut self) -> Result<Vec<Object>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, key, singular, plural, kind, built_in, created_at, updated_at
            FROM crm.objects
            WHERE org_id = $1
            ORDER BY built_in DESC, lower(plural), key
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Object::try_from).collect()
    }

    /// The object of a key.
    pub async fn object_by_key(&mut self, key: &str) -> Result<Option<Object>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT id, key, singular, plural, kind, built_in, created_at, updated_at
            FROM crm.objects
            WHERE org_id = $1 AND key = $2
            "#,
        )
        .bind(org)
        .bind(key)
        .fetch_optional(self.conn())
        .await?;
        row.map(Object::try_from).transpose()
    }

    /// Writes a new object. Returns false when its key is taken.
    pub async fn insert_object(&mut self, object: &Object) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query(
            r#"
            INSERT INTO crm.objects (org_id, id, key, singular, plural, kind, built_in, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            ON CONFLICT (org_id, key) DO NOTHING
            "#,
        )
        .bind(org)
        .bind(object.id.uuid())
        .bind(&object.key)
        .bind(&object.singular)
        .bind(&object.plural)
        .bind(object.kind.as_str())
        .bind(object.built_in)
        .bind(object.created_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes the names of an object.
    pub async fn rename_object(&mut self, object: &Object) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.objects SET singular = $3, plural = $4, updated_at = $5
            WHERE org_id = $1 AND id = $2 AND NOT built_in
            "#,
        )
        .bind(org)
        .bind(object.id.uuid())
        .bind(&object.singular)
        .bind(&object.plural)
        .bind(object.updated_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes an object that has no records, with its fields and relations. Returns whether it did.
    pub async fn delete_empty_object(&mut self, object: &Object) -> Result<bool, DbError> {
        let (org, now) = (self.org.uuid(), self.now().to_sqlx());
        let done = sqlx::query(
            r#"
            DELETE FROM crm.objects AS o
            WHERE o.org_id = $1 AND o.id = $2 AND NOT o.built_in
              AND NOT EXISTS (SELECT 1 FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2)
            "#,
        )
        .bind(org)
        .bind(object.id.uuid())
        .execute(self.conn())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM crm.fields WHERE org_id = $1 AND object = $2")
            .bind(org)
            .bind(&object.key)
            .execute(self.conn())
            .await?;
        // Files that wait to become records of it wait for ever, and a kept mapping fits nothing any more.
        sqlx::query(
            r#"
            WITH templates AS (
                DELETE FROM crm.import_templates WHERE org_id = $1 AND object = $2
            )
            UPDATE crm.imports SET state = 'cancelled', finished_at = $3
            WHERE org_id = $1 AND object = $2 AND state IN ('mapping', 'checked')
            "#,
        )
        .bind(org)
        .bind(&object.key)
        .bind(now)
        .execute(self.conn())
        .await?;
        sqlx::query("DELETE FROM crm.relations WHERE org_id = $1 AND (from_object = $2 OR to_object = $2)")
            .bind(org)
            .bind(object.id.uuid())
            .execute(self.conn())
            .await?;
        Ok(true)
    }

    /// All relations, by label.
    pub async fn relations(&mut self) -> Result<Vec<Relation>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<RelationRow> = sqlx::query_as(
            r#"
            SELECT id, from_object, to_object, key, inverse_key, label, single, created_at
            FROM crm.relations
            WHERE org_id = $1
            ORDER BY lower(label), id
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Relation::from).collect())
    }

    /// Writes a new relation. Returns false when its key is taken.
    pub async fn insert_relation(&mut self, relation: &Relation) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query(
            r#"
            INSERT INTO crm.relations (org_id, id, from_object, to_object, key, inverse_key, label, single, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (org_id, from_object, key) DO NOTHING
            "#,
        )
        .bind(org)
        .bind(relation.id.uuid())
        .bind(relation.from.uuid())
        .bind(relation.to.uuid())
        .bind(&relation.key)
        .bind(&relation.inverse_key)
        .bind(&relation.label)
        .bind(relation.single)
        .bind(relation.created_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes a relation with all links of it. Returns whether it existed.
    pub async fn delete_relation(&mut self, id: RelationId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query("DELETE FROM crm.relations WHERE org_id = $1 AND id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        sqlx::query("DELETE FROM crm.record_links WHERE org_id = $1 AND relation_id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
