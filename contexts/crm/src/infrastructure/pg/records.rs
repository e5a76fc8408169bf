//! crm.records, read and written in sets.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, ObjectId, RecordId, UserId};
use platform::DbError;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CrmTx, contacts::SaveError};
use crate::domain::{
    object::Object,
    record::{Record, RecordFilter, RecordOrder, RecordPlace, RecordPosition, RecordSort},
    unique_value::unique_values,
};

macro_rules! record_columns {
    () => {
        "r.id, r.object_id, r.external_id, r.name, r.attributes, r.owner_id, r.created_at, r.updated_at"
    };
}
pub(super) use record_columns;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Uuid,
    object_id: Uuid,
    external_id: Option<String>,
    name: String,
    attributes: Value,
    owner_id: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Record {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = RecordId::from_uuid(row.id);
        let Value::Object(attributes) = row.attributes else {
            return Err(DbError::InconsistentRow {
                table: "crm.records",
                column: "attributes",
                id: id.to_string(),
            });
        };
        Ok(Record {
            id,
            object: ObjectId::from_uuid(row.object_id),
            external_id: row.external_id,
            name: row.name,
            attributes,
            owner: row.owner_id.map(UserId::from_uuid),
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

pub(super) fn all(rows: Vec<Row>) -> Result<Vec<Record>, DbError> {
    rows.into_iter().map(Record::try_from).collect()
}

/// Some records of a list.
#[derive(Debug, Default)]
pub struct RecordPage {
    pub records: Vec<Record>,
    pub next: Option<RecordPosition>,
    pub previous: Option<RecordPosition>,
}

impl CrmTx {
    /// Those of an object that exist, in no particular order.
    pub async fn records(&mut self, object: ObjectId, ids: &[RecordId]) -> Result<Vec<Record>, DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.id = ANY($3)"
        ))
        .bind(org)
        .bind(object.uuid())
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// One of an object.
    pub async fn record_of(&mut self, object: ObjectId, id: RecordId) -> Result<Option<Record>, DbError> {
        Ok(self.records(object, &[id]).await?.pop())
    }

    /// The same, kept from others until the end of the transaction, in one order for all.
    pub async fn lock_records(&mut self, object: ObjectId, ids: &[RecordId]) -> Result<Vec<Record>, DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.id = ANY($3) \
              ORDER BY r.id FOR UPDATE"
        ))
        .bind(org)
        .bind(object.uuid())
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// Those of an object that another system calls so.
    pub async fn records_by_external_id(
        &mut self,
        object: ObjectId,
        external_ids: &[&str],
    ) -> Result<Vec<Record>, DbError> {
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.external_id = ANY($3)"
        ))
        .bind(org)
        .bind(object.uuid())
        .bind(external_ids)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// Those of several objects, by id or by what another system calls them.
    pub async fn records_of_objects(
        &mut self,
        ids: &[(ObjectId, RecordId)],
        external_ids: &[(ObjectId, &str)],
    ) -> Result<Vec<Record>, DbError> {
        if ids.is_empty() && external_ids.is_empty() {
            return Ok(Vec::new());
        }
        let (id_objects, ids): (Vec<Uuid>, Vec<Uuid>) =
            ids.iter().map(|(object, id)| (object.uuid(), id.uuid())).unzip();
        let (objects, texts): (Vec<Uuid>, Vec<&str>) = external_ids
            .iter()
            .map(|(object, id)| (object.uuid(), *id))
            .unzip();
        let org = self.org.uuid();
        // Two look-ups by index and not an OR of them.
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM UNNEST($2::uuid[], $3::uuid[]) AS w (object_id, id) \
              JOIN crm.records AS r ON r.org_id = $1 AND r.id = w.id AND r.object_id = w.object_id \
              UNION ALL SELECT ",
            record_columns!(),
            " FROM UNNEST($4::uuid[], $5::text[]) AS w (object_id, external_id) \
              JOIN crm.records AS r ON r.org_id = $1 AND r.object_id = w.object_id \
               AND r.external_id = w.external_id COLLATE \"C\""
        ))
        .bind(org)
        .bind(&id_objects)
        .bind(&ids)
        .bind(&objects)
        .bind(&texts)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// Those of an object with exactly this name, at most two: enough to see that it is not the only one.
    pub async fn records_named(&mut self, object: ObjectId, name: &str) -> Result<Vec<Record>, DbError> {
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.name_key = $3 \
              ORDER BY r.id LIMIT 2"
        ))
        .bind(org)
        .bind(object.uuid())
        .bind(name.trim().to_lowercase())
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// Those of an object that have one of these names, which are in small letters.
    pub async fn records_by_names(
        &mut self,
        object: ObjectId,
        names: &[&str],
    ) -> Result<Vec<Record>, DbError> {
        let org = self.org.uuid();
        let rows = sqlx::query_as(concat!(
            "SELECT ",
            record_columns!(),
            " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 AND r.name_key = ANY($3)"
        ))
        .bind(org)
        .bind(object.uuid())
        .bind(names)
        .fetch_all(self.conn())
        .await?;
        all(rows)
    }

    /// Records of catalogues by their object's key and external ID, with the key.
    pub async fn catalogue_records(
        &mut self,
        wanted: &[(String, String)],
    ) -> Result<Vec<(String, Record)>, DbError> {
        let keys: Vec<&str> = wanted.iter().map(|(key, _)| key.as_str()).collect();
        let ids: Vec<&str> = wanted.iter().map(|(_, id)| id.as_str()).collect();
        let org = self.org.uuid();
        #[derive(sqlx::FromRow)]
        struct Keyed {
            key: String,
            #[sqlx(flatten)]
            row: Row,
        }
        let rows: Vec<Keyed> = sqlx::query_as(concat!(
            "SELECT o.key, ",
            record_columns!(),
            " FROM UNNEST($2::text[], $3::text[]) AS w (key, external_id) \
              JOIN crm.objects AS o ON o.org_id = $1 AND o.key = w.key COLLATE \"C\" \
              JOIN crm.records AS r ON r.org_id = $1 AND r.object_id = o.id AND r.external_id = w.external_id COLLATE \"C\" \
              WHERE o.kind = 'catalogue'"
        ))
        .bind(org)
        .bind(&keys)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|keyed| Ok((keyed.key, Record::try_from(keyed.row)?)))
            .collect()
    }

    /// Writes records that are new.
    pub async fn insert_records(&mut self, object: &Object, records: &[Record]) -> Result<(), SaveError> {
        if records.is_empty() {
            return Ok(());
        }
        let rows: Vec<Value> = records.iter().map(|record| staged(record, record)).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.records (org_id, id, object_id, external_id, name, attributes, owner_id, created_at, updated_at)
            SELECT $1, s.id, s.object_id, s.external_id, s.name, s.attributes, s.owner_id, s.created_at, s.updated_at
            FROM jsonb_to_recordset($2) AS s (
                id uuid, object_id uuid, external_id text, name text, attributes jsonb, owner_id uuid,
                created_at timestamptz, updated_at timestamptz
            )
            "#,
        )
        .bind(org)
        .bind(Value::Array(rows))
        .execute(self.conn())
        .await?;
        let unique = self.unique_fields(&object.key).await?;
        let claims: Vec<_> = records
            .iter()
            .flat_map(|r| unique_values(&unique, &r.attributes).map(|value| (value, r.id.uuid())))
            .collect();
        self.claim_values(&claims).await.map_err(SaveError::from_db)
    }

    /// Writes records that were read before: as they were and as they become. Fails with
    /// [`SaveError::Raced`] when one of them is no longer as it was read.
    pub async fn update_records(
        &mut self,
        object: &Object,
        changes: &[(&Record, &Record)],
    ) -> Result<(), SaveError> {
        if changes.is_empty() {
            return Ok(());
        }
        let rows: Vec<Value> = changes
            .iter()
            .map(|(before, after)| staged(before, after))
            .collect();
        let org = self.org.uuid();
        let done = sqlx::query(
            r#"
            UPDATE crm.records AS r
            SET external_id = s.external_id, name = s.name, attributes = s.attributes, owner_id = s.owner_id,
                updated_at = s.updated_at
            FROM jsonb_to_recordset($2) AS s (
                id uuid, external_id text, name text, attributes jsonb, owner_id uuid, updated_at timestamptz,
                read_at timestamptz
            )
            WHERE r.org_id = $1 AND r.id = s.id AND r.updated_at = s.read_at
            "#,
        )
        .bind(org)
        .bind(Value::Array(rows))
        .execute(self.conn())
        .await?;
        if done.rows_affected() != changes.len() as u64 {
            return Err(SaveError::Raced);
        }
        let unique = self.unique_fields(&object.key).await?;
        let (mut gained, mut lost) = (Vec::new(), Vec::new());
        for (before, after) in changes {
            let owner = after.id.uuid();
            let had: Vec<_> = unique_values(&unique, &before.attributes).collect();
            let has: Vec<_> = unique_values(&unique, &after.attributes).collect();
            lost.extend(
                had.iter()
                    .filter(|value| !has.contains(value))
                    .map(|value| (value.clone(), owner)),
            );
            gained.extend(
                has.into_iter()
                    .filter(|value| !had.contains(value))
                    .map(|value| (value, owner)),
            );
        }
        self.release_values(&lost).await?;
        self.claim_values(&gained).await.map_err(SaveError::from_db)
    }

    /// Deletes records of an object with their links. Returns those that existed, and whom they
    /// belonged to.
    pub async fn delete_records(
        &mut self,
        object: ObjectId,
        ids: &[RecordId],
    ) -> Result<(Vec<RecordId>, Vec<ContactId>), DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let gone: Vec<Uuid> = sqlx::query_scalar(
            "DELETE FROM crm.records WHERE org_id = $1 AND object_id = $2 AND id = ANY($3) RETURNING id",
        )
        .bind(org)
        .bind(object.uuid())
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        let mut contacts: Vec<Uuid> = sqlx::query_scalar(
            "DELETE FROM crm.record_contacts WHERE org_id = $1 AND record_id = ANY($2) RETURNING contact_id",
        )
        .bind(org)
        .bind(&gone)
        .fetch_all(self.conn())
        .await?;
        contacts.sort_unstable();
        contacts.dedup();
        sqlx::query(
            "DELETE FROM crm.record_links WHERE org_id = $1 AND (from_record = ANY($2) OR to_record = ANY($2))",
        )
        .bind(org)
        .bind(&gone)
        .execute(self.conn())
        .await?;
        self.release_values_of(&gone).await?;
        Ok((
            gone.into_iter().map(RecordId::from_uuid).collect(),
            contacts.into_iter().map(ContactId::from_uuid).collect(),
        ))
    }

    /// A page of an object's records: a walk along the index of its order.
    pub async fn list_records(
        &mut self,
        object: ObjectId,
        filter: &RecordFilter,
        order: RecordOrder,
        from: Option<&RecordPosition>,
        limit: i64,
    ) -> Result<RecordPage, DbError> {
        let backward = from.is_some_and(|from| from.backward);
        let statement = walk(order, order.descending != backward, from.is_some());
        let attributes: serde_json::Map<String, Value> = filter.attributes.iter().cloned().collect();
        let among: serde_json::Map<String, Value> = filter.among.iter().cloned().collect();
        let (updated, name) = match from.map(|from| &from.place) {
            Some(RecordPlace::Updated(at)) => (Some(at.to_sqlx()), None),
            Some(RecordPlace::Name(name)) => (None, Some(name.as_str())),
            _ => (None, None),
        };
        let search = filter.search.trim().to_lowercase();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(statement)
            .bind(org)
            .bind(object.uuid())
            .bind((!search.is_empty()).then_some(search))
            .bind(filter.search.trim())
            .bind(filter.contact.map(|id| id.uuid()))
            .bind(Value::Object(attributes))
            .bind(Value::Object(among))
            .bind(limit + 1)
            .bind(from.map(|from| from.id.uuid()))
            .bind(updated)
            .bind(name)
            .fetch_all(self.conn())
            .await?;
        page(all(rows)?, order, from, limit)
    }
}

