//! Keeping the mapping of an import for the next file, and using a kept one.

use kernel::{ImportId, ImportTemplateId, Timestamp, UserId};
use platform::DbError;

use super::map_import::{ImportError, open_import, reopen};
use crate::{
    domain::import::{
        state::Import,
        template::{ImportTemplate, InvalidTemplateName, parse_name},
    },
    infrastructure::pg::CrmTx,
};

/// Why a mapping was not kept or not used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("there is no such import or template")]
    NotFound,
    #[error(transparent)]
    Name(#[from] InvalidTemplateName),
    #[error("the template does not know all columns of the file")]
    DoesNotFit,
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Keeps the mapping of an import under a name.
pub async fn keep_import_template(
    mut tx: CrmTx,
    import: ImportId,
    name: &str,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<String, TemplateError> {
    let name = parse_name(name)?;
    let import = tx.import(import).await?.ok_or(TemplateError::NotFound)?;
    let mapping = import.mapping.ok_or(TemplateError::NotFound)?;
    let template = ImportTemplate {
        id: ImportTemplateId::generate(),
        name: name.clone(),
        object: import.object,
        columns: import.columns,
        mapping: mapping.settled(),
        created_by: user,
    };
    tx.save_import_template(&template, now).await?;
    tx.commit().await?;
    Ok(name)
}

/// Maps an import by a template.
pub async fn use_import_template(
    mut tx: CrmTx,
    import: ImportId,
    template: ImportTemplateId,
) -> Result<Import, TemplateError> {
    let mut import = open_import(&mut tx, import).await?;
    let templates = tx.import_templates(&import.object).await?;
    let template = templates
        .into_iter()
        .find(|other| other.id == template)
        .ok_or(TemplateError::NotFound)?;
    let mapping = template
        .for_columns(&import.columns)
        .ok_or(TemplateError::DoesNotFit)?;
    import.mapping = Some(mapping);
    import.template = Some(template.name);
    reopen(&mut import);
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok(import)
}
