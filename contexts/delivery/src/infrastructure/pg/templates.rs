//! Templates and their versions.

use contracts::{crm::consent::Channel, delivery::TemplateSummary};
use jiff_sqlx::ToSqlx;
use kernel::{OrgId, TemplateId, TemplateVersionId, Timestamp, UserId};
use platform::{DbError, Tx};
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::template::{
    Artefacts, Template, TemplateKind, TemplateName, TemplateSource, TemplateVersion,
};

/// A version that is to be stored.
#[derive(Debug)]
pub struct NewVersion<'a> {
    pub id: TemplateVersionId,
    pub number: i32,
    pub source: &'a TemplateSource,
    pub artefacts: &'a Artefacts,
    pub created_by: Option<UserId>,
}

/// A version in the history of its template.
#[derive(Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub number: i32,
    pub subject: String,
    pub created_at: jiff_sqlx::Timestamp,
}

/// Where a page of the list begins.
pub type ListPosition = (Timestamp, Uuid);

#[derive(sqlx::FromRow)]
struct TemplateRow {
    id: Uuid,
    name: String,
    version_id: Uuid,
    number: i32,
    kind: String,
    subject: String,
    preheader: String,
    body: String,
    text: String,
    url: String,
    data: Json<Vec<(String, String)>>,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<TemplateRow> for Template {
    type Error = DbError;

    fn try_from(row: TemplateRow) -> Result<Self, DbError> {
        let source = TemplateSource {
            kind: kind(&row.kind, row.version_id)?,
            subject: row.subject,
            preheader: row.preheader,
            body: row.body,
            text: row.text,
            url: row.url,
            data: row.data.0,
        };
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            version: TemplateVersion {
                id: row.version_id.into(),
                number: row.number,
                source,
            },
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

fn kind(text: &str, version: Uuid) -> Result<TemplateKind, DbError> {
    text.parse().map_err(|()| DbError::InconsistentRow {
        table: "delivery.template_versions",
        column: "kind",
        id: version.to_string(),
    })
}

/// Templates that are not deleted, the last changed first. `search` finds parts of names and
/// subjects. The sources are left out, but for the beginning of short ones: a list has no use for them.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    search: &str,
    channel: Option<Channel>,
    after: Option<ListPosition>,
    limit: i64,
) -> Result<Vec<Template>, DbError> {
    let (after_time, after_id) = after.unzip();
    let rows: Vec<TemplateRow> = sqlx::query_as(
        r#"
        SELECT t.id, t.name, v.id AS version_id, v.number, v.kind, v.subject,
               '' AS preheader, CASE WHEN t.channel = 'email' THEN '' ELSE left(v.body, 200) END AS body,
               '' AS text, '' AS url, '[]'::jsonb AS data, t.created_at, t.updated_at
        FROM delivery.templates t
        JOIN delivery.template_versions v ON v.org_id = t.org_id AND v.id = t.current_version
        WHERE t.org_id = $1
          AND t.deleted_at IS NULL
          AND ($2 = '' OR t.name ILIKE $2 OR v.subject ILIKE $2)
          AND ($6::text IS NULL OR t.channel = $6)
          AND ($3::timestamptz IS NULL OR (t.updated_at, t.id) < ($3, $4))
        ORDER BY t.updated_at DESC, t.id DESC
        LIMIT $5
        "#,
    )
    .bind(org.uuid())
    .bind(contains(search))
    .bind(after_time.map(|at| at.to_sqlx()))
    .bind(after_id)
    .bind(limit)
    .bind(channel.map(Channel::as_str))
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Template::try_from).collect()
}

/// A pattern for `ILIKE`; empty for an empty search.
pub(super) fn contains(search: &str) -> String {
    let search = search.trim();
    if search.is_empty() {
        return String::new();
    }
    let escaped = search
        .replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_");
    format!("%{escaped}%")
}

/// One template that is not deleted, with its source.
pub async fn find(tx: &mut Tx, org: OrgId, id: TemplateId) -> Result<Option<Template>, DbError> {
    let row: Option<TemplateRow> = sqlx::query_as(
        r#"
        SELECT t.id, t.name, v.id AS version_id, v.number, v.kind, v.subject, v.preheader, v.body, v.text,
               v.url, v.data, t.created_at, t.updated_at
        FROM delivery.templates t
        JOIN delivery.template_versions v ON v.org_id = t.org_id AND v.id = t.current_version
        WHERE t.org_id = $1 AND t.id = $2 AND t.deleted_at IS NULL
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    row.map(Template::try_from).transpose()
}

/// Holds a template, so that two people who save at the same time come one after the other.
pub async fn lock(tx: &mut Tx, org: OrgId, id: TemplateId) -> Result<bool, DbError> {
    let found: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM delivery.templates WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.is_some())
}

/// The template with this name, whatever the case of its letters.
pub async fn find_by_name(
    tx: &mut Tx,
    org: OrgId,
    name: &TemplateName,
) -> Result<Option<TemplateId>, DbError> {
    let id: Option<Uuid> = sqlx::query_scalar(
        r#"
        SELECT id FROM delivery.templates
        WHERE org_id = $1 AND lower(name) = lower($2) AND deleted_at IS NULL
        "#,
    )
    .bind(org.uuid())
    .bind(name.as_str())
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(TemplateId::from_uuid))
}

