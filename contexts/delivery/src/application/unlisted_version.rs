//! Contents that nobody keeps as a template: what the program writes of itself, and what programs send
//! without one.

use kernel::{OrgId, TemplateId, TemplateVersionId};
use platform::{Db, keys::sha256};
use uuid::Uuid;

use super::save_template::{NotSaved, compile};
use crate::{
    domain::template::{TemplateName, TemplateSource},
    infrastructure::pg::{self, templates::NewVersion},
};

/// The source as a version of a template. The same source is the same version, so that a thousand
/// requests do not make a thousand templates; nobody sees it among the templates.
pub async fn unlisted_version(
    db: &Db,
    org: OrgId,
    source: TemplateSource,
) -> Result<TemplateVersionId, NotSaved> {
    let id = fingerprint(org, &source);
    let version = TemplateVersionId::from_uuid(id);
    let mut tx = db.system().await?;
    let known = pg::templates::artefacts(&mut tx, org, version).await?.is_some();
    tx.rollback().await?;
    if known {
        return Ok(version);
    }
    let (source, compiled) = compile(source).await?;
    let mut tx = db.system().await?;
    let now = tx.now();
    let fresh = NewVersion {
        id: version,
        number: 1,
        source: &source,
        artefacts: compiled.artefacts(),
        created_by: None,
    };
    let name = TemplateName::parse(&format!("unlisted {id}")).expect("an identifier makes a name");
    let template = TemplateId::from_uuid(id);
    match pg::templates::insert(&mut tx, org, template, &name, &fresh, now).await {
        // Somebody else made the same one in the same instant.
        Err(error) if error.violates("templates_pkey") => return Ok(version),
        other => other?,
    }
    pg::templates::delete(&mut tx, org, template, now).await?;
    tx.commit().await?;
    Ok(version)
}

fn fingerprint(org: OrgId, source: &TemplateSource) -> Uuid {
    let TemplateSource {
        kind,
        subject,
        preheader,
        body,
        text,
        url,
        data,
    } = source;
    // With their lengths, so that no two sources are written alike.
    let parts = [kind.as_str(), subject, preheader, body, text, url];
    let pairs = data.iter().flat_map(|(key, value)| [key.as_str(), value]);
    let all: String = parts
        .into_iter()
        .chain(pairs)
        .map(|part| format!("{}\n{part}\n", part.len()))
        .collect();
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&sha256(format!("{org}\n{all}").as_bytes())[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