/// The statement of an order. Each is written out, so that its index is used for the order, too.
fn walk(order: RecordOrder, descending: bool, after: bool) -> &'static str {
    macro_rules! statement {
        ($after:literal, $order:literal) => {
            concat!(
                "SELECT ",
                record_columns!(),
                " FROM crm.records AS r WHERE r.org_id = $1 AND r.object_id = $2 \
                  AND ($3::text IS NULL OR starts_with(r.name_key, $3) OR r.external_id = $4) \
                  AND ($5::uuid IS NULL OR EXISTS (SELECT 1 FROM crm.record_contacts AS c \
                       WHERE c.org_id = $1 AND c.contact_id = $5 AND c.object_id = $2 AND c.record_id = r.id)) \
                  AND r.attributes @> $6 AND r.attributes @> $7 \
                  AND ($9::uuid IS NULL OR $9 IS NOT NULL) \
                  AND ($10::timestamptz IS NULL OR $10 IS NOT NULL) AND ($11::text IS NULL OR $11 IS NOT NULL)",
                $after,
                " ORDER BY ",
                $order,
                " LIMIT $8"
            )
        };
    }
    match (order.by, descending, after) {
        (RecordSort::Created, false, false) => statement!("", "r.id"),
        (RecordSort::Created, true, false) => statement!("", "r.id DESC"),
        (RecordSort::Created, false, true) => statement!(" AND r.id > $9", "r.id"),
        (RecordSort::Created, true, true) => statement!(" AND r.id < $9", "r.id DESC"),
        (RecordSort::Updated, false, false) => statement!("", "r.updated_at, r.id"),
        (RecordSort::Updated, true, false) => statement!("", "r.updated_at DESC, r.id DESC"),
        (RecordSort::Updated, false, true) => {
            statement!(" AND (r.updated_at, r.id) > ($10, $9)", "r.updated_at, r.id")
        }
        (RecordSort::Updated, true, true) => {
            statement!(
                " AND (r.updated_at, r.id) < ($10, $9)",
                "r.updated_at DESC, r.id DESC"
            )
        }
        (RecordSort::Name, false, false) => statement!("", "r.name_key, r.id"),
        (RecordSort::Name, true, false) => statement!("", "r.name_key DESC, r.id DESC"),
        (RecordSort::Name, false, true) => {
            statement!(
                " AND (r.name_key, r.id) > ($11 COLLATE \"C\", $9)",
                "r.name_key, r.id"
            )
        }
        (RecordSort::Name, true, true) => {
            statement!(
                " AND (r.name_key, r.id) < ($11 COLLATE \"C\", $9)",
                "r.name_key DESC, r.id DESC"
            )
        }
    }
}