/// Its versions, the newest first.
pub async fn versions(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    limit: i64,
) -> Result<Vec<VersionRow>, DbError> {
    let rows = sqlx::query_as(
        r#"
        SELECT number, subject, created_at
        FROM delivery.template_versions
        WHERE org_id = $1 AND template_id = $2
        ORDER BY number DESC
        LIMIT $3
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// The source of an older version.
pub async fn version_source(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    number: i32,
) -> Result<Option<TemplateSource>, DbError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        kind: String,
        subject: String,
        preheader: String,
        body: String,
        text: String,
        url: String,
        data: Json<Vec<(String, String)>>,
    }
    let row: Option<Row> = sqlx::query_as(
        r#"
        SELECT id, kind, subject, preheader, body, text, url, data
        FROM delivery.template_versions
        WHERE org_id = $1 AND template_id = $2 AND number = $3
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(number)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(TemplateSource {
            kind: kind(&row.kind, row.id)?,
            subject: row.subject,
            preheader: row.preheader,
            body: row.body,
            text: row.text,
            url: row.url,
            data: row.data.0,
        })
    })
    .transpose()
}

/// What compiling a version made.
pub async fn artefacts(
    tx: &mut Tx,
    org: OrgId,
    version: TemplateVersionId,
) -> Result<Option<Artefacts>, DbError> {
    let found: Option<Json<Artefacts>> =
        sqlx::query_scalar("SELECT artefacts FROM delivery.template_versions WHERE org_id = $1 AND id = $2")
            .bind(org.uuid())
            .bind(version.uuid())
            .fetch_optional(tx.conn())
            .await?;
    Ok(found.map(|Json(artefacts)| artefacts))
}

/// All templates by name, for other contexts to choose from.
pub async fn summaries(tx: &mut Tx, org: OrgId) -> Result<Vec<TemplateSummary>, DbError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        name: String,
        channel: String,
        subject: String,
        version: Uuid,
        has_unsubscribe_link: bool,
    }
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT t.id, t.name, t.channel, v.subject, v.id AS version,
               v.artefacts -> 'variables' ? 'unsubscribe_url' AS has_unsubscribe_link
        FROM delivery.templates t
        JOIN delivery.template_versions v ON v.org_id = t.org_id AND v.id = t.current_version
        WHERE t.org_id = $1 AND t.deleted_at IS NULL
        ORDER BY lower(t.name), t.id
        "#,
    )
    .bind(org.uuid())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TemplateSummary {
                id: row.id.into(),
                name: row.name,
                channel: Channel::parse(&row.channel).ok_or_else(|| DbError::InconsistentRow {
                    table: "delivery.templates",
                    column: "channel",
                    id: row.id.to_string(),
                })?,
                subject: row.subject,
                version: row.version.into(),
                has_unsubscribe_link: row.has_unsubscribe_link,
            })
        })
        .collect()
}

/// Stores a new template with its first version.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    name: &TemplateName,
    version: &NewVersion<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        r#"
        INSERT INTO delivery.templates (org_id, id, name, current_version, created_at, updated_at, channel)
        VALUES ($1, $2, $3, $4, $5, $5, $6)
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(name.as_str())
    .bind(version.id.uuid())
    .bind(now.to_sqlx())
    .bind(version.source.kind.channel().as_str())
    .execute(tx.conn())
    .await?;
    insert_version(tx, org, id, version, now).await
}

/// Stores a further version and makes it the present one.
pub async fn add_version(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    version: &NewVersion<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    insert_version(tx, org, id, version, now).await?;
    sqlx::query(
        r#"
        UPDATE delivery.templates SET current_version = $3, updated_at = $4
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(version.id.uuid())
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn insert_version(
    tx: &mut Tx,
    org: OrgId,
    template: TemplateId,
    version: &NewVersion<'_>,
    now: Timestamp,
) -> Result<(), DbError> {
    let NewVersion {
        source, artefacts, ..
    } = version;
    let links: Vec<&str> = artefacts.links.iter().map(|link| link.url.as_str()).collect();
    sqlx::query(
        r#"
        INSERT INTO delivery.template_versions
            (org_id, id, template_id, number, kind, subject, preheader, body, text, artefacts, links,
             created_by, created_at, url, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        "#,
    )
    .bind(org.uuid())
    .bind(version.id.uuid())
    .bind(template.uuid())
    .bind(version.number)
    .bind(source.kind.as_str())
    .bind(&source.subject)
    .bind(&source.preheader)
    .bind(&source.body)
    .bind(&source.text)
    .bind(Json(artefacts))
    .bind(links)
    .bind(version.created_by.map(UserId::uuid))
    .bind(now.to_sqlx())
    .bind(&source.url)
    .bind(Json(&source.data))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Gives it another name.
pub async fn rename(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    name: &TemplateName,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query("UPDATE delivery.templates SET name = $3, updated_at = $4 WHERE org_id = $1 AND id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(name.as_str())
        .bind(now.to_sqlx())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Takes it out of people's sight; its versions stay for messages that are on their way.
pub async fn delete(tx: &mut Tx, org: OrgId, id: TemplateId, now: Timestamp) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE delivery.templates SET deleted_at = $3 WHERE org_id = $1 AND id = $2 AND deleted_at IS NULL",
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    sqlx::query("DELETE FROM delivery.template_previews WHERE org_id = $1 AND template_id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Keeps the HTML of a person's last preview, for the frame that will ask for it.
pub async fn keep_preview(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    user: UserId,
    html: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    sqlx::query(
        r#"
        INSERT INTO delivery.template_previews (org_id, template_id, user_id, html, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org_id, template_id, user_id)
        DO UPDATE SET html = excluded.html, created_at = excluded.created_at
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(user.uuid())
    .bind(html)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What [`keep_preview`] kept.
pub async fn kept_preview(
    tx: &mut Tx,
    org: OrgId,
    id: TemplateId,
    user: UserId,
) -> Result<Option<String>, DbError> {
    let html = sqlx::query_scalar(
        "SELECT html FROM delivery.template_previews WHERE org_id = $1 AND template_id = $2 AND user_id = $3",
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(user.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(html)
}
