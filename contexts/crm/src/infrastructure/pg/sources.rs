//! crm.sources.

use jiff_sqlx::ToSqlx;
use kernel::SourceId;
use platform::{Db, DbError};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::source::{Source, SourceKind, SourceSettings};

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    name: String,
    kind: String,
    write_key: String,
    enabled: bool,
    strict: bool,
    create_fields: bool,
    consent_required: bool,
    allowed_origins: Vec<String>,
    events_per_second: i32,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

macro_rules! columns {
    () => {
        "org_id, id, name, kind, write_key, enabled, strict, create_fields, consent_required, allowed_origins, \
         events_per_second, created_at, updated_at"
    };
}

impl TryFrom<Row> for Source {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = SourceId::from_uuid(row.id);
        Ok(Source {
            org: row.org_id.into(),
            id,
            write_key: row.write_key,
            settings: SourceSettings {
                name: row.name,
                kind: SourceKind::parse(&row.kind).ok_or_else(|| DbError::InconsistentRow {
                    table: "crm.sources",
                    column: "kind",
                    id: id.to_string(),
                })?,
                strict: row.strict,
                create_fields: row.create_fields,
                consent_required: row.consent_required,
                allowed_origins: row.allowed_origins,
                events_per_second: row.events_per_second,
            },
            enabled: row.enabled,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// The source with a write key, whosever it is: this is how a request without a session learns its
/// organisation, so no organisation can be named here.
pub async fn source_with_key(db: &Db, write_key: &str) -> Result<Option<Source>, DbError> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM crm.sources WHERE write_key = $1"
    ))
    .bind(write_key)
    .fetch_optional(db.work_pool())
    .await?;
    row.map(Source::try_from).transpose()
}

/// The only source of a kind in this installation, for snippets of Mautic, which carry no key. `None`
/// when there is none, or more than one: then nobody can say whose the visit is.
pub async fn only_source_of(db: &Db, kind: SourceKind) -> Result<Option<Source>, DbError> {
    let mut rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM crm.sources WHERE kind = $1 AND enabled LIMIT 2"
    ))
    .bind(kind.as_str())
    .fetch_all(db.work_pool())
    .await?;
    match rows.len() {
        1 => rows.pop().map(Source::try_from).transpose(),
        _ => Ok(None),
    }
}

impl CrmTx {
    /// All sources, by name.
    pub async fn sources(&mut self) -> Result<Vec<Source>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM crm.sources WHERE org_id = $1 ORDER BY lower(name), id"
        ))
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Source::try_from).collect()
    }

    /// One.
    pub async fn source(&mut self, id: SourceId) -> Result<Option<Source>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM crm.sources WHERE org_id = $1 AND id = $2"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Source::try_from).transpose()
    }

    /// Writes a source, new or not. Violates `sources_name` when another has the name.
    pub async fn save_source(&mut self, source: &Source) -> Result<(), DbError> {
        let org = self.org.uuid();
        let settings = &source.settings;
        sqlx::query(
            r#"
            INSERT INTO crm.sources
                (org_id, id, name, kind, write_key, enabled, strict, create_fields, consent_required,
                 allowed_origins, events_per_second, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (org_id, id) DO UPDATE
            SET name = excluded.name, kind = excluded.kind, write_key = excluded.write_key,
                enabled = excluded.enabled, strict = excluded.strict, create_fields = excluded.create_fields,
                consent_required = excluded.consent_required, allowed_origins = excluded.allowed_origins,
                events_per_second = excluded.events_per_second, updated_at = excluded.updated_at
            "#,
        )
        .bind(org)
        .bind(source.id.uuid())
        .bind(&settings.name)
        .bind(settings.kind.as_str())
        .bind(&source.write_key)
        .bind(source.enabled)
        .bind(settings.strict)
        .bind(settings.create_fields)
        .bind(settings.consent_required)
        .bind(&settings.allowed_origins)
        .bind(settings.events_per_second)
        .bind(source.created_at.to_sqlx())
        .bind(source.updated_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes a source; what it sent stays. Returns whether it existed.
    pub async fn delete_source(&mut self, id: SourceId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query("DELETE FROM crm.sources WHERE org_id = $1 AND id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}
