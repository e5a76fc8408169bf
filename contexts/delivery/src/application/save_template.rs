//! Making, changing and deleting templates.

use kernel::{TemplateId, TemplateVersionId};
use platform::{Db, DbError, Tx};

use super::template_deps::Author;
use crate::{
    domain::template::{
        CompiledTemplate, InvalidTemplateName, Template, TemplateError, TemplateName, TemplateSource,
    },
    infrastructure::pg::{self, templates::NewVersion},
};

/// Why a template is not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// It does not exist, or not in this organisation.
    #[error("the template does not exist")]
    NotFound,
    /// The name is none.
    #[error(transparent)]
    Name(#[from] InvalidTemplateName),
    /// Another template has the name.
    #[error("another template has this name")]
    NameTaken(TemplateId),
    /// The source has mistakes.
    #[error("the template has {} mistakes", .0.len())]
    Faults(Vec<TemplateError>),
    /// The source is written for another channel: campaigns chose it for what it was.
    #[error("the template is written for another channel")]
    OtherChannel,
    /// Somebody saved a newer version in the meantime: its number.
    #[error("version {0} was saved in the meantime")]
    Outdated(i32),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is to be saved; `None` stays as it is.
#[derive(Debug, Default)]
pub struct Changes {
    /// Its name.
    pub name: Option<String>,
    /// Its source.
    pub source: Option<TemplateSource>,
    /// The version that the changes were made to. When it is no longer the present one, nothing is
    /// saved.
    pub based_on: Option<i32>,
}

/// Makes a template and its first version.
pub async fn create_template(
    db: &Db,
    author: Author,
    name: &str,
    source: TemplateSource,
) -> Result<TemplateId, NotSaved> {
    let name = TemplateName::parse(name)?;
    let (source, compiled) = compile(source).await?;
    let (id, version) = (TemplateId::generate(), TemplateVersionId::generate());
    let mut tx = db.tenant(author.org).await?;
    refuse_taken(&mut tx, author, &name, None).await?;
    let version = NewVersion {
        id: version,
        number: 1,
        source: &source,
        artefacts: compiled.artefacts(),
        created_by: author.user,
    };
    let stored = pg::templates::insert(&mut tx, author.org, id, &name, &version, author.now).await;
    unless_taken(stored, id)?;
    tx.commit().await?;
    Ok(id)
}

/// Saves changes. A changed source becomes a new version; versions that are in use stay as they are.
pub async fn save_template(
    db: &Db,
    author: Author,
    id: TemplateId,
    changes: Changes,
) -> Result<Template, NotSaved> {
    let Changes {
        name,
        source,
        based_on,
    } = changes;
    let name = name.map(|name| TemplateName::parse(&name)).transpose()?;
    let compiled = match source {
        Some(source) => Some(compile(source).await?),
        None => None,
    };
    let mut tx = db.tenant(author.org).await?;
    if !pg::templates::lock(&mut tx, author.org, id).await? {
        return Err(NotSaved::NotFound);
    }
    let before = pg::templates::find(&mut tx, author.org, id)
        .await?
        .ok_or(NotSaved::NotFound)?;
    if based_on.is_some_and(|number| number != before.version.number) {
        return Err(NotSaved::Outdated(before.version.number));
    }
    let channel = before.version.source.kind.channel();
    if compiled
        .as_ref()
        .is_some_and(|(source, _)| source.kind.channel() != channel)
    {
        return Err(NotSaved::OtherChannel);
    }
    if let Some(name) = name.filter(|name| name.as_str() != before.name) {
        refuse_taken(&mut tx, author, &name, Some(id)).await?;
        unless_taken(
            pg::templates::rename(&mut tx, author.org, id, &name, author.now).await,
            id,
        )?;
    }
    if let Some((source, compiled)) = compiled.filter(|(source, _)| *source != before.version.source) {
        let version = NewVersion {
            id: TemplateVersionId::generate(),
            number: before.version.number + 1,
            source: &source,
            artefacts: compiled.artefacts(),
            created_by: author.user,
        };
        pg::templates::add_version(&mut tx, author.org, id, &version, author.now).await?;
    }
    let after = pg::templates::find(&mut tx, author.org, id)
        .await?
        .ok_or(NotSaved::NotFound)?;
    tx.commit().await?;
    Ok(after)
}

/// Deletes a template; messages that were planned with it are still sent. Returns whether it was
/// there.
pub async fn delete_template(db: &Db, author: Author, id: TemplateId) -> Result<bool, DbError> {
    let mut tx = db.tenant(author.org).await?;
    let done = pg::templates::delete(&mut tx, author.org, id, author.now).await?;
    tx.commit().await?;
    Ok(done)
}

/// Compiling a large source takes longer than a thread that serves others may be held.
pub(super) async fn compile(source: TemplateSource) -> Result<(TemplateSource, CompiledTemplate), NotSaved> {
    tokio::task::spawn_blocking(move || {
        let source = source.only_its_parts();
        let compiled = CompiledTemplate::compile(&source).map_err(NotSaved::Faults)?;
        Ok((source, compiled))
    })
    .await
    .expect("compiling does not panic")
}

async fn refuse_taken(
    tx: &mut Tx,
    author: Author,
    name: &TemplateName,
    own: Option<TemplateId>,
) -> Result<(), NotSaved> {
    let other = pg::templates::find_by_name(tx, author.org, name).await?;
    match other.filter(|other| Some(*other) != own) {
        Some(other) => Err(NotSaved::NameTaken(other)),
        None => Ok(()),
    }
}

/// Two people may take the same name at the same instant; the index lets one of them.
fn unless_taken(stored: Result<(), DbError>, id: TemplateId) -> Result<(), NotSaved> {
    match stored {
        Err(error) if error.violates("templates_name") => Err(NotSaved::NameTaken(id)),
        other => Ok(other?),
    }
}
