//! Lists and single templates.

use contracts::{crm::consent::Channel, delivery::TemplateSummary};
use kernel::{OrgId, TemplateId, UserId};
use platform::{Db, DbError};

use crate::{
    domain::template::{Template, TemplateSource},
    infrastructure::pg::{self, templates::ListPosition},
};

pub use crate::infrastructure::pg::templates::VersionRow;

/// One page of the list; their sources are left out.
pub async fn list_templates(
    db: &Db,
    org: OrgId,
    search: &str,
    channel: Option<Channel>,
    after: Option<ListPosition>,
    limit: i64,
) -> Result<Vec<Template>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::templates::list(&mut tx, org, search, channel, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// One template with its source.
pub async fn find_template(db: &Db, org: OrgId, id: TemplateId) -> Result<Option<Template>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::templates::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found)
}

/// The newest versions of a template.
pub async fn template_versions(db: &Db, org: OrgId, id: TemplateId) -> Result<Vec<VersionRow>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::templates::versions(&mut tx, org, id, 20).await?;
    tx.commit().await?;
    Ok(found)
}

/// The source of an older version.
pub async fn version_source(
    db: &Db,
    org: OrgId,
    id: TemplateId,
    number: i32,
) -> Result<Option<TemplateSource>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::templates::version_source(&mut tx, org, id, number).await?;
    tx.commit().await?;
    Ok(found)
}

/// All templates, for other contexts to choose from.
pub async fn template_summaries(db: &Db, org: OrgId) -> Result<Vec<TemplateSummary>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::templates::summaries(&mut tx, org).await?;
    tx.commit().await?;
    Ok(found)
}

/// The HTML of a person's last preview.
pub async fn kept_preview(
    db: &Db,
    org: OrgId,
    id: TemplateId,
    user: UserId,
) -> Result<Option<String>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::templates::kept_preview(&mut tx, org, id, user).await?;
    tx.commit().await?;
    Ok(found)
}