fn page(
    mut records: Vec<Record>,
    order: RecordOrder,
    from: Option<&RecordPosition>,
    limit: i64,
) -> Result<RecordPage, DbError> {
    let backward = from.is_some_and(|from| from.backward);
    let more = records.len() as i64 > limit;
    records.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if backward {
        records.reverse();
    }
    let first = records.first().map(|record| position(record, order, true));
    let last = records.last().map(|record| position(record, order, false));
    let (next, previous) = if backward {
        (
            last.or_else(|| {
                from.cloned().map(|from| RecordPosition {
                    backward: false,
                    ..from
                })
            }),
            first.filter(|_| more),
        )
    } else {
        (last.filter(|_| more), first.filter(|_| from.is_some()))
    };
    Ok(RecordPage {
        records,
        next,
        previous,
    })
}

fn position(record: &Record, order: RecordOrder, backward: bool) -> RecordPosition {
    let place = match order.by {
        RecordSort::Created => RecordPlace::Created,
        RecordSort::Updated => RecordPlace::Updated(record.updated_at),
        RecordSort::Name => RecordPlace::Name(record.name.to_lowercase()),
    };
    RecordPosition {
        place,
        id: record.id,
        backward,
    }
}

fn staged(before: &Record, after: &Record) -> Value {
    json!({
        "id": after.id.uuid(),
        "object_id": after.object.uuid(),
        "external_id": after.external_id,
        "name": after.name,
        "attributes": after.attributes,
        "owner_id": after.owner.map(|id| id.uuid()),
        "created_at": after.created_at,
        "updated_at": after.updated_at,
        "read_at": before.updated_at,
    })
}
